// That the mock provider refuses what the vendors refuse, each in its words, and that the check of streams finds what is
// wrong with one. Without this the other tests could pass against a mock that takes everything.
import assert from "node:assert/strict";
import { streamFaults } from "./mock_checks.mjs";
import { signatureOf, writers } from "./mock_replies.mjs";
import { startMock } from "./mock_upstream.mjs";

const mock = await startMock({ key: "right" });
const paths = { chat: "/v1/chat/completions", responses: "/v1/responses", messages: "/v1/messages" };

async function post(dialect, body, headers = {}) {
  const response = await fetch(mock.origin + paths[dialect], {
    method: "POST",
    headers: { authorization: "Bearer right", "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  return { status: response.status, message: answer.error?.message ?? "", type: answer.error?.type, answer };
}

const user = { role: "user", content: "Hi" };
const call = {
  role: "assistant",
  content: null,
  tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }],
};
const said = (...content) => ({ role: "assistant", content });
const use = { type: "tool_use", id: "toolu_1", name: "f", input: {} };
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "done" };
const thought = { type: "thinking", thinking: "Hm.", signature: signatureOf("Hm.") };
const chat = (messages, more = {}) => ["chat", { model: "m", messages, ...more }];
const responses = (input, more = {}) => ["responses", { model: "m", input, ...more }];
const messages = (list, more = {}, headers = {}) => [
  "messages",
  { model: "m", max_tokens: 9, messages: list, ...more },
  headers,
];
const fc = { type: "function_call", call_id: "c1", name: "f", arguments: "{}" };
const fco = { type: "function_call_output", call_id: "c1", output: "done" };
const bad = { type: "object", properties: { a: { type: "string" } }, required: [] };

