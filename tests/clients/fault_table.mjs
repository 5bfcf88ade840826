// What a provider can do wrong, and what then the client sees, the store records and the log says: the table below, for
// every endpoint with a provider of its own dialect, with and without a fallback. `node fault_table.mjs TIERCTL [FILTER]`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStream, streamFaults } from "./mock_checks.mjs";
import { startMock } from "./mock_upstream.mjs";
import { Workspace } from "./support.mjs";

/** What the gateway cannot do yet: beginnings of names. */
const said = "A text that is long enough to be cut in its middle.";
/**
 * Each row: the fault, `stream` or `whole`, what the client sees when there is no other model, and what when there is one.
 *   a status    an error of the endpoint's shape with this status
 *   "answer"    the whole answer
 *   "error"     the beginning of the answer, then an error event of the endpoint's shape, and the end
 *   "same"      as without another model
 */
const table = [
  // before the first content byte: the next model is asked
  ["refused", "stream", 503, "answer"],
  ["refused", "whole", 503, "answer"],
  ["reset-before", "stream", 503, "answer"],
  ["reset-head", "stream", 503, "answer"],
  ["reset-head", "whole", 503, "answer"],
  ["stall-head", "whole", 503, "answer"],
  ["wrong-type", "stream", 503, "answer"],
  ["wrong-type", "whole", 503, "answer"],
  ["early-error", "stream", 503, "answer"],
  ["big-error", "stream", 500, "answer"],
  ["big-error", "whole", 500, "answer"],
  ["overloaded", "stream", 529, "answer"],
  ["503", "whole", 503, "answer"],
  ["408", "whole", 408, "answer"],
  ["409", "whole", 409, "answer"],
  ["429-seconds", "stream", 429, "answer"],
  ["429-date", "whole", 429, "answer"],
  ["401", "whole", 401, "answer"],
  ["402", "whole", 402, "answer"],
  ["403", "whole", 403, "answer"],
  ["404", "whole", 404, "answer"],
  // the client's own fault: nobody else is asked
  ["400", "stream", 400, "same"],
  ["422", "whole", 422, "same"],
  ["413", "whole", 413, "same"],
  // unless it is the window or the policy, and there is a model for that
  ["window", "stream", 400, "answer"],
  ["policy", "whole", 400, "answer"],
  // a whole reply is given once its end is there
  ["reset-body", "whole", 503, "answer"],
  ["bad-json", "whole", 503, "answer"],
  // after the first content byte: the client has to know
  ["reset-events", "stream", "error", "same"],
  ["cut-events", "stream", "error", "same"],
  ["stall", "stream", "error", "same"],
  ["bad-sse", "stream", "error", "same"],
  ["midstream-error", "stream", "error", "same"],
  // slow is not wrong
  ["drip", "stream", "answer", "same"],
  ["drip", "whole", "answer", "same"],
];

const endpoints = {
  chat: {
    path: "/v1/chat/completions",
    provider: (origin) => ({ apiType: "openai-chat", baseUrl: `${origin}/v1` }),
    body: (prompt) => ({ messages: [{ role: "user", content: prompt }] }),
    whole: (value) => value.choices[0].message.content,
    streamed: (events) => events.map(({ data }) => data.choices?.[0]?.delta?.content ?? "").join(""),
    isError: ({ data }) => typeof data.error?.message === "string",
  },
  responses: {
    path: "/v1/responses",
    provider: (origin) => ({ apiType: "openai", baseUrl: `${origin}/v1` }),
    body: (prompt) => ({ input: prompt, store: false }),
    whole: (value) => value.output[0].content[0].text,
    streamed: (events) =>
      events.map(({ data }) => (data.type === "response.output_text.delta" ? data.delta : "")).join(""),
    isError: ({ data }) => (data.type === "response.failed" && data.response.error?.message) || data.type === "error",
  },
  messages: {
    path: "/v1/messages",
    provider: (origin) => ({ apiType: "anthropic", baseUrl: origin }),
    body: (prompt) => ({ max_tokens: 1000, messages: [{ role: "user", content: prompt }] }),
    whole: (value) => value.content[0].text,
    streamed: (events) => events.map(({ data }) => data.delta?.text ?? "").join(""),
    isError: ({ event, data }) => event === "error" && data.type === "error" && data.error?.message,
  },
};

const [tierctl, filter = ""] = process.argv.slice(2);
const mock = await startMock({ dripMs: 0 });
const workspace = new Workspace(tierctl);

const cells = [];
for (const [endpoint, form] of Object.entries(endpoints))
  for (const [fault, how, alone, withAnother] of table)
    for (const fallback of [false, true]) {
      const name = `${endpoint}: ${fault}, ${how}${fallback ? ", another model" : ""}`;
      if (!name.includes(filter)) continue;
      const model = `${fault === "refused" ? "gone" : "up"}-${endpoint}/m-${cells.length}`;
      const expected = fallback && withAnother !== "same" ? withAnother : alone;
      cells.push({
        name,
        endpoint,
        form,
        fault,
        how,
        fallback,
        model,
        expected,
        other: `up-${endpoint}/other-${cells.length}`,
      });
    }

