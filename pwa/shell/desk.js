// The desk's keys: what must work wherever the focus is, and must keep the browser's own use of a key from happening.
// `press(key)` tells Python of Escape and of plain letters; the search field and the rows of a grid are moved to here.

const ROWS = ".grid-line";
const TABLE_ROWS = ".table-row-press";
const LETTERS = new Set(["a", "q", "r", "z", "ArrowLeft", "ArrowRight"]);
const FIELDS = "input, select, textarea";
const MORE = '[data-testid$="-add"], [data-testid$="-open"]'; // what adds a line, or opens a search for more
const SHEET_GONE = 60; // milliseconds: by then a sheet has given the focus back
const STEPS = { j: 1, k: -1 }; // to the row below, above

// Whether the focus is nowhere, or on the whole page for want of a better place.
const lost = () => document.activeElement === document.body || document.activeElement.matches("#desk-main, #desk-main [tabindex='-1']");

function* ancestors(element) {
  for (let each = element.parentElement; each; each = each.parentElement) yield each;
}

const scrollsSideways = (element) => element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX === "auto";

class DeskKeys extends HTMLElement {
  press = null;
  config = null;
  #place = ""; // of the row that was opened last
  #opened = ""; // the test id of what was
  #down = (event) => this.#key(event);
  #added = null; // watches for a line that was asked for
  #focused = null; // what had the focus last
  #around = []; // what that stood in, from the nearest on, each with what stood before it
  #drawn = new MutationObserver(() => this.#keepFocus());

  connectedCallback() {
    document.addEventListener("keydown", this.#down);
    this.addEventListener("focusin", this.#rove);
    this.addEventListener("focusin", ({ target }) => {
      this.#focused = target;
      this.#around = [...ancestors(target)].map((each) => [each, each.previousElementSibling]);
    });
    this.#drawn.observe(this, { childList: true, subtree: true, attributeFilter: ["disabled"] });
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#down);
    this.#drawn.disconnect();
  }

  // A deed takes away what it was done with, a button or the row of a list, or puts it out of use, and the focus with
  // it. One goes on with what adds to the same field, else in the panel it was done in, else on the page. Of a sheet
  // that closes the sheet itself takes care.
  #keepFocus() {
    const gone = this.#focused;
    if (!gone || (gone.isConnected && !gone.disabled) || document.activeElement !== document.body) return;
    if (document.querySelector("dialog[open]")) return;
    this.#focused = null;
    // After the fields that ask for the focus themselves.
    if (gone.closest("dialog")) setTimeout(() => this.#goOn(), SHEET_GONE);
    else requestAnimationFrame(() => this.#goOn());
  }

  #goOn() {
    if (document.activeElement !== document.body) return;
    const stays = this.#around.findIndex(([each]) => each.isConnected);
    const near = this.#around.slice(Math.max(stays, 0)).filter(([each]) => each.matches(".panel-body *"));
    const more = near.map(([each]) => each.querySelector(MORE)).find(Boolean);
    const next = more ?? this.querySelector(".desk-panel .panel-body") ?? this.#above(stays) ?? this.#where(stays);
    next?.focus({ preventScroll: next !== more });
  }

  // Of the rows of a grid one is in the tab order: the last that had the focus.
  #rove = ({ target }) => {
    if (!target.matches?.(ROWS)) return;
    for (const row of target.closest(".grid").querySelectorAll(`${ROWS}[tabindex="0"]`)) if (row !== target) row.tabIndex = -1;
    target.tabIndex = 0;
  };

  #key(event) {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const { target, key } = event;
    const typing = target.matches?.("input, textarea, select");
    if (((event.metaKey || event.ctrlKey) && key.toLowerCase() === "k") || (key === "/" && !typing)) return this.#search(event);
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const inSearch = typing && target.dataset.testid === "desk-search";
    if (key === "Escape" && typing && !inSearch) return target.blur();
    if (key === "Escape") return this.#escape(target, inSearch);
    if (key === "ArrowDown" && inSearch) return this.#focus(event, this.querySelector(`${ROWS}, ${TABLE_ROWS}`));
    if (!typing && STEPS[key]) return this.#step(event);
    if (target.matches?.(ROWS)) return this.#inRow(event, target);
    // What is wider than its frame, a picture that is looked at closely, is moved by the arrows.
    if (key.startsWith("Arrow") && scrollsSideways(target)) return;
    if (!typing && LETTERS.has(key) && !event.repeat) this.press?.(key);
  }

