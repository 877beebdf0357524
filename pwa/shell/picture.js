// A picture on its way to Python: compressed once, then hashed. What this browser can't read (HEIC on Android, papers)
// goes as it is.
import { readExif } from "/exif.js";

const LONGEST = 1600;
const PREVIEW = 320;
const QUALITY = 0.82;
const AS_IT_IS = 1_200_000; // bytes: no smaller copy is worth a loss
const KEPT = ["image/jpeg", "image/png", "image/webp"];
const BY_NAME = { heic: "image/heic", heif: "image/heif", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", pdf: "application/pdf", mp4: "video/mp4", mov: "video/quicktime" };

let send = () => {};
let serial = 0;
export const sendWith = (given) => { send = given; };

const scaled = (width, height, longest) => {
  const share = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))];
};

// Draws in halves: one large step would leave out pixels.
export function drawn(source, width, height, longest) {
  const [toWidth, toHeight] = scaled(width, height, longest);
  let from = source, fromWidth = width, fromHeight = height;
  while (fromWidth / 2 >= toWidth) {
    const half = canvasOf(fromWidth >> 1, fromHeight >> 1);
    half.getContext("2d").drawImage(from, 0, 0, fromWidth, fromHeight, 0, 0, half.width, half.height);
    [from, fromWidth, fromHeight] = [half, half.width, half.height];
  }
  const canvas = canvasOf(toWidth, toHeight);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // a JPEG would show what is transparent as black
  context.fillRect(0, 0, toWidth, toHeight);
  context.imageSmoothingQuality = "high";
  context.drawImage(from, 0, 0, fromWidth, fromHeight, 0, 0, toWidth, toHeight);
  return canvas;
}

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

const encoded = (canvas, type = "image/jpeg", quality = QUALITY) => new Promise((resolve, reject) => {
  canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("not encoded"))), type, quality);
});

const hashOf = async (buffer) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", buffer))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const typeOf = (file) => (file.type || BY_NAME[file.name?.split(".").pop().toLowerCase()] || "application/octet-stream").split(";")[0];

// {source, width, height}, upright as its EXIF says; null where the browser can't read it. Some read more, or know the
// orientation, by way of an <img> only.
async function bitmapOf(blob) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => null);
  if (bitmap) return { source: bitmap, width: bitmap.width, height: bitmap.height, close: () => bitmap.close() };
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  const close = () => URL.revokeObjectURL(image.src);
  try {
    await image.decode();
    return { source: image, width: image.naturalWidth, height: image.naturalHeight, close };
  } catch {
    close();
    return null;
  }
}

// Hands bytes to Python's worker; resolves with what the element reports about them.
async function handed(blob, preview, about) {
  const buffer = await blob.arrayBuffer();
  const made = { token: ++serial, sha256: await hashOf(buffer), size: buffer.byteLength, content_type: blob.type, ...about };
  const small = preview ? await preview.arrayBuffer() : null;
  send({ type: "bytes", token: made.token, content: buffer, preview: small }, small ? [buffer, small] : [buffer]);
  return JSON.stringify(made);
}

// A file as it is: {token, name, size}. Rejects when it can't be read, as one that was changed since it was picked.
export async function whole(file) {
  const content = await file.arrayBuffer();
  const made = { token: ++serial, name: file.name ?? "", size: content.byteLength };
  send({ type: "bytes", token: made.token, content, preview: null }, [content]);
  return JSON.stringify(made);
}

// A picture out of a canvas: the camera's, or a signature (which is a PNG).
export async function fromCanvas(canvas, about, type = "image/jpeg") {
  const preview = await encoded(drawn(canvas, canvas.width, canvas.height, PREVIEW), type === "image/png" ? type : "image/jpeg");
  return handed(await encoded(canvas, type), preview, { name: "", ...about });
}

// A file the person picked.
export async function fromFile(file, source) {
  const type = typeOf(file);
  const original = await file.arrayBuffer();
  const about = { name: file.name ?? "", source, ...(type === "image/jpeg" ? readExif(original) : { taken_at: null, position: null }) };
  const bitmap = type.startsWith("image/") ? await bitmapOf(new Blob([original], { type })) : null;
  if (!bitmap) return handed(new Blob([original], { type }), null, about);
  const { source: pixels, width, height } = bitmap;
  const preview = await encoded(drawn(pixels, width, height, PREVIEW));
  const small = KEPT.includes(type) && Math.max(width, height) <= LONGEST && original.byteLength <= AS_IT_IS;
  const content = small ? new Blob([original], { type }) : await encoded(drawn(pixels, width, height, LONGEST));
  bitmap.close();
  return handed(content, preview, about);
}
