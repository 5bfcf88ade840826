// The vendors' packages as clients: first straight to the mock provider, which proves the mock, then through the gateway to
// providers of each kind. Each line is one named check, `endpoint → provider: what`. `node sdk_matrix.mjs TIERCTL [FILTER]`.
import assert from "node:assert/strict";
import { Chat, Messages, Responses } from "./sdk_adapters.mjs";
import { streamFaults } from "./mock_checks.mjs";
import { startMock } from "./mock_upstream.mjs";
import { Workspace } from "./support.mjs";

const adapters = { chat: Chat, responses: Responses, messages: Messages };
/** The provider's kind, and the dialect in which it is called for a client's. */
const providers = {
  openai: { path: "/v1", apiType: "openai", dialectFor: (client) => (client === "chat" ? "chat" : "responses") },
  "openai-chat": { path: "/v1", apiType: "openai-chat", dialectFor: () => "chat" },
  anthropic: { path: "", apiType: "anthropic", dialectFor: () => "messages" },
};

// --- the checks -------------------------------------------------------------------------------------------------------

const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const user = (text, ...more) => ({ user: more.length ? [text, ...more] : text });
const place = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const tools = [
  { name: "get_weather", description: "Weather of a city.", parameters: place },
  { name: "get_time", description: "Time in a city.", parameters: place },
];
const usage = { input: 600, cached: 400, output: 200 };
const twoCalls = 'mock: call get_weather {"city":"Oslo \\"east\\" ☂"} ;; call get_time {"city":"Oslo"}';

async function answersTools(cell, how, prompt, more = {}) {
  const request = { model: cell.model, tools, ...more };
  const history = [user(prompt)];
  const first = await cell.client[how]({ ...request, history });
  assert.equal(first.stop, "calls");
  assert.equal(new Set(first.calls.map((call) => call.id)).size, first.calls.length);
  const results = first.calls.map((call) => ({ id: call.id, text: `${call.name} of ${call.input.city}` }));
  const second = await cell.client[how]({ ...request, history: [...history, { reply: first }, { results }] });
  assert.equal(second.stop, "end");
  assert.equal(second.text, `The tools said: ${results.map((result) => result.text).join(" | ")}`);
  return first;
}

async function fails(cell, prompt, how, check) {
  const { APIError } = adapters[cell.endpoint].errors;
  await assert.rejects(cell.client[how]({ model: cell.model, history: [user(prompt)] }), (error) => {
    assert.ok(error instanceof APIError, `an error of the package, not ${error.name}: ${error.message}`);
    check(error);
    return true;
  });
}

/** Everything of one string that a request upstream holds. */
const upstreamText = (cell) => JSON.stringify(cell.asked().at(-1).body);
const every = () => true;

