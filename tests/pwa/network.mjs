// How long a request waits for its answer: prints what came of each. A server that dribbles, one that stops in the
// middle, one that never answers, and one that dribbles for ever.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const source = readFileSync(process.argv[2], "utf8").replace(/^import.*$/m, "").replaceAll("export ", "");
const { request } = new Function(`${source}\nreturn { request };`)();
const TIMEOUT = 400;
const PIECES = { dribbles: 6, stops: 2, "never-ends": Infinity };

const server = createServer(async (asked, answer) => {
  const kind = asked.url.slice(1);
  if (!(kind in PIECES)) return;
  answer.writeHead(200, { "content-type": "application/json" });
  for (let piece = 0; piece < PIECES[kind] && !answer.destroyed; piece++) {
    answer.write("x".repeat(10));
    await new Promise((done) => setTimeout(done, TIMEOUT / 2));
  }
  if (kind === "dribbles") answer.end();
}).listen(0, "127.0.0.1", async () => {
  for (const kind of [...Object.keys(PIECES), "never"]) {
    const began = Date.now();
    const [status, bytes] = await request("GET", `http://127.0.0.1:${server.address().port}/${kind}`, null, TIMEOUT).catch((error) => [error.name]);
    const waited = Math.round((Date.now() - began) / TIMEOUT);
    console.log(kind, status, bytes?.length ?? "", kind === "dribbles" || waited < 3 || kind === "never-ends" ? "" : waited);
    if (kind === "dribbles" && waited < 2) console.log("it did not take longer than the timeout");
  }
  process.exit();
});
