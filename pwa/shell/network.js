// What Python in the worker asks of the browser beyond storage. Python reaches it as js.qudaoNetwork.
import { isPage } from "/answers.js";

const GZIP_FROM = 1024; // bytes; below that a packed body is no smaller
const HUNG = 5000; // milliseconds of silence; in most networks that work something comes within one
const underWay = new Set(); // of each request that carries commands, rows or files: function that shortens its patience

async function packed(body) {
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The answer to a request, given up when nothing came for `timeout` milliseconds: a thin line carries it all the same,
// in minutes. Nobody tells how far a body has gone up: it has a second more for each kilobyte. Nor may anything that
// only ever trickles hold up what comes after it. `hastened`: ended sooner once there is reason to (see `hasten`).
async function answered(path, options, timeout, hastened) {
  const ending = new AbortController();
  const giveUp = () => ending.abort(new DOMException("nothing came in time", "TimeoutError"));
  const last = setTimeout(giveUp, 15 * timeout);
  const size = options.body?.length ?? 0;
  let next = 0;
  let heard = Date.now(); // a clock that goes on while the phone sleeps
  const wait = (milliseconds) => { clearTimeout(next); next = setTimeout(giveUp, milliseconds); };
  const hurry = () => wait(HUNG + size / 4 - Math.max(0, Date.now() - heard));
  wait(timeout + size);
  if (hastened) underWay.add(hurry);
  try {
    const response = await fetch(path, { ...options, credentials: "same-origin", cache: "no-store", redirect: "error", signal: ending.signal });
    const parts = [];
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
      parts.push(part.value);
      heard = Date.now();
      wait(timeout);
    }
    return [response.status, new Uint8Array(await new Blob(parts).arrayBuffer()), [...response.headers]];
  } finally {
    clearTimeout(next);
    clearTimeout(last);
    underWay.delete(hurry);
  }
}

// Somebody asks to sync now, or the network is back: what is silent for long by now waits on a line that is gone. To the
// app it is an answer that was lost, after which it asks what was decided before it sends anything again.
export function hasten() {
  for (const hurry of underWay) hurry();
}

// Resolves with [status, bytes, [[name, value], ...]]; rejects when there was no answer in time.
export async function request(method, path, body, timeout) {
  const headers = { Accept: "application/json" };
  let sent = body ? body.slice() : undefined; // a copy: the view is over Python's memory
  if (sent) {
    headers["Content-Type"] = "application/json";
    if (sent.length >= GZIP_FROM && "CompressionStream" in self) {
      sent = await packed(sent);
      headers["Content-Encoding"] = "gzip";
    }
  }
  return answered(path, { method, headers, body: sent }, timeout, path.includes("/api/sync/"));
}

// A request as it stands: headers as JSON, body as bytes over Python's memory or null.
export async function exchange(method, path, headers, body, timeout) {
  return answered(path, { method, headers: JSON.parse(headers), body: body ? body.slice() : undefined }, timeout, path.includes("/api/media"));
}

// Fetches files into the service worker's reach, so that they are there without network (KEPT in sw.js). Resolves with
// whether all of them are.
async function keepIn(name, urls) {
  try {
    const cache = await caches.open(name);
    for (const url of JSON.parse(urls)) {
      if (await cache.match(url)) continue;
      const response = await fetch(url, { credentials: "same-origin" });
      if (response.status !== 200 || isPage(response)) return false;
      await cache.put(url, response);
    }
    return true;
  } catch {
    return false; // no network, or no room
  }
}

// Which of these are kept, as JSON.
async function heldIn(name, urls) {
  try {
    const keys = await (await caches.open(name)).keys();
    const held = new Set(keys.map(({ url }) => url.slice(location.origin.length)));
    return JSON.stringify(JSON.parse(urls).filter((url) => held.has(url)));
  } catch {
    return "[]"; // no storage
  }
}

export const keepFiles = (urls) => keepIn("qudao-kept", urls);
export const heldFiles = (urls) => heldIn("qudao-kept", urls);
export const keepPictures = (urls) => keepIn("qudao-images", urls); // IMAGES in sw.js, which also keeps them few
export const heldPictures = (urls) => heldIn("qudao-images", urls);

