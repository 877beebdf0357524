// Who is signed in on this phone, and the lock that lets the same person in again without network.
// The server's token stays in its HttpOnly cookie; nothing here can sign anybody in at the server.
import * as store from "/store.js";

const MIRROR = "qudao.session"; // a copy that can be read before the first paint
const SCREEN = "qudao.screen";
const LAST = "qudao.login"; // who is asked to sign in again
const KEEPER = "qudao.keeper"; // whose the kept files are
const LOCKED = "qudao.locked"; // {login, name, waiting}: whose phone it is while its lock is on
const ITERATIONS = 310_000;

export function mirrored() {
  try {
    return JSON.parse(localStorage.getItem(MIRROR));
  } catch {
    return null;
  }
}

export async function remember(session) {
  await leaveFiles(session.user.id);
  await store.saveJson("session", session);
  localStorage.setItem(MIRROR, JSON.stringify(session));
  localStorage.removeItem(LAST);
  unlockScreen();
}

// What somebody kept for later is theirs: whose session ended did not sign out, and another person may come next.
async function leaveFiles(user) {
  if (localStorage.getItem(KEEPER) === user) return;
  await globalThis.caches?.delete("qudao-kept").catch(() => {});
  localStorage.setItem(KEEPER, user);
}

export function locked() {
  try {
    return JSON.parse(localStorage.getItem(LOCKED));
  } catch {
    return null;
  }
}

export function lockScreen({ name, waiting }) {
  const login = mirrored()?.login;
  if (login) localStorage.setItem(LOCKED, JSON.stringify({ login, name, waiting }));
}

// Whose session ended is asked for the password alone; the account may still be another one.
export function keepLogin() {
  const login = mirrored()?.login;
  if (login) localStorage.setItem(LAST, login);
}

export const lastLogin = () => localStorage.getItem(LAST) ?? "";

export const unlockScreen = () => localStorage.removeItem(LOCKED);

export async function forget() {
  localStorage.removeItem(MIRROR);
  localStorage.removeItem(SCREEN);
  await store.saveJson("session", null);
}

