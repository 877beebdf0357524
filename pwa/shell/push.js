// Notifications on this device: asked for when the person presses a button, renewed at each start, ended with the
// session. What the server's job sends, sw.js shows.
const WANTED = "qudao.push"; // the id of the person who wants them here
const possible = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

// "on", "off" (can be switched on), "denied", "install" (an iPhone's browser: only the installed app can), "no".
export async function state(user, install) {
  if (install === "ios") return "install";
  if (!possible) return "no";
  if (Notification.permission === "denied") return "denied";
  if (Notification.permission !== "granted" || localStorage.getItem(WANTED) !== user) return "off";
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ? "on" : "off";
}

// Call it straight from a press: browsers ask only then. Rejects when the server or the push service can't be reached.
export async function switchOn(user) {
  if ((await Notification.requestPermission()) !== "granted") return;
  await subscribe();
  localStorage.setItem(WANTED, user);
}

export async function switchOff() {
  await forget();
  const answer = await fetch("/api/push/subscriptions", { method: "DELETE", credentials: "same-origin" });
  if (!answer.ok) throw new Error(`push: ${answer.status}`);
}

// This browser gets none any more, whether the server can be told or not: what it sends meets a closed door.
export async function forget() {
  localStorage.removeItem(WANTED);
  if (!possible) return;
  const registration = await navigator.serviceWorker.getRegistration();
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

// At a start: the server may have lost the subscription or have another key, the session may be new. A browser that
// another person used before starts without.
export async function renew(user) {
  if (!possible || !localStorage.getItem(WANTED)) return;
  if (localStorage.getItem(WANTED) !== user) await forget();
  else if (Notification.permission === "granted") await subscribe();
}

async function subscribe() {
  const answer = await fetch("/api/push/key", { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`push key: ${answer.status}`);
  const { key } = await answer.json();
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  if (known && !sameKey(known, key)) await known.unsubscribe();
  const found = (await pushManager.getSubscription()) ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
  const told = await fetch("/api/push/subscriptions", {
    method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", body: JSON.stringify(found),
  });
  if (!told.ok) throw new Error(`push: ${told.status}`);
}

function sameKey(subscription, key) {
  const raw = subscription.options?.applicationServerKey;
  if (!raw) return true; // the browser does not tell
  const text = btoa(String.fromCharCode(...new Uint8Array(raw)));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "") === key;
}
