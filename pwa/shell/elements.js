// The custom elements below ReactPy's components. They hold what must not wait for, or be overwritten by, an answer
// from Python: text being typed, focus, scroll position. `config` and the callbacks are set as properties.

import { icon, make } from "/dom.js";

// Numbers of this start only: the history remembers a sheet's from before the app was killed, and back would take the
// next sheet of that number for one that is to stay.
let serial = Math.floor(performance.timeOrigin);

// An input that reports outside compositions and takes a new value over only while nobody types in it.
class TextOwner extends HTMLElement {
  #config = null;
  #seen = "";
  #composing = false;
  #timer = 0;
  #committed = null;
  #typed = false; // since the last commit: the text is the person's, no answer may replace it

  get config() { return this.#config; }
  set config(config) {
    const text = JSON.stringify(config);
    if (text === this.#seen) return;
    this.#seen = text;
    const before = this.#config;
    this.#config = config;
    if (!this.input) this.build(config);
    this.refresh(config);
    const forced = before === null || before.revision !== config.revision;
    const idle = document.activeElement !== this.input && before?.value !== config.value;
    if ((forced && !this.owned) || idle) this.show(config.value ?? "");
    if (before && forced && config.autofocus) this.#refocus();
  }

  // What was pressed to take something over has gone, and the focus with it: the next is looked for here.
  #refocus() {
    requestAnimationFrame(() => { if (document.activeElement === document.body) this.input.focus(); });
  }

  // Being typed in, with a commit to come: an answer to what was done before comes too late.
  get owned() { return this.#typed && this.commit !== null && document.activeElement === this.input; }

  show(text) {
    if (this.#composing) return;
    this.input.value = text;
    this.#committed = text;
    this.#typed = false;
    this.changed?.();
  }

  watch(input) {
    this.input = input;
    input.addEventListener("compositionstart", () => { this.#composing = true; });
    input.addEventListener("compositionend", () => { this.#composing = false; this.#report(); });
    input.addEventListener("input", () => { this.#typed = true; this.changed?.(); if (!this.#composing) this.#report(); });
    input.addEventListener("blur", () => this.#commit());
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || input.tagName === "TEXTAREA") return;
      this.#report(true);
      this.#commit(true);
      if (this.enter) this.enter(input.value);
      else if (this.config.kind === "search") input.blur();
      if (this.config.onward) this.#goOn();
    });
  }

  #goOn() {
    const sheet = this.closest("dialog");
    const fields = [...(sheet?.querySelectorAll("input[enterkeyhint=next]") ?? [])];
    const next = fields[fields.indexOf(this.input) + 1];
    if (next) next.focus();
    else sheet?.querySelector(".sheet-actions button")?.click();
  }

  #report(now = false) {
    clearTimeout(this.#timer);
    const send = () => this.report?.(this.input.value);
    if (this.config.delay && !now) this.#timer = setTimeout(send, this.config.delay);
    else send();
  }

  #commit(pressed = false) {
    if (!pressed && !this.#typed && this.input.value === this.#committed) return;
    this.#typed = false;
    this.#committed = this.input.value;
    this.commit?.(this.input.value);
  }

  report = null;
  commit = null;
  enter = null; // told of Enter; the field keeps the focus then
}

class Field extends TextOwner {
  // How high a text is can be told once it stands in the page.
  connectedCallback() { requestAnimationFrame(() => this.input && this.changed()); }

  build(config) {
    const id = `field-${++serial}`;
    const input = config.rows ? make("textarea", "input", { rows: config.rows }) : make("input", "input", { type: config.kind ?? "text" });
    input.id = id;
    if (config.label) {
      this.labelElement = make("label", "field-label", { for: id });
      this.append(this.labelElement);
    }
    const box = make("span", "input-box");
    if (config.before) box.append(Object.assign(make("span", "input-before"), { textContent: config.before }));
    box.append(input);
    if (config.unit) box.append(Object.assign(make("span", "input-unit"), { textContent: config.unit }));
    if (config.clear) box.append(this.#clearButton(config));
    if (config.reveal) box.append(this.#revealButton(input, config));
    this.note = make("p", "field-note", { id: `${id}-note` });
    this.append(box, this.note);
    if (config.numeric) input.classList.add("number");
    this.watch(input);
    if (config.autofocus) requestAnimationFrame(() => input.focus());
  }

  #clearButton(config) {
    this.clearer = make("button", "input-clear", { type: "button", "aria-label": config.clear, hidden: "" });
    this.clearer.append(icon("x"));
    this.clearer.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus and the keyboard
    this.clearer.addEventListener("click", () => {
      this.input.value = "";
      this.changed();
      this.report?.("");
      this.input.focus();
    });
    return this.clearer;
  }

  // Shows a password as it is typed. Python is not told: that is between the page and who looks at it.
  #revealButton(input, { reveal: [show, hide], testid }) {
    input.classList.add("input-secret");
    input.spellcheck = false;
    input.autocapitalize = "none";
    const button = make("button", "input-clear", { type: "button", "data-testid": testid && `${testid}-show` });
    const eyes = [icon("eye"), icon("eye-off")];
    const paint = (shown) => {
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-label", shown ? hide : show);
      button.setAttribute("aria-pressed", String(shown));
      button.replaceChildren(eyes[Number(shown)]);
    };
    button.addEventListener("click", () => paint(input.type === "password"));
    paint(false);
    return button;
  }

  changed() {
    if (this.clearer) this.clearer.hidden = this.input.value === "";
    if (this.input.tagName === "TEXTAREA") {
      this.input.style.height = "auto";
      this.input.style.height = `${Math.min(320, this.input.scrollHeight + 2)}px`;
    }
  }

  refresh(config) {
    const { input } = this;
    const set = (name, value) => (value ? input.setAttribute(name, value) : input.removeAttribute(name));
    if (this.labelElement) this.labelElement.textContent = config.label;
    else set("aria-label", config.placeholder);
    set("placeholder", config.placeholder);
    set("inputmode", config.inputmode ?? (config.kind === "search" ? "search" : ""));
    set("enterkeyhint", config.kind === "search" ? "search" : config.onward ? "next" : "");
    set("autocomplete", config.autocomplete);
    set("data-testid", config.testid);
    set("maxlength", config.maxLength);
    set("aria-required", config.required && "true");
    set("aria-invalid", config.error && "true");
    input.disabled = Boolean(config.disabled);
    this.note.textContent = config.error ?? config.hint ?? "";
    this.note.hidden = !this.note.textContent;
    this.note.classList.toggle("field-error", Boolean(config.error));
    set("aria-describedby", this.note.textContent && this.note.id);
    this.classList.toggle("field-invalid", Boolean(config.error));
  }
}

// The browser's own list of choices. ReactPy's client would send a <select> as the list of its options, not its value.
class Choice extends HTMLElement {
  report = null;
  #seen = "";

  set config(config) {
    const text = JSON.stringify(config);
    if (text === this.#seen) return;
    this.#seen = text;
    if (!this.select) {
      this.select = make("select", "input select");
      this.select.addEventListener("change", () => this.report?.(this.select.value));
      this.append(this.select);
    }
    const { select } = this;
    select.replaceChildren(...config.options.map(([value, label]) => Object.assign(make("option", "", { value }), { textContent: label })));
    select.value = config.value;
    select.disabled = Boolean(config.disabled);
    select.setAttribute("aria-label", config.label);
    if (config.testid) select.dataset.testid = config.testid;
  }
}

// Of radio buttons the arrow keys take the next, as the browser's own do.
const RADIO_STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  const radio = event.target.closest?.("[role=radio]");
  const step = RADIO_STEPS[event.key];
  if (!radio || !step || event.defaultPrevented) return;
  const all = [...radio.closest("[role=radiogroup]").querySelectorAll("[role=radio]:not([aria-disabled=true])")];
  const next = all[(all.indexOf(radio) + step + all.length) % all.length];
  event.preventDefault();
  next?.focus();
  next?.click();
});

class Stepper extends TextOwner {
  step = null;
  #waiting = false;
  #pressed = false;
  #led = 0;

  build(config) {
    this.setAttribute("role", "group");
    this.minus = make("button", "stepper-button", { type: "button", "data-testid": config.minusTestid || null });
    this.plus = make("button", "stepper-button", { type: "button", "data-testid": config.plusTestid || null });
    this.minus.append(icon("minus"));
    this.plus.append(icon("plus"));
    const input = make("input", "stepper-input number", { type: "text", inputmode: "numeric", enterkeyhint: "done", autocomplete: "off", "data-testid": config.testid || null });
    this.append(this.minus, input, this.plus);
    this.watch(input);
    input.addEventListener("focus", () => input.select());
    this.minus.addEventListener("click", () => this.#press(-1));
    this.plus.addEventListener("click", () => this.#press(1));
  }

  // Python said which quantity the next press leads to: show it at once, then tell.
  #press(direction) {
    const preview = direction > 0 ? this.config.up : this.config.down;
    if (preview !== null && preview !== undefined && !this.#waiting) {
      this.#waiting = true;
      this.input.value = preview;
      this.changed();
    }
    this.#pressed = true; // the answer is shown even while the field has the focus
    this.step?.(direction);
  }

  changed() { this.classList.toggle("stepper-empty", ["", "0"].includes(this.input.value)); }

  refresh(config) {
    this.#waiting = false;
    this.setAttribute("aria-label", config.label);
    this.input.setAttribute("aria-label", config.label);
    this.input.toggleAttribute("aria-invalid", Boolean(config.error));
    this.plus.setAttribute("aria-label", config.more);
    this.minus.setAttribute("aria-label", config.less);
    this.input.disabled = this.plus.disabled = config.disabled;
    this.minus.disabled = config.disabled || !config.canStepDown;
    this.classList.toggle("stepper-invalid", Boolean(config.error));
    if ((this.#pressed && !this.owned) || document.activeElement !== this.input) this.show(config.value);
    this.#pressed = false;
    this.changed();
    if (config.focus && config.focus !== this.#led) this.#lead(config.focus);
  }

  // Once the sheet that led here is gone, which takes the focus back to where it was.
  #lead(focus) {
    this.#led = focus;
    const go = () => {
      if (!this.isConnected) return;
      if (document.querySelector("dialog[open]")) return requestAnimationFrame(go);
      this.input.focus({ preventScroll: true });
      this.scrollIntoView({ block: "nearest" });
    };
    requestAnimationFrame(() => requestAnimationFrame(go));
  }
}

// Reports which rows are in sight; its children are the rows between two spacers of the right height.
class WindowedRows extends HTMLElement {
  report = null;
  #config = null;
  #asked = "";
  #frame = 0;
  #settled = false; // rows beyond those in sight are asked for a moment later: they must not hold up the first tap
  #moved = () => { this.#settled = true; this.#look(); };
  #look = () => { this.#frame ||= requestAnimationFrame(() => { this.#frame = 0; this.#measure(); }); };

  get config() { return this.#config; }
  set config(config) {
    const restart = this.#config !== null && this.#config.reset !== config.reset;
    this.#config = config;
    if (config.rowHeight) this.style.setProperty("--row-height", `${config.rowHeight}px`);
    this.#asked = `${config.first}-${config.last}`;
    if (restart && this.isConnected) this.#toTop();
    this.#look();
  }

  connectedCallback() {
    window.addEventListener("scroll", this.#moved, { passive: true });
    window.addEventListener("resize", this.#moved, { passive: true });
    setTimeout(this.#moved, 500);
    this.#look();
  }

  disconnectedCallback() {
    window.removeEventListener("scroll", this.#moved);
    window.removeEventListener("resize", this.#moved);
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #toTop() {
    const top = this.getBoundingClientRect().top + window.scrollY;
    if (window.scrollY > top) window.scrollTo(0, Math.max(0, top - 160));
  }

  // Asks for new rows when the rendered ones no longer cover a screen beyond both edges' half overscan.
  #measure() {
    if (!this.#config || !this.isConnected || !this.report) return;
    const { overscan, count, first, last } = this.#config;
    const box = this.getBoundingClientRect();
    const rowHeight = box.height / count; // as it came out, by the type's size and the zoom
    if (!rowHeight) return;
    const top = -box.top;
    const visibleFirst = Math.max(0, Math.floor(top / rowHeight));
    const visibleLast = Math.min(count, Math.ceil((top + window.innerHeight) / rowHeight));
    const spare = this.#settled ? Math.floor(overscan / 2) : 0;
    const covered = first <= Math.max(0, visibleFirst - spare) && last >= Math.min(count, visibleLast + spare);
    if (covered) return;
    const wanted = [Math.max(0, visibleFirst - overscan), Math.min(count, Math.max(visibleLast, visibleFirst) + overscan)];
    if (wanted.join("-") === this.#asked || wanted[1] <= wanted[0]) return;
    this.#asked = wanted.join("-");
    this.report(...wanted);
  }
}

// ------------------------------------------------------------------ sheets and the back button

const atDesk = () => matchMedia("(min-width: 1024px)").matches;
const openSheets = [];
let closing = null;
let dropping = false; // a closed sheet's entry is on its way out
let dropped = false; // the last step in the history was that

// Resolves once the history has dropped the entry of a sheet that was closed: who navigates meanwhile would be
// taken back with it.
export const settled = () => closing ?? Promise.resolve();

// Whether the step back that was just taken was for a closed sheet, not the person's.
export const tookBack = () => dropped;

// Leaves for another page. A sheet that is being closed takes its entry back, and the way with it: so it may not.
export async function leave(path) {
  await settled();
  if (history.state?.sheet) history.replaceState({ ...history.state, sheet: undefined }, "");
  location.replace(path);
}

// Before the app's own listener (this module is imported first): going back closes the topmost sheet.
window.addEventListener("popstate", (event) => {
  const top = openSheets.at(-1);
  [dropped, dropping] = [dropping, false];
  // While a closed sheet's entry goes it is not the person who goes back: what was opened meanwhile stays.
  if (closing || !top || event.state?.sheet === top.number) return;
  event.stopImmediatePropagation();
  top.popped = true;
  top.close?.();
});

function dropEntry() {
  const gone = new Promise((resolve) => {
    window.addEventListener("popstate", resolve, { once: true });
    setTimeout(resolve, 1000); // whatever the browser does, the app goes on
  });
  closing = gone.then(() => { closing = null; });
  dropping = true;
  history.back();
}

class SheetFrame extends HTMLElement {
  close = null;
  popped = false;
  entered = false; // has an entry in the history
  opener = null; // what was in focus before

  connectedCallback() {
    if (this.inPreview) return;
    queueMicrotask(() => this.#open());
    if (openSheets.includes(this)) return; // only moved within the page
    this.number = ++serial;
    this.popped = false;
    openSheets.push(this);
    this.#enter();
  }

  async #enter() {
    await settled();
    if (!this.isConnected || !openSheets.includes(this)) return;
    // One sheet in place of another: the entry is handed on.
    const before = openSheets.find((sheet) => sheet.entered && !sheet.isConnected && sheet.number === history.state?.sheet);
    history[before ? "replaceState" : "pushState"]({ ...history.state, sheet: this.number }, "");
    if (before) before.entered = false;
    this.entered = true;
  }

  get inPreview() { return this.closest("#shell") !== null; }

  #open() {
    const dialog = this.querySelector("dialog");
    if (!dialog || !this.isConnected || dialog.matches(":modal")) return;
    dialog.removeAttribute("open"); // left over when the page moved it
    this.opener ??= document.activeElement;
    dialog.showModal();
    if (this.dialog === dialog) return;
    this.dialog = dialog;
    this.#goOn(dialog);
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close?.(); });
    // Without a fresh tap Chrome closes the dialogue on Esc and does not ask.
    dialog.addEventListener("close", () => { if (this.isConnected) this.close?.(); });
    dialog.addEventListener("pointerdown", (event) => { if (event.target === dialog) this.outside = true; });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && this.outside) this.close?.();
      this.outside = false;
    });
  }

  // At a desk the hands are on the keys: to what is asked for, else to the answer that does no harm. On a phone a field
  // would open its keyboard over the question.
  #goOn(dialog) {
    if (!atDesk()) return;
    const wanted = [".sheet-body .input", ".sheet-actions .button-primary", ".sheet-actions .button:not(.button-danger)"];
    wanted.map((each) => dialog.querySelector(each)).find(Boolean)?.focus();
  }

  // The browser would, if the dialogue were closed and not taken out. To a field at a desk only: a phone would open its
  // keyboard.
  #giveBack() {
    const { opener } = this;
    this.opener = null;
    const lost = document.activeElement === null || document.activeElement === document.body;
    const fields = atDesk() ? ", input, select, textarea" : "";
    if (lost && opener?.isConnected && opener.matches(`button, a, [tabindex]${fields}`)) opener.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    setTimeout(() => {
      const place = openSheets.indexOf(this);
      if (this.isConnected || place < 0) return;
      openSheets.splice(place, 1);
      // The entry the sheet put into the history goes too, unless the person left through it or went elsewhere.
      if (this.entered && !this.popped && history.state?.sheet === this.number) dropEntry();
      this.entered = false;
      this.#giveBack();
    }, 30);
  }
}

// ------------------------------------------------------------------ arrow keys in tables

class TableFrame extends HTMLElement {
  constructor() {
    super();
    this.addEventListener("keydown", (event) => {
      const row = event.target.closest?.("tbody tr[tabindex]");
      if (!row || event.target !== row) return;
      const move = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: row.parentElement.firstElementChild, End: row.parentElement.lastElementChild }[event.key];
      if (move) move.focus();
      else if (event.key === "Enter" || event.key === " ") row.click();
      else return;
      event.preventDefault();
    });
  }
}

// ------------------------------------------------------------------ how large the type is

// The root's font size holds the browser's own setting and the person's choice in the app. CSS asks [data-type].
function followType() {
  const probe = make("div", "type-probe", { "aria-hidden": "true" });
  document.body.append(probe);
  new ResizeObserver(() => {
    const size = probe.getBoundingClientRect().width / 16;
    document.documentElement.dataset.type = size >= 1.5 ? "huge" : size >= 1.1 ? "large" : "normal";
  }).observe(probe);
}
if (document.body) followType();
else addEventListener("DOMContentLoaded", followType);

// A picture that can't be loaded leaves its icon in sight, and is asked for again when the network is back.
document.addEventListener("error", (event) => { if (event.target instanceof HTMLImageElement) event.target.classList.add("picture-broken"); }, true);
addEventListener("online", () => {
  for (const image of document.querySelectorAll("img.picture-broken")) {
    image.classList.remove("picture-broken");
    image.src = image.src;
  }
});

const elements = { "q-field": Field, "q-select": Choice, "q-stepper": Stepper, "q-window": WindowedRows, "q-sheet": SheetFrame, "q-table": TableFrame };
for (const [name, type] of Object.entries(elements)) customElements.define(name, type);
