// Where the phone keeps the memory snapshot of each version: a file of its own, which is read straight into the
// interpreter's memory; in the cache where the browser has no such files. Runs in workers.
const FOLDER = "snapshots";
const CACHE = "qudao-snapshots";

// A source: read(view, at) fills the view with the bytes from `at` on; close() lets go of it.
const inMemory = (bytes) => ({ read: (view, at) => view.set(bytes.subarray(at, at + view.length)), close() {} });

const inFile = (handle) => ({
  read(view, at) { if (handle.read(view, { at }) !== view.length) throw new Error("the snapshot ends early"); },
  close: () => handle.close(),
});

const fileName = (url) => url.slice(url.lastIndexOf("/") + 1);
const folder = async (options) => (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, options);

async function openFile(url) {
  const file = await (await folder()).getFileHandle(fileName(url));
  try {
    return inFile(await file.createSyncAccessHandle({ mode: "read-only" }));
  } catch { // another tab is reading it, and this browser lets one at a time
    return inMemory(new Uint8Array(await (await file.getFile()).arrayBuffer()));
  }
}

async function openCached(url) {
  const kept = await (await caches.open(CACHE)).match(url);
  return kept ? inMemory(new Uint8Array(await kept.arrayBuffer())) : null;
}

// A source of what was kept under this name, or null.
export const openSnapshot = (url) => openFile(url).catch(() => openCached(url)).catch(() => null);

async function writeFile(url, bytes) {
  const file = await (await folder({ create: true })).getFileHandle(fileName(url), { create: true });
  // What an access handle wrote Chromium does not count any more once it was started anew, but takes it off when the
  // file is removed: below nothing, which is 4 GB. A stream's file is there whole or not at all.
  if (!file.createWritable) return writeByHandle(file, bytes);
  const stream = await file.createWritable();
  await stream.write(bytes);
  return stream.close();
}

// The first word goes last, so that a file cut short is no snapshot.
async function writeByHandle(file, bytes) {
  const handle = await file.createSyncAccessHandle();
  try {
    handle.truncate(0);
    if (handle.write(bytes.subarray(4), { at: 4 }) !== bytes.length - 4) throw new Error("the snapshot does not fit");
    handle.flush();
    handle.write(bytes.subarray(0, 4), { at: 0 });
    handle.flush();
  } finally {
    handle.close();
  }
}

export async function keepSnapshot(url, bytes) {
  try {
    await writeFile(url, bytes);
  } catch {
    await dropSnapshot(url);
    await (await caches.open(CACHE)).put(url, new Response(bytes, { headers: { "Content-Type": "application/octet-stream" } }));
  }
}

export async function dropSnapshot(url) {
  await folder().then((found) => found.removeEntry(fileName(url))).catch(() => {});
  await (await caches.open(CACHE)).delete(url);
}
