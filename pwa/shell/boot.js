// Starts the page: paints what is known at once, starts Python in a worker, puts ReactPy's own client on top.
import { isPage } from "/answers.js";
import "/desk.js";
import { leave, settled, tookBack } from "/elements.js";
import { takeTurns } from "/leading.js";
import * as push from "/push.js";
import { connectParts, loadParts } from "/parts.js";
import * as session from "/session.js";
import { fillWords, finishSignOut, language, showProgress, showReady, signIn } from "/signin.js";
import * as store from "/store.js";
import { announce, skipUnchanged } from "/unchanged.js";

const settings = "__SETTINGS__";
const ICONS = "__ICONS__"; // the sprite, as markup
const app = document.getElementById("app");
const shell = document.getElementById("shell");
const downloaded = { done: 0, total: 0, finished: null };
const wide = matchMedia("(min-width: 1024px)"); // from here on it is a desk
const dark = matchMedia("(prefers-color-scheme: dark)");
const LATER = 15_000; // milliseconds after the first picture
const TAKEN_OVER = 20_000; // milliseconds in which a new version does so
let port = null;
let updateReady = false;

const theme = localStorage.getItem("qudao.theme");
if (theme) document.documentElement.dataset.theme = theme;
document.documentElement.lang = language();
history.scrollRestoration = "manual";
const post = (message) => port?.postMessage(JSON.stringify(message));
connectParts(settings.media, (message, buffers) => port?.postMessage(message, buffers));
const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
// Until the first picture is on its way to the screen. Of a page that nobody looks at there is none.
const drawn = () => new Promise((resolve) => {
  if (document.hidden) return resolve();
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, 1000);
});

main();

async function main() {
  const known = session.mirrored();
  const hasApp = Boolean(navigator.serviceWorker?.controller);
  if (known) {
    paintLastScreen();
    // On two cores Python's start beside it would hold the picture up for longer than it would itself be ready sooner.
    await drawn();
    startApp(known);
  }
  document.body.insertAdjacentHTML("beforeend", ICONS);
  downloaded.finished = registerServiceWorker();
  if (!known) {
    const signing = signIn(shell);
    finishSignOut().catch(() => {});
    if (downloaded.total) showProgress(shell, downloaded.done, downloaded.total);
    painted().then(() => performance.mark("qudao:first-paint"));
    const prepared = downloaded.finished.then(() => freeze()).then(() => showReady());
    const record = await signing;
    // On a line that neither carries nor breaks the browser's own look for a newer version holds up registering: whoever
    // has the app here does not wait for that.
    await Promise.race([prepared, ...(hasApp ? [new Promise((done) => setTimeout(done, 4000))] : [])]);
    if (location.pathname === "/sign-in") history.replaceState(null, "", "/");
    paintSkeleton();
    startApp(record);
  }
}

function paintLastScreen() {
  const screen = session.keptScreen();
  if (!screen) paintSkeleton();
  else {
    const parsed = new DOMParser().parseFromString(screen.html, "text/html");
    shell.replaceChildren(...parsed.body.childNodes);
    for (const element of shell.querySelectorAll("[data-style]")) element.style.cssText = element.dataset.style;
    window.scrollTo(0, screen.scroll);
  }
  shell.inert = true;
  painted().then(() => performance.mark("qudao:first-paint"));
}

function paintSkeleton() {
  const page = document.createElement("main");
  page.className = "screen skeleton-page";
  page.setAttribute("aria-busy", "true");
  for (const kind of ["title", "card", "card", "line", "line", "line"]) {
    const bone = document.createElement("div");
    bone.className = `skeleton skeleton-${kind}`;
    page.append(bone);
  }
  shell.replaceChildren(page);
}

// ------------------------------------------------------------------ Python and ReactPy's client

function beginPython(record) {
  const without = new URLSearchParams(location.search).get("snapshot") === "off" || sessionStorage.getItem("qudao.snapshot") === "off";
  const worker = new Worker(settings.worker, { type: "module" });
  const frozen = localStorage.getItem("qudao.frozen") === settings.snapshot;
  worker.postMessage({ kind: "begin", user: record.user.id, snapshot: !without, frozen });
  const begun = new Promise((resolve) => { worker.onmessage = resolve; });
  store.readAhead(record.user.id, begun).then((found) =>
    worker.postMessage({ kind: "ahead", found }, found?.image ? [found.image.buffer] : []));
  return worker;
}

