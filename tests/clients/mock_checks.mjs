// What the vendors refuse, in their words, and what the mock reads out of a request. The lists of members and of types are
// the published ones: a member that a vendor does not know is a 400, as it is there, so that nothing leaks from one dialect
// into another unseen.
import { encryptedOf, signatureOf } from "./mock_replies.mjs";

export class Refusal extends Error {
  constructor(status, type, message, param = null, code = null) {
    super(message);
    Object.assign(this, { status, type, param, code });
  }
}

const refuse = (message, param, code) => {
  throw new Refusal(400, "invalid_request_error", message, param, code);
};
const quoted = (names) => {
  const all = names.map((name) => `'${name}'`);
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")}, and ${all.at(-1)}`;
};
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const kind = (value) =>
  value === null ? "null" : Array.isArray(value) ? "an array" : isObject(value) ? "an object" : `a ${typeof value}`;
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

// --- OpenAI, both -----------------------------------------------------------------------------------------------------

const reasons = (model) => /^(gpt-5|o\d)/.test(model);

function onlyKnown(body, known) {
  for (const name of Object.keys(body))
    if (!known.has(name)) refuse(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
}

function text(value, param) {
  if (typeof value !== "string")
    refuse(`Invalid type for '${param}': expected a string, but got ${kind(value)} instead.`, param, "invalid_type");
}

function oneOf(value, names, param) {
  if (!names.includes(value))
    refuse(`Invalid value: '${value}'. Supported values are: ${quoted(names)}.`, param, "invalid_value");
}

function imageUrl(url, param) {
  text(url, param);
  if (!/^https?:\/\/|^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*$/.test(url))
    refuse(
      `Invalid '${param}'. Expected a valid URL or a base64-encoded data URL, but got a value without it.`,
      param,
      "invalid_value",
    );
}

/** What strict structured output asks of a schema. */
function strictSchema(schema, where, param) {
  const check = (each, context) => {
    if (!isObject(each)) return;
    const say = (what) =>
      refuse(`Invalid schema for ${where}: In context=(${context}), ${what}`, param, "invalid_json_schema");
    if (each.type === "object") {
      if (each.additionalProperties !== false)
        say("'additionalProperties' is required to be supplied and to be false.");
      for (const [name, property] of Object.entries(each.properties ?? {})) {
        if (!(each.required ?? []).includes(name))
          say(
            `'required' is required to be supplied and to be an array including every key in properties. Missing '${name}'.`,
          );
        check(property, `${context}'properties', '${name}'`);
      }
    }
    if (each.items) check(each.items, `${context}'items'`);
    for (const option of each.anyOf ?? []) check(option, `${context}'anyOf'`);
  };
  if (schema?.type !== "object")
    refuse(
      `Invalid schema for ${where}: schema must be a JSON Schema of 'type: "object"', got 'type: "${schema?.type}"'.`,
      param,
      "invalid_function_parameters",
    );
  check(schema, "");
}

function openAiSampling(body) {
  if (body.temperature !== undefined && body.temperature !== null) {
    if (reasons(body.model) && body.temperature !== 1)
      refuse(
        `Unsupported value: 'temperature' does not support ${body.temperature} with this model. Only the default (1) value is supported.`,
        "temperature",
        "unsupported_value",
      );
    if (!(body.temperature >= 0 && body.temperature <= 2))
      refuse(
        `Invalid 'temperature': decimal above maximum value. Expected a value <= 2.`,
        "temperature",
        "decimal_above_max_value",
      );
  }
  if (!body.model) refuse("you must provide a model parameter");
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

// --- Chat Completions -------------------------------------------------------------------------------------------------

const chatMembers = new Set(
  `model messages audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata
   modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_retention reasoning_effort
   response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools
   top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);
const chatParts = {
  system: ["text"],
  developer: ["text"],
  user: ["text", "image_url", "input_audio", "file"],
  assistant: ["text", "refusal"],
  tool: ["text"],
};

function chatContent(message, param) {
  const { role, content } = message;
  if (typeof content === "string") return;
  if (content === null || content === undefined) {
    if (role === "assistant" && (message.tool_calls || message.refusal || message.function_call)) return;
    refuse(`Invalid value for 'content': expected a string, got null.`, `${param}.content`);
  }
  if (!Array.isArray(content))
    refuse(
      `Invalid type for '${param}.content': expected one of a string or array of objects, but got ${kind(content)} instead.`,
      `${param}.content`,
      "invalid_type",
    );
  if (!content.length)
    refuse(
      `Invalid '${param}.content': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      `${param}.content`,
      "empty_array",
    );
  content.forEach((each, at) => {
    oneOf(each.type, chatParts[role], `${param}.content[${at}]`);
    if (each.type === "text") text(each.text, `${param}.content[${at}].text`);
    if (each.type === "image_url") imageUrl(each.image_url?.url, `${param}.content[${at}].image_url.url`);
    for (const name of Object.keys(each))
      if (name !== "type" && name !== each.type)
        refuse(
          `Unknown parameter: '${param}.content[${at}].${name}'.`,
          `${param}.content[${at}].${name}`,
          "unknown_parameter",
        );
  });
}

function chatTools(body) {
  if (!body.tools) {
    for (const name of ["tool_choice", "parallel_tool_calls"])
      if (body[name] !== undefined && body[name] !== "none")
        refuse(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, name);
    return;
  }
  if (!body.tools.length)
    refuse(
      `Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      "tools",
      "empty_array",
    );
  const names = new Set();
  body.tools.forEach((tool, at) => {
    oneOf(tool.type, ["function", "custom"], `tools[${at}].type`);
    const { name, parameters, strict } =
      tool[tool.type] ??
      refuse(`Missing required parameter: 'tools[${at}].${tool.type}'.`, `tools[${at}]`, "missing_required_parameter");
    if (!toolName.test(name ?? ""))
      refuse(
        `Invalid 'tools[${at}].${tool.type}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `tools[${at}].${tool.type}.name`,
        "invalid_value",
      );
    if (names.has(name)) refuse(`Tool names must be unique: '${name}'.`, `tools[${at}]`);
    names.add(name);
    if (parameters && parameters.type !== "object")
      refuse(
        `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${parameters.type}"'.`,
        `tools[${at}].function.parameters`,
        "invalid_function_parameters",
      );
    if (strict) strictSchema(parameters, `function '${name}'`, `tools[${at}].function.parameters`);
  });
  const forced = body.tool_choice?.function?.name;
  if (forced && !names.has(forced)) refuse(`Tool choice '${forced}' not found in 'tools' parameter.`, "tool_choice");
}

