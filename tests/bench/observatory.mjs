// Time the HTTP Observatory's own twelve tests on one response; prints microseconds a response.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [base, input] = process.argv.slice(2);
const at = path.join(base, "node_modules/@mdn/mdn-http-observatory");
const list = path.join(at, "conf/hsts-preload.json");
if (!fs.existsSync(list)) fs.writeFileSync(list, "{}");
const load = (file) => import(pathToFileURL(path.join(at, file)).href);
const { ALL_TESTS } = await load("src/constants.js");
const { Requests } = await load("src/types.js");
const { Session } = await load("src/retriever/session.js");
const { parseHttpEquivHeaders } = await load("src/retriever/utils.js");
const grader = await load("src/grader/grader.js");
const { AxiosHeaders } = createRequire(path.join(at, "package.json"))("axios");

const { headers, body, rounds } = JSON.parse(fs.readFileSync(input, "utf8"));

function response() {
  const joined = new AxiosHeaders();
  for (const [name, value] of headers) {
    if (name.toLowerCase() === "set-cookie") continue;
    joined.set(name, value);
  }
  joined.set("set-cookie", headers.filter(([n]) => n === "Set-Cookie").map(([, v]) => v));
  const found = { status: 200, headers: joined, data: body, request: {}, verified: true, config: {} };
  found.httpEquiv = equiv;
  return found;
}

// The head of the page is read before the clock starts: the retriever does that, with a whole DOM.
const equiv = parseHttpEquivHeaders(body, "https://example.com/");

async function once() {
  const requests = new Requests("example.com");
  const answer = response();
  requests.responses.auto = requests.responses.https = answer;
  requests.responses.http = answer;
  requests.responses.cors = answer;
  requests.responses.httpRedirects = [
    { url: new URL("http://example.com/"), status: 301 },
    { url: new URL("https://example.com/"), status: 200 },
  ];
  requests.responses.httpsRedirects = [{ url: new URL("https://example.com/"), status: 200 }];
  requests.resources.path = body;
  requests.session = requests.session ?? { url: new URL("https://example.com/"), jar: { toJSON: () => ({ cookies: [] }), serializeSync: () => ({ cookies: [] }) } };
  let score = 100;
  for (const test of ALL_TESTS) score += grader.getScoreModifier(test(requests).result);
  return grader.getGradeForScore(Math.max(score, 0));
}

await once();
let best = Infinity;
for (let round = 0; round < 5; round++) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) await once();
  best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / rounds);
}
console.log(best.toFixed(1));