  #clicked = ({ target }) => {
    this.#place = target.closest?.(ROWS)?.ariaRowIndex ?? this.#place;
    if (!target.closest?.(".desk-panel")) this.#opened = target.closest?.("[data-testid]")?.dataset.testid ?? "";
    if (target.closest?.('[data-testid="panel-close"]')) this.#back();
    const add = target.closest?.('[data-testid$="-add"]');
    if (add) this.#follow(add);
  };

  // A line that is added to a form stands above the button that was pressed: the keys go on in its first field.
  #follow(button) {
    this.#added?.disconnect();
    const seen = new MutationObserver((changes) => {
      const line = changes.flatMap(({ addedNodes }) => [...addedNodes]).find((node) => node.nodeType === Node.ELEMENT_NODE);
      if (!line) return;
      seen.disconnect();
      requestAnimationFrame(() => line.querySelector(FIELDS)?.focus());
    });
    seen.observe(button.parentElement, { childList: true });
    this.#added = seen;
  }

  // Where on the page that was: the Tab key goes on from there.
  #where(stays) {
    const place = this.#around[stays]?.[0];
    if (!place?.matches("#desk-main *")) return document.getElementById("desk-main");
    if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
    return place;
  }

  #escape(target, inSearch) {
    if (inSearch && target.value === "") target.blur();
    else if (!inSearch) {
      this.press?.("Escape");
      this.#back();
    }
  }

  // The keys go on from the row whose panel is closed. It takes Python a moment, longer where it asks first.
  #back() {
    if (!this.querySelector(".desk-panel")) return;
    const seen = new MutationObserver(() => {
      if (this.querySelector(".desk-panel")) return;
      seen.disconnect();
      const row = this.querySelector(`${ROWS}.grid-press[aria-rowindex="${this.#place}"]`) ?? this.querySelector(`[data-testid="${CSS.escape(this.#opened)}"]`);
      if (lost()) row?.focus({ preventScroll: true });
    });
    seen.observe(this, { childList: true, subtree: true });
  }

  // What closed below a line that can be pressed was opened by it.
  #above(stays) {
    const before = this.#around[stays - 1]?.[1];
    return before?.isConnected && before.matches("button") ? before : null;
  }

  #search(event) {
    const field = this.querySelector('[data-testid="desk-search"]');
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  }

  // Opens the row below or above the open one. One that was decided has left the list: what took its place is next.
  #step(event) {
    const rows = [...this.querySelectorAll(`${ROWS}.grid-press`)];
    if (rows.length === 0) return this.press?.(event.key);
    const open = rows.findIndex((row) => row.ariaSelected === "true");
    const left = rows.find((row) => row.ariaRowIndex === this.#place) ?? rows[0];
    const row = open < 0 ? left : rows[open + STEPS[event.key]];
    this.#focus(event, row);
    row?.click();
  }

  #inRow(event, row) {
    const next = (from, step) => {
      let other = from;
      do other = other?.[step]; while (other && !other.matches(ROWS));
      return other;
    };
    const { key } = event;
    if (key === "ArrowDown") this.#focus(event, next(row, "nextElementSibling"));
    else if (key === "ArrowUp") this.#focus(event, next(row, "previousElementSibling"));
    else if (key === "Enter") { event.preventDefault(); row.click(); }
    else if (key === " ") { event.preventDefault(); row.querySelector(".tick")?.click(); }
    else if (LETTERS.has(key) && !event.repeat) this.press?.(key);
  }

  #focus(event, row) {
    if (!row) return;
    event.preventDefault();
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

// Leaving the page with a form that is not saved: the browser's own question.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector(".unsaved-on")) event.preventDefault();
});

customElements.define("q-desk", DeskKeys);
