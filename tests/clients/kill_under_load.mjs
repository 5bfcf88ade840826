// kill -9 of a gateway under load, twenty times: every request whose reply finished is in the store, no number is used
// twice, and the next gateway starts at once.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Workspace } from "./support.mjs";

const rounds = 20;
const clients = 8;

// A seeded sequence, so that a failure can be had again (mulberry32).
let state = 20261121;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

const workspace = new Workspace(process.argv[2]);
workspace.write("llm.json", { llm: { providers: { sim: { apiType: "simulated" } } } });
workspace.write("model-router.json", { modelRouter: { balancedModel: "sim/fast", codingModel: "sim/fast" } });

const finished = new Map(); // request → what its reply said
let reused = 0;
let slowestStartMs = 0;

async function ask(address, round, client, stop) {
  for (let place = 0; !stop.now; ++place) {
    const stream = (place + client) % 2 === 0;
    try {
      const response = await fetch(`${address}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-tierdeck-session": `s${round}-${client}` },
        body: JSON.stringify({ model: "tier-coding", stream, messages: [{ role: "user", content: `Question ${place}` }] }),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      if (stream ? !text.endsWith("data: [DONE]\n\n") : !JSON.parse(text).choices) continue;
      const said = (name) => response.headers.get(`x-tierdeck-${name}`);
      const request = Number(said("request"));
      if (finished.has(request)) ++reused;
      finished.set(request, { session: said("session"), turn: Number(said("turn")), model: said("model") });
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return; // the gateway is dead
    }
  }
}

for (let round = 0; round < rounds; ++round) {
  const begun = Date.now();
  const { child, address } = await workspace.serve();
  slowestStartMs = Math.max(slowestStartMs, Date.now() - begun);
  const stop = { now: false };
  const asking = Array.from({ length: clients }, (_, client) => ask(address, round, client, stop));
  const before = finished.size;
  const wanted = 5 + Math.floor(random() * 120); // replies, then the blow falls somewhere in the next ones
  await new Promise((resolve) => {
    const look = () => (finished.size - before >= wanted || child.exitCode !== null ? resolve() : setImmediate(look));
    look();
  });
  child.kill("SIGKILL");
  assert.equal((await child.ended).signal, "SIGKILL", child.errors);
  stop.now = true;
  await Promise.all(asking);
}

// One more gateway: it opens clean and serves.
const { child, address } = await workspace.serve();
const last = await fetch(`${address}/healthz`);
assert.equal(last.status, 200);
child.kill("SIGTERM");
assert.equal((await child.ended).code, 0, child.errors);

const { requests } = workspace.report("requests");
const stored = new Set(requests.map((request) => request.request));
assert.equal(stored.size, requests.length, "a number stands twice in the store");
assert.equal(reused, 0, "a number was given twice");
const lost = [...finished.keys()].filter((request) => !stored.has(request));
assert.deepEqual(lost, [], `${lost.length} of ${finished.size} finished requests are lost`);
for (const request of requests) {
  const said = finished.get(request.request);
  if (!said) continue; // its reply was cut off by the blow
  assert.deepEqual({ session: request.session, turn: request.turn, model: request.model }, said);
  assert.equal(request.status, "ok");
  assert.ok(request.inputTokens + request.cachedInputTokens > 0 && request.outputTokens > 0);
}
assert.ok(!existsSync(join(workspace.folder, "state", "unsaved.jsonl")), "the store took everything");
assert.ok(!existsSync(join(workspace.folder, "state", "gateway.json")), "no address of a gateway that is gone");
const log = readFileSync(join(workspace.folder, "logs", "tier.log"), "utf8");
assert.equal(log.match(/Gateway: listening/g).length, rounds + 1);
assert.ok(slowestStartMs < 10_000, `a gateway took ${slowestStartMs} ms to start`);
const { turns } = workspace.report("turns");
assert.equal(turns.reduce((sum, turn) => sum + turn.requests, 0), requests.length, "the turns' sums do not add up");
workspace.remove();
console.log(`${rounds} kills, ${finished.size} finished requests, ${requests.length} in the store, none lost; slowest start ${slowestStartMs} ms`);
