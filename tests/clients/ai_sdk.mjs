// Vercel's AI SDK as a client, through each of its providers to each kind of ours. It runs tools by itself, several steps a
// question, and with OpenAI Responses it refers to earlier items by their ids. `node ai_sdk.mjs TIERCTL [FILTER]`.
import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { startMock } from "./mock_upstream.mjs";
import { Workspace } from "./support.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const tools = {
  get_weather: tool({
    description: "Weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sun in ${city}`,
  }),
};
const threeSteps = {
  tools,
  stopWhen: stepCountIs(4),
  prompt:
    'mock: think Let me see… ;; say Looking. ;; call get_weather {"city":"Oslo"} ;; call get_weather {"city":"Rome"}\n' +
    'mock: say And there. ;; call get_weather {"city":"Bonn ☂"}',
};

/** The whole stream; what goes wrong in it is thrown. */
async function streamed(request) {
  const result = streamText({ maxRetries: 0, ...request, onError() {} });
  for await (const part of result.fullStream) if (part.type === "error") throw part.error;
  const [text, steps, usage, reasoning] = await Promise.all([
    result.text,
    result.steps,
    result.totalUsage,
    result.reasoningText,
  ]);
  return { text, steps, usage, reasoning };
}
const whole = (request) => generateText({ maxRetries: 0, ...request });

async function takesSteps(how, model, more = {}) {
  const { text, steps } = await how({ model, ...threeSteps, ...more });
  assert.equal(steps.length, 3);
  assert.match(text, /^The tools said: .*sun in Bonn ☂$/);
  assert.deepEqual(
    steps.map((step) => step.toolCalls.length),
    [2, 1, 0],
  );
}

const checks = {
  text: async ({ model }) => {
    const { text, usage } = await whole({ model, prompt: "mock: say Blåbærgrød 🫐" });
    assert.equal(text, "Blåbærgrød 🫐");
    assert.deepEqual([usage.inputTokens, usage.inputTokenDetails.cacheReadTokens, usage.outputTokens], [1000, 400, 200]);
  },
  "text streamed": async ({ model }) => {
    const { text, usage } = await streamed({ model, prompt: "mock: say Blåbærgrød 🫐" });
    assert.equal(text, "Blåbærgrød 🫐");
    assert.deepEqual([usage.inputTokens, usage.outputTokens], [1000, 200]);
  },
  "steps with tools": ({ model }) => takesSteps(whole, model),
  "steps with tools streamed": ({ model }) => takesSteps(streamed, model),
  "steps with tools, nothing stored": ({ model }) =>
    takesSteps(whole, model, { providerOptions: { openai: { store: false } } }),
  image: async ({ model }) => {
    const content = [
      { type: "text", text: "mock: say A dot." },
      { type: "image", image: Buffer.from(dot, "base64") },
    ];
    assert.equal((await whole({ model, messages: [{ role: "user", content }] })).text, "A dot.");
  },
  object: async ({ model }) => {
    const schema = z.object({ name: z.string(), count: z.number().int() });
    assert.equal((await generateObject({ model, schema, prompt: "Fill it in." })).object.name, "mock name");
  },
  reasoning: async ({ model, client }) => {
    const providerOptions = {
      openai: { reasoningSummary: "auto", reasoningEffort: "high", forceReasoning: true },
      anthropic: { thinking: { type: "enabled", budgetTokens: 2000 } },
    };
    const { text, reasoning } = await streamed({ model, providerOptions, prompt: "mock: think Hm… ;; say It is 4." });
    assert.equal(text, "It is 4.");
    if (client !== "openai.chat") assert.equal(reasoning, "Hm…"); // it does not look at it
  },
  "error 400": ({ model }) =>
    assert.rejects(whole({ model, prompt: "mock: fault 400" }), (error) => error.statusCode === 400),
  "error in a stream": ({ model }) =>
    assert.rejects(
      streamed({ model, prompt: "mock: fault midstream-error ;; say A long enough text to be cut in the middle." }),
    ),
};

const [tierctl, filter = ""] = process.argv.slice(2);
const mock = await startMock();
const workspace = new Workspace(tierctl);
const apiKey = { env: "MOCK_KEY" };
workspace.write("llm.json", {
  llm: {
    providers: {
      openai: { apiType: "openai", baseUrl: `${mock.origin}/v1`, apiKey },
      "openai-chat": { apiType: "openai-chat", baseUrl: `${mock.origin}/v1`, apiKey },
      anthropic: { apiType: "anthropic", baseUrl: mock.origin, apiKey },
    },
  },
});
workspace.write("model-router.json", { modelRouter: { balancedModel: "openai/mock-large" } });
const { child, address } = await workspace.serve({ MOCK_KEY: "provider-key" });
const settings = { baseURL: `${address}/v1`, apiKey: "client-key" };
const clients = {
  "openai.responses": (model) => createOpenAI(settings).responses(model),
  "openai.chat": (model) => createOpenAI(settings).chat(model),
  anthropic: (model) => createAnthropic(settings)(model),
  "openai-compatible": (model) =>
    createOpenAICompatible({ ...settings, name: "tierdeck", includeUsage: true, supportsStructuredOutputs: true })(model),
};

const count = { ok: 0, failed: 0 };
try {
  for (const [client, make] of Object.entries(clients)) {
    for (const provider of ["openai", "openai-chat", "anthropic"]) {
      for (const [what, check] of Object.entries(checks)) {
        const name = `${client} → ${provider}: ${what}`;
        if (!name.includes(filter)) continue;
        const from = mock.seen.length;
        try {
          // A model of its own, so that nobody waits for what another line broke.
          await check({ client, model: make(`${provider}/mock-large-${count.ok + count.failed}`) });
          ++count.ok;
          console.log(`ok       ${name}`);
        } catch (error) {
          ++count.failed;
          const refused = mock.since(from).find((entry) => entry.refused)?.refused;
          console.log(`FAILED   ${name}: ${error.message.slice(0, 600)}${refused ? `; the mock refused: ${refused}` : ""}`);
        }
      }
    }
  }
} finally {
  child.kill("SIGTERM");
}
const { code } = await child.ended;
mock.close();
workspace.remove();
console.log(`${count.ok} ok, ${count.failed} failed`);
process.exit(code !== 0 || count.failed ? 1 : 0);