const checks = {
  text: async (cell) => {
    const { text, stop } = await cell.client.whole({ model: cell.model, history: [user("Hello?")] });
    assert.deepEqual([text, stop], ["Hello from the mock.", "end"]);
  },
  "text streamed": async (cell) => {
    const { text, stop, pieces } = await cell.client.streamed({
      model: cell.model,
      history: [user("mock: say Blåbærgrød 🫐 and a line\u2028apart.")],
    });
    assert.deepEqual([text, stop], ["Blåbærgrød 🫐 and a line\u2028apart.", "end"]);
    assert.ok(pieces > 4, `${pieces} pieces`);
  },
  "system text and history": async (cell) => {
    const first = await cell.client.whole({ model: cell.model, history: [user("mock: say First.")] });
    const history = [user("mock: say First."), { reply: first }, user("mock: say Second.")];
    const { text } = await cell.client.whole({ model: cell.model, system: "Speak plainly.", history });
    assert.equal(text, "Second.");
    assert.match(upstreamText(cell), /Speak plainly\./);
    assert.match(upstreamText(cell), /"First\."/);
  },
  usage: async (cell) => {
    const request = { model: cell.model, history: [user("Count.")] };
    assert.deepEqual((await cell.client.whole(request)).usage, usage);
    assert.deepEqual((await cell.client.streamed(request)).usage, usage);
    cell.recorded = (rows) => {
      assert.equal(rows.length, 2);
      for (const row of rows)
        assert.deepEqual([row.inputTokens, row.cachedInputTokens, row.outputTokens, row.status], [600, 400, 200, "ok"]);
    };
  },
  "tool call": (cell) => answersTools(cell, "whole", 'mock: say Looking. ;; call get_weather {"city":"Oslo"}'),
  "tool call streamed": async (cell) => {
    const first = await answersTools(
      cell,
      "streamed",
      'mock: say Looking. ;; call get_weather {"city":"Oslo \\"east\\" ☂"}',
    );
    assert.deepEqual(
      first.calls.map(({ name, input }) => [name, input]),
      [["get_weather", { city: 'Oslo "east" ☂' }]],
    );
    assert.ok(first.pieces > 5, `${first.pieces} pieces`);
  },
  "parallel calls": (cell) => answersTools(cell, "whole", twoCalls),
  "parallel calls streamed": async (cell) => {
    const first = await answersTools(cell, "streamed", twoCalls);
    assert.deepEqual(
      first.calls.map(({ name, input }) => [name, input]),
      [
        ["get_weather", { city: 'Oslo "east" ☂' }],
        ["get_time", { city: "Oslo" }],
      ],
    );
  },
  "forced tool": async (cell) => {
    const { calls } = await cell.client.whole({
      model: cell.model,
      tools,
      toolChoice: "get_time",
      history: [user("Now.")],
    });
    assert.deepEqual(
      calls.map(({ name, input }) => [name, input]),
      [["get_time", { city: "mock city" }]],
    );
  },
  "tool without arguments streamed": async (cell) => {
    const idle = [{ name: "idle", description: "Does nothing.", parameters: { type: "object", properties: {} } }];
    const { calls } = await cell.client.streamed({
      model: cell.model,
      tools: idle,
      history: [user("mock: call idle {}")],
    });
    assert.deepEqual(
      calls.map(({ name, input }) => [name, input]),
      [["idle", {}]],
    );
  },
  "tool result with an image": {
    when: ({ endpoint }) => endpoint !== "chat", // its tool messages hold text alone
    run: async (cell) => {
      const history = [user('mock: call get_weather {"city":"Oslo"}')];
      const reply = await cell.client.whole({ model: cell.model, tools, history });
      const results = [{ id: reply.calls[0].id, text: "A picture.", image: dot }];
      const { text } = await cell.client.whole({
        model: cell.model,
        tools,
        history: [...history, { reply }, { results }],
      });
      assert.match(text, /The tools said: A picture\./);
      assert.ok(upstreamText(cell).includes(dot), "the picture arrives");
    },
  },
  image: async (cell) => {
    const { text } = await cell.client.streamed({
      model: cell.model,
      history: [user("mock: say A dot.", { image: dot })],
    });
    assert.equal(text, "A dot.");
    assert.ok(upstreamText(cell).includes(dot), "the picture arrives");
  },
  thinking: async (cell) => {
    const request = { model: cell.model, thinking: true, history: [user("mock: think Let me see… ;; say It is 4.")] };
    for (const how of ["whole", "streamed"]) {
      const { text, thinking } = await cell.client[how](request);
      assert.deepEqual([text, thinking], ["It is 4.", "Let me see…"], how);
    }
    // Only of a model that is known to think.
    const model = cell.model.replace(/mock-large.*/, cell.provider === "anthropic" ? "claude-sonnet-4-5" : "gpt-5.2");
    await cell.client.whole({ ...request, model });
    const { body } = cell.asked().at(-1);
    assert.ok(body.thinking ?? body.reasoning ?? body.reasoning_effort, "the provider is asked to think");
  },
  "thinking with tools": (cell) =>
    answersTools(cell, "streamed", 'mock: think Let me see… ;; call get_weather {"city":"Oslo"}', { thinking: true }),
  "structured output": async (cell) => {
    const schema = {
      type: "object",
      properties: { name: { type: "string" }, count: { type: "integer" } },
      required: ["name", "count"],
      additionalProperties: false,
    };
    for (const how of ["whole", "streamed"]) {
      const { text } = await cell.client[how]({ model: cell.model, schema, history: [user("Fill it in.")] });
      assert.deepEqual(JSON.parse(text), { name: "mock name", count: 3 }, how);
    }
  },
  "limits and sampling": async (cell) => {
    const request = { model: cell.model, maxTokens: 1234, temperature: 0.25, history: [user("Hello?")] };
    await cell.client.whole(request);
    const { body } = cell.asked().at(-1);
    assert.equal(body.max_tokens ?? body.max_completion_tokens ?? body.max_output_tokens, 1234);
    assert.equal(body.temperature, 0.25);
  },
  "limit of a reasoning model": {
    when: ({ provider }) => provider !== "anthropic" && provider !== "mock",
    run: async (cell) => {
      const model = cell.model.replace(/mock-large.*/, "gpt-5.2");
      const { text } = await cell.client.whole({ model, maxTokens: 1234, history: [user("Hello?")] });
      assert.equal(text, "Hello from the mock.");
      const { body } = cell.asked().at(-1);
      assert.equal(body.max_completion_tokens ?? body.max_output_tokens, 1234);
    },
  },
  "stop for length": async (cell) => {
    for (const how of ["whole", "streamed"]) {
      const { text, stop } = await cell.client[how]({
        model: cell.model,
        history: [user("mock: say Cut ;; stop length")],
      });
      assert.deepEqual([text, stop], ["Cut", "length"], how);
    }
  },
  "stop for refusal": async (cell) => {
    for (const how of ["whole", "streamed"]) {
      const { stop } = await cell.client[how]({ model: cell.model, history: [user("mock: say No ;; stop refusal")] });
      assert.equal(stop, "refusal", how);
    }
  },
  "stop sequences": {
    when: ({ endpoint }) => endpoint !== "responses", // it has none
    run: async (cell) => {
      const { text } = await cell.client.whole({ model: cell.model, stop: ["END"], history: [user("Hello?")] });
      assert.equal(text, "Hello from the mock.");
      const { body } = cell.asked().at(-1);
      if (cell.dialect !== "responses") assert.deepEqual(body.stop ?? body.stop_sequences, ["END"]);
    },
  },
  "another provider in the middle of a turn": {
    when: ({ provider }) => provider !== "mock",
    run: async (cell) => {
      // What one provider signed or sealed must not reach another, nor what the gateway made up for the client.
      const names = Object.keys(providers);
      const prompt = 'mock: think Let me see… ;; call get_weather {"city":"Oslo"}';
      for (const next of names.filter((name) => name !== cell.provider)) {
        const request = { tools, thinking: true };
        const history = [user(prompt)];
        const reply = await cell.client.streamed({ ...request, model: cell.model, history });
        const results = [{ id: reply.calls[0].id, text: "rain" }];
        const more = [...history, { reply }, { results }];
        const model = cell.model.replace(cell.provider, next);
        const { text } = await cell.client.streamed({ ...request, model, history: more });
        assert.equal(text, "The tools said: rain", `on to ${next}`);
      }
      cell.dialects = names.map((name) => providers[name].dialectFor(cell.endpoint));
    },
  },
  "a freeform tool": {
    when: ({ endpoint }) => endpoint === "responses",
    run: async (cell) => {
      const request = { model: cell.model, freeform: [{ name: "apply_patch", description: "Edits files." }] };
      const history = [user('mock: freeform apply_patch *** Begin\\n+a "b"\\n*** End')];
      for (const how of ["whole", "streamed"]) {
        const reply = await cell.client[how]({ ...request, history });
        assert.deepEqual(
          reply.calls.map(({ name, input }) => [name, input]),
          [["apply_patch", '*** Begin\n+a "b"\n*** End']],
          how,
        );
        assert.equal(reply.raw.find((item) => /_call$/.test(item.type)).type, "custom_tool_call");
        const results = [{ id: reply.calls[0].id, text: "patched", freeform: true }];
        const { text } = await cell.client[how]({ ...request, history: [...history, { reply }, { results }] });
        assert.equal(text, "The tools said: patched", how);
      }
    },
  },
  "a tool in a namespace": {
    when: ({ endpoint }) => endpoint === "responses",
    run: async (cell) => {
      const space = {
        type: "namespace",
        name: "agents",
        description: "Agents.",
        tools: [{ type: "function", strict: false, ...tools[0], name: "spawn" }],
      };
      const input = [{ role: "user", content: 'mock: call spawn {"city":"Oslo"}' }];
      const body = { model: cell.model, store: false, tools: [space] };
      const first = await cell.client.client.responses.create({ ...body, input });
      const call = first.output.find((item) => item.type === "function_call");
      assert.deepEqual([call.name, call.namespace, call.arguments], ["spawn", "agents", '{"city":"Oslo"}']);
      const output = { type: "function_call_output", call_id: call.call_id, output: "begun" };
      const second = await cell.client.client.responses.create({ ...body, input: [...input, ...first.output, output] });
      assert.equal(second.output_text, "The tools said: begun");
    },
  },
  "items by their ids alone": {
    when: ({ endpoint }) => endpoint === "responses",
    run: async (cell) => {
      const offered = tools.map((tool) => ({ type: "function", strict: false, ...tool }));
      const asking = (input, model = cell.model) =>
        cell.client.client.responses.create({ model, tools: offered, input, reasoning: { effort: "low" } });
      const input = [
        { role: "user", content: 'mock: think Let me see… ;; say Looking. ;; call get_weather {"city":"Oslo"}' },
      ];
      const { output } = await asking(input);
      const call = output.find((item) => item.type === "function_call");
      const references = output.filter((item) => item !== call).map(({ id }) => ({ type: "item_reference", id }));
      assert.equal(references.length, 2);
      const result = { type: "function_call_output", call_id: call.call_id, output: "rain" };
      const second = await asking([...input, ...references, call, result]);
      assert.equal(second.output_text, "The tools said: rain");
      if (cell.dialect !== "responses") assert.match(upstreamText(cell), /Looking\./);
      if (cell.provider === "mock") return;
      // What a provider keeps goes on with it, whatever is asked for; the rest is put back for any other.
      for (const next of Object.keys(providers).filter((name) => name !== cell.provider)) {
        const model = cell.model.replace(cell.provider, next);
        const third = await asking([...input, ...references, call, result], model);
        assert.equal(third.output_text, "The tools said: rain", `on to ${next}`);
        const served = cell.dialect === "responses" ? "responses" : providers[next].dialectFor("responses");
        assert.equal(cell.asked().at(-1).dialect, served, `on to ${next}`);
      }
      cell.dialects = Object.values(providers).map((provider) => provider.dialectFor("responses"));
    },
  },
  "a previous response": {
    when: ({ endpoint }) => endpoint === "responses",
    run: async (cell) => {
      const first = await cell.client.whole({ model: cell.model, history: [user("mock: say First.")] });
      const request = { model: cell.model, previous: first.id, history: [user("mock: say Second.")] };
      if (cell.dialect === "responses") assert.equal((await cell.client.whole(request)).text, "Second.");
      else
        await assert.rejects(cell.client.whole(request), (error) => {
          assert.equal(error.status, 400);
          assert.match(error.message, /previous_response_id/);
          return true;
        });
      const unknown = { ...request, previous: "resp_unknown" };
      await assert.rejects(cell.client.whole(unknown), (error) => error.status === 400);
    },
  },
  "what only Anthropic knows": {
    when: ({ endpoint }) => endpoint === "messages",
    run: async (cell) => {
      const billing = "x-anthropic-billing-header: cc_version=2.1.330.fa9; cc_entrypoint=cli;";
      const body = {
        model: cell.model,
        max_tokens: 100,
        system: [
          { type: "text", text: billing },
          { type: "text", text: "Speak plainly.", cache_control: { type: "ephemeral" } },
        ],
        thinking: { type: "adaptive" },
        context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
        output_config: { effort: "high" },
        messages: [
          { role: "user", content: "mock: say Fine." },
          { role: "system", content: "Be brief." },
        ],
      };
      const betas = "context-management-2025-06-27,mid-conversation-tool-changes-2026-07-01";
      const reply = await cell.client.client.messages.create(body, { headers: { "anthropic-beta": betas } });
      assert.equal(reply.content.at(-1).text, "Fine.");
      const { body: sent, headers } = cell.asked().at(-1);
      if (cell.dialect === "messages") {
        assert.deepEqual({ ...sent, model: 0 }, { ...body, model: 0 }, "untouched");
        assert.equal(headers["anthropic-beta"], betas);
      } else {
        assert.ok(!JSON.stringify(sent).includes("billing-header"));
        assert.match(JSON.stringify(sent), /Speak plainly\..*Be brief\./);
      }
    },
  },
  count_tokens: {
    when: ({ endpoint }) => endpoint === "messages",
    run: async (cell) => {
      const { data, response } = await cell.client.client.messages
        .countTokens({ model: cell.model, messages: [{ role: "user", content: "How many are these?" }] })
        .withResponse();
      assert.ok(data.input_tokens > 3 && data.input_tokens < 60, `${data.input_tokens}`);
      if (cell.provider !== "mock")
        assert.equal(response.headers.get("x-tierdeck-estimated"), cell.dialect === "messages" ? null : "1");
    },
  },
  "error 400": (cell) =>
    fails(cell, "mock: fault 400", "whole", (error) => {
      assert.equal(error.status, 400);
      assert.match(error.message, /Invalid request\./);
    }),
  "error 400 before a stream": (cell) =>
    fails(cell, "mock: fault 400", "streamed", (error) => assert.equal(error.status, 400)),
  "error 401": (cell) => fails(cell, "mock: fault 401", "whole", (error) => assert.equal(error.status, 401)),
  "error 429 with seconds": (cell) =>
    fails(cell, "mock: fault 429-seconds", "whole", (error) => {
      assert.equal(error.status, 429);
      assert.equal(error.headers.get("retry-after"), "1");
    }),
  "error 529": (cell) =>
    fails(cell, "mock: fault overloaded", "whole", (error) => {
      assert.ok([503, 529].includes(error.status)); // OpenAI's clients do not know the latter
      assert.match(error.message, /overloaded/i);
    }),
  "window exceeded": (cell) =>
    fails(cell, "mock: fault window", "whole", (error) => {
      assert.equal(error.status, 400);
      assert.match(error.message, /context window|too long/);
    }),
  "no JSON in a reply": {
    when: ({ provider }) => provider !== "mock",
    run: (cell) =>
      fails(cell, "mock: fault bad-json", "whole", (error) => assert.ok(error.status >= 500 || !error.status)),
  },
  "error in a stream": (cell) =>
    fails(cell, "mock: fault midstream-error ;; say A long enough text to be cut in the middle.", "streamed", (error) =>
      assert.match(error.message, /overloaded/i),
    ),
  "a stream that ends too early": {
    when: ({ provider }) => provider !== "mock",
    run: async (cell) => {
      const prompt = "mock: fault reset-events ;; say A long enough text to be cut in the middle.";
      await assert.rejects(cell.client.streamed({ model: cell.model, history: [user(prompt)] }));
      cell.recorded = ([row]) => assert.equal(row.status, "error");
    },
  },
  "one failure, then an answer": {
    when: ({ provider }) => provider !== "mock",
    run: async (cell) => {
      const before = cell.asked().length;
      const prompt = "mock: fault overloaded x1 ;; say At last.";
      const { text } = await cell.client.streamed({ model: cell.model, history: [user(prompt)] });
      assert.equal(text, "At last.");
      assert.equal(cell.asked().length - before, 2);
      cell.recorded = ([row]) => assert.deepEqual([row.status, row.attempts.length ?? row.attempts], ["ok", 2]);
    },
  },
  cancellation: async (cell) => {
    const abort = new AbortController();
    const prompt = "mock: fault slow ;; say A text that takes a good while to be said, in many small pieces.";
    const asking = cell.client.streamed(
      { model: cell.model, history: [user(prompt)] },
      { signal: abort.signal, onPiece: (pieces) => pieces === 2 && abort.abort() },
    );
    await assert.rejects(asking, (error) => /abort/i.test(error.name + error.message));
    const entry = cell.asked().at(-1);
    await entry.done;
    assert.ok(entry.cutShort, "the provider's stream was cut");
    cell.recorded = ([row]) => assert.equal(row.status, "cancelled");
  },
  "the stream's form": async (cell) => {
    const prompts = [
      "Hello?",
      'mock: think Hm. ;; say Well. ;; call get_weather {"city":"Oslo"} ;; call get_time {"city":"Oslo"}',
      "mock: say Cut ;; stop length",
    ];
    for (const prompt of prompts) {
      const body = cell.client.body({ model: cell.model, tools, thinking: true, history: [user(prompt)] });
      const path = { chat: "/chat/completions", responses: "/responses", messages: "/messages" }[cell.endpoint];
      const extra = cell.endpoint === "chat" ? { stream_options: { include_usage: true } } : {};
      const response = await fetch(`${cell.base}/v1${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Bearer ${cell.key}`,
          "anthropic-version": "2023-06-01",
          ...cell.headers,
        },
        body: JSON.stringify({ ...body, ...extra, stream: true }),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.match(response.headers.get("content-type"), /^text\/event-stream/);
      assert.deepEqual(streamFaults(cell.endpoint, text), [], prompt);
      if (cell.provider !== "mock") assert.ok(response.headers.get("x-tierdeck-request"));
    }
  },
};

