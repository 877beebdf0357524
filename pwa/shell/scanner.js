// Reads barcodes from the camera: with the browser's own detector where there is one, else with zxing, which is loaded
// when it is first needed.
import { Lens, trouble } from "/lens.js";
import { make } from "/dom.js";

const FORMATS = { ean_13: "EAN13", ean_8: "EAN8", upc_a: "UPCA", upc_e: "UPCE", code_128: "Code128", itf: "ITF14", qr_code: "QRCode" };
const LONGEST = 1024;
const PAUSE = 120; // milliseconds between two looks
const SAME_AGAIN = 1500; // a code that stays in sight counts once
const settings = "__SETTINGS__";

// What is printed on cartons, whole: of two digits in five bars any part of it is a code too.
const isItf14 = (text) => /^\d{14}$/.test(text) && [...text].reduce((sum, digit, place) => sum + digit * (place % 2 ? 1 : 3), 0) % 10 === 0;
const sound = (format, text) => !/^itf/i.test(format) || isItf14(text);

async function ownDetector() {
  const known = (await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => [])) ?? [];
  const formats = Object.keys(FORMATS).filter((format) => known.includes(format));
  // Where it can't read what stands on goods it is of no use.
  if (!formats.includes("ean_13") || !formats.includes("code_128")) return null;
  const detector = new BarcodeDetector({ formats });
  return async (canvas) => (await detector.detect(canvas)).filter((found) => sound(found.format, found.rawValue)).map((found) => found.rawValue);
}

async function zxing() {
  const { prepareZXingModule, readBarcodes } = await import(settings.zxing);
  await prepareZXingModule({ overrides: { locateFile: () => settings.zxingWasm }, fireImmediately: true });
  const options = { formats: Object.values(FORMATS), tryHarder: true, maxNumberOfSymbols: 4 };
  return async (canvas) => {
    const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return (await readBarcodes(picture, options)).filter((found) => found.isValid && sound(found.format, found.text)).map((found) => found.text);
  };
}

let reading = null;
// Resolves with read(canvas) -> texts.
const reader = () => {
  reading ??= ownDetector().then((own) => own ?? zxing());
  reading.catch(() => { reading = null; });
  return reading;
};

export class Scanner {
  #running = true;
  #last = { code: "", at: 0 };

  constructor(host) {
    this.host = host;
    host.classList.add("lens", "lens-scanner");
    this.lens = new Lens(host);
    this.frame = make("div", "lens-frame", { "aria-hidden": "true" });
    this.canvas = document.createElement("canvas");
    host.append(this.frame);
    this.#run(host.config.words);
  }

  async #run(words) {
    const problem = await this.lens.start(1280, 720);
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
    const [code] = await read(this.canvas).catch(() => []);
    if (!code || !this.#running) return;
    const now = Date.now();
    const news = code !== this.#last.code || now - this.#last.at > SAME_AGAIN;
    this.#last = { code, at: now };
    if (!news) return;
    navigator.vibrate?.(40);
    this.frame.classList.add("lens-found");
    setTimeout(() => this.frame.classList.remove("lens-found"), 400);
    this.host.report?.(code);
  }

  #without(problem, words) {
    this.lens.stop();
    this.lens.video.remove();
    this.frame.remove();
    this.host.classList.add("lens-without");
    this.host.append(trouble(problem, words));
  }

  stop() {
    this.#running = false;
    this.lens.stop();
  }
}
