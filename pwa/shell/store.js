// IndexedDB, for the page and for Python in the worker. It lives in JavaScript because a transaction ends as soon as
// it is left idle for one turn of the event loop, which an await in Python is. Bodies are opaque bytes.

const NAME = "qudao";
const STRICT = { durability: "strict" };
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("outbox", { keyPath: "id" }).createIndex("n", "n", { unique: true });
      for (const name of ["counters", "kv", "images"]) db.createObjectStore(name);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opening = null; };
      request.result.onclose = () => { opening = null; };
      resolve(request.result);
    };
    request.onerror = () => { opening = null; reject(request.error); };
    request.onblocked = () => { opening = null; reject(new Error("database blocked by another tab")); };
  });
  return opening;
}

const bytes = (value) => (value === undefined ? null : new Uint8Array(value));
// An ArrayBuffer of its own: a view of a part may be over the interpreter's memory.
const buffer = (view) => (view.byteLength === view.buffer.byteLength ? view : view.slice()).buffer;

// What a start needs is read in one transaction, by the page, which has nothing else to do while Python comes up in the
// worker: there it would stand in its way. It holds until something is written, there or in another tab, or until the
// start is over.
const hearOthers = () => ("BroadcastChannel" in self ? new BroadcastChannel("qudao") : null);

// In the page: resolves with what to give the worker, or with null where it does not hold any more, once `heard` has:
// from then on the worker hears itself of what others write.
export async function readAhead(user, heard) {
  const others = hearOthers();
  let holds = true;
  if (others) others.onmessage = () => { holds = false; };
  const found = await within(["outbox", "kv", "images"], "readonly", (outbox, kept, images, outcome) => {
    outcome.result = { image: null, entries: [], values: new Map() };
    entriesIn(outbox, (entries) => { outcome.result.entries = entries; });
    wholeImage(images, user, (image) => { outcome.result.image = image; });
    got(kept.getAllKeys(), (keys) => got(kept.getAll(), (values) => keys.forEach((key, place) => outcome.result.values.set(key, bytes(values[place])))));
  }).catch(() => null);
  await heard;
  others?.close();
  return holds ? found : null;
}

// In the worker.
let early = null;

export function expectAhead(user) {
  const others = hearOthers();
  let give;
  const found = new Promise((resolve) => { give = resolve; });
  early = { user, found, give, others };
  if (others) others.onmessage = forgetAhead;
}

export const takeAhead = (found) => early?.give(found);

export function forgetAhead() {
  early?.others?.close();
  early = null;
}

// pick(what was read ahead), or read() where that does not hold any more.
async function ahead(pick, read) {
  const mine = early;
  const found = mine && (await mine.found);
  return found && early === mine ? pick(found) : read();
}

// Runs work(stores...) in one transaction; resolves with what it put into `result` once that is durable.
async function within(names, mode, work) {
  if (mode === "readwrite") forgetAhead();
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode, mode === "readwrite" ? STRICT : undefined);
    const outcome = { result: undefined };
    transaction.oncomplete = () => resolve(outcome.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    work(...names.map((name) => transaction.objectStore(name)), outcome);
  });
}

const got = (request, then) => { request.onsuccess = () => then(request.result); };

// Stores a new entry with the device's next number; returns the number. A second entry of one id is refused.
// unsent: no request that holds it was begun. It stands beside the body, so that a tab can withdraw in one step.
export const appendEntry = (id, body, unsent) =>
  within(["outbox", "counters"], "readwrite", (outbox, counters, outcome) => {
    got(counters.get("n"), (last) => {
      outcome.result = (last ?? 0) + 1;
      counters.put(outcome.result, "n");
      outbox.add({ id, n: outcome.result, body: buffer(body), unsent });
    });
  });

const entriesIn = (outbox, then) =>
  got(outbox.index("n").getAll(), (found) => then(found.map((entry) => [entry.n, bytes(entry.body), entry.unsent === true])));

// [[n, bytes, unsent], ...] by n.
export const loadEntries = () =>
  ahead((found) => found.entries, () =>
    within(["outbox"], "readonly", (outbox, outcome) => entriesIn(outbox, (entries) => { outcome.result = entries; })));

// changes: [[id, bytes, unsent], ...]; all or none; ids not stored are skipped. Resolves with the ids written.
export const writeEntries = (changes) =>
  within(["outbox"], "readwrite", (outbox, outcome) => {
    outcome.result = [];
    for (const [id, body, unsent] of changes) {
      got(outbox.get(id), (present) => {
        if (!present) return;
        outbox.put({ ...present, body: buffer(body), unsent: present.unsent === true && unsent });
        outcome.result.push(id);
      });
    }
  });

// Removes an entry no request was begun with; resolves with whether it was one.
export const withdrawEntry = (id) =>
  within(["outbox"], "readwrite", (outbox, outcome) => {
    outcome.result = false;
    got(outbox.get(id), (present) => {
      if (present?.unsent !== true) return;
      outbox.delete(id);
      outcome.result = true;
    });
  });

