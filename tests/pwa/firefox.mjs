// The runtime in Firefox. Prints one line per step; the test stops and starts the server between them, on a line
// "next" on stdin. Arguments: address, path of Firefox, password.
import puppeteer from "puppeteer-core";
import readline from "node:readline";

const [origin, executablePath, password] = process.argv.slice(2);
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const done = async (step) => { console.log(`done ${step}`); await lines.next(); };
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
page.setDefaultTimeout(90_000);
const get = (testid) => page.waitForSelector(`[data-testid="${testid}"]`, { visible: true });
const shows = (testid, text) =>
  page.waitForFunction((id, wanted) => document.querySelector(`[data-testid="${id}"]`)?.textContent === wanted, {}, testid, text);
const interactive = () => page.waitForFunction(() => performance.getEntriesByName("qudao:interactive").length > 0);

await page.goto(origin);
await (await get("login")).type("rep@demo");
await (await get("password")).type(password);
await (await get("sign-in")).click();
await interactive();
await (await get("add")).click();
await shows("count", "1");
await page.evaluate(async () => { await navigator.serviceWorker.ready; });
await done("signed in");

await page.goto(origin);
await interactive();
await (await get("add")).click();
await (await get("add")).click();
await shows("count", "2");
console.log(`frozen ${await page.evaluate(() => globalThis.qudaoMarks.frozen)}`);
await page.goto(`${origin}/contract`);
await page.waitForFunction(() => document.querySelector('[data-testid="outcomes"]')?.textContent.includes("images"));
console.log((await page.evaluate(() => document.querySelector('[data-testid="outcomes"]').textContent)).trim());
await page.goto(`${origin}/order`);
await interactive();
await (await get("why-QS-0450")).click();
await get("why");
await page.goBack();
await page.waitForFunction(() => !document.querySelector("dialog"));
await done("offline");
await browser.close();
process.exit(0);
