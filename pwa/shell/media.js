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

// A picture: of this phone's own store while it is there, else the server's.
class Photo {
  #shown = "";
  #url = "";

  constructor(host) { this.host = host; }

  async refresh({ id, variant, label }) {
    const wanted = `${id} ${variant}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    const blob = await files.pictureOf(id, variant !== "320").catch(() => null);
    if (wanted !== this.#shown || !this.host.isConnected) return;
    this.#forget();
    if (blob) this.#url = URL.createObjectURL(blob);
    const image = make("img", "", { alt: label, decoding: "async", src: this.#url || `/api/media/${id}/${variant}` });
    // A preview may be missing, and a file of this phone may be one that only the server can draw.
    image.addEventListener("error", () => { if (this.#url) { this.#forget(); image.src = `/api/media/${id}/${variant}`; } }, { once: true });
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
