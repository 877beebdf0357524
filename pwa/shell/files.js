// Pictures and files waiting to be sent, in a database of their own: it is opened when the first is needed, and not at
// every start. Bytes are kept as ArrayBuffers, not Blobs (iOS loses those), in pieces, so that sending a piece of a
// video need not read the whole.

const NAME = "qudao-media";
const PIECE = 1 << 20;
const STRICT = { durability: "strict" };
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const name of ["records", "pieces", "previews"]) request.result.createObjectStore(name);
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

async function within(names, mode, work) {
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
const piecesOf = (id) => IDBKeyRange.bound([id, 0], [id, Infinity]);

// record: bytes over the interpreter's memory, so copied; content and preview: ArrayBuffers, preview may be null.
export const addFile = (id, record, content, preview) =>
  within(["records", "pieces", "previews"], "readwrite", (records, pieces, previews) => {
    records.add(record.slice().buffer, id);
    for (let at = 0; at < content.byteLength; at += PIECE) pieces.add(content.slice(at, at + PIECE), [id, at / PIECE]);
    if (preview) previews.add(preview, id);
  });

export const loadFiles = () =>
  within(["records"], "readonly", (records, outcome) => got(records.getAll(), (found) => { outcome.result = found.map((each) => new Uint8Array(each)); }));

// Resolves with whether the record was still there. kept: its bytes stay.
export const writeFile = (id, record, kept) =>
  within(["records", "pieces"], "readwrite", (records, pieces, outcome) => {
    const body = record.slice().buffer;
    outcome.result = false;
    got(records.getKey(id), (present) => {
      if (present === undefined) return;
      outcome.result = true;
      records.put(body, id);
      if (!kept) pieces.delete(piecesOf(id));
    });
  });

// At most `length` bytes from `offset`; null where they are not here.
export const readFile = (id, offset, length) =>
  within(["pieces"], "readonly", (pieces, outcome) => {
    const first = Math.floor(offset / PIECE), last = Math.floor((offset + length - 1) / PIECE);
    outcome.result = null;
    got(pieces.getAll(IDBKeyRange.bound([id, first], [id, last])), (found) => {
      if (!found.length) return;
      const joined = new Uint8Array(found.reduce((sum, piece) => sum + piece.byteLength, 0));
      let at = 0;
      for (const piece of found) {
        joined.set(new Uint8Array(piece), at);
        at += piece.byteLength;
      }
      const from = offset - first * PIECE;
      outcome.result = joined.slice(from, from + length);
    });
  });

export const removeFile = (id) =>
  within(["records", "pieces", "previews"], "readwrite", (records, pieces, previews) => {
    records.delete(id);
    previews.delete(id);
    pieces.delete(piecesOf(id));
  });

// All of a file as a Blob, and its preview; null where it is not here.
export const wholeOf = (id) =>
  within(["pieces"], "readonly", (pieces, outcome) => got(pieces.getAll(piecesOf(id)), (found) => { outcome.result = found.length ? new Blob(found) : null; }));
export const previewOf = (id) =>
  within(["previews"], "readonly", (previews, outcome) => got(previews.get(id), (found) => { outcome.result = found ? new Blob([found]) : null; }));