function chatMessages(body) {
  if (!Array.isArray(body.messages))
    refuse("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  if (!body.messages.length)
    refuse(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      "messages",
      "empty_array",
    );
  let open = []; // ids of calls that still need their result
  const unanswered = () =>
    refuse(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(", ")}`,
      "messages",
    );
  body.messages.forEach((message, at) => {
    const param = `messages[${at}]`;
    oneOf(message.role, Object.keys(chatParts), `${param}.role`);
    chatContent(message, param);
    if (message.role === "tool") {
      text(message.tool_call_id, `${param}.tool_call_id`);
      if (!open.includes(message.tool_call_id))
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${at}].role`,
        );
      open = open.filter((id) => id !== message.tool_call_id);
      return;
    }
    if (open.length) unanswered();
    for (const name of Object.keys(message))
      if (
        ![
          "role",
          "content",
          "name",
          "tool_calls",
          "refusal",
          "audio",
          "annotations",
          "function_call",
          "reasoning_content",
        ].includes(name)
      )
        refuse(`Unknown parameter: '${param}.${name}'.`, `${param}.${name}`, "unknown_parameter");
    if (message.tool_calls !== undefined) {
      if (message.role !== "assistant" || !message.tool_calls.length)
        refuse(
          `Invalid '${param}.tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
          `${param}.tool_calls`,
          "empty_array",
        );
      message.tool_calls.forEach((call, place) => {
        oneOf(call.type, ["function", "custom"], `${param}.tool_calls[${place}].type`);
        text(call.id, `${param}.tool_calls[${place}].id`);
        text(call.function?.name ?? call.custom?.name, `${param}.tool_calls[${place}].${call.type}.name`);
        text(call.function?.arguments ?? call.custom?.input, `${param}.tool_calls[${place}].${call.type}.arguments`);
        if (open.includes(call.id)) refuse(`Duplicate value for 'tool_call_id' of '${call.id}'`, param);
        open.push(call.id);
      });
    }
  });
  if (open.length) unanswered();
}

function checkChat(body) {
  onlyKnown(body, chatMembers);
  openAiSampling(body);
  chatMessages(body);
  chatTools(body);
  if (body.stream_options !== undefined && body.stream_options !== null && !body.stream)
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options");
  if (body.max_tokens !== undefined && reasons(body.model))
    refuse(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  if (body.reasoning_effort !== undefined) oneOf(body.reasoning_effort, efforts, "reasoning_effort");
  if (body.response_format) {
    oneOf(body.response_format.type, ["json_object", "json_schema", "text"], "response_format.type");
    if (body.response_format.type === "json_schema") {
      const { name, schema, strict } = body.response_format.json_schema ?? {};
      if (!toolName.test(name ?? ""))
        refuse(
          "Missing required parameter: 'response_format.json_schema.name'.",
          "response_format.json_schema.name",
          "missing_required_parameter",
        );
      if (strict) strictSchema(schema, `response_format '${name}'`, "response_format");
    }
  }
}

// --- Responses --------------------------------------------------------------------------------------------------------

const responsesMembers = new Set(
  `model input background client_metadata context_management conversation include instructions max_output_tokens
   max_tool_calls metadata parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning
   safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation
   user`.split(/\s+/),
);
const responsesParts = {
  user: ["input_text", "input_image", "input_file", "input_audio"],
  system: ["input_text", "input_image", "input_file"],
  developer: ["input_text", "input_image", "input_file"],
  assistant: ["output_text", "refusal"],
};
/** Each call, how its result is called, and what its ids begin with. */
const responsesCalls = {
  function_call: ["function_call_output", "fc", "function call"],
  custom_tool_call: ["custom_tool_call_output", "ctc", "custom tool call"],
  local_shell_call: ["local_shell_call_output", "lsh", "local shell call"],
  shell_call: ["shell_call_output", "sh", "shell call"],
  tool_search_call: ["tool_search_output", "tsc", "tool search call"],
};
const responsesResults = Object.fromEntries(
  Object.entries(responsesCalls).map(([call, [result, , words]]) => [result, { call, words }]),
);

function responsesContent(content, names, param) {
  if (typeof content === "string") return;
  if (!Array.isArray(content))
    refuse(
      `Invalid type for '${param}': expected one of an array of objects or string, but got ${kind(content)} instead.`,
      param,
      "invalid_type",
    );
  content.forEach((each, at) => {
    oneOf(each.type, names, `${param}[${at}]`);
    if (each.type.endsWith("_text")) text(each.text, `${param}[${at}].text`);
    if (each.type === "input_image" && !each.file_id) imageUrl(each.image_url, `${param}[${at}].image_url`);
  });
}

function notKept({ id }) {
  throw new Refusal(
    404,
    "invalid_request_error",
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    "input",
  );
}

function responsesInput(body, known) {
  const { input } = body;
  if (typeof input === "string") return;
  if (!Array.isArray(input)) {
    if (input === undefined && (body.previous_response_id || body.prompt)) return;
    refuse(
      input === undefined
        ? "Missing required parameter: 'input'."
        : `Invalid type for 'input': expected one of a string or array of input items, but got ${kind(input)} instead.`,
      "input",
      input === undefined ? "missing_required_parameter" : "invalid_type",
    );
  }
  const open = new Map(); // call_id → what it was
  let reasoning = null; // a reasoning item that still needs what it led to
  input.forEach((item, at) => {
    const param = `input[${at}]`;
    const type = item.type ?? (item.role ? "message" : undefined);
    const beginsWith = (prefix) => {
      if (item.id !== undefined && item.id !== null && !String(item.id).startsWith(prefix))
        refuse(
          `Invalid '${param}.id': '${item.id}'. Expected an ID that begins with '${prefix}'.`,
          `${param}.id`,
          "invalid_value",
        );
    };
    if (
      reasoning &&
      !(type in responsesCalls || ["reasoning", "web_search_call", "item_reference"].includes(type)) &&
      item.role !== "assistant"
    )
      refuse(`Item '${reasoning}' of type 'reasoning' was provided without its required following item.`, "input");
    if (type !== "reasoning") reasoning = null;
    if (type === "message") {
      oneOf(item.role, Object.keys(responsesParts), `${param}.role`);
      beginsWith("msg");
      responsesContent(item.content, responsesParts[item.role], `${param}.content`);
    } else if (type === "reasoning") {
      beginsWith("rs");
      if (!Array.isArray(item.summary))
        refuse(`Missing required parameter: '${param}.summary'.`, `${param}.summary`, "missing_required_parameter");
      if (item.encrypted_content === undefined || item.encrypted_content === null) {
        if (body.store === false || !known.responses.size) notKept(item);
      } else if (item.encrypted_content !== encryptedOf(item.id))
        refuse(
          `The encrypted content ${String(item.encrypted_content).slice(0, 8)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
          null,
          "invalid_encrypted_content",
        );
      reasoning = item.id;
    } else if (type === "item_reference") {
      if (!known.items.has(item.id)) notKept(item);
      if (item.id.startsWith("rs_")) reasoning = item.id;
    } else if (type in responsesCalls) {
      beginsWith(responsesCalls[type][1]);
      text(item.call_id, `${param}.call_id`);
      if (type === "function_call") text(item.arguments, `${param}.arguments`);
      if (type === "custom_tool_call") text(item.input, `${param}.input`);
      if (type === "function_call" || type === "custom_tool_call") text(item.name, `${param}.name`);
      open.set(item.call_id, type);
    } else if (type in responsesResults) {
      const { call, words } = responsesResults[type];
      text(item.call_id, `${param}.call_id`);
      if (open.get(item.call_id) !== call && !body.previous_response_id)
        refuse(`No tool call found for ${words} output with call_id ${item.call_id}.`, "input");
      open.delete(item.call_id);
      if (type !== "tool_search_output")
        responsesContent(item.output, ["input_text", "input_image", "input_file"], `${param}.output`);
    } else if (
      ![
        "web_search_call",
        "item_reference",
        "compaction",
        "compaction_summary",
        "compaction_trigger",
        "mcp_call",
        "additional_tools",
      ].includes(type)
    )
      oneOf(
        type,
        [
          "message",
          "reasoning",
          ...Object.keys(responsesCalls),
          ...Object.keys(responsesResults),
          "web_search_call",
          "item_reference",
          "compaction",
        ],
        param,
      );
  });
  for (const [id, type] of open) refuse(`No tool output found for ${responsesCalls[type][2]} ${id}.`, "input");
  if (reasoning)
    refuse(`Item '${reasoning}' of type 'reasoning' was provided without its required following item.`, "input");
}

