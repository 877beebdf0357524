// A field to sign in with a finger, a pen or a mouse; what comes out is a PNG.
import { make } from "/dom.js";
import { fromCanvas } from "/picture.js";

const WIDTH = 2.2; // CSS pixels at a calm hand

export class Signature {
  #strokes = [];
  #stroke = null;
  #timer = 0;
  #seen = 0;

  constructor(host) {
    this.host = host;
    this.canvas = make("canvas", "signature-canvas", { role: "img", "aria-label": host.config.label, "data-testid": host.config.testid, tabindex: "-1" });
    host.append(this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.#down(event));
    this.canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, (event) => this.#up(event));
    this.watcher = new ResizeObserver(() => this.#fit());
    this.watcher.observe(this.canvas);
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #down(event) {
    if (this.#stroke || (event.pointerType === "mouse" && event.button)) return;
    event.preventDefault();
    clearTimeout(this.#timer);
    this.canvas.setPointerCapture(event.pointerId);
    this.#stroke = { pointer: event.pointerId, points: [this.#point(event)] };
    this.#strokes.push(this.#stroke.points);
    this.host.tell?.("");
    this.#draw();
  }

  #move(event) {
    if (this.#stroke?.pointer !== event.pointerId) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.#stroke.points.push(this.#point(each));
    this.#draw();
  }

  #up(event) {
    if (this.#stroke?.pointer !== event.pointerId) return;
    this.#stroke = null;
    this.#timer = setTimeout(() => this.#report(), 600); // another stroke mostly follows
  }

  async #report() {
    const count = this.#strokes.length;
    if (!count) return this.host.report?.("");
    const { canvas } = this;
    const made = document.createElement("canvas");
    [made.width, made.height] = [canvas.width, canvas.height];
    const context = made.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, made.width, made.height);
    this.#ink(context, made.width, made.height, "#10151a");
    const about = { name: "signature.png", source: "file", taken_at: new Date().toISOString(), position: null };
    const told = await fromCanvas(made, about, "image/png").catch((error) => { console.warn("signature:", error); return ""; });
    if (count === this.#strokes.length) this.host.report?.(told);
  }

  #fit() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return;
    const scale = Math.min(2, devicePixelRatio || 1);
    this.canvas.width = Math.round(box.width * scale);
    this.canvas.height = Math.round(box.height * scale);
    this.#draw();
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#ink(context, this.canvas.width, this.canvas.height, getComputedStyle(this.canvas).color);
  }

  #ink(context, width, height, colour) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = WIDTH * Math.min(2, devicePixelRatio || 1);
    context.lineCap = context.lineJoin = "round";
    for (const points of this.#strokes) {
      context.beginPath();
      const [[x, y], ...rest] = points.map(([left, top]) => [left * width, top * height]);
      context.moveTo(x, y);
      if (!rest.length) context.lineTo(x + 0.1, y);
      rest.forEach((point, index) => {
        const next = rest[index + 1] ?? point;
        context.quadraticCurveTo(...point, (point[0] + next[0]) / 2, (point[1] + next[1]) / 2);
      });
      context.stroke();
    }
  }

  // A new number in `cleared` empties the field.
  refresh({ cleared, label }) {
    this.canvas.setAttribute("aria-label", label);
    if (cleared === this.#seen) return;
    this.#seen = cleared;
    this.#strokes = [];
    clearTimeout(this.#timer);
    this.#draw();
  }

  stop() {
    clearTimeout(this.#timer);
    this.watcher.disconnect();
  }
}