async function startApp(record) {
  const channel = new MessageChannel();
  port = channel.port1;
  const waiting = [];
  let socket = null;
  let mounted = false;

  // What ReactPy's client takes for its WebSocket.
  globalThis.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() {
      socket = this;
      queueMicrotask(() => {
        this.onopen?.();
        for (const text of waiting.splice(0)) this.show(text);
      });
    }
    show(text) {
      announce(text);
      this.onmessage?.({ data: text });
    }
    send(text) { port.postMessage(text); }
    close() {}
  };

  port.onmessage = ({ data }) => {
    if (data.kind === "failed") return failed(data.reason);
    if (data.kind === "marks") return started(data);
    if (data.startsWith('{"type":"layout-update"')) {
      if (socket?.onmessage) socket.show(data);
      else waiting.push(data);
      afterUpdate();
    } else handlers[JSON.parse(data).type]?.(JSON.parse(data));
  };

  const device = session.deviceId();
  const worker = beginPython(record);
  worker.onerror = (event) => { if (!mounted) failed(event.message ?? "worker"); };
  const config = { session: record, device: await device, install: installHint(), language: language(), path: location.pathname + location.search + location.hash, kept: history.state?.kept, online: navigator.onLine,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone, line: lineKind(), visible: !document.hidden, wide: wide.matches, dark: dark.matches };
  worker.postMessage({ kind: "boot", port: channel.port2, ...config }, [channel.port2]);
  lead(worker);
  followPush(record.user.id, config.install);
  Promise.all([import(settings.client), import(settings.preact)]).then(([{ mountReactPy }, preact]) => {
    skipUnchanged(preact);
    mountReactPy({ mountElement: app, pathPrefix: "/", reconnectMaxRetries: 0 });
  });

  const watcher = new MutationObserver(() => {
    if (!app.firstElementChild) return;
    mounted = true;
    sessionStorage.removeItem("qudao.snapshot");
    navigator.storage?.persist?.().catch(() => {});
    watcher.disconnect();
    shell.replaceChildren();
    shell.inert = false;
    performance.mark("qudao:interactive");
    setTimeout(fetchLater, LATER);
  });
  watcher.observe(app, { childList: true, subtree: true });
}

// What scans barcodes without the browser's help must be here before the person is in a stockroom.
async function fetchLater() {
  const known = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  if (known.includes("ean_13") || navigator.connection?.saveData) return;
  (await navigator.serviceWorker?.ready)?.active?.postMessage({ kind: "later" });
}