const withKey = (provider) => ({ ...provider, apiKey: { env: "MOCK_KEY" }, timeoutSeconds: 1 });
workspace.write("llm.json", {
  llm: {
    providers: Object.fromEntries(
      Object.entries(endpoints).flatMap(([name, { provider }]) => [
        [`up-${name}`, withKey(provider(mock.origin))],
        [`gone-${name}`, withKey(provider(mock.refusing))],
      ]),
    ),
  },
});
const others = Object.fromEntries(cells.filter((cell) => cell.fallback).map((cell) => [cell.model, [cell.other]]));
workspace.write("model-router.json", {
  modelRouter: {
    balancedModel: "up-chat/m",
    dynamicTierEnabled: false,
    retries: { attempts: 1 },
    fallbacks: others,
    contextWindowFallbacks: others,
    contentPolicyFallbacks: others,
  },
});
const { child, address } = await workspace.serve({ MOCK_KEY: "provider-key" });

const count = { ok: 0, failed: 0 };
const report = (word, name, why = "") => console.log(`${word.padEnd(8)} ${name}${why && `: ${why}`}`);
const fail = (name, error) => {
  ++count.failed;
  report("FAILED", name, error.message.slice(0, 700));
};

async function ask(cell) {
  const prompt = `mock: fault ${cell.fault} @${cell.model.split("/")[1]} ;; say ${said}`;
  const response = await fetch(address + cell.form.path, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-tierdeck-session": cell.name },
    body: JSON.stringify({ model: cell.model, stream: cell.how === "stream", ...cell.form.body(prompt) }),
  });
  cell.request = Number(response.headers.get("x-tierdeck-request"));
  const text = await response.text();
  if (typeof cell.expected === "number") {
    assert.equal(response.status, cell.expected, text.slice(0, 300));
    const { error } = JSON.parse(text);
    assert.equal(typeof error.message, "string");
    if (cell.fault.startsWith("429-") && !cell.fallback)
      assert.match(response.headers.get("retry-after"), /^([12]|\w{3}, .* GMT)$/);
    return;
  }
  assert.equal(response.status, 200, text.slice(0, 300));
  if (cell.how === "whole") return assert.equal(cell.form.whole(JSON.parse(text)), said);
  const events = parseStream(text);
  if (cell.expected === "answer") {
    assert.equal(cell.form.streamed(events), said);
    assert.deepEqual(streamFaults(cell.endpoint, text), []);
    return;
  }
  const begun = cell.form.streamed(events);
  assert.ok(said.startsWith(begun) && begun.length > 0 && begun.length < said.length, `'${begun}' is no beginning`);
  assert.equal(events.filter(cell.form.isError).length, 1, `one error event: ${text.slice(-300)}`);
  assert.ok(
    cell.form.isError(events.findLast(({ data }) => data !== "[DONE]")),
    `the error comes last: ${text.slice(-300)}`,
  );
}

const ran = [];
try {
  for (const cell of cells) {
    try {
      const before = mock.seen.length;
      await ask(cell);
      // A kept connection that ends before a reply has begun may just have been too old: it is tried once more on a new one.
      const models = mock
        .since(before)
        .map((entry) => entry.body.model)
        .filter((model, at, all) => cell.fault !== "reset-before" || model !== all[at - 1]);
      const wanted = [
        cell.model,
        ...(cell.fallback && cell.expected === "answer" && cell.fault !== "drip" ? [cell.other] : []),
      ]
        .filter((model) => !model.startsWith("gone"))
        .map((model) => model.split("/")[1]);
      assert.deepEqual(models, wanted, "who was asked");
      ran.push(cell);
    } catch (error) {
      fail(cell.name, error.cause ? new Error(`${error.message}: ${error.cause.message}`) : error);
    }
  }
} finally {
  child.kill("SIGTERM");
}
const end = await child.ended;
if (end.code !== 0)
  fail("the gateway ends in order", new Error(`${end.code ?? end.signal}: ${child.errors.slice(-2000)}`));

const { requests } = workspace.report("requests");
const log = readFileSync(join(workspace.folder, "logs", "tier.log"), "utf8").split("\n");
for (const cell of ran) {
  try {
    const [row, ...more] = requests.filter((each) => each.session === cell.name);
    assert.equal(more.length, 0);
    const fellBack = cell.fallback && cell.expected === "answer" && cell.fault !== "drip";
    assert.deepEqual(
      [row.request, row.status, row.model, row.attempts],
      [cell.request, cell.expected === "answer" ? "ok" : "error", fellBack ? cell.other : cell.model, fellBack ? 2 : 1],
    );
    const lines = log.filter((line) => line.includes(`Fallback: ${cell.model} -> ${cell.other}`));
    assert.equal(lines.length, fellBack ? 1 : 0, "the log names the fallback");
    assert.ok(
      lines.every((line) => /\[warn\].* reason=\S+ attempt=2 /.test(line)),
      lines[0],
    );
    ++count.ok;
    report("ok", cell.name);
  } catch (error) {
    fail(`${cell.name}, as recorded`, error);
  }
}
mock.close();
workspace.remove();
console.log(`${count.ok} ok, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);
