// The vendors' packages behind one form, so that one check serves all three endpoints. A request:
//   {model, system, history, tools, freeform, toolChoice, schema, thinking, maxTokens, stop, temperature}
// history: [{user: text | [text or {image: base64}]}, {reply}, {results: [{id, text, image}]}]. A reply:
//   {text, thinking, calls: [{id, name, input}], stop, usage, pieces, raw}.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const png = (data) => `data:image/png;base64,${data}`;
const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a freeform tool's
  }
};
const partsOf = (user, text, image) =>
  typeof user === "string" ? user : user.map((each) => (typeof each === "string" ? text(each) : image(each.image)));

export class Chat {
  static errors = OpenAI;
  dialect = "chat";

  constructor(base, key, headers) {
    this.client = new OpenAI({ baseURL: `${base}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
  }

  body({ model, system, history, tools, toolChoice, schema, thinking, maxTokens, stop, temperature }) {
    const messages = system ? [{ role: "system", content: system }] : [];
    for (const each of history) {
      if (each.reply) messages.push(each.reply.raw);
      else if (each.results)
        for (const { id, text } of each.results) messages.push({ role: "tool", tool_call_id: id, content: text });
      else
        messages.push({
          role: "user",
          content: partsOf(
            each.user,
            (text) => ({ type: "text", text }),
            (data) => ({ type: "image_url", image_url: { url: png(data) } }),
          ),
        });
    }
    return {
      model,
      messages,
      ...(tools ? { tools: tools.map((tool) => ({ type: "function", function: tool })) } : {}),
      ...(toolChoice ? { tool_choice: { type: "function", function: { name: toolChoice } } } : {}),
      ...(schema
        ? { response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } } }
        : {}),
      ...(thinking ? { reasoning_effort: "high" } : {}),
      ...(maxTokens ? { max_completion_tokens: maxTokens } : {}),
      ...(stop ? { stop } : {}),
      ...(temperature !== undefined ? { temperature } : {}),
    };
  }

  #reply(message, finish, usage, pieces) {
    return {
      text: message.content ?? "",
      thinking: message.reasoning_content ?? message.reasoning ?? "",
      calls: (message.tool_calls ?? []).map((call) => ({
        id: call.id,
        name: call.function.name,
        input: parsed(call.function.arguments),
      })),
      stop: { stop: "end", tool_calls: "calls", length: "length", content_filter: "refusal" }[finish],
      usage: usage && {
        input: usage.prompt_tokens - (usage.prompt_tokens_details?.cached_tokens ?? 0),
        cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
        output: usage.completion_tokens,
      },
      pieces,
      raw: {
        role: "assistant",
        content: message.content ?? null,
        ...(message.tool_calls?.length ? { tool_calls: message.tool_calls } : {}),
      },
    };
  }

  async whole(request) {
    const { data, response } = await this.client.chat.completions.create(this.body(request)).withResponse();
    const [choice] = data.choices;
    return { ...this.#reply(choice.message, choice.finish_reason, data.usage, 0), response };
  }

  async streamed(request, { signal, onPiece = () => {} } = {}) {
    const stream = this.client.chat.completions.stream(
      { ...this.body(request), stream_options: { include_usage: true } },
      { signal },
    );
    let pieces = 0;
    let thinking = "";
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta ?? {};
      thinking += delta.reasoning_content ?? delta.reasoning ?? "";
      if (delta.content || delta.tool_calls?.[0]?.function?.arguments) onPiece(++pieces);
    }
    const done = await stream.finalChatCompletion();
    const [choice] = done.choices;
    const message = { ...choice.message, reasoning_content: thinking };
    // What the helper adds is nothing that the endpoint knows.
    message.tool_calls = choice.message.tool_calls?.map(({ id, type, function: call }) => ({
      id,
      type,
      function: { name: call.name, arguments: call.arguments },
    }));
    return this.#reply(message, choice.finish_reason, done.usage, pieces);
  }
}

export class Responses {
  static errors = OpenAI;
  dialect = "responses";

  constructor(base, key, headers) {
    this.client = new OpenAI({ baseURL: `${base}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
  }

  body({ model, system, history, tools, freeform, toolChoice, schema, thinking, maxTokens, temperature, previous }) {
    const input = [];
    for (const each of history) {
      if (each.reply) input.push(...each.reply.raw);
      else if (each.results)
        for (const { id, text, image, freeform: free } of each.results)
          input.push({
            type: free ? "custom_tool_call_output" : "function_call_output",
            call_id: id,
            output: image
              ? [
                  { type: "input_text", text },
                  { type: "input_image", image_url: png(image), detail: "auto" },
                ]
              : text,
          });
      else
        input.push({
          role: "user",
          content: partsOf(
            each.user,
            (text) => ({ type: "input_text", text }),
            (data) => ({ type: "input_image", image_url: png(data), detail: "auto" }),
          ),
        });
    }
    const offered = [
      ...(tools ?? []).map((tool) => ({ type: "function", strict: false, ...tool })),
      ...(freeform ?? []).map((tool) => ({ type: "custom", ...tool, format: { type: "text" } })),
    ];
    return {
      model,
      input,
      store: false,
      ...(previous ? { previous_response_id: previous } : {}),
      ...(system ? { instructions: system } : {}),
      ...(offered.length ? { tools: offered } : {}),
      ...(toolChoice ? { tool_choice: { type: "function", name: toolChoice } } : {}),
      ...(schema ? { text: { format: { type: "json_schema", name: "answer", strict: true, schema } } } : {}),
      ...(thinking ? { reasoning: { effort: "high", summary: "auto" }, include: ["reasoning.encrypted_content"] } : {}),
      ...(maxTokens ? { max_output_tokens: maxTokens } : {}),
      ...(temperature !== undefined ? { temperature } : {}),
    };
  }

  #reply(response, pieces) {
    const { output, usage } = response;
    const calls = output.filter((item) => /_call$/.test(item.type));
    return {
      id: response.id,
      text: output
        .filter((item) => item.type === "message")
        .flatMap((item) => item.content)
        .map((part) => part.text ?? part.refusal ?? "")
        .join(""),
      thinking: output
        .filter((item) => item.type === "reasoning")
        .flatMap((item) => [...item.summary, ...(item.content ?? [])])
        .map((part) => part.text)
        .join(""),
      calls: calls.map((item) => ({ id: item.call_id, name: item.name, input: parsed(item.arguments ?? item.input) })),
      stop:
        response.status === "incomplete"
          ? { max_output_tokens: "length", content_filter: "refusal" }[response.incomplete_details.reason]
          : response.status === "failed"
            ? "failed"
            : calls.length
              ? "calls"
              : "end",
      usage: usage && {
        input: usage.input_tokens - (usage.input_tokens_details?.cached_tokens ?? 0),
        cached: usage.input_tokens_details?.cached_tokens ?? 0,
        output: usage.output_tokens,
      },
      pieces,
      // The helper adds parsed_arguments and parsed, which the endpoint does not know.
      raw: output.map(({ parsed_arguments, ...item }) => ({
        ...item,
        ...(item.type === "message" ? { content: item.content.map(({ parsed: _, ...part }) => part) } : {}),
      })),
    };
  }

  async whole(request) {
    const { data, response } = await this.client.responses.create(this.body(request)).withResponse();
    return { ...this.#reply(data, 0), response };
  }

  async streamed(request, { signal, onPiece = () => {} } = {}) {
    const stream = await this.client.responses.create({ ...this.body(request), stream: true }, { signal });
    let pieces = 0;
    let last = null;
    for await (const event of stream) {
      if (/(output_text|arguments|tool_call_input)\.delta$/.test(event.type)) onPiece(++pieces);
      if (event.type === "error") throw new OpenAI.APIError(undefined, event, event.message, undefined);
      last = event;
    }
    if (signal?.aborted) throw new OpenAI.APIUserAbortError(); // the package ends such a stream without a word
    if (last?.type === "response.failed")
      throw new OpenAI.APIError(undefined, last.response.error, last.response.error.message, undefined);
    if (!["response.completed", "response.incomplete"].includes(last?.type))
      throw new Error(`the stream ended with ${last?.type}`);
    return this.#reply(last.response, pieces);
  }
}

export class Messages {
  static errors = Anthropic;
  dialect = "messages";

  constructor(base, key, headers) {
    this.client = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0, defaultHeaders: headers });
  }

