// The tus client of others, as a phone or a program of somebody would use it.
//   node tus_client.mjs URL TOKEN FILE ID SHA256 MODE
// MODE "abort": stops once half was sent and prints {url, sent}; else a url to go on from, or "" to begin. Prints the
// last answer's Media-Status when it is done.
import { createReadStream, statSync } from "node:fs";
import * as tus from "tus-js-client";

const [endpoint, token, path, id, sha256, mode] = process.argv.slice(2);
const size = statSync(path).size;
let last = "";
const upload = new tus.Upload(createReadStream(path), {
  endpoint,
  uploadSize: size,
  uploadUrl: mode.startsWith("http") ? mode : null,
  chunkSize: 16 * 1024,
  retryDelays: [0, 100, 300],
  headers: { Authorization: `Bearer ${token}` },
  metadata: { id, sha256, filename: "收据.jpg", filetype: "image/jpeg" },
  onAfterResponse: (_request, response) => {
    last = response.getHeader("Media-Status") ?? "";
  },
  onError: (error) => {
    console.log(JSON.stringify({ error: String(error) }));
    process.exit(1);
  },
  onChunkComplete: (_chunk, sent) => {
    if (mode === "abort" && sent * 2 > size) {
      upload.abort().then(() => {
        console.log(JSON.stringify({ url: upload.url, sent }));
        process.exit(0);
      });
    }
  },
  onSuccess: () => {
    console.log(JSON.stringify({ url: upload.url, status: last }));
    process.exit(0);
  },
});
upload.start();
