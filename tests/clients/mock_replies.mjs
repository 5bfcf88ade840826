// How the mock upstream answers in each dialect. A reply is a list of blocks,
//   {kind: "thinking", text}, {kind: "text", text}, {kind: "call", name, input} (input: an object, or free text),
// with a reason to stop; these functions write it whole, or as the events of a stream.
import { createHash } from "node:crypto";

let made = 0;
/** Ids that look like the vendors' and are the same in every run. */
export const freshId = (prefix) => `${prefix}${createHash("sha256").update(`id ${++made}`).digest("hex").slice(0, 24)}`;

/** What this mock signs its thinking with; anything else is somebody else's. */
export const signatureOf = (text) =>
  "Mock" + createHash("sha256").update(`signed ${text}`).digest("base64").repeat(3).replaceAll("=", "");
export const encryptedOf = (id) =>
  "gAAAAMock" + createHash("sha256").update(`sealed ${id}`).digest("base64url").repeat(3);

/** The same tokens in each vendor's classes: 600 fresh, 400 cached, 200 out, 50 of them reasoning. */
export const usage = {
  chat: {
    prompt_tokens: 1000,
    completion_tokens: 200,
    total_tokens: 1200,
    prompt_tokens_details: { cached_tokens: 400, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 50,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  },
  responses: {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 400 },
    output_tokens: 200,
    output_tokens_details: { reasoning_tokens: 50 },
    total_tokens: 1200,
  },
  messages: {
    input_tokens: 600,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 400,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: 200,
    service_tier: "standard",
  },
};

/** Small pieces that cut words, escapes and surrogate pairs' neighbours, as providers do. */
function pieces(text, size = 4) {
  const letters = [...text];
  const cut = [];
  for (let at = 0; at < letters.length; at += size) cut.push(letters.slice(at, at + size).join(""));
  return cut;
}
const asText = (input) => (typeof input === "string" ? input : JSON.stringify(input));
const data = (value) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value) => `event: ${value.type}\n${data(value)}`;

// --- Chat Completions -------------------------------------------------------------------------------------------------

const chatStop = (reply) =>
  reply.stop
    ? { length: "length", refusal: "content_filter" }[reply.stop]
    : reply.blocks.some(isCall)
      ? "tool_calls"
      : "stop";
const isCall = (block) => block.kind === "call";
const joined = (reply, kind) =>
  reply.blocks
    .filter((block) => block.kind === kind)
    .map((block) => block.text)
    .join("\n\n");

function chatCall(block) {
  const id = freshId("call_");
  return block.freeform
    ? { id, type: "custom", custom: { name: block.name, input: asText(block.input) } }
    : { id, type: "function", function: { name: block.name, arguments: asText(block.input) } };
}

export const chat = {
  whole(request, reply) {
    const calls = reply.blocks.filter(isCall).map(chatCall);
    const thinking = joined(reply, "thinking");
    const text = joined(reply, "text");
    return {
      id: freshId("chatcmpl-"),
      object: "chat.completion",
      created: 1795262400,
      model: `${request.model}-2025-11-13`,
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: text || null,
            ...(thinking ? { reasoning_content: thinking } : {}),
            ...(calls.length ? { tool_calls: calls } : {}),
            refusal: null,
            annotations: [],
          },
          logprobs: null,
          finish_reason: chatStop(reply),
        },
      ],
      usage: usage.chat,
      service_tier: "default",
      system_fingerprint: "fp_mock",
    };
  },

  *events(request, reply) {
    const withUsage = request.stream_options?.include_usage === true;
    const base = {
      id: freshId("chatcmpl-"),
      object: "chat.completion.chunk",
      created: 1795262400,
      model: `${request.model}-2025-11-13`,
      service_tier: "default",
      system_fingerprint: "fp_mock",
    };
    const chunk = (delta, finish_reason = null) =>
      data({
        ...base,
        choices: [{ index: 0, delta, logprobs: null, finish_reason }],
        ...(withUsage ? { usage: null } : {}),
      });
    yield chunk({ role: "assistant", content: "", refusal: null });
    let index = 0;
    for (const block of reply.blocks) {
      if (isCall(block)) {
        const call = chatCall(block);
        const at = index++;
        if (call.type === "custom") {
          yield chunk({ tool_calls: [{ index: at, ...call, custom: { name: block.name, input: "" } }] });
          for (const piece of pieces(call.custom.input))
            yield chunk({ tool_calls: [{ index: at, custom: { input: piece } }] });
          continue;
        }
        yield chunk({ tool_calls: [{ index: at, ...call, function: { name: block.name, arguments: "" } }] });
        for (const piece of pieces(call.function.arguments))
          yield chunk({ tool_calls: [{ index: at, function: { arguments: piece } }] });
      } else {
        const field = block.kind === "thinking" ? "reasoning_content" : "content";
        for (const piece of pieces(block.text)) yield chunk({ [field]: piece });
      }
    }
    yield chunk({}, chatStop(reply));
    if (withUsage) yield data({ ...base, choices: [], usage: usage.chat });
    yield "data: [DONE]\n\n";
  },

  error(status, reply) {
    return {
      error: { message: reply.message, type: reply.type, param: reply.param ?? null, code: reply.code ?? null },
    };
  },
  errorEvent(reply) {
    return data({ error: { message: reply.message, type: reply.type, param: null, code: reply.code ?? null } });
  },
};