// The last screen as a string, as far as it was in sight, with its icons: the sprite comes after it. Inline styles go to data-style: the policy refuses style
// attributes in markup. No pictures: Python brings them, and until then the processor has better things to do. No toast:
// what it said was of that moment, and what it would undo is past. Of nobody, once they signed out: the page that is left
// then still shows what was theirs.
export function keepScreen(element) {
  if (!mirrored()) return;
  const html = inSight(element).innerHTML.replace(/ style="/g, ' data-style="');
  if (html.length > 400_000) return;
  try {
    localStorage.setItem(SCREEN, JSON.stringify({ html, path: location.pathname + location.search, scroll: window.scrollY }));
  } catch { /* full: the next start paints a skeleton */ }
}

function inSight(element) {
  const copy = element.cloneNode(true);
  showTyped(element, copy);
  for (const picture of copy.querySelectorAll("img[src]")) picture.removeAttribute("src");
  const rows = copy.querySelectorAll(".windowed-row");
  const spaces = copy.querySelectorAll(".windowed-space");
  dropUnseen(element, copy);
  for (const toast of copy.querySelectorAll(".toast")) toast.remove();
  element.querySelectorAll(".windowed-row").forEach((row, index) => {
    const { top, bottom, height } = row.getBoundingClientRect();
    if (bottom > 0 && top < innerHeight) return;
    rows[index].remove();
    const space = top < 0 ? spaces[0] : spaces[spaces.length - 1];
    space.style.height = `${parseFloat(space.style.height) + height}px`;
  });
  addIcons(copy);
  return copy;
}

function addIcons(copy) {
  const names = new Set([...copy.querySelectorAll("use")].map((use) => use.getAttribute("href").slice(1)));
  const symbols = [...names].map((name) => document.getElementById(name)).filter(Boolean);
  const sprite = document.querySelector(".sprite").cloneNode();
  sprite.append(...symbols.map((symbol) => symbol.cloneNode(true)));
  copy.append(sprite);
}

// What lies wholly below or to the right of what is in sight would only hold up the first picture. A tail goes, so that
// nothing before it moves; the rows of a table stay, for its columns are as wide as all of them want.
function dropUnseen(element, copy) {
  const [children, twins] = [[...element.children], [...copy.children]];
  let tail = true;
  for (let place = children.length - 1; place >= 0; place--) {
    const child = children[place];
    const { top, left, width, height } = child.getBoundingClientRect();
    const unseen = width > 0 && height > 0 && (top >= innerHeight || left >= innerWidth);
    if (tail && unseen) twins[place].remove();
    else if (!["svg", "TABLE"].includes(child.tagName)) dropUnseen(child, twins[place]);
    tail &&= unseen || width * height === 0;
  }
}

// What was typed or chosen is in properties, which markup does not show. Passwords are nobody's to keep, not while they
// are shown either.
const isSecret = (field) => field.type === "password" || field.autocomplete.endsWith("-password");

function showTyped(element, copy) {
  const copies = copy.querySelectorAll("input, textarea, select");
  element.querySelectorAll("input, textarea, select").forEach((field, index) => {
    const target = copies[index];
    if (field.type === "checkbox" || field.type === "radio") target.toggleAttribute("checked", field.checked);
    else if (field.type === "textarea") target.textContent = field.value;
    else if (field.selectedOptions) for (const { index: place } of field.selectedOptions) target.options[place].setAttribute("selected", "");
    else if (!isSecret(field) && field.type !== "file") target.setAttribute("value", field.value);
  });
}

export function keptScreen() {
  try {
    const screen = JSON.parse(localStorage.getItem(SCREEN));
    return screen?.path === location.pathname + location.search ? screen : null;
  } catch {
    return null;
  }
}

export async function deviceId() {
  const known = await store.loadJson("device");
  if (known) return known;
  const id = uuid7();
  await store.saveJson("device", id);
  return id;
}

function uuid7() {
  const raw = crypto.getRandomValues(new Uint8Array(16));
  let milliseconds = Date.now();
  for (let i = 5; i >= 0; i--) {
    raw[i] = milliseconds % 256;
    milliseconds = Math.floor(milliseconds / 256);
  }
  raw[6] = (raw[6] & 0x0f) | 0x70;
  raw[8] = (raw[8] & 0x3f) | 0x80;
  const hex = [...raw].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function derived(password, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  return [...new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256))];
}

const lockKey = (login) => `lock:${login.trim().toLowerCase()}`;

async function lockOf(password) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return { salt: [...salt], iterations: ITERATIONS, hash: await derived(password, salt, ITERATIONS) };
}

export async function keepLock(login, password, session) {
  await store.saveJson(lockKey(login), { ...(await lockOf(password)), session });
}

let ahead = null; // the lock for a password that the server is being asked to take

// The slow half of a new lock, before the server is asked: after its yes, one write is left that a kill could prevent.
export function prepareLock(password) {
  ahead = lockOf(password);
  ahead.catch(() => {});
}

// The server took that password: from now on it is the one that opens this phone. If it can't be written, none does
// until the next sign-in: the old one may be why it was changed.
export async function changeLock() {
  const [login, prepared] = [mirrored()?.login, ahead];
  ahead = null;
  if (!login || !prepared) return;
  try {
    const { session } = (await store.loadJson(lockKey(login))) ?? { session: mirrored() };
    await store.saveJson(lockKey(login), { ...(await prepared), session });
  } catch (error) {
    await store.saveJson(lockKey(login), null);
    throw error;
  }
}

export const isKnown = async (login) => Boolean(await store.loadJson(lockKey(login)));

// The session record if this person signed in here before: {session}, {wrong: true} or {unknown: true}.
export async function unlock(login, password) {
  const lock = await store.loadJson(lockKey(login));
  if (!lock) return { unknown: true };
  const hash = await derived(password, new Uint8Array(lock.salt), lock.iterations);
  let difference = 0;
  for (let i = 0; i < hash.length; i++) difference |= hash[i] ^ lock.hash[i];
  return difference === 0 ? { session: lock.session } : { wrong: true };
}