// --- run --------------------------------------------------------------------------------------------------------------

const [tierctl, filter = ""] = process.argv.slice(2);

const mock = await startMock();
const workspace = new Workspace(tierctl);
workspace.write("llm.json", {
  llm: {
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, { apiType, path }]) => [
        name,
        { apiType, baseUrl: mock.origin + path, apiKey: { env: "MOCK_KEY" } },
      ]),
    ),
  },
});
workspace.write("model-router.json", {
  modelRouter: {
    balancedModel: "openai-chat/mock-large",
    dynamicTierEnabled: false,
    retries: { attempts: 2, baseDelayMs: 1, maxDelayMs: 5 },
  },
});
const { child, address } = await workspace.serve({ MOCK_KEY: "provider-key" });

const count = { ok: 0, failed: 0 };
const later = [];
const say = (word, name, why = "") => console.log(`${word.padEnd(8)} ${name}${why && `: ${why}`}`);
const failed = (name, error) => {
  ++count.failed;
  say("FAILED", name, `${error.message.slice(0, 600)}${error.cause ? ` (${error.cause.message ?? error.cause})` : ""}`);
};
try {
  for (const [endpoint, Adapter] of Object.entries(adapters)) {
    for (const up of ["mock", ...Object.keys(providers)]) {
      for (const [what, check] of Object.entries(checks)) {
        const name = `${endpoint} → ${up}: ${what}`;
        const cell = { endpoint, provider: up, dialect: up === "mock" ? endpoint : providers[up].dialectFor(endpoint) };
        if (!name.includes(filter) || !(check.when ?? every)(cell)) continue;
        const from = mock.seen.length;
        cell.session = name.replace(/[^a-z0-9]+/gi, "-");
        cell.headers = up === "mock" ? {} : { "X-Tierdeck-Session": cell.session };
        cell.base = up === "mock" ? mock.origin : address;
        cell.key = "client-key";
        // A model of its own, so that nobody waits for what another cell broke.
        cell.model = `${up === "mock" ? "" : `${up}/`}mock-large-${count.ok + count.failed}`;
        cell.asked = () => mock.since(from);
        cell.client = new Adapter(cell.base, cell.key, cell.headers);
        try {
          await (check.run ?? check)(cell);
          for (const entry of cell.asked()) {
            assert.ok(
              (cell.dialects ?? [cell.dialect]).includes(entry.dialect),
              "the provider is called in its dialect",
            );
            if (up !== "mock")
              assert.ok(!JSON.stringify(entry.headers).includes("client-key"), "the client's key ends here");
          }
          ++count.ok;
          say("ok", name);
          if (up !== "mock" && cell.recorded) later.push(cell);
        } catch (error) {
          const refused = cell.asked().find((entry) => entry.refused);
          failed(
            name,
            refused ? new Error(`${error.message.slice(0, 200)}; the mock refused: ${refused.refused}`) : error,
          );
        }
      }
    }
  }
} finally {
  child.kill("SIGTERM");
}
const end = await child.ended;
if (end.code !== 0)
  failed("the gateway ends in order", new Error(`${end.code ?? end.signal}: ${child.errors.slice(-2000)}`));
const { requests } = workspace.report("requests");
for (const cell of later) {
  try {
    cell.recorded(requests.filter((request) => request.session === cell.session));
  } catch (error) {
    failed(`${cell.session}, as recorded`, error);
  }
}
mock.close();
workspace.remove();
console.log(`${count.ok} ok, ${count.failed} failed`);
process.exit(count.failed ? 1 : 0);