// --- Responses --------------------------------------------------------------------------------------------------------

function responsesItem(block, request) {
  if (block.kind === "thinking") {
    const id = freshId("rs_");
    const sealed = (request.include ?? []).includes("reasoning.encrypted_content");
    return {
      id,
      type: "reasoning",
      summary: [{ type: "summary_text", text: block.text }],
      ...(sealed ? { encrypted_content: encryptedOf(id) } : {}),
    };
  }
  if (block.kind === "text")
    return {
      id: freshId("msg_"),
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: block.text, annotations: [], logprobs: [] }],
    };
  const call = {
    call_id: freshId("call_"),
    name: block.name,
    ...(block.namespace ? { namespace: block.namespace } : {}),
  };
  return block.freeform
    ? { id: freshId("ctc_"), type: "custom_tool_call", status: "completed", ...call, input: asText(block.input) }
    : { id: freshId("fc_"), type: "function_call", status: "completed", ...call, arguments: asText(block.input) };
}

function response(request, id) {
  return {
    id,
    object: "response",
    created_at: 1795262400,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: `${request.model}-2025-11-13`,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    service_tier: "default",
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: "text" }, verbosity: request.text?.verbosity ?? "medium" },
    tool_choice: request.tool_choice ?? "auto",
    tools: request.tools ?? [],
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? "disabled",
    usage: null,
  };
}

function ended(base, output, reply) {
  const incomplete = reply.stop && { length: "max_output_tokens", refusal: "content_filter" }[reply.stop];
  return {
    ...base,
    output,
    status: incomplete ? "incomplete" : "completed",
    incomplete_details: incomplete ? { reason: incomplete } : null,
    usage: usage.responses,
  };
}

