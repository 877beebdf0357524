// What parts.js stands in for: loaded when the first picture, camera, scanner or signature is shown.
import { Camera } from "/camera.js";
import { make } from "/dom.js";
import * as files from "/files.js";
import { picker } from "/lens.js";
import { fromFile, sendWith } from "/picture.js";
import { Scanner } from "/scanner.js";
import { Signature } from "/signature.js";
import { findPlace } from "/place.js";

export const connect = (send) => sendWith(send);
export const place = (timeout) => findPlace(timeout);

// A picture: of this phone's own store while it is there, else the server's. What can't be had or drawn is followed by
// the next best.
class Photo {
  #shown = "";
  #url = "";

  constructor(host) { this.host = host; }

  refresh({ id, variant, label }) {
    const wanted = `${id} ${variant}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    const server = async () => `/api/media/${id}/${variant}`;
    const kept = (read) => async () => this.#urlOf(await read(id).catch(() => null));
    const [whole, preview] = [kept(files.wholeOf), kept(files.previewOf)];
    this.#show(wanted, label, variant === "320" ? [preview, whole, server] : [whole, server, preview]);
  }

  #urlOf(blob) {
    this.#forget();
    if (blob) this.#url = URL.createObjectURL(blob);
    return this.#url;
  }

  async #show(wanted, label, [next, ...rest]) {
    if (!next) return this.host.replaceChildren();
    const src = await next();
    if (wanted !== this.#shown) return;
    if (!src) return this.#show(wanted, label, rest);
    const image = make("img", "", { alt: label, decoding: "async", src });
    image.addEventListener("error", () => { if (wanted === this.#shown) this.#show(wanted, label, rest); }, { once: true });
    image.addEventListener("load", () => { this.host.dataset.loaded = "true"; });
    this.host.replaceChildren(image);
  }

  #forget() {
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
  }

  stop() {
    this.#shown = "";
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

export const parts = { photo: Photo, pick: Pick, camera: Camera, scanner: Scanner, signature: Signature };
