// A camera's live picture in an element: asking for it, its torch, and words for when it can't be had.
import { icon, make } from "/dom.js";

const PROBLEMS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "busy", AbortError: "busy" };

export class Lens {
  #stream = null;
  #stopped = false;

  constructor(host) {
    this.video = make("video", "lens-video", { playsinline: "", muted: "", autoplay: "", "aria-hidden": "true" });
    this.video.muted = true;
    host.append(this.video);
  }

  // Resolves with "" once the picture moves, or with why there is none: denied, missing, busy, unsupported. `onEnded` is
  // called when somebody else takes the camera later: a call, another app.
  async start(width, height, onEnded) {
    if (!navigator.mediaDevices?.getUserMedia) return "unsupported";
    try {
      const video = { facingMode: { ideal: "environment" }, width: { ideal: width }, height: { ideal: height } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      return PROBLEMS[error.name] ?? "busy";
    }
    if (this.#stopped) return this.stop() ?? "busy";
    if (onEnded) for (const track of this.#stream.getTracks()) track.addEventListener("ended", onEnded, { once: true });
    this.video.srcObject = this.#stream;
    await this.video.play().catch(() => {});
    return "";
  }

  get ready() { return this.video.readyState >= 2 && this.video.videoWidth > 0; }

  stop() {
    this.#stopped = true;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  // A button that turns the lamp on and off, or null where there is none.
  torch(label) {
    const [track] = this.#stream?.getVideoTracks() ?? [];
    if (!track?.getCapabilities?.().torch) return null;
    const button = make("button", "lens-button", { type: "button", "aria-label": label, title: label, "aria-pressed": "false", "data-testid": "torch" });
    button.append(icon("flashlight"));
    button.addEventListener("click", async () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      const done = await track.applyConstraints({ advanced: [{ torch: on }] }).then(() => true, () => false);
      if (done) button.setAttribute("aria-pressed", String(on));
    });
    return button;
  }
}

// What the person can do where there is no picture. words: {<problem>: title, <problem>_hint: what to do}.
export function trouble(problem, words, ...ways) {
  const box = make("div", "lens-trouble", { role: "alert", "data-testid": "lens-trouble", "data-problem": problem });
  const title = Object.assign(make("strong"), { textContent: words[problem] ?? words.busy });
  const hint = Object.assign(make("p"), { textContent: words[`${problem}_hint`] ?? words.busy_hint });
  box.append(icon("camera-off"), title, hint, ...ways);
  return box;
}

// A button that opens the device's own picker, or its camera app. onFiles gets the files.
export function picker({ label, iconName, accept, multiple, capture, testid, className }, onFiles) {
  const box = make("label", className ?? "button button-secondary");
  const input = make("input", "visually-hidden", { type: "file", accept, multiple: multiple ? "" : null, capture: capture ? "environment" : null, "data-testid": testid });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // the same file may be picked again
    if (files.length) onFiles(files);
  });
  box.append(icon(iconName), Object.assign(make("span", "button-text"), { textContent: label }), input);
  return box;
}