/** [what, the request, what the refusal says; null where it is taken]. */
const table = [
  ["chat: a plain request", chat([user]), null],
  ["chat: a call and its result", chat([user, call, { role: "tool", tool_call_id: "call_1", content: "x" }]), null],
  ["chat: no messages", chat(undefined), /Missing required parameter: 'messages'/],
  ["chat: no model", chat([user], { model: undefined }), /must provide a model/],
  ["chat: an unknown role", chat([{ role: "bot", content: "x" }]), /Invalid value: 'bot'/],
  [
    "chat: a part of another dialect",
    chat([{ role: "user", content: [{ type: "input_text", text: "x" }] }]),
    /Invalid value: 'input_text'/,
  ],
  [
    "chat: cache_control in a part",
    chat([{ role: "user", content: [{ type: "text", text: "x", cache_control: {} }] }]),
    /Unknown parameter/,
  ],
  ["chat: a call without its result", chat([user, call, user]), /did not have response messages: call_1/],
  [
    "chat: a result without its call",
    chat([user, { role: "tool", tool_call_id: "call_9", content: "x" }]),
    /must be a response to a preceeding message/,
  ],
  [
    "chat: an assistant that says nothing",
    chat([user, { role: "assistant", content: null }]),
    /expected a string, got null/,
  ],
  ["chat: thinking", chat([user], { thinking: {} }), /Unknown parameter: 'thinking'/],
  ["chat: tool_choice alone", chat([user], { tool_choice: "auto" }), /only allowed when 'tools' are specified/],
  ["chat: a flat tool", chat([user], { tools: [{ type: "function", name: "f" }] }), /tools\[0\]\.function/],
  [
    "chat: a tool's name with a dot",
    chat([user], { tools: [{ type: "function", function: { name: "a.b" } }] }),
    /does not match pattern/,
  ],
  ["chat: stream_options alone", chat([user], { stream_options: {} }), /only allowed when 'stream' is enabled/],
  [
    "chat: a temperature for gpt-5",
    chat([user], { model: "gpt-5.2", temperature: 0.7 }),
    /'temperature' does not support 0.7/,
  ],
  [
    "chat: max_tokens for gpt-5",
    chat([user], { model: "gpt-5.2", max_tokens: 9 }),
    /Use 'max_completion_tokens' instead/,
  ],
  [
    "chat: a loose strict schema",
    chat([user], { response_format: { type: "json_schema", json_schema: { name: "a", strict: true, schema: bad } } }),
    /'additionalProperties' is required/,
  ],
  [
    "chat: a picture that is none",
    chat([{ role: "user", content: [{ type: "image_url", image_url: { url: "AAAA" } }] }]),
    /valid URL/,
  ],
  ["responses: a plain request", responses("Hi"), null],
  ["responses: a call and its result", responses([user, fc, fco]), null],
  ["responses: messages", responses("Hi", { messages: [] }), /Unknown parameter: 'messages'/],
  ["responses: max_tokens", responses("Hi", { max_tokens: 9 }), /Unknown parameter: 'max_tokens'/],
  ["responses: no input", responses(undefined), /Missing required parameter: 'input'/],
  [
    "responses: input_text of an assistant",
    responses([{ role: "assistant", content: [{ type: "input_text", text: "x" }] }]),
    /Supported values are: 'output_text'/,
  ],
  ["responses: a call without its result", responses([user, fc]), /No tool output found for function call c1/],
  [
    "responses: a result without its call",
    responses([user, fco]),
    /No tool call found for function call output with call_id c1/,
  ],
  [
    "responses: a result of another kind",
    responses([user, { type: "custom_tool_call", call_id: "c1", name: "f", input: "" }, fco]),
    /No tool call found/,
  ],
  [
    "responses: another vendor's id",
    responses([user, { ...fc, id: "toolu_1" }, fco]),
    /Expected an ID that begins with 'fc'/,
  ],
  [
    "responses: sealed by somebody else",
    responses([user, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAAforeign" }, fc, fco]),
    /could not be verified/,
  ],
  [
    "responses: reasoning that is not stored",
    responses([user, { type: "reasoning", id: "rs_1", summary: [] }, fc, fco], { store: false }),
    /not found/,
  ],
  [
    "responses: a nested tool",
    responses("Hi", { tools: [{ type: "function", function: { name: "f" } }] }),
    /Missing required parameter: 'tools\[0\]\.name'/,
  ],
  [
    "responses: an unknown response",
    responses("Hi", { previous_response_id: "resp_no" }),
    /Previous response with id 'resp_no' not found/,
  ],
  [
    "responses: an item that was never made",
    responses([user, { type: "item_reference", id: "msg_no" }]),
    /Item with id 'msg_no' not found/,
  ],
  ["responses: too short", responses("Hi", { max_output_tokens: 3 }), /Expected a value >= 16/],
  ["messages: a plain request", messages([user]), null],
  [
    "messages: thought, call, result",
    messages([user, said(thought, use), { role: "user", content: [result] }], {
      max_tokens: 5000,
      thinking: { type: "enabled", budget_tokens: 1024 },
    }),
    null,
  ],
  ["messages: no max_tokens", messages([user], { max_tokens: undefined }), /max_tokens: Field required/],
  [
    "messages: a role of the others",
    messages([{ role: "developer", content: "x" }]),
    /Input should be 'user' or 'assistant'/,
  ],
  [
    "messages: system among them without its beta",
    messages([user, { role: "system", content: "x" }]),
    /Input should be 'user' or 'assistant'/,
  ],
  [
    "messages: an assistant first",
    messages([said({ type: "text", text: "x" }), user]),
    /first message must use the "user" role/,
  ],
  [
    "messages: an empty text",
    messages([{ role: "user", content: [{ type: "text", text: "" }] }]),
    /text content blocks must be non-empty/,
  ],
  [
    "messages: a part of another dialect",
    messages([{ role: "user", content: [{ type: "image_url", image_url: {} }] }]),
    /Input tag 'image_url'/,
  ],
  [
    "messages: a call without its result",
    messages([user, said(use), user]),
    /without `tool_result` blocks immediately after: toolu_1/,
  ],
  [
    "messages: a result behind text",
    messages([user, said(use), { role: "user", content: [{ type: "text", text: "x" }, result] }]),
    /without `tool_result` blocks/,
  ],
  ["messages: a result without its call", messages([{ role: "user", content: [result] }]), /unexpected `tool_use_id`/],
  [
    "messages: a call's id with a dot",
    messages([user, said({ ...use, id: "a.b" }), { role: "user", content: [{ ...result, tool_use_id: "a.b" }] }]),
    /should match pattern/,
  ],
  [
    "messages: signed by somebody else",
    messages([user, said({ ...thought, signature: "AAAA" }, { type: "text", text: "x" }), user]),
    /Invalid `signature` in `thinking` block/,
  ],
  [
    "messages: a call without the thought before it",
    messages([user, said(use), { role: "user", content: [result] }], {
      max_tokens: 5000,
      thinking: { type: "enabled", budget_tokens: 1024 },
    }),
    /Expected `thinking` or `redacted_thinking`/,
  ],
  [
    "messages: a budget too small",
    messages([user], { thinking: { type: "enabled", budget_tokens: 5 } }),
    /greater than or equal to 1024/,
  ],
  [
    "messages: a temperature with thinking",
    messages([user], { thinking: { type: "adaptive" }, temperature: 0.3 }),
    /may only be set to 1/,
  ],
  [
    "messages: context_management without its beta",
    messages([user], { context_management: {} }),
    /Extra inputs are not permitted/,
  ],
  ["messages: stream_options", messages([user], { stream_options: {} }), /stream_options: Extra inputs/],
  [
    "messages: five cache marks",
    messages([
      { role: "user", content: Array(5).fill({ type: "text", text: "x", cache_control: { type: "ephemeral" } }) },
    ]),
    /A maximum of 4 blocks/,
  ],
  [
    "messages: a tool without a schema",
    messages([user], { tools: [{ name: "f" }] }),
    /input_schema\.type: Field required/,
  ],
  ["messages: no version", messages([user], {}, { "anthropic-version": "" }), /anthropic-version: header is required/],
  ["messages: a wrong key", messages([user], {}, { authorization: "Bearer wrong" }), /invalid x-api-key/],
  [
    "responses: a wrong key",
    ["responses", { model: "m", input: "Hi" }, { authorization: "Bearer wrong" }],
    /Incorrect API key/,
  ],
];

for (const [what, request, words] of table) {
  const { status, message, answer } = await post(...request);
  if (words === null) assert.equal(status, 200, `${what}: ${message}`);
  else {
    assert.match(message, words, what);
    assert.ok(status >= 400 && status < 500, what);
    if (request[0] === "messages") assert.equal(answer.type, "error", what);
  }
}

// Streams: as they are made nothing is found; with one event gone, doubled or out of order something is.
const reply = {
  stop: null,
  blocks: [
    { kind: "thinking", text: "Hm, let me see." },
    { kind: "text", text: "Some words." },
    { kind: "call", name: "f", input: { a: "first" } },
    { kind: "call", name: "g", input: { a: "second" } },
  ],
};
let broken = 0;
for (const [dialect, writer] of Object.entries(writers)) {
  const request = { model: "m", stream_options: { include_usage: true } };
  const events = [...writer.events(request, reply)];
  assert.deepEqual(streamFaults(dialect, events.join("")), [], dialect);
  // Without these a stream is wrong. Some events say a second time what others have said: without them it is only poorer.
  const needed = {
    chat: /"role":|"id":"call_|"finish_reason":"|\[DONE\]/,
    responses: /^event: response\.(created|completed|output_item\.|content_part\.|reasoning_summary_part\.)/,
    messages: /^event: (message_|content_block_st)/,
  }[dialect];
  events.forEach((event, at) => {
    if (!needed.test(event)) return;
    ++broken;
    assert.notDeepEqual(
      streamFaults(dialect, events.filter((_, place) => place !== at).join("")),
      [],
      `${dialect} without ${event}`,
    );
  });
}
for (const text of ["", "data: {\n\n", ": ping\n\n", "event: message_start\ndata: {}\n\n"])
  for (const dialect of Object.keys(writers)) assert.notDeepEqual(streamFaults(dialect, text), [], text);

mock.close();
console.log(`${table.length} requests, ${broken} broken streams: all as promised`);
