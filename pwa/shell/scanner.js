// Reads barcodes from the camera: with the browser's own detector where there is one, else with zxing, which is loaded
// when it is first needed.
import { Lens, trouble } from "/lens.js";
import { make } from "/dom.js";

const FORMATS = { ean_13: "EAN13", ean_8: "EAN8", upc_a: "UPCA", upc_e: "UPCE", code_128: "Code128", itf: "ITF14", qr_code: "QRCode" };
const LONGEST = 1024;
const PAUSE = 120; // milliseconds between two looks
const SAME_AGAIN = 1500; // milliseconds out of sight, after which a code counts again
const settings = "__SETTINGS__";

// What is printed on cartons, whole: of two digits in five bars any part of it is a code too.
const isItf14 = (text) => /^\d{14}$/.test(text) && [...text].reduce((sum, digit, place) => sum + digit * (place % 2 ? 1 : 3), 0) % 10 === 0;
const whole = (format, text) => !/^itf/i.test(format) || isItf14(text);

async function ownDetector() {
  const known = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  const formats = Object.keys(FORMATS).filter((format) => known.includes(format));
  // Where it can't read what stands on goods it is of no use.
  if (!formats.includes("ean_13") || !formats.includes("code_128")) return null;
  const detector = new BarcodeDetector({ formats });
  return async (canvas) => (await detector.detect(canvas)).filter((found) => whole(found.format, found.rawValue))
    .map(({ rawValue, cornerPoints }) => ({ text: rawValue, corners: cornerPoints }));
}

async function zxing() {
  const { prepareZXingModule, readBarcodes } = await import(settings.zxing);
  await prepareZXingModule({ overrides: { locateFile: () => settings.zxingWasm }, fireImmediately: true });
  const options = { formats: Object.values(FORMATS), tryHarder: true, maxNumberOfSymbols: 4 };
  return async (canvas) => {
    const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return (await readBarcodes(picture, options)).filter((found) => found.isValid && whole(found.format, found.text))
      .map(({ text, position }) => ({ text, corners: [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft] }));
  };
}

let reading = null;
// Resolves with read(canvas) -> [{text, corners}].
const reader = () => {
  reading ??= ownDetector().then((own) => own ?? zxing());
  reading.catch(() => { reading = null; });
  return reading;
};

// Of several in sight, on a shelf say, the one that is held in the middle.
function nearest(found, canvas) {
  const away = ({ corners }) => {
    const middle = (axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length;
    return Math.hypot(middle("x") - canvas.width / 2, middle("y") - canvas.height / 2);
  };
  return found.reduce((best, each) => (best && away(best) <= away(each) ? best : each), null);
}

// Heard and felt, for who looks at the shelf: high and short for a code, low and twice for one that is of no use.
let sounds = null;
function sound(...tones) {
  try {
    sounds ??= new AudioContext();
    sounds.resume();
    let at = sounds.currentTime;
    for (const [frequency, seconds] of tones) {
      const tone = new OscillatorNode(sounds, { frequency });
      const volume = new GainNode(sounds, { gain: 0.1 });
      tone.connect(volume).connect(sounds.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds + 0.05;
    }
  } catch { /* no sound here */ }
}

export class Scanner {
  #running = true;
  #seen = new Map(); // code: when it was last in sight
  #refused = 0;
  #trouble = null;

  constructor(host) {
    this.host = host;
    host.classList.add("lens", "lens-scanner");
    this.lens = new Lens(host);
    this.frame = make("div", "lens-frame", { "aria-hidden": "true" });
    this.canvas = document.createElement("canvas");
    host.append(this.frame);
    const { words, done } = host.config;
    if (done) this.#seen.set(done, Date.now());
    this.#run(words);
  }

  async #run(words) {
    const problem = await this.lens.start(1280, 720, () => this.#running && this.#without("ended", words));
    if (problem) return this.#without(problem, words);
    const torch = this.lens.torch(words.torch);
    if (torch) this.host.append(torch);
    let read;
    try {
      read = await reader();
    } catch (error) {
      console.warn("scanner:", error);
      return this.#without("unloaded", words);
    }
    this.host.dataset.ready = "true";
    while (this.#running) {
      if (this.lens.ready && !document.hidden) await this.#look(read);
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  }

  async #look(read) {
    const { video } = this.lens;
    const share = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight));
    this.canvas.width = Math.round(video.videoWidth * share);
    this.canvas.height = Math.round(video.videoHeight * share);
    this.canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
    const found = await read(this.canvas).catch(() => []);
    if (!found.length || !this.#running || this.#trouble) return;
    const now = Date.now();
    const code = nearest(found, this.canvas).text;
    const news = now - (this.#seen.get(code) ?? 0) > SAME_AGAIN;
    for (const { text } of found) if (text === code || this.#seen.has(text)) this.#seen.set(text, now);
    if (!news) return;
    navigator.vibrate?.(40);
    sound([1400, 0.07]);
    this.#flash("lens-found");
    this.host.report?.(code);
  }

  #flash(name) {
    this.frame.classList.add(name);
    setTimeout(() => this.frame.classList.remove(name), 400);
  }

  refresh({ refused }) {
    if (refused <= this.#refused) return;
    this.#refused = refused;
    navigator.vibrate?.([80, 60, 80]);
    sound([300, 0.12], [300, 0.12]);
    this.#flash("lens-refused");
  }

  #without(problem, words) {
    this.lens.stop();
    this.#running = false;
    this.lens.video.remove();
    this.frame.remove();
    this.host.querySelector(".lens-button")?.remove();
    this.host.classList.add("lens-without");
    const again = Object.assign(make("button", "button", { type: "button", "data-testid": "scan-again" }), { textContent: words.again });
    again.addEventListener("click", () => this.#again(words));
    this.#trouble = trouble(problem, words, ...(problem === "unsupported" ? [] : [again]));
    this.host.append(this.#trouble);
  }

  // Permission was given meanwhile, or the other app has let go of the camera.
  #again(words) {
    this.#trouble.remove();
    this.#trouble = null;
    this.#running = true;
    this.host.classList.remove("lens-without");
    this.lens = new Lens(this.host);
    this.host.append(this.frame);
    this.#run(words);
  }

  stop() {
    this.#running = false;
    this.lens.stop();
  }
}
