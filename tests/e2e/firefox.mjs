// Drives Firefox over WebDriver BiDi. Reads one JSON command a line from stdin, answers one JSON line each:
// {do: "open", url} {do: "type", css, text} {do: "tap", css} {do: "look", css} -> {count, text, data}
// Arguments: path of firefox, profile folder.
import readline from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath, userDataDir] = process.argv.slice(2);
const patience = 120_000; // of a machine that does much else, in milliseconds
const browser = await puppeteer.launch({
  browser: "firefox", executablePath, userDataDir, headless: true, timeout: patience, protocolTimeout: patience,
});
const [page] = await browser.pages();
page.setDefaultTimeout(patience);
await page.setViewport({ width: 390, height: 844 });

const deeds = {
  open: async ({ url }) => { await page.goto(url, { waitUntil: "domcontentloaded" }); },
  type: async ({ css, text }) => { await (await page.waitForSelector(css)).type(text); },
  tap: async ({ css }) => { await page.$eval(css, (element) => element.scrollIntoView({ block: "center" })); await (await page.$(css)).click(); },
  look: ({ css }) => page.$$eval(css, (found) => ({
    count: found.length, text: found[0]?.innerText ?? "", data: { ...found[0]?.dataset },
  })),
};
console.log(JSON.stringify({ pid: browser.process().pid }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify((await deeds[command.do](command)) ?? {}));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
await browser.close();