export const removeEntries = (ids) =>
  within(["outbox"], "readwrite", (outbox) => { for (const id of ids) outbox.delete(id); });

const loadFrom = (name, key) =>
  within([name], "readonly", (kept, outcome) => got(kept.get(key), (value) => { outcome.result = bytes(value); }));
const saveIn = (name, key, body) =>
  within([name], "readwrite", (kept) => { if (body == null) kept.delete(key); else kept.put(buffer(body), key); });

export const loadValue = (key) => ahead((found) => found.values.get(key) ?? null, () => loadFrom("kv", key));
export const saveValue = (key, body) => saveIn("kv", key, body);
export const valueKeys = (prefix) =>
  ahead((found) => [...found.values.keys()].filter((key) => key.startsWith(prefix)), () =>
    within(["kv"], "readonly", (kept, outcome) => {
      got(kept.getAllKeys(IDBKeyRange.bound(prefix, prefix + "\uffff")), (keys) => { outcome.result = keys; });
    }));

// What came since an image was written stands beside it, in order of n.
const moreOf = (user) => IDBKeyRange.bound([user, 0], [user, Infinity]);

function wholeImage(images, user, then) {
  got(images.get(user), (image) => got(images.getAll(moreOf(user)), (more) => {
    then(image === undefined || more.length === 0 ? bytes(image) : joined([image, ...more]));
  }));
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole;
}

export const loadImage = (user) => {
  const read = () =>
    within(["images"], "readonly", (images, outcome) => wholeImage(images, user, (image) => { outcome.result = image; }));
  return early?.user === user ? ahead((found) => found.image, read) : read();
};

// The last bytes of the image and of what stands behind it, a checksum among them, so that a tab can tell without
// reading the image whether it holds its rows. They count for the turn in which they were written: a tab of an older
// version, which writes none, takes a turn too.
const END = 8;
const endKey = (user) => `end of image ${user}`;
const ending = (part) => buffer(part.slice(-END));

// What was put behind the part that ends in `held`; nothing where that is the last one, null where none does, or where
// that is not known.
export const imageSince = (user, held) =>
  within(["images", "counters"], "readonly", (images, counters, outcome) => {
    outcome.result = null;
    got(counters.get("lead"), (last) => got(counters.get(endKey(user)), (end) => {
      if (!end || end.turn !== last) return;
      const isHeld = (part) => sameBytes(bytes(part).slice(-END), held);
      if (isHeld(end.bytes)) outcome.result = new Uint8Array(0);
      else got(images.getAll(moreOf(user)), (more) => {
        // An app of before did not keep the image's own end.
        const from = end.image && isHeld(end.image) ? 0 : more.findLastIndex(isHeld) + 1 || null;
        if (from !== null) outcome.result = joined(more.slice(from));
      });
    }));
  });

// Who leads saves the rows. A page that slept while another took over holds older ones: with them saved, what was sent
// meanwhile would be neither among the rows nor in the outbox.
let turn = null; // this page's, of all that ever led
export const beginLeading = (user) =>
  within(["counters"], "readwrite", (counters) => got(counters.get("lead"), (last) => {
    turn = (last ?? 0) + 1;
    counters.put(turn, "lead");
    got(counters.get(endKey(user)), (end) => { if (end && end.turn === last) counters.put({ ...end, turn }, endKey(user)); });
  }));

const mayWrite = (last) => turn === null || turn === last;

// Resolves with whether it was saved: not, when another page began to lead after this one.
export const saveImage = (user, image) =>
  within(["images", "counters"], "readwrite", (images, counters, outcome) => got(counters.get("lead"), (last) => {
    outcome.result = image == null || mayWrite(last);
    if (!outcome.result) return;
    images.delete(moreOf(user));
    if (image == null) {
      images.delete(user);
      counters.delete(endKey(user));
    } else {
      images.put(buffer(image), user);
      counters.put({ turn: last, bytes: ending(image), image: ending(image) }, endKey(user));
    }
  }));

// Puts more behind what ends in `held`. Resolves with whether it does; with null where another page leads.
export const appendToImage = (user, more, held) =>
  within(["images", "counters"], "readwrite", (images, counters, outcome) => got(counters.get("lead"), (last) => {
    outcome.result = null;
    if (!mayWrite(last)) return;
    got(counters.get(endKey(user)), (end) => {
      outcome.result = end !== undefined && end.turn === last && sameBytes(bytes(end.bytes), held);
      if (!outcome.result) return;
      got(images.getAllKeys(moreOf(user)), (keys) => images.put(buffer(more), [user, (keys.at(-1)?.[1] ?? 0) + 1]));
      counters.put({ ...end, bytes: ending(more) }, endKey(user));
    });
  }));

const sameBytes = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const loadJson = async (key) => {
  const value = await loadValue(key);
  return value ? JSON.parse(decoder.decode(value)) : null;
};
export const saveJson = (key, value) => saveValue(key, value === null ? null : encoder.encode(JSON.stringify(value)));
