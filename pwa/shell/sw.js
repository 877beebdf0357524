// The service worker: keeps one whole version of the app, serves it without network, never touches /api.
// A new version is fetched beside the old one and takes over only when a page says so (or at the next start).
const BUILD = "__BUILD__";
const ASSETS = "__ASSETS__"; // [url, bytes over the wire, bytes]
const LATER = "__LATER__"; // what only some phones need, fetched when a page asks for it
const POLICY = ""; // the server writes another where its pages' policy is not the usual one: they are kept with it
const CACHE = `qudao-${BUILD}${POLICY}`;
const SNAPSHOT = "__SNAPSHOT__"; // what worker.js keeps of its own making
const WORKER = "__WORKER__";
const SNAPSHOTS = "qudao-snapshots";
const IMAGES = "qudao-images";
const MAX_IMAGES = 1500; // pwa/pictures.py fetches 1000 at most
const KEPT = "qudao-kept"; // what a person keeps for later, courses' pictures and videos: network.js puts it there

const tell = async (message) => {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true, type: "window" })) client.postMessage(message);
};

// Some networks answer every request with a page of their own until somebody signs in to them. None of it may be kept in
// place of what was asked for.
const isPage = (response) => (response.headers.get("content-type") ?? "").startsWith("text/html");

// A newer version takes over only when nothing is under way here any more: on a slow line that is a long time, in which
// who pressed "Update" sees nothing happen.
const GIVES_WAY = 20_000; // milliseconds, in which the newer one does take over
let leaving = new AbortController();
const ask = (request, options) => fetch(request, { ...options, signal: leaving.signal });

// What is asked for meanwhile, a page fetches pictures one after the other, is the browser's own matter.
function giveWay() {
  leaving.abort();
  setTimeout(() => { leaving = new AbortController(); }, GIVES_WAY);
}

// Assets carry their hash in their name: what an older version's cache holds needs no download. `length` tells the last
// page that is not ours, 0 where it is not known.
// onShare(0..1) follows the download. A clone is counted: the original keeps its address, and with it compiled code.
async function fetchOne(cache, [url, , length], onShare) {
  const hashed = url.startsWith("/assets/");
  const kept = hashed ? await caches.match(url) : null;
  if (kept) return cache.put(url, kept);
  const response = await ask(url, { cache: hashed ? "default" : "no-cache", credentials: "same-origin" });
  if (!response.ok || (isPage(response) && !url.endsWith(".html"))) throw new Error(`${url}: ${response.status}`);
  const counting = count(response.clone(), (bytes) => onShare(Math.min(1, bytes / length)));
  const [bytes] = await Promise.all([counting, cache.put(url, response)]);
  if (!length || bytes === length) return;
  await cache.delete(url);
  throw new Error(`${url}: ${bytes} bytes of ${length}`);
}

async function count(response, onBytes) {
  const reader = response.body.getReader();
  let bytes = 0;
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    bytes += chunk.value.length;
    onBytes(bytes);
  }
  return bytes;
}

async function precache() {
  const cache = await caches.open(CACHE);
  const total = ASSETS.reduce((sum, [, wire]) => sum + wire, 0);
  const present = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  const shares = new Map();
  let told = 0;
  const report = (now = false) => {
    if (!now && Date.now() - told < 120) return;
    told = Date.now();
    const done = ASSETS.reduce((sum, [url, wire]) => sum + wire * (shares.get(url) ?? 0), 0);
    tell({ kind: "progress", done: Math.round(done), total, build: BUILD });
  };
  const queue = [...ASSETS].sort((one, other) => one[1] - other[1]);
  const lane = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [url] = next;
      const onShare = (share) => { shares.set(url, share); report(); };
      if (!present.has(url)) await fetchOne(cache, next, onShare);
      onShare(1);
    }
  };
  report(true);
  await Promise.all([lane(), lane(), lane()]);
  report(true);
}

async function fetchLater() {
  const cache = await caches.open(CACHE);
  for (const url of LATER) if (!(await cache.match(url))) await fetchOne(cache, [url, 0, 0], () => {});
}

self.addEventListener("install", (event) => {
  // Where the browser can, it serves files from the cache without waking this worker.
  event.addRoutes?.([{ condition: { urlPattern: "/assets/*" }, source: { cacheName: CACHE } }])?.catch?.(() => {});
  event.waitUntil(precache().then(() => (self.registration.active ? undefined : self.skipWaiting())));
});

// snapshots.js keeps them as files where the browser has them.
async function cleanFolder() {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("snapshots");
  for await (const name of folder.keys()) if (!SNAPSHOT.endsWith(`/${name}`)) await folder.removeEntry(name);
}

