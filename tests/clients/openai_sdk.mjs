// The published openai package against `tierctl serve`: whole and streamed, from a mock upstream and from the simulated
// provider; then what the store says of it.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { Workspace, mockUpstream } from "./support.mjs";

const upstream = await mockUpstream((body) => (body.model === "gpt-5" ? 529 : body.model === "gpt-5-mini" ? 400 : null));
const workspace = new Workspace(process.argv[2]);
workspace.write("llm.json", {
  llm: {
    providers: {
      openai: { apiType: "openai-chat", baseUrl: upstream.url, apiKey: { env: "MOCK_PROVIDER_KEY" } },
      sim: { apiType: "simulated" },
    },
  },
});
workspace.write("model-router.json", {
  modelRouter: {
    balancedModel: "openai/gpt-5.1",
    codingModel: "openai/gpt-5.2",
    dynamicTierEnabled: false,
    temperature: 0.7,
    fallbacks: { "openai/gpt-5": ["openai/gpt-5.1"] },
    retries: { attempts: 1 },
  },
});
const { child, address } = await workspace.serve({ MOCK_PROVIDER_KEY: "provider-secret" });

const client = (session) =>
  new OpenAI({
    baseURL: `${address}/v1`,
    apiKey: "client-secret",
    maxRetries: 0,
    defaultHeaders: { "X-Tierdeck-Session": session, "X-Tierdeck-Project": "shop" },
  });
const say = (text) => [{ role: "user", content: text }];
const decided = (response) =>
  ["tier", "tier-source", "model", "session", "turn"].map((name) => response.headers.get(`x-tierdeck-${name}`));

try {
  // Whole, from the mock.
  const whole = client("whole");
  const { data, response } = await whole.chat.completions
    .create({ model: "tier-coding", messages: say("Fix the loop.") })
    .withResponse();
  assert.equal(data.choices[0].message.content, "Hello from the mock.");
  assert.deepEqual(decided(response), ["coding", "declared", "openai/gpt-5.2", "whole", "1"]);
  const asked = upstream.seen.at(-1);
  assert.equal(asked.path, "/v1/chat/completions");
  assert.equal(asked.body.model, "gpt-5.2");
  assert.equal(asked.body.temperature, undefined, "gpt-5 models take no temperature");
  assert.equal(asked.headers.authorization, "Bearer provider-secret");
  assert.ok(!JSON.stringify(asked.headers).includes("client-secret"));
  assert.ok(!Object.keys(asked.headers).some((name) => name.startsWith("x-tierdeck-")));

  // Streamed, with and without usage.
  for (const includeUsage of [true, false]) {
    const stream = await client(`stream-${includeUsage}`).chat.completions.create({
      model: "auto",
      messages: say("Hello"),
      stream: true,
      ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
    });
    let text = "";
    let usages = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      if (chunk.usage) ++usages;
      if (!includeUsage) {
        assert.equal(chunk.choices.length, 1);
        assert.ok(!("usage" in chunk), "usage that was not asked for is hidden");
      }
    }
    assert.equal(text, "Hello from the mock.");
    assert.equal(usages, includeUsage ? 1 : 0);
    assert.equal(upstream.seen.at(-1).body.stream_options.include_usage, true);
  }

  // The simulated provider, both ways: the same answer for the same prompt.
  const simulated = client("simulated");
  const once = await simulated.chat.completions.create({ model: "sim/fast", messages: say("Tell me") });
  const helper = simulated.chat.completions.stream({ model: "sim/fast", messages: say("Tell me") });
  assert.equal(await helper.finalContent(), once.choices[0].message.content);
  assert.ok(once.usage.completion_tokens > 0);

  // A person routes; a fallback; a provider's refusal; a name that does not exist.
  const byUser = await client("user").chat.completions.create({ model: "auto", messages: say("/tier coding hello") }).withResponse();
  assert.deepEqual(decided(byUser.response).slice(0, 3), ["coding", "user", "openai/gpt-5.2"]);
  assert.equal(upstream.seen.at(-1).body.messages[0].content, "hello");
  const fallen = await client("fallback").chat.completions.create({ model: "openai/gpt-5", messages: say("hi") }).withResponse();
  assert.equal(fallen.response.headers.get("x-tierdeck-model"), "openai/gpt-5.1");
  await assert.rejects(
    client("refused").chat.completions.create({ model: "openai/gpt-5-mini", messages: say("hi") }),
    (error) => error instanceof OpenAI.BadRequestError && error.code === "mock_400",
  );
  await assert.rejects(
    client("unknown").chat.completions.create({ model: "tier-codign", messages: say("hi") }),
    (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found" && /coding/.test(error.message),
  );

  // An edit takes effect on the next request.
  workspace.run("set", "/modelRouter/codingModel", '"openai/gpt-5.1"');
  const edited = await client("edited").chat.completions.create({ model: "tier-coding", messages: say("again") }).withResponse();
  assert.equal(edited.response.headers.get("x-tierdeck-model"), "openai/gpt-5.1");

  const models = [];
  for await (const model of whole.models.list()) models.push(model.id);
  assert.ok(models.includes("tier-coding") && models.includes("claude-tier-deep") && models.includes("openai/gpt-5.1"));
} finally {
  child.kill("SIGTERM");
}
assert.equal((await child.ended).code, 0, child.errors);

// What the store says.
const { requests } = workspace.report("requests");
const of = (session) => requests.filter((request) => request.session === session);
const [request] = of("whole");
assert.deepEqual(
  [request.tier, request.tierSource, request.model, request.modelReturned, request.status, request.source, request.project],
  ["coding", "declared", "openai/gpt-5.2", "gpt-5.2-2025-11-13", "ok", "gateway", "shop"],
);
assert.deepEqual(
  [request.inputTokens, request.cachedInputTokens, request.outputTokens, request.reasoningTokens],
  [600, 400, 200, 50],
);
// 600 × 1.75 + 400 × 0.175 + 200 × 14 USD per million
assert.equal(request.costUsd, 0.00392);
assert.equal(request.messageId, "chatcmpl-mock-1");
for (const session of ["stream-true", "stream-false"]) {
  // 600 × 1.25 + 400 × 0.125 + 200 × 10 USD per million
  assert.equal(of(session)[0].costUsd, 0.0028);
  assert.equal(of(session)[0].tier, "balanced");
}
assert.deepEqual(of("simulated").map((each) => [each.simulated, each.costUsd]), [[true, 0], [true, 0]]);
assert.equal(of("fallback")[0].model, "openai/gpt-5.1");
assert.equal(of("unknown")[0].status, "error");
assert.equal(new Set(requests.map((each) => each.request)).size, requests.length);

const { turns } = workspace.report("turns");
const turn = turns.find((each) => each.session === "whole");
assert.deepEqual([turn.turn, turn.requests, turn.tiers, turn.costUsd, turn.unpricedRequests], [1, 1, { coding: 1 }, 0.00392, 0]);
const files = JSON.stringify(requests);
assert.ok(!files.includes("secret") && !files.includes("Hello from"), "no key and no reply in the store");

upstream.close();
workspace.remove();
console.log(`openai ${(await import("openai/version.mjs").catch(() => ({}))).VERSION ?? ""}: all as promised`);