export const responses = {
  whole(request, reply) {
    const base = response(request, freshId("resp_"));
    return ended(
      base,
      reply.blocks.map((block) => responsesItem(block, request)),
      reply,
    );
  },

  *events(request, reply) {
    let sequence_number = 0;
    const event = (type, more) => named({ type, sequence_number: sequence_number++, ...more });
    const base = response(request, freshId("resp_"));
    yield event("response.created", { response: base });
    yield event("response.in_progress", { response: base });
    const output = [];
    for (const block of reply.blocks) {
      const item = responsesItem(block, request);
      const output_index = output.length;
      const at = { item_id: item.id, output_index };
      const begun = { ...item, ...(item.status ? { status: "in_progress" } : {}) };
      if (item.type === "reasoning") {
        yield event("response.output_item.added", { output_index, item: { ...begun, summary: [] } });
        const part = { ...at, summary_index: 0 };
        yield event("response.reasoning_summary_part.added", {
          ...part,
          part: { type: "summary_text", text: "" },
        });
        for (const delta of pieces(block.text))
          yield event("response.reasoning_summary_text.delta", { ...part, delta });
        yield event("response.reasoning_summary_text.done", { ...part, text: block.text });
        yield event("response.reasoning_summary_part.done", { ...part, part: item.summary[0] });
      } else if (item.type === "message") {
        yield event("response.output_item.added", { output_index, item: { ...begun, content: [] } });
        const part = { ...at, content_index: 0 };
        yield event("response.content_part.added", { ...part, part: { ...item.content[0], text: "" } });
        for (const delta of pieces(block.text))
          yield event("response.output_text.delta", { ...part, delta, logprobs: [] });
        yield event("response.output_text.done", { ...part, text: block.text, logprobs: [] });
        yield event("response.content_part.done", { ...part, part: item.content[0] });
      } else {
        const [field, kind] =
          item.type === "function_call"
            ? ["arguments", "function_call_arguments"]
            : ["input", "custom_tool_call_input"];
        yield event("response.output_item.added", { output_index, item: { ...begun, [field]: "" } });
        for (const delta of pieces(item[field])) yield event(`response.${kind}.delta`, { ...at, delta });
        yield event(`response.${kind}.done`, { ...at, [field]: item[field] });
      }
      yield event("response.output_item.done", { output_index, item });
      output.push(item);
    }
    const last = ended(base, output, reply);
    yield event(`response.${last.status}`, { response: last });
  },

  error: chat.error,
  errorEvent(reply, request) {
    const base = response(request, freshId("resp_"));
    const error = { code: reply.code ?? "server_error", message: reply.message };
    return named({
      type: "response.failed",
      sequence_number: 1000,
      response: { ...base, status: "failed", error },
    });
  },
};

// --- Messages ---------------------------------------------------------------------------------------------------------

function messagesBlock(block) {
  if (block.kind === "thinking") return { type: "thinking", thinking: block.text, signature: signatureOf(block.text) };
  if (block.kind === "text") return { type: "text", text: block.text };
  return { type: "tool_use", id: freshId("toolu_"), name: block.name, input: block.input };
}
const messagesStop = (reply) =>
  reply.stop
    ? { length: "max_tokens", refusal: "refusal" }[reply.stop]
    : reply.blocks.some(isCall)
      ? "tool_use"
      : "end_turn";

export const messages = {
  whole(request, reply) {
    return {
      id: freshId("msg_"),
      type: "message",
      role: "assistant",
      model: request.model,
      content: reply.blocks.map(messagesBlock),
      stop_reason: messagesStop(reply),
      stop_sequence: null,
      usage: usage.messages,
    };
  },

  *events(request, reply) {
    const start = { ...this.whole(request, { ...reply, blocks: [] }), stop_reason: null };
    yield named({ type: "message_start", message: { ...start, usage: { ...usage.messages, output_tokens: 1 } } });
    yield named({ type: "ping" });
    for (const [index, each] of reply.blocks.entries()) {
      const block = messagesBlock(each);
      const delta = (value) => named({ type: "content_block_delta", index, delta: value });
      if (block.type === "thinking") {
        yield named({
          type: "content_block_start",
          index,
          content_block: { ...block, thinking: "", signature: "" },
        });
        for (const thinking of pieces(block.thinking)) yield delta({ type: "thinking_delta", thinking });
        yield delta({ type: "signature_delta", signature: block.signature });
      } else if (block.type === "text") {
        yield named({ type: "content_block_start", index, content_block: { ...block, text: "" } });
        for (const text of pieces(block.text)) yield delta({ type: "text_delta", text });
      } else {
        yield named({ type: "content_block_start", index, content_block: { ...block, input: {} } });
        yield delta({ type: "input_json_delta", partial_json: "" });
        for (const partial_json of pieces(JSON.stringify(block.input)))
          yield delta({ type: "input_json_delta", partial_json });
      }
      yield named({ type: "content_block_stop", index });
    }
    yield named({
      type: "message_delta",
      delta: { stop_reason: messagesStop(reply), stop_sequence: null },
      usage: { ...usage.messages, output_tokens: 200 },
    });
    yield named({ type: "message_stop" });
  },

  error(status, reply) {
    return { type: "error", error: { type: reply.type, message: reply.message }, request_id: freshId("req_") };
  },
  errorEvent(reply) {
    return named({ type: "error", error: { type: reply.type, message: reply.message } });
  },
};

export const writers = { chat, responses, messages };