self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("qudao-") && ![CACHE, SNAPSHOTS, IMAGES, KEPT].includes(name)) await caches.delete(name);
    }
    const snapshots = await caches.open(SNAPSHOTS);
    for (const key of await snapshots.keys()) if (new URL(key.url).pathname !== SNAPSHOT) await snapshots.delete(key);
    await cleanFolder().catch(() => {});
    await self.clients.claim();
    await tell({ kind: "activated", build: BUILD });
  };
  event.waitUntil(clean());
});

self.addEventListener("message", (event) => {
  if (event.data?.kind === "activate") self.skipWaiting();
  if (event.data?.kind === "give-way") giveWay();
  if (event.data?.kind === "later") event.waitUntil(fetchLater().catch(() => {})); // else at the next start
  if (event.data?.kind === "build") event.ports[0]?.postMessage({ build: BUILD, worker: WORKER });
});

// This version's own files first. A waiting version's worker, which makes its snapshot ahead, finds its files too.
async function fromCache(request, url) {
  const kept = (await (await caches.open(CACHE)).match(url.pathname)) ?? (await caches.match(url.pathname));
  return kept ?? ask(request);
}

async function page() {
  const kept = await (await caches.open(CACHE)).match("/index.html");
  return kept ?? ask("/index.html");
}

// A file that is kept; players of videos ask for parts of one.
async function kept(request, otherwise) {
  const found = await (await caches.open(KEPT)).match(new URL(request.url).pathname);
  if (!found) return otherwise(request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (!range) return found;
  const whole = await found.blob();
  const first = Number(range[1]);
  const last = Math.min(range[2] ? Number(range[2]) : whole.size - 1, whole.size - 1);
  if (first > last) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${whole.size}` } });
  const headers = { "Content-Type": found.headers.get("content-type") ?? "", "Content-Range": `bytes ${first}-${last}/${whole.size}`, "Accept-Ranges": "bytes" };
  return new Response(whole.slice(first, last + 1), { status: 206, headers });
}

async function image(request) {
  const cache = await caches.open(IMAGES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await ask(request);
  if (response.ok && response.status === 200 && !isPage(response)) {
    await cache.put(request, response.clone());
    const keys = await cache.keys(); // oldest first
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MAX_IMAGES)).map((key) => cache.delete(key)));
  }
  return response;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || leaving.signal.aborted) return;
  if (/^\/api\/media\/[^/]+\/[^/]+$/.test(url.pathname)) return event.respondWith(kept(request, ask));
  if (/^\/(api|verify)(\/|$)/.test(url.pathname) || url.pathname === "/metrics" || url.pathname === "/sw.js") return;
  if (request.mode === "navigate") event.respondWith(page());
  else if (/^\/(media|images)\//.test(url.pathname)) event.respondWith(kept(request, image));
  else event.respondWith(fromCache(request, url));
});

// Bonus where it exists: the network came back while no page was in front. An open page does the work.
self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(tell({ kind: "sync" }));
});
self.addEventListener("periodicsync", (event) => {
  if (event.tag === "outbox") event.waitUntil(tell({ kind: "sync" }));
});

// ------------------------------------------------------------------ notifications

// One a subject. An older message that comes later must not hide a newer one, yet a browser wants something shown.
async function show(message) {
  const [shown] = await self.registration.getNotifications({ tag: message.tag });
  const stale = shown && shown.data?.at > message.at;
  const { title, body, lang, data } = stale ? shown : { ...message, data: { url: message.url, at: message.at } };
  await self.registration.showNotification(title, {
    body, lang, data, tag: message.tag, renotify: !stale, silent: Boolean(stale), timestamp: data.at, icon: "__ICON__", badge: "__BADGE__",
  });
}

self.addEventListener("push", (event) => {
  let message;
  try {
    message = event.data.json();
  } catch {
    return;
  }
  event.waitUntil(show(message));
});

// To the right screen: in a page that is open, else in a new one.
async function open(path) {
  const pages = await self.clients.matchAll({ includeUncontrolled: true, type: "window" });
  const page = pages.find((each) => each.visibilityState === "visible") ?? pages[0];
  if (!page) return self.clients.openWindow(path);
  page.postMessage({ kind: "open", path });
  return page.focus().catch(() => {});
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? "/"));
});

// The browser's push service gave this device another address, or took back the one it had. Where nobody is signed in
// any more there is nobody to tell; what fails here the next start of the app mends (push.js: renew).
async function subscribeAnew(event) {
  const answer = await fetch("/api/push/key", { credentials: "same-origin" });
  if (!answer.ok) return;
  const { key } = await answer.json();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const found = event.newSubscription ?? (await self.registration.pushManager.subscribe(options));
  await fetch("/api/push/subscriptions", {
    method: "POST", headers: { "Content-Type": "application/json" }, credentials: "same-origin", body: JSON.stringify(found),
  });
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAnew(event).catch(() => {})));
