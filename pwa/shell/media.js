// What parts.js stands in for: loaded when the first picture, camera, scanner or signature is shown.
import { Camera } from "/camera.js";
import { make } from "/dom.js";
import * as files from "/files.js";
import { picker } from "/lens.js";
import { fromFile, sendWith, whole } from "/picture.js";
import { Scanner } from "/scanner.js";
import { Signature } from "/signature.js";
import { findPlace } from "/place.js";

export const connect = (send) => sendWith(send);
export const place = (timeout) => findPlace(timeout);

// A picture: of this phone's own store while it is there, else the server's. What can't be had or drawn is followed by
// the next best.
class Photo {
  #url = "";
  #config = null;
  #seen = "";
  #turn = 0; // of what is shown now: what an earlier one still brings is too late
  #tries = 0;
  #again = () => {
    this.#tries = 0;
    if (this.#config && !this.host.dataset.loaded) this.#begin();
  };

  constructor(host) {
    this.host = host;
    addEventListener("online", this.#again);
  }

  refresh(config) {
    const wanted = `${config.id} ${config.variant}`;
    if (wanted === this.#seen) return;
    this.#seen = wanted;
    this.#config = config;
    this.#tries = 0;
    this.#begin();
  }

  #begin() {
    const { id, variant } = this.#config;
    delete this.host.dataset.loaded;
    const server = async () => `/api/media/${id}/${variant}`;
    const kept = (read) => async () => this.#urlOf(await read(id).catch(() => null));
    const [whole, preview] = [kept(files.wholeOf), kept(files.previewOf)];
    this.#show(++this.#turn, variant === "320" ? [preview, whole, server] : [whole, server, preview]);
  }

  #urlOf(blob) {
    this.#forget();
    if (blob) this.#url = URL.createObjectURL(blob);
    return this.#url;
  }

  async #show(turn, [next, ...rest]) {
    if (!next) return this.#missed(turn);
    const src = await next();
    if (turn !== this.#turn) return;
    if (!src) return this.#show(turn, rest);
    this.host.dataset.loading = "true";
    const image = make("img", "", { alt: this.#config.label, decoding: "async", src });
    image.addEventListener("error", () => { if (turn === this.#turn) this.#show(turn, rest); }, { once: true });
    image.addEventListener("load", () => {
      if (turn !== this.#turn) return;
      delete this.host.dataset.loading;
      this.host.dataset.loaded = "true";
      if (image.parentNode !== this.host) this.host.replaceChildren(image);
    });
    // A large one takes its time on a slow line: the small one is there before it.
    const small = this.#config.variant === "1600" && src.startsWith("/api/") ? src.replace(/1600$/, "320") : "";
    this.host.replaceChildren(small ? make("img", "photo-ahead", { alt: "", decoding: "async", src: small }) : image);
  }

  // What was under way when the network came back may have failed after that moment.
  #missed(turn) {
    this.host.replaceChildren();
    delete this.host.dataset.loading;
    if (!navigator.onLine || this.#tries >= 2) return;
    this.#tries += 1;
    setTimeout(() => { if (turn === this.#turn) this.#begin(); }, 1500 * this.#tries);
  }

  #forget() {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
  }

  stop() {
    removeEventListener("online", this.#again);
    this.#turn += 1;
    this.#forget();
  }
}

// A button for the gallery, or for any file.
class Pick {
  constructor(host) {
    this.host = host;
  }

  refresh({ label, accept, multiple, source, testid, icon, className }) {
    this.host.replaceChildren(picker({ label, iconName: icon, accept, multiple, testid, className }, (picked) => this.#given(picked, source)));
  }

  async #given(picked, source) {
    const { left } = this.host.config;
    this.host.firstElementChild.toggleAttribute("data-busy", true);
    try {
      for (const file of picked.slice(0, left)) this.host.report?.(await fromFile(file, source));
    } finally {
      this.host.firstElementChild?.removeAttribute("data-busy");
      if (picked.length > left) this.host.tell?.(String(picked.length - left));
    }
  }
}

const DRAGS = ["dragenter", "dragover", "dragleave", "drop"];

// Where a table is picked. It may be let go of anywhere on the page: the browser would leave the app for a file that is
// dropped beside the mark. tell: why it was not taken, "kind", "size" or "unreadable".
class TableFile {
  constructor(host) {
    this.host = host;
    this.over = 0; // how many of the page's elements the pointer has entered with a file
    for (const kind of DRAGS) document.addEventListener(kind, this);
  }

  refresh({ label, hint, accept, testid }) {
    const text = Object.assign(make("span", "drop-hint"), { textContent: hint });
    const button = picker({ label, iconName: "file-up", accept, testid }, ([file]) => this.#given(file));
    this.host.replaceChildren(button, text);
  }

  handleEvent(event) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    if (event.type === "dragenter") this.over += 1;
    if (event.type === "dragleave") this.over -= 1;
    if (event.type === "drop") this.over = 0;
    this.host.toggleAttribute("data-over", this.over > 0);
    if (event.type === "drop" && event.dataTransfer.files[0]) this.#given(event.dataTransfer.files[0]);
  }

  async #given(file) {
    const { endings, most } = this.host.config;
    if (!endings.some((ending) => file.name.toLowerCase().endsWith(ending))) return this.host.tell?.("kind");
    if (file.size > most) return this.host.tell?.("size");
    try {
      this.host.report?.(await whole(file));
    } catch {
      this.host.tell?.("unreadable");
    }
  }

  stop() {
    for (const kind of DRAGS) document.removeEventListener(kind, this);
  }
}

export const parts = { photo: Photo, pick: Pick, camera: Camera, scanner: Scanner, signature: Signature, table: TableFile };
