// When and where a JPEG was taken, read from its EXIF before it is compressed away. What is malformed tells nothing.
// Fields by CIPA DC-008 (Exif 2.32): tags of the Exif and GPS directories.
const DATE_TIME = 0x0132, EXIF = 0x8769, GPS = 0x8825, ORIGINAL = 0x9003, OFFSET = 0x9010, OFFSET_ORIGINAL = 0x9011;
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

// The view of the TIFF block in a JPEG's APP1 segment, or null.
function tiffOf(buffer) {
  const view = new DataView(buffer);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return null;
    const length = view.getUint16(at + 2);
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) return new DataView(buffer, at + 10, Math.min(length - 8, view.byteLength - at - 10));
  }
  return null;
}

// {tag: value}: text for ASCII, numbers and lists of numbers for the rest.
function directory(tiff, little, at) {
  const found = {};
  const count = tiff.getUint16(at, little);
  for (let entry = at + 2; entry < at + 2 + count * 12; entry += 12) {
    const tag = tiff.getUint16(entry, little), type = tiff.getUint16(entry + 2, little), length = tiff.getUint32(entry + 4, little);
    const size = (SIZES[type] ?? 0) * length;
    if (!size || size > 4096) continue;
    const place = size <= 4 ? entry + 8 : tiff.getUint32(entry + 8, little);
    found[tag] = valueAt(tiff, little, place, type, length);
  }
  return found;
}

function valueAt(tiff, little, place, type, length) {
  if (type === 2) {
    const bytes = new Uint8Array(tiff.buffer, tiff.byteOffset + place, length);
    return String.fromCharCode(...bytes).split("\0")[0].trim();
  }
  const one = (index) => {
    const at = place + index * SIZES[type];
    if (type === 5) return tiff.getUint32(at, little) / tiff.getUint32(at + 4, little);
    if (type === 3) return tiff.getUint16(at, little);
    if (type === 4) return tiff.getUint32(at, little);
    return tiff.getUint8(at);
  };
  return length === 1 ? one(0) : Array.from({ length }, (_unused, index) => one(index));
}

// "2026:07:14 09:52:10" and "+08:00" as an ISO time; without an offset, of this device's own zone.
function isoTime(text, offset) {
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text ?? "");
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const zone = /^[+-]\d\d:\d\d$/.test(offset ?? "") ? offset : "";
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time.getTime()) || time.getFullYear() < 1990 ? null : time.toISOString();
}

function degrees(value, reference, negative) {
  if (!Array.isArray(value) || value.length !== 3) return NaN;
  const found = value[0] + value[1] / 60 + value[2] / 3600;
  return reference === negative ? -found : found;
}

function positionOf(gps, at) {
  const latitude = degrees(gps[2], gps[1], "S"), longitude = degrees(gps[4], gps[3], "W");
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || (latitude === 0 && longitude === 0)) return null;
  const accuracy = Number.isFinite(gps[31]) && gps[31] >= 0 ? gps[31] : 0; // 0: the camera did not say (pwa/media.py makes a radius of it)
  const time = Array.isArray(gps[7]) && gps[29] ? new Date(`${gps[29].replaceAll(":", "-")}T00:00:00Z`) : null;
  const measured = time && !Number.isNaN(time.getTime()) ? new Date(time.getTime() + (gps[7][0] * 3600 + gps[7][1] * 60 + gps[7][2]) * 1000).toISOString() : at;
  return measured ? { latitude, longitude, accuracy, at: measured } : null;
}

// {taken_at: ISO time or null, position: {latitude, longitude, accuracy, at} or null}.
export function readExif(buffer) {
  const nothing = { taken_at: null, position: null };
  try {
    const tiff = tiffOf(buffer);
    if (!tiff) return nothing;
    const little = tiff.getUint16(0) === 0x4949;
    const main = directory(tiff, little, tiff.getUint32(4, little));
    const exif = main[EXIF] ? directory(tiff, little, main[EXIF]) : {};
    const taken_at = isoTime(exif[ORIGINAL] ?? main[DATE_TIME], exif[OFFSET_ORIGINAL] ?? exif[OFFSET]);
    const gps = main[GPS] ? directory(tiff, little, main[GPS]) : null;
    return { taken_at, position: gps && positionOf(gps, taken_at) };
  } catch {
    return nothing;
  }
}