const responsesToolTypes = [
  "function",
  "custom",
  "namespace",
  "web_search",
  "web_search_preview",
  "file_search",
  "code_interpreter",
  "image_generation",
  "mcp",
  "local_shell",
  "shell",
  "apply_patch",
  "tool_search",
  "computer_use_preview",
];

function responsesTools(tools, param, nested = false) {
  tools.forEach((tool, at) => {
    const here = `${param}[${at}]`;
    oneOf(tool.type, nested ? ["function", "custom"] : responsesToolTypes, `${here}.type`);
    if (!["function", "custom", "namespace"].includes(tool.type)) return;
    if (tool.name === undefined)
      refuse(`Missing required parameter: '${here}.name'.`, `${here}.name`, "missing_required_parameter");
    if (!toolName.test(tool.name))
      refuse(
        `Invalid '${here}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
        `${here}.name`,
        "invalid_value",
      );
    if (tool.type === "namespace") responsesTools(tool.tools, `${here}.tools`, true);
    if (tool.type !== "function") return;
    if (tool.parameters && tool.parameters.type !== "object")
      refuse(
        `Invalid schema for function '${tool.name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${tool.parameters.type}"'.`,
        `${here}.parameters`,
        "invalid_function_parameters",
      );
    if (tool.strict) strictSchema(tool.parameters, `function '${tool.name}'`, `${here}.parameters`);
  });
}

function checkResponses(body, known) {
  onlyKnown(body, responsesMembers);
  openAiSampling(body);
  if (body.previous_response_id && !known.responses.has(body.previous_response_id))
    refuse(
      `Previous response with id '${body.previous_response_id}' not found.`,
      "previous_response_id",
      "previous_response_not_found",
    );
  if (body.instructions !== undefined && body.instructions !== null) text(body.instructions, "instructions");
  responsesInput(body, known);
  if (body.tools) responsesTools(body.tools, "tools");
  if (body.max_output_tokens !== undefined && body.max_output_tokens !== null && body.max_output_tokens < 16)
    refuse(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${body.max_output_tokens} instead.`,
      "max_output_tokens",
      "integer_below_min_value",
    );
  if (body.reasoning) {
    for (const name of Object.keys(body.reasoning))
      if (!["effort", "summary", "generate_summary"].includes(name))
        refuse(`Unknown parameter: 'reasoning.${name}'.`, `reasoning.${name}`, "unknown_parameter");
    if (body.reasoning.effort) oneOf(body.reasoning.effort, efforts, "reasoning.effort");
  }
  const format = body.text?.format;
  if (format) {
    oneOf(format.type, ["json_object", "json_schema", "text"], "text.format.type");
    if (format.type === "json_schema") {
      if (!toolName.test(format.name ?? ""))
        refuse("Missing required parameter: 'text.format.name'.", "text.format.name", "missing_required_parameter");
      if (format.strict !== false)
        strictSchema(format.schema, `response_format '${format.name}'`, "text.format.schema");
    }
  }
}

// --- Messages ---------------------------------------------------------------------------------------------------------

const messagesMembers = new Set(
  `model messages max_tokens container inference_geo mcp_servers metadata output_config service_tier speed stop_sequences
   stream system temperature thinking tool_choice tools top_k top_p cache_control`.split(/\s+/),
);
/** Members that a beta brings along, and the beginning of the beta's name. */
const messagesBetas = {
  context_management: "context-management-",
  fallbacks: "server-side-fallback-",
  output_format: "structured-outputs-",
  safeguards: "dangerous-tool-use-",
};
const blocksOf = {
  user: ["text", "image", "document", "search_result", "tool_result", "container_upload", "mid_conv_system"],
  assistant: [
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "web_search_tool_result",
    "compaction",
  ],
  system: ["text", "tool_addition", "tool_removal"],
  tool_result: ["text", "image", "document", "search_result", "tool_reference"],
};

function messagesBlocks(content, allowed, where, state) {
  content.forEach((block, at) => {
    const here = `${where}.${at}`;
    if (!allowed.includes(block?.type))
      refuse(
        `${here}: Input tag '${block?.type}' found using 'type' does not match any of the expected tags: ${quoted(allowed).replace(", and ", ", ")}`,
      );
    if (block.cache_control && ++state.cached > 4)
      refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${state.cached}.`);
    switch (block.type) {
      case "text":
        if (typeof block.text !== "string") refuse(`${here}.text.text: Field required`);
        if (block.text === "") refuse(`${where.replace(/\.content$/, "")}: text content blocks must be non-empty`);
        break;
      case "thinking":
        if (block.signature === undefined) refuse(`${here}.thinking.signature: Field required`);
        // An empty text is how thinking comes that was not to be shown; its signature cannot be looked at here.
        if (block.thinking !== "" && block.signature !== signatureOf(block.thinking))
          refuse(`${here}: Invalid \`signature\` in \`thinking\` block`);
        break;
      case "image": {
        const { source } = block;
        if (!["base64", "url", "file"].includes(source?.type))
          refuse(
            `${here}.image.source: Input tag '${source?.type}' found using 'type' does not match any of the expected tags: 'base64', 'url', 'file'`,
          );
        if (source.type === "base64") {
          if (!["image/jpeg", "image/png", "image/gif", "image/webp"].includes(source.media_type))
            refuse(
              `${here}.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`,
            );
          if (!/^[A-Za-z0-9+/]+=*$/.test(source.data ?? ""))
            refuse(`${here}.image.source.base64.data: Invalid base64 data`);
        }
        break;
      }
      case "tool_use":
        if (!/^[a-zA-Z0-9_-]+$/.test(block.id ?? ""))
          refuse(`${here}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
        if (!isObject(block.input)) refuse(`${here}.tool_use.input: Input should be a valid dictionary`);
        break;
      case "tool_result":
        if (typeof block.tool_use_id !== "string") refuse(`${here}.tool_result.tool_use_id: Field required`);
        if (Array.isArray(block.content))
          messagesBlocks(block.content, blocksOf.tool_result, `${here}.tool_result.content`, state);
        else if (block.content !== undefined && typeof block.content !== "string")
          refuse(`${here}.tool_result.content: Input should be a valid string`);
        break;
    }
    const known = {
      text: ["text", "citations"],
      thinking: ["thinking", "signature"],
      tool_use: ["id", "name", "input", "caller"],
      tool_result: ["tool_use_id", "content", "is_error"],
      image: ["source"],
    }[block.type];
    for (const name of Object.keys(block))
      if (known && ![...known, "type", "cache_control"].includes(name))
        refuse(`${here}.${block.type}.${name}: Extra inputs are not permitted`);
  });
}

function messagesHistory(body, betas, state) {
  if (!Array.isArray(body.messages)) refuse("messages: Field required");
  if (!body.messages.length) refuse("messages: at least one message is required");
  const listOf = (message) => (Array.isArray(message?.content) ? message.content : []);
  let calls = []; // of the assistant message before
  let place = 0;
  body.messages.forEach((message, at) => {
    const where = `messages.${at}`;
    const systemToo = betas.includes("mid-conversation-");
    if (!["user", "assistant", ...(systemToo ? ["system"] : [])].includes(message.role))
      refuse(`${where}.role: Input should be 'user' or 'assistant'`);
    const { content, role } = message;
    if (at === 0 && role !== "user") refuse('messages: first message must use the "user" role');
    if (typeof content !== "string" && !Array.isArray(content))
      refuse(`${where}.content: Input should be a valid string or list`);
    if (!content.length && !(role === "assistant" && at === body.messages.length - 1))
      refuse(`${where}: all messages must have non-empty content except for the optional final assistant message`);
    if (Array.isArray(content)) messagesBlocks(content, blocksOf[role], `${where}.content`, state);
    if (role === "system") return;
    const results = listOf(message)
      .filter((block) => block.type === "tool_result")
      .map((block) => block.tool_use_id);
    if (role === "user") {
      const missing = calls.filter((id) => !results.includes(id));
      const leading = listOf(message)
        .slice(0, results.length)
        .every((block) => block.type === "tool_result");
      if (missing.length || (calls.length && !leading))
        refuse(
          `messages.${place}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${(missing.length ? missing : calls).join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
        );
      const foreign = results.find((id) => !calls.includes(id));
      if (foreign)
        refuse(
          `${where}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${foreign}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        );
      calls = [];
      return;
    }
    if (calls.length)
      refuse(
        `messages.${place}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${calls.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    place = at;
    calls = listOf(message)
      .filter((block) => block.type === "tool_use")
      .map((block) => block.id);
    if (new Set(calls).size !== calls.length) refuse(`${where}: \`tool_use\` ids must be unique`);
    const thinks = listOf(message)[0]?.type.endsWith("thinking");
    const last = body.messages.findLastIndex((each) => each.role === "assistant") === at;
    if (body.thinking?.type === "enabled" && last && calls.length && !thinks)
      refuse(
        `${where}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${listOf(message)[0]?.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
      );
  });
  if (calls.length)
    refuse(
      `messages.${place}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${calls.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
}

function checkMessages(body, headers, counting) {
  if (!headers["anthropic-version"]) refuse("anthropic-version: header is required");
  const betas = headers["anthropic-beta"] ?? "";
  for (const name of Object.keys(body)) {
    const beta = messagesBetas[name];
    if (!messagesMembers.has(name) && !(beta && betas.includes(beta)))
      refuse(`${name}: Extra inputs are not permitted`);
  }
  if (!body.model) refuse("model: Field required");
  if (!counting && body.max_tokens === undefined) refuse("max_tokens: Field required");
  if (body.max_tokens !== undefined && !(Number.isInteger(body.max_tokens) && body.max_tokens > 0))
    refuse("max_tokens: Input should be greater than or equal to 1");
  if (body.temperature !== undefined && !(body.temperature >= 0 && body.temperature <= 1))
    refuse("temperature: range: 0..1");
  const state = { cached: 0 };
  if (Array.isArray(body.system)) messagesBlocks(body.system, ["text"], "system", state);
  else if (body.system !== undefined && typeof body.system !== "string")
    refuse("system: Input should be a valid string or list");
  const names = new Set();
  (body.tools ?? []).forEach((tool, at) => {
    if (tool.cache_control && ++state.cached > 4)
      refuse(`A maximum of 4 blocks with cache_control may be provided. Found ${state.cached}.`);
    if (names.has(tool.name)) refuse("tools: Tool names must be unique.");
    names.add(tool.name);
    if (tool.type && tool.type !== "custom") return; // one of the vendor's own
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name ?? ""))
      refuse(`tools.${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    if (tool.input_schema?.type !== "object") refuse(`tools.${at}.custom.input_schema.type: Field required`);
    for (const name of Object.keys(tool))
      if (
        ![
          "type",
          "name",
          "description",
          "input_schema",
          "cache_control",
          "strict",
          "defer_loading",
          "eager_input_streaming",
          "input_examples",
          "allowed_callers",
        ].includes(name)
      )
        refuse(`tools.${at}.custom.${name}: Extra inputs are not permitted`);
  });
  if (body.tool_choice) {
    if (!["auto", "any", "tool", "none"].includes(body.tool_choice.type))
      refuse(
        `tool_choice: Input tag '${body.tool_choice.type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
      );
    if (!names.size) refuse("tool_choice: may only be specified while providing `tools`.");
    if (body.tool_choice.type === "tool" && !names.has(body.tool_choice.name))
      refuse(`Tool '${body.tool_choice.name}' not found in provided tools`);
  }
  const { thinking } = body;
  if (thinking) {
    if (!["enabled", "disabled", "adaptive"].includes(thinking.type))
      refuse(
        `thinking: Input tag '${thinking.type}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'`,
      );
    if (thinking.type === "enabled") {
      if (!(thinking.budget_tokens >= 1024))
        refuse("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
      if (!counting && body.max_tokens <= thinking.budget_tokens)
        refuse("`max_tokens` must be greater than `thinking.budget_tokens`.");
      if (["any", "tool"].includes(body.tool_choice?.type))
        refuse("Thinking may not be enabled when tool_choice forces tool use.");
    }
    if (thinking.type !== "disabled" && body.temperature !== undefined && body.temperature !== 1)
      refuse("`temperature` may only be set to 1 when thinking is enabled.");
  }
  messagesHistory(body, betas, state);
}

// --- what the mock goes by --------------------------------------------------------------------------------------------

const words = (content) =>
  typeof content === "string"
    ? content
    : (content ?? [])
        .map((part) => (/image/.test(part.type) ? "[image]" : (part.text ?? part.tool_name ?? "")))
        .join("\n");

/** The history in one form: {who: "user" | "assistant" | "result", text}. */
function history(dialect, body) {
  if (dialect === "responses") {
    const items = typeof body.input === "string" ? [{ role: "user", content: body.input }] : (body.input ?? []);
    return items.flatMap((item) => {
      if (item.type in responsesResults) return { who: "result", text: words(item.output ?? []) };
      if (item.type in responsesCalls || item.type === "reasoning" || item.role === "assistant")
        return { who: "assistant", text: "" };
      return item.role === "user" ? { who: "user", text: words(item.content) } : [];
    });
  }
  return body.messages.flatMap((message) => {
    if (message.role === "tool") return { who: "result", text: words(message.content) };
    if (message.role === "assistant") return { who: "assistant", text: words(message.content) };
    if (message.role !== "user") return [];
    const results = Array.isArray(message.content)
      ? message.content.filter((block) => block.type === "tool_result")
      : [];
    const rest = Array.isArray(message.content)
      ? message.content.filter((block) => block.type !== "tool_result")
      : message.content;
    return [
      ...results.map((block) => ({ who: "result", text: words(block.content) })),
      ...(rest.length ? [{ who: "user", text: words(rest) }] : []),
    ];
  });
}

function toolsOf(dialect, body) {
  return (body.tools ?? []).flatMap((tool) => {
    if (dialect === "chat") {
      const inner = tool[tool.type];
      return { name: inner.name, freeform: tool.type === "custom", schema: inner.parameters };
    }
    if (dialect === "messages") return { name: tool.name, schema: tool.input_schema };
    const one = (each, namespace) => ({
      name: each.name ?? each.type,
      freeform: each.type === "custom",
      schema: each.parameters,
      namespace,
    });
    return tool.type === "namespace" ? tool.tools.map((each) => one(each, tool.name)) : one(tool);
  });
}

/** Checks a request as its vendor would, and says what the mock needs of it. */
export function facts(dialect, headers, body, { known, steps, counting }) {
  if (!isObject(body)) refuse("We could not parse the JSON body of your request.");
  if (dialect === "chat") checkChat(body);
  else if (dialect === "responses") checkResponses(body, known);
  else checkMessages(body, headers, counting);

  const asked = { script: [], scriptText: "", step: 0, toolResults: [], tools: toolsOf(dialect, body) };
  let before = "";
  for (const { who, text: said } of history(dialect, body)) {
    if (who === "result") asked.toolResults.push(said);
    if (who === "assistant" && before !== "assistant") ++asked.step;
    if (who === "user") {
      const found = steps(said);
      if (found.length) Object.assign(asked, { script: found, scriptText: said, step: 0, toolResults: [] });
    }
    before = who;
  }
  const format =
    body.response_format?.json_schema ?? body.text?.format ?? body.output_config?.format ?? body.output_format;
  asked.schema = format?.schema;
  const forced = body.tool_choice?.function?.name ?? body.tool_choice?.name;
  const must = body.tool_choice === "required" || body.tool_choice?.type === "any";
  if (!asked.toolResults.length) asked.forcedTool = asked.tools.find((tool) => must || tool.name === forced);
  return asked;
}

// --- streams, as a client may expect them -----------------------------------------------------------------------------

/** Cuts a stream's text into {event, data}; a data that is JSON is parsed. */
export function parseStream(textOfStream) {
  return textOfStream
    .split(/\r?\n\r?\n/)
    .filter((block) => block.trim())
    .map((block) => {
      const lines = block.split(/\r?\n/);
      const field = (name) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
          .join("\n");
      const data = field("data");
      let value = data;
      try {
        value = JSON.parse(data);
      } catch {
        // `[DONE]`, or a comment
      }
      return { event: field("event"), data: value, comment: lines.every((line) => line.startsWith(":")) };
    })
    .filter((each) => !each.comment);
}

function chatFaults(events, fault) {
  if (events.at(-1)?.data !== "[DONE]") fault("the last event is not [DONE]");
  const chunks = events.slice(0, -1).map((each) => each.data);
  const ids = new Map();
  let finished = false;
  let calls = -1;
  let usages = 0;
  chunks.forEach((chunk, at) => {
    if (chunk.object !== "chat.completion.chunk") return fault(`chunk ${at} is a '${chunk.object}'`);
    if (chunk.id !== chunks[0].id || chunk.model !== chunks[0].model) fault(`chunk ${at} has another id or model`);
    if (chunk.usage) ++usages;
    for (const choice of chunk.choices) {
      if (finished) fault(`chunk ${at} has a choice after the finish_reason`);
      if (at === 0 && choice.delta.role !== "assistant") fault("the first delta says no role");
      for (const call of choice.delta.tool_calls ?? []) {
        if (call.index > calls + 1 || call.index < calls)
          fault(`chunk ${at}: tool call index ${call.index} after ${calls}`);
        if (call.index > calls) {
          if (!call.id || !call.type || !(call.function ?? call.custom)?.name)
            fault(`tool call ${call.index} begins without id, type or name`);
          ids.set(call.id, call.index);
        }
        calls = Math.max(calls, call.index);
      }
      if (choice.finish_reason) finished = true;
    }
    if (!chunk.choices.length && !chunk.usage) fault(`chunk ${at} is empty`);
  });
  if (!finished) fault("no finish_reason");
  if (ids.size !== calls + 1) fault("tool calls share an id");
  if (usages > 1) fault("usage came more than once");
}

const responsesPairs = {
  "response.content_part.added": "response.content_part.done",
  "response.reasoning_summary_part.added": "response.reasoning_summary_part.done",
};

function responsesFaults(events, fault) {
  let next = -1;
  const open = new Map();
  let items = 0;
  const done = [];
  const parts = new Map();
  events.forEach(({ event, data }, at) => {
    if (event !== data.type) fault(`event ${at}: named '${event}', type '${data.type}'`);
    if (!(data.sequence_number > next)) fault(`event ${at}: sequence number ${data.sequence_number} after ${next}`);
    next = data.sequence_number;
    if (at === 0 && data.type !== "response.created") fault("the stream does not begin with response.created");
    if (data.type === "response.output_item.added") {
      if (data.output_index !== items++) fault(`event ${at}: output_index ${data.output_index} is not the next`);
      open.set(data.output_index, { item: data.item, text: "" });
      return;
    }
    if (data.output_index === undefined) return;
    const at_ = open.get(data.output_index);
    if (!at_) return fault(`event ${at}: ${data.type} for an item that is not open`);
    if (data.item_id !== undefined && data.item_id !== at_.item.id) fault(`event ${at}: another item_id`);
    if (responsesPairs[data.type]) parts.set(data.output_index, responsesPairs[data.type]);
    if (parts.get(data.output_index) === data.type) parts.delete(data.output_index);
    if (data.type.endsWith(".delta")) {
      if (/output_text|summary_text|refusal/.test(data.type) && !parts.has(data.output_index))
        fault(`event ${at}: text outside a part`);
      at_.text += data.delta;
    }
    if (data.type === "response.output_item.done") {
      if (parts.has(data.output_index)) fault(`event ${at}: the item ends, its part does not`);
      const { item } = data;
      const whole =
        item.arguments ??
        item.input ??
        [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text ?? part.refusal).join("");
      if (whole !== at_.text) fault(`item ${data.output_index} is not the sum of its deltas`);
      if (item.id !== at_.item.id) fault(`item ${data.output_index} ends under another id`);
      open.delete(data.output_index);
      done.push(item);
    }
  });
  if (open.size) fault("an item does not end");
  const last = events.at(-1)?.data;
  if (!["response.completed", "response.incomplete", "response.failed"].includes(last?.type))
    fault(`the last event is '${last?.type}'`);
  else if (last.type !== "response.failed") {
    if (JSON.stringify(last.response.output.map((item) => item.id)) !== JSON.stringify(done.map((item) => item.id)))
      fault("the response's output is not its items");
    if (!last.response.usage) fault("no usage at the end");
  }
}

function messagesFaults(events, fault) {
  const heard = events.filter(({ data }) => data.type !== "ping");
  heard.forEach(({ event, data }) => event === data.type || fault(`named '${event}', type '${data.type}'`));
  const types = heard.map(({ data }) => data.type);
  if (types[0] !== "message_start") fault("the stream does not begin with message_start");
  if (types.at(-1) !== "message_stop" || types.at(-2) !== "message_delta")
    fault("the stream does not end with message_delta and message_stop");
  let next = 0;
  let open = null;
  const deltas = {
    text: ["text_delta", "citations_delta"],
    thinking: ["thinking_delta", "signature_delta"],
    tool_use: ["input_json_delta"],
    redacted_thinking: [],
  };
  let argumentsText = "";
  for (const { data } of heard) {
    if (data.type === "content_block_start") {
      if (open) fault(`block ${data.index} begins inside another`);
      if (data.index !== next++) fault(`block ${data.index} is not the next`);
      open = data;
      argumentsText = "";
      if (!deltas[data.content_block.type]) fault(`a block of type '${data.content_block.type}'`);
    } else if (data.type === "content_block_delta") {
      if (open?.index !== data.index) fault(`a delta for block ${data.index}, which is not open`);
      else if (!deltas[open.content_block.type].includes(data.delta.type))
        fault(`a ${data.delta.type} in a block of ${open.content_block.type}`);
      argumentsText += data.delta.partial_json ?? "";
    } else if (data.type === "content_block_stop") {
      if (open?.index !== data.index) fault(`block ${data.index} ends, which is not open`);
      if (open?.content_block.type === "tool_use" && argumentsText) {
        try {
          JSON.parse(argumentsText);
        } catch {
          fault(`block ${data.index}: its arguments are no JSON`);
        }
      }
      open = null;
    }
  }
  if (open) fault(`block ${open.index} does not end`);
  const final = heard.at(-2)?.data;
  if (!final?.delta?.stop_reason) fault("no stop_reason");
  if (!(final?.usage?.output_tokens >= 0)) fault("no usage in message_delta");
}

/** What is wrong with a finished stream; [] if nothing. */
export function streamFaults(dialect, textOfStream) {
  const found = [];
  try {
    ({ chat: chatFaults, responses: responsesFaults, messages: messagesFaults })[dialect](
      parseStream(textOfStream),
      (what) => found.push(what),
    );
  } catch (error) {
    found.push(`not such a stream: ${error.message}`);
  }
  return found;
}
