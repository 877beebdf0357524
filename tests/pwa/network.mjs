// How long a request waits for its answer: prints what came of each. A server that dribbles, one that stops in the
// middle, one that dribbles for ever, and one that never answers; and what becomes of requests when somebody asks to sync
// now: one that is silent and one that is not, of sync and of something else.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const source = readFileSync(process.argv[2], "utf8").replace(/^import.*$/m, "").replaceAll("export ", "");
const HUNG = 200;
const { request, exchange, hasten } = new Function(`${source.replace("HUNG = 5000", `HUNG = ${HUNG}`)}\nreturn { request, exchange, hasten };`)();
const TIMEOUT = 800; // eight pieces long: a machine that does much else stands still for some of them
const PIECES = { dribbles: 12, stops: 2, "never-ends": Infinity };

const server = createServer(async (asked, answer) => {
  const kind = asked.url.split("/").at(-1);
  if (!(kind in PIECES)) return;
  answer.writeHead(200, { "content-type": "application/json" });
  for (let piece = 0; piece < PIECES[kind] && !answer.destroyed; piece++) {
    answer.write("x".repeat(10));
    await new Promise((done) => setTimeout(done, TIMEOUT / 8));
  }
  if (kind === "dribbles") answer.end();
});

async function told(kind) {
  const began = Date.now();
  const path = `http://127.0.0.1:${server.address().port}/${kind}`;
  const [status, bytes] = await request("GET", path, null, TIMEOUT).catch((error) => [error.name]);
  const late = Date.now() - began > 0.95 * TIMEOUT; // clocks round
  return [kind, status, bytes?.length ?? "", late ? "" : "before its time"].join(" ");
}

async function hastened(path, ask) {
  const asked = ask(`http://127.0.0.1:${server.address().port}${path}`).then(([status]) => status, (error) => error.name);
  setTimeout(hasten, HUNG / 2);
  const began = Date.now();
  const answer = await asked;
  const took = Date.now() - began;
  // Not at once: what was sent a moment ago may well be answered. Not as late as without being asked, either.
  return [path, answer, took < 0.9 * HUNG ? "at once" : took < 0.9 * TIMEOUT ? "soon" : "late"].join(" ");
}

server.listen(0, "127.0.0.1", async () => {
  console.log((await Promise.all([...Object.keys(PIECES), "never"].map(told))).join("\n"));
  const get = (url) => request("GET", url, null, TIMEOUT);
  console.log(await hastened("/api/sync/never", get));
  console.log(await hastened("/api/media/never", (url) => exchange("PATCH", url, "{}", null, TIMEOUT)));
  console.log(await hastened("/api/reports/never", get));
  console.log(await hastened("/api/imports/never", (url) => exchange("POST", url, "{}", null, TIMEOUT)));
  console.log(await hastened("/api/sync/dribbles", get));
  process.exit();
});