function lead(worker) {
  const release = takeTurns(post);
  window.addEventListener("pagehide", () => { worker.terminate(); release(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

function started({ marks, frozen }) {
  globalThis.qudaoMarks = { ...marks, frozen };
  if (frozen) localStorage.setItem("qudao.frozen", settings.snapshot);
  else localStorage.removeItem("qudao.frozen");
  if (!frozen) setTimeout(freeze, 3000);
}

// Makes the memory snapshot of a version (this one by default) in a worker of its own, so that the next start is
// quick. Resolves in any case: without it the app starts more slowly.
function freeze(url = settings.worker) {
  if (!("caches" in globalThis) || navigator.deviceMemory < 1) return Promise.resolve();
  return new Promise((resolve) => {
    const worker = new Worker(url, { type: "module", name: "freeze" });
    const done = ({ data } = {}) => {
      if (data?.kind === "failed") console.warn("no snapshot:", data.reason);
      if (data?.kind === "frozen") localStorage.setItem("qudao.frozen", data.snapshot);
      worker.terminate();
      performance.mark("qudao:frozen");
      resolve();
    };
    worker.onmessage = done;
    worker.onerror = done;
    worker.postMessage({ kind: "freeze" });
  });
}

// Tells the app how notifications stand; its buttons (data-push) are heard here, where a press still counts as one.
function followPush(user, install) {
  const tell = async (failed = false) => post({ type: "push", state: await push.state(user, install), failed });
  const deeds = { on: () => push.switchOn(user), off: push.switchOff };
  document.addEventListener("click", (event) => {
    const deed = deeds[event.target.closest?.("[data-push]")?.dataset.push];
    if (deed) deed().then(() => tell(), (error) => { console.warn(error); return tell(true); });
  });
  // The person may have changed the permission in the browser's own settings.
  window.addEventListener("focus", () => tell());
  tell();
  setTimeout(() => push.renew(user).catch(() => {}).then(() => tell()), 4000);
}

// How the line asks to be used, where the browser knows: "saver" (the person's own word), "slow", "metered", or nothing.
function lineKind() {
  const { saveData, effectiveType = "", type } = navigator.connection ?? {};
  if (saveData) return "saver";
  if (effectiveType.endsWith("2g")) return "slow";
  return type === "cellular" ? "metered" : "";
}

// iOS has no install prompt: the app explains "Add to home screen" itself.
function installHint() {
  const standalone = matchMedia("(display-mode: standalone)").matches || navigator.standalone;
  const apple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  return apple && !standalone ? "ios" : "";
}

function failed(reason) {
  console.error(reason);
  shell.inert = false;
  app.replaceChildren();
  shell.replaceChildren(document.getElementById("boot-failed").content.cloneNode(true));
  fillWords(shell);
  shell.querySelector('[data-role="reason"]').textContent = reason;
  shell.querySelector('[data-role="retry"]').onclick = () => {
    sessionStorage.setItem("qudao.snapshot", "off"); // the slower way may still work
    location.reload();
  };
  shell.querySelector('[data-role="export"]').onclick = exportOutbox;
  performance.mark("qudao:failed");
}

async function exportOutbox() {
  const entries = await store.loadEntries();
  const decoder = new TextDecoder();
  const listed = entries.map(([n, body]) => ({ n, ...JSON.parse(decoder.decode(body)) }));
  handlers.download({ name: `qudao-outbox-${new Date().toISOString().slice(0, 10)}.json`, mediaType: "application/json", text: JSON.stringify(listed, null, 1) });
}

// ------------------------------------------------------------------ what the app asks of the page

let scrollTarget = null;
let saving = 0;
let leaving = null; // the title of the screen that is left, until the next one is there

// Says where one has come to, for who does not see it. What was pressed is mostly gone with its screen, and the focus
// with it: a screen reader would begin at the top of the page, or say nothing at all.
function arrive() {
  const title = app.querySelector("h1");
  if (leaving === null || !title || title.textContent === leaving) return;
  leaving = null;
  if (app.querySelector("q-desk")) return; // it tells its own, and keeps the focus in its list
  document.title = `${title.textContent} · Qudao`;
  // The same element may bear the next title: one that has the focus would not be read again.
  if (document.activeElement === title) title.blur();
  if (document.activeElement !== document.body) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

function goTo(path) {
  current = path;
  leaving = app.querySelector("h1")?.textContent ?? "";
}

function afterUpdate() {
  if (leaving !== null) painted().then(arrive);
  if (scrollTarget !== null) {
    const target = scrollTarget;
    scrollTarget = null;
    painted().then(() => window.scrollTo(0, target));
  }
  clearTimeout(saving);
  saving = setTimeout(() => session.keepScreen(app), 700);
}

function handOver(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The addresses of the history up to this entry, the app's first one included.
const way = () => history.state?.way ?? [location.pathname];
let stepping = null; // a promise while the app itself goes back

// Back onto the first of the latest entries that are at an address or below it.
async function stepBack(finished) {
  const done = (each) => each === finished || each.startsWith(`${finished}/`);
  const stays = way().findLastIndex((each) => !done(each));
  const steps = way().length - stays - 2;
  if (steps < 1 || history.state?.sheet) return;
  stepping = new Promise((resolve) => {
    window.addEventListener("popstate", resolve, { once: true });
    setTimeout(resolve, 1000); // whatever the browser does, the app goes on
  });
  history.go(-steps);
  await stepping;
  stepping = null;
}

const handlers = {
  unchanged() { afterUpdate(); },
  async navigate({ path, replace, finished }) {
    await settled();
    await stepping;
    goTo(path);
    scrollTarget = 0;
    if (finished) await stepBack(finished);
    const depth = history.state?.depth ?? 0;
    const instead = replace || history.state?.sheet; // an open sheet's entry makes way
    if (!instead) history.replaceState({ ...history.state, depth, scroll: window.scrollY }, "");
    const to = { depth: replace ? depth : depth + 1, scroll: 0, way: [...(replace ? way().slice(0, -1) : way()), path.split(/[?#]/)[0]] };
    history[instead ? "replaceState" : "pushState"](to, "", path);
  },
  // Texts that belong to this step of the history: searched for, chosen.
  async keep({ path, kept }) {
    await settled();
    if (path === current) history.replaceState({ ...history.state, kept }, "");
  },
  back({ fallback }) {
    if (history.state?.depth > 0) history.back();
    else post({ type: "go", path: fallback });
  },
  title({ text }) { document.title = text; },
  language({ value }) { localStorage.setItem("qudao.language", value); document.documentElement.lang = value; },
  theme({ value }) {
    localStorage.setItem("qudao.theme", value);
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  },
  vibrate({ pattern }) { navigator.vibrate?.(pattern); },
  focus({ selector }) { painted().then(() => document.querySelector(selector)?.focus()); },
  download({ name, mediaType, text, base64 }) {
    const content = text ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    handOver(new Blob([content], { type: mediaType }), name);
  },
  // A file of ours, kept or not, under the name people know it by. Not as a link: a server's header would name it, and
  // an installed app on an iPhone has no way back from a document.
  async "open-file"({ url, name }) {
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (!response.ok || isPage(response)) throw new Error(`${url}: ${response.status}`);
      handOver(await response.blob(), name);
    } catch {
      post({ type: "file-away" });
    }
  },
  async "sign-out"() {
    session.unlockScreen();
    await caches.delete("qudao-kept").catch(() => {}); // what the next person may not see
    await store.saveJson("sign-out", true);
    await session.forget();
    await Promise.race([push.forget().catch(() => {}), new Promise((done) => setTimeout(done, 1000))]);
    // A line that neither carries nor breaks must not keep anybody: the sign-in page goes on with it.
    await Promise.race([finishSignOut().catch(() => {}), new Promise((done) => setTimeout(done, 2000))]);
    await leave("/");
  },
  async "sign-in-again"({ lock }) {
    if (lock) session.lockScreen(lock);
    else session.keepLogin();
    await session.forget();
    await leave("/");
  },
  "prepare-lock"({ password }) { session.prepareLock(password); },
  "change-lock"() { session.changeLock().catch((error) => console.warn(error)); },
  async activate() {
    const registration = await navigator.serviceWorker?.getRegistration();
    if (registration && !registration.waiting && !(await newest(registration))) return post({ type: "update-failed" });
    if (!registration?.waiting) return location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    setTimeout(() => post({ type: "update-failed" }), TAKEN_OVER);
    registration.active?.postMessage({ kind: "give-way" });
    registration.waiting.postMessage({ kind: "activate" });
  },
  async "background-sync"() {
    const registration = await navigator.serviceWorker?.ready;
    await registration?.sync?.register("outbox").catch(() => {});
  },
  async position({ id }) {
    const found = await loadParts().then(({ place }) => place()).catch(() => ({ problem: "unavailable" }));
    post({ type: "position", id, ...found });
  },
  reload() { location.reload(); },
  failed({ reason }) { failed(reason); },
};

const here = () => location.pathname + location.search + location.hash;
let current = here();
window.addEventListener("popstate", (event) => {
  if (stepping) return;
  if (here() === current) {
    // The person left the entry of a sheet that was open when the app was killed: that press is for what comes before.
    if (!tookBack() && !event.state?.sheet) history.back();
    return;
  }
  goTo(here());
  scrollTarget = event.state?.scroll ?? 0;
  post({ type: "pop", path: current, kept: event.state?.kept });
});
window.addEventListener("online", () => post({ type: "online", value: true }));
window.addEventListener("offline", () => post({ type: "online", value: false }));
wide.addEventListener("change", () => post({ type: "wide", value: wide.matches }));
let line = lineKind();
navigator.connection?.addEventListener?.("change", () => { if (line !== (line = lineKind())) post({ type: "line", value: line }); });
dark.addEventListener("change", () => post({ type: "dark", value: dark.matches }));
window.addEventListener("focus", () => post({ type: "focus" }));
document.addEventListener("visibilitychange", () => {
  post({ type: "visible", value: !document.hidden });
  if (document.hidden && app.firstElementChild) session.keepScreen(app);
});
window.addEventListener("pagehide", () => { if (app.firstElementChild) session.keepScreen(app); });

// ------------------------------------------------------------------ service worker

async function registerServiceWorker() {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if (data.kind === "progress") {
      Object.assign(downloaded, { done: data.done, total: data.total });
      showProgress(shell, data.done, data.total);
    } else if (data.kind === "sync") post({ type: "sync" });
    else if (data.kind === "open" && port) post({ type: "open", path: data.path });
    else if (data.kind === "open") location.assign(data.path);
  });
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    watchForUpdates(registration);
    if (!registration.active) await activated(registration);
  } catch (error) {
    console.warn("no service worker:", error);
  }
}

const ask = (worker, message) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => resolve(data);
  worker.postMessage(message, [port2]);
});

// Looks for a newer version and waits until it is kept here; false: it could not be fetched.
async function newest(registration) {
  try {
    await registration.update();
  } catch {
    return false;
  }
  const worker = registration.installing;
  if (!worker) return true;
  await new Promise((resolve) => {
    worker.addEventListener("statechange", () => { if (worker.state !== "installing") resolve(); });
  });
  return worker.state !== "redundant";
}

const activated = (registration) => new Promise((resolve) => {
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return resolve();
  const check = () => { if (["activated", "redundant"].includes(worker.state)) resolve(); };
  worker.addEventListener("statechange", check);
  check();
});

function watchForUpdates(registration) {
  const tell = async () => {
    if (!registration.waiting || !registration.active || updateReady) return;
    updateReady = true;
    const { worker } = await ask(registration.waiting, { kind: "build" });
    await freeze(worker);
    post({ type: "update-ready" });
  };
  tell();
  // Another page took the new version over: this one runs on without the files of its own that it has not loaded yet.
  if (navigator.serviceWorker.controller) {
    navigator.serviceWorker.addEventListener("controllerchange", () => post({ type: "update-ready" }));
  }
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", () => tell());
  });
  const look = () => { if (navigator.onLine && !document.hidden) registration.update().catch(() => {}); };
  document.addEventListener("visibilitychange", look);
  setInterval(look, 30 * 60_000);
}