  body({ model, system, history, tools, toolChoice, schema, thinking, maxTokens, stop, temperature }) {
    const image = (data) => ({ type: "image", source: { type: "base64", media_type: "image/png", data } });
    const messages = history.map((each) => {
      if (each.reply) return { role: "assistant", content: each.reply.raw };
      if (each.results)
        return {
          role: "user",
          content: each.results.map((result) => ({
            type: "tool_result",
            tool_use_id: result.id,
            content: result.image ? [{ type: "text", text: result.text }, image(result.image)] : result.text,
          })),
        };
      return { role: "user", content: partsOf(each.user, (text) => ({ type: "text", text }), image) };
    });
    return {
      model,
      messages,
      max_tokens: maxTokens ?? 4096,
      ...(system ? { system: [{ type: "text", text: system, cache_control: { type: "ephemeral" } }] } : {}),
      ...(tools ? { tools: tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })) } : {}),
      ...(toolChoice ? { tool_choice: { type: "tool", name: toolChoice } } : {}),
      ...(schema ? { output_config: { format: { type: "json_schema", schema } } } : {}),
      ...(thinking ? { thinking: { type: "enabled", budget_tokens: 2048 } } : {}),
      ...(stop ? { stop_sequences: stop } : {}),
      ...(temperature !== undefined ? { temperature } : {}),
    };
  }

  #reply({ content, stop_reason, usage }, pieces) {
    const all = (type, field) =>
      content
        .filter((block) => block.type === type)
        .map((block) => block[field])
        .join("");
    return {
      text: all("text", "text"),
      thinking: all("thinking", "thinking"),
      calls: content.filter((block) => block.type === "tool_use").map(({ id, name, input }) => ({ id, name, input })),
      stop: { end_turn: "end", tool_use: "calls", max_tokens: "length", refusal: "refusal" }[stop_reason],
      usage: { input: usage.input_tokens, cached: usage.cache_read_input_tokens ?? 0, output: usage.output_tokens },
      pieces,
      raw: content.map(({ parsed_output, ...block }) => block),
    };
  }

  async whole(request) {
    const { data, response } = await this.client.messages.create(this.body(request)).withResponse();
    return { ...this.#reply(data, 0), response };
  }

  async streamed(request, { signal, onPiece = () => {} } = {}) {
    const stream = this.client.messages.stream(this.body(request), { signal });
    let pieces = 0;
    for await (const event of stream)
      if (event.type === "content_block_delta" && /^(text|input_json)_delta$/.test(event.delta.type)) onPiece(++pieces);
    return this.#reply(await stream.finalMessage(), pieces);
  }
}
