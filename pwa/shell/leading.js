// One page of this browser syncs at a time. Its lock is held by the page and let go by hand: WebKit keeps the worker of
// a page that was left, and a lock with it, so that no later page would ever send anything.
//
// A phone stops pages that are not in sight, and a lock with them. So a page in front asks whoever holds it; when
// nobody answers, it takes the lock. The one that slept hears of that when it wakes, and follows; what it was about to
// write meanwhile is refused by the store (saveImage in store.js).

const NAME = "qudao-leader";
const PATIENCE = 2500; // milliseconds for an answer
const AGAIN = 30_000;

// post({ type: "lead" | "follow" }): to the app. Returns what lets go, for when the page is left.
export function takeTurns(post) {
  if (!navigator.locks) {
    post({ type: "lead" });
    return () => {};
  }
  const others = new BroadcastChannel("qudao-leader");
  let leading = false;
  let taking = false; // the lock, from one that slept
  let release = () => {};
  let inLine = new AbortController();
  let answer = 0; // the timer
  let turn = 0;

  const ask = (options) => {
    let mine = 0;
    const held = () => {
      mine = turn += 1;
      leading = true;
      taking = false;
      post({ type: "lead" });
      return new Promise((resolve) => { release = resolve; });
    };
    // A lock that was taken ends like this; a place in line that was given up too, which was no turn.
    navigator.locks.request(NAME, options, held).catch(() => { if (mine && mine === turn) lost(); });
  };
  const queue = () => {
    inLine = new AbortController();
    ask({ signal: inLine.signal });
  };
  const lost = () => {
    leading = false;
    post({ type: "follow" });
    queue();
    look();
  };
  const take = () => {
    if (leading || document.hidden) return;
    inLine.abort();
    taking = true;
    ask({ steal: true });
  };
  const look = () => {
    clearTimeout(answer);
    if (leading || document.hidden) return;
    answer = setTimeout(take, PATIENCE);
    others.postMessage("who leads?");
  };
  others.onmessage = ({ data }) => {
    if (data === "who leads?") {
      if (leading || taking) others.postMessage("I do");
    } else clearTimeout(answer);
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  setInterval(look, AGAIN);
  queue();
  look();
  return () => release();
}
