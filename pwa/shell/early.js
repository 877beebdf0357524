// The page's first script, before its styles: where somebody is signed in, Python starts while the page is still
// being read. boot.js takes the worker over, or has one made once somebody signed in.
(() => {
  const settings = "__SETTINGS__";

  globalThis.qudaoBegin = (session) => {
    const without = new URLSearchParams(location.search).get("snapshot") === "off" || sessionStorage.getItem("qudao.snapshot") === "off";
    const worker = new Worker(settings.worker, { type: "module" });
    worker.onerror = (event) => { worker.failure = event.message ?? "worker"; }; // until boot.js listens
    const frozen = localStorage.getItem("qudao.frozen") === settings.snapshot; // kept by boot.js
    worker.postMessage({ kind: "begin", user: session.user.id, snapshot: !without, frozen });
    return worker;
  };

  try {
    const session = JSON.parse(localStorage.getItem("qudao.session"));
    if (session) globalThis.qudaoWorker = globalThis.qudaoBegin(session);
  } catch { /* boot.js reads it too, and tells */ }
})();
