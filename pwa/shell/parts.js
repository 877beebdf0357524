// Stands in for elements that are not needed at a start (pictures, camera, scanner, signature): their code is loaded
// when the first of them is shown. `config.part` says which; `config` and the callbacks are set as properties.
let load = () => Promise.reject(new Error("not connected"));

// url: of media.js; send(message, buffers) hands bytes to Python's worker.
export function connectParts(url, send) {
  let loading = null;
  load = () => {
    loading ??= import(url).then((module) => { module.connect(send); return module; });
    loading.catch(() => { loading = null; });
    return loading;
  };
}

export const loadParts = () => load();

class Part extends HTMLElement {
  report = null;
  close = null;
  tell = null;
  #config = null;
  #seen = "";
  #part = null;

  get config() { return this.#config; }
  set config(config) {
    const text = JSON.stringify(config);
    if (text === this.#seen) return;
    this.#seen = text;
    this.#config = config;
    if (this.#part) this.#part.refresh?.(config);
    else if (this.isConnected) this.#begin();
  }

  connectedCallback() { this.#begin(); }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return; // only moved within the page
      this.#part?.stop?.();
      this.#part = null;
      this.replaceChildren();
    });
  }

  async #begin() {
    if (!this.#config || this.closest("#shell")) return;
    const { parts } = await load();
    if (this.#part || !this.isConnected) return;
    this.#part = new parts[this.#config.part](this);
    this.#part.refresh?.(this.#config);
  }
}

customElements.define("q-part", Part);
