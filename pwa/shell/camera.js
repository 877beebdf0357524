// Takes pictures inside the app: a live picture and a shutter, several in a row. Where there is no camera to be had,
// the device's own camera app and its gallery.
import { icon, make } from "/dom.js";
import { Lens, picker, trouble } from "/lens.js";
import { drawn, fromCanvas, fromFile } from "/picture.js";
import { followPlace } from "/place.js";

const LONGEST = 1600;

export class Camera {
  #busy = false;

  constructor(host) {
    this.host = host;
    host.classList.add("lens");
    this.lens = new Lens(host);
    const { words } = host.config;
    const button = (className, label, iconName, testid, press) => {
      const made = make("button", className, { type: "button", "aria-label": label, title: label, "data-testid": testid });
      if (iconName) made.append(icon(iconName));
      made.addEventListener("click", press);
      return made;
    };
    this.place = Object.assign(make("span", "lens-place", { role: "status", "data-testid": "camera-place" }), { textContent: words.locating });
    this.top = make("div", "lens-top");
    this.top.append(button("lens-button", words.close, "x", "camera-close", () => host.close?.()), this.place);
    this.bottom = make("div", "lens-bottom");
    this.shutter = button("lens-shutter", words.shutter, "", "camera-shutter", () => this.#shoot());
    this.shutter.disabled = true;
    this.done = button("lens-done", words.done, "check", "camera-done", () => host.close?.());
    this.count = Object.assign(make("span", "lens-count number", { "aria-live": "polite" }));
    this.bottom.append(this.count, this.shutter, this.done);
    host.append(this.top, this.bottom);
    this.#open(words);
  }

  async #open(words) {
    const problem = await this.lens.start(1920, 1440);
    if (problem) return this.#without(problem, words);
    const torch = this.lens.torch(words.torch);
    if (torch) this.top.append(torch);
    this.shutter.disabled = false;
    this.#locate(words);
  }

  #locate(words) {
    this.follow = followPlace(({ position, problem }) => {
      this.place.dataset.problem = problem ?? "";
      this.place.textContent = position ? words.located.replace("{metres}", Math.round(position.accuracy)) : words[`place_${problem}`] ?? words.place_unavailable;
    });
  }

  #without(problem, words) {
    this.place.textContent = "";
    this.bottom.remove();
    const take = (files) => this.#given(files);
    this.lens.video.remove();
    this.host.append(trouble(problem, words,
      picker({ label: words.camera_app, iconName: "camera", accept: "image/*", capture: true, testid: "camera-app" }, take),
      picker({ label: words.gallery, iconName: "images", accept: "image/*", multiple: true, testid: "camera-gallery" }, take)));
  }

  async #given(files) {
    const left = this.host.config.left;
    for (const file of files.slice(0, left)) this.host.report?.(await fromFile(file, "camera"));
    this.host.close?.();
  }

  async #shoot() {
    if (this.#busy || !this.lens.ready) return;
    this.#busy = true;
    const { video } = this.lens;
    const taken_at = new Date().toISOString();
    try {
      const canvas = drawn(video, video.videoWidth, video.videoHeight, LONGEST);
      video.classList.add("lens-flash");
      setTimeout(() => video.classList.remove("lens-flash"), 140);
      navigator.vibrate?.(20);
      this.host.report?.(await fromCanvas(canvas, { taken_at, position: this.follow?.latest() ?? null, source: "camera" }));
    } finally {
      this.#busy = false;
    }
  }

  refresh({ left, count, words }) {
    this.count.textContent = count ? words.count.replace("{count}", count) : "";
    this.done.hidden = !count;
    this.shutter.disabled = left <= 0 || !this.lens.video.srcObject;
  }

  stop() {
    this.lens.stop();
    this.follow?.stop();
    this.host.classList.remove("lens");
  }
}