export async function dropFiles(urls) {
  const cache = await caches.open("qudao-kept").catch(() => null);
  await Promise.all(JSON.parse(urls).map((url) => cache?.delete(url)));
}

let again = () => {};
let anew = () => {};

// Hints from the server while this tab leads: onHint(text) per message, onMissed() when some went by unheard. Returns
// what closes it.
export function live(path, onHint, onMissed) {
  if (!("EventSource" in self)) return () => {};
  let source = null;
  let timer = 0;
  let wait = 2000;
  let lost = false;
  const connect = () => {
    source = new EventSource(path);
    source.onopen = () => {
      wait = 2000;
      if (lost) onMissed();
      lost = false;
    };
    source.onmessage = (event) => onHint(event.data);
    source.addEventListener("hint", (event) => onHint(event.data));
    source.onerror = () => {
      lost = true;
      source.close(); // a refusal would otherwise be retried at once, for ever
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, 60_000);
    };
  };
  connect();
  again = () => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    wait = 2000;
    connect();
  };
  anew = () => {
    source.close();
    clearTimeout(timer);
    lost = true; // until it is open again
    connect();
  };
  return () => { clearTimeout(timer); source?.close(); };
}

// The network is back: who waits longer and longer for the server need not wait now.
export const listenAgain = () => again();

// There is more to hear of than when the server was asked.
export const listenAnew = () => anew();

export function channel(name, onMessage) {
  const broadcast = new BroadcastChannel(name);
  broadcast.onmessage = (event) => onMessage(event.data);
  return broadcast;
}

const ROOM = 20_000_000; // bytes: some weeks of orders, or forty pictures
const UNTOLD = 10 * 2 ** 30;

// Whether so many bytes more would be taken; true where nobody knows. What a file is to grow to is held against the real
// room; nothing is written for it.
async function fits(bytes) {
  const folder = await navigator.storage?.getDirectory?.();
  const file = await folder?.getFileHandle("room", { create: true });
  const stream = await file?.createWritable?.();
  try {
    await stream?.truncate(bytes);
    return true;
  } catch (error) {
    return error.name !== "QuotaExceededError";
  } finally {
    await stream?.abort().catch(() => {});
    await folder?.removeEntry("room").catch(() => {});
  }
}

// {usage, quota, persisted, tight}; quota is 0 where the browser keeps it to itself: Chromium says 10 GiB more than is in
// use, however full the phone is, lest sites tell people apart by it. `tight`: hardly anything more fits.
export async function storage() {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const persisted = (await navigator.storage?.persisted?.()) ?? false;
  const tight = !(await fits(ROOM).catch(() => true));
  return { usage, quota: quota - usage === UNTOLD ? 0 : quota, persisted, tight };
}

const formatters = new Map();

export function format(kind, locale, value, options) {
  const key = `${kind} ${locale} ${options}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    const given = JSON.parse(options);
    formatter = kind === "number" ? new Intl.NumberFormat(locale, given) : new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...given });
    formatters.set(key, formatter);
  }
  return formatter.format(kind === "number" ? value : new Date(value));
}

const clocks = new Map();
const WALL = { hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };

function clock(zone) {
  if (!clocks.has(zone)) {
    try { clocks.set(zone, new Intl.DateTimeFormat("en-US", { ...WALL, timeZone: zone })); } catch { clocks.set(zone, null); }
  }
  return clocks.get(zone);
}

// Minutes that clocks of a zone, or this device's without one, are ahead of UTC at a moment (milliseconds since 1970);
// none for a zone this browser does not know.
export function offsetAt(milliseconds, zone) {
  if (!zone) return -new Date(milliseconds).getTimezoneOffset();
  const shown = clock(zone);
  if (!shown) return 0;
  const wall = Object.fromEntries(shown.formatToParts(milliseconds).map(({ type, value }) => [type, Number(value)]));
  const there = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  return Math.round((there - milliseconds) / 60_000);
}
