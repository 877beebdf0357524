// Two pages with one lock between them, time moved by hand. Prints what each page's app is told.
import { readFileSync } from "node:fs";

const source = readFileSync(process.argv[2], "utf8").replace("export function", "return function");
const told = [];
const timers = [];
let now = 0;
const queue = []; // of the lock: { held, end, refuse }
let holder = null;
const pages = [];

function grant() {
  if (holder || queue.length === 0) return;
  holder = queue.shift();
  const mine = holder;
  mine.held().then(() => { if (holder === mine) holder = null; grant(); });
}

const locks = {
  request(_name, { signal, steal }, held) {
    return new Promise((_resolve, refuse) => {
      const asked = { held, refuse };
      signal?.addEventListener("abort", () => { const at = queue.indexOf(asked); if (at >= 0) { queue.splice(at, 1); refuse(new Error("aborted")); } });
      if (steal) { const before = holder; holder = null; before?.refuse(new Error("stolen")); queue.unshift(asked); } else queue.push(asked);
      queueMicrotask(grant);
    });
  },
};

function page(name) {
  const made = { name, awake: true, hidden: false, inbox: [], hear: () => {}, listeners: {} };
  class Channel {
    constructor() { made.channel = this; }
    postMessage(data) { for (const other of pages) if (other !== made) other.receive(data); }
  }
  made.receive = (data) => { if (made.awake) made.channel.onmessage({ data }); else made.inbox.push(data); };
  made.wake = () => { made.awake = true; for (const data of made.inbox.splice(0)) made.receive(data); };
  const document = { get hidden() { return made.hidden; }, addEventListener: (kind, act) => { made.listeners[kind] = act; } };
  const later = (act, wait) => { const timer = { act, at: now + wait, page: made }; timers.push(timer); return timer; };
  const clear = (timer) => { const at = timers.indexOf(timer); if (at >= 0) timers.splice(at, 1); };
  const take = new Function("navigator", "BroadcastChannel", "document", "window", "setTimeout", "clearTimeout", "setInterval", source)(
    { locks }, Channel, document, { addEventListener() {} }, later, clear, () => {});
  pages.push(made);
  made.release = take((message) => told.push(`${name} ${message.type}`));
  return made;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
async function pass(milliseconds) {
  await settled();
  now += milliseconds;
  for (const timer of timers.filter((each) => each.at <= now && each.page.awake)) { timers.splice(timers.indexOf(timer), 1); timer.act(); }
  await settled();
}

const first = page("first");
await pass(10_000);
const second = page("second");
await pass(10_000);
told.push("both awake");
first.awake = false;
second.listeners.visibilitychange();
await pass(1000);
told.push("first asleep");
await pass(10_000);
told.push("after some seconds");
first.wake();
await pass(10_000);
told.push("first awake");
second.release();
await pass(10);
console.log(told.join("\n"));
