// A provider that speaks all three dialects as the vendors publish them, strictly: what a vendor would refuse is refused in
// the vendor's words. What it answers stands in the prompt, one line a step of the turn, parts of a step after " ;; ":
//
//   mock: think Let me look. ;; call get_weather {"city": "Oslo"} ;; call get_time {"zone": "CET"}
//   mock: say It rains.
//
// The step is the number of assistant turns since that message. Parts: `say TEXT`, `think TEXT`, `call TOOL JSON`,
// `freeform TOOL TEXT` (\n for a new line), `stop length|refusal`, `fault NAME [xN|@MODEL]` (only the first N times; only for a model). Without a
// step it says hello, or what the tools said. The names of the faults are the keys of `faults` below, and any HTTP status.
//
//   node mock_upstream.mjs [--port N] [--record FILE] [--key KEY]      then  GET /mock/seen, DELETE /mock/seen
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createPlainServer } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { Refusal, facts } from "./mock_checks.mjs";
import { freshId, writers } from "./mock_replies.mjs";

const dialectOf = (path) =>
  ({ "/v1/chat/completions": "chat", "/v1/responses": "responses", "/v1/messages": "messages" })[path];

// --- what is asked for ------------------------------------------------------------------------------------------------

function part(text) {
  const [, verb, rest] = /^ *(\w+) ?([^]*)$/.exec(text) ?? [];
  const [, name, value] = /^(\S+)\s*([^]*)$/.exec(rest ?? "") ?? [];
  switch (verb) {
    case "say":
      return { kind: "text", text: rest };
    case "think":
      return { kind: "thinking", text: rest };
    case "call":
      return { kind: "call", name, input: JSON.parse(value || "{}") };
    case "freeform":
      return { kind: "call", freeform: true, name, input: value.replaceAll("\\n", "\n") };
    case "stop":
      return { stop: name };
    case "fault":
      return value.startsWith("@")
        ? { fault: name, model: value.slice(1), times: Infinity }
        : { fault: name, times: value ? Number(value.slice(1)) : Infinity };
    default:
      throw new Refusal(400, "invalid_request_error", `the mock knows no step '${text}'`);
  }
}

/** The steps that stand in a text; [] for none. */
export function steps(text) {
  // By hand: to a regular expression U+2028 ends a line, too.
  return text
    .split("\n")
    .map((line) => line.trimStart())
    .filter((line) => line.startsWith("mock: "))
    .map((line) => line.slice("mock: ".length).split(" ;; ").map(part));
}

/** A value that a JSON schema allows. */
function example(schema, name = "value") {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return example(schema.anyOf[0], name);
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, each]) => [key, example(each, key)]),
      );
    case "array":
      return [example(schema.items ?? {}, name)];
    case "integer":
      return schema.minimum ?? 3;
    case "number":
      return schema.minimum ?? 1.5;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return `mock ${name}`;
  }
}

function replyTo(asked, model, counts) {
  const script = asked.script.length ? asked.script[asked.step] : undefined;
  const reply = { blocks: [], stop: null, fault: null };
  for (const each of script ?? []) {
    if (each.fault && each.model && each.model !== model) continue;
    if (each.fault) {
      const key = createHash("sha256").update(`${model} ${asked.scriptText}`).digest("hex") + each.fault;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count <= each.times) reply.fault = each.fault;
    } else if (each.stop) reply.stop = each.stop;
    else if (each.kind === "call") {
      // A gateway may have put a namespace before the name. A side request about the same prompt (a title, a summary) has
      // no tools: it gets words.
      const known =
        asked.tools.find((tool) => tool.name === each.name) ??
        asked.tools.find(
          (tool) => tool.name.endsWith(each.name) && /[^a-zA-Z]$/.test(tool.name.slice(0, -each.name.length)),
        );
      if (!known) continue;
      const call = { ...each, name: known.name, namespace: known.namespace };
      // Free text for a tool that takes arguments: it is the first of them.
      if (each.freeform && !known.freeform)
        Object.assign(call, {
          freeform: false,
          input: { [known.schema?.required?.[0] ?? "input"]: each.input },
        });
      reply.blocks.push(call);
    } else reply.blocks.push(each);
  }
  if (reply.blocks.length) return reply;
  const text = asked.schema
    ? JSON.stringify(example(asked.schema))
    : asked.forcedTool
      ? null
      : asked.toolResults.length
        ? `The tools said: ${asked.toolResults.join(" | ")}`
        : "Hello from the mock.";
  if (text !== null) reply.blocks.push({ kind: "text", text });
  else reply.blocks.push({ kind: "call", name: asked.forcedTool.name, input: example(asked.forcedTool.schema ?? {}) });
  return reply;
}

// --- what goes wrong --------------------------------------------------------------------------------------------------

const json = { "content-type": "application/json" };
const stream = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

/** What each vendor says with a status. */
const vendorErrors = {
  openai: {
    400: ["invalid_request_error", "Invalid request."],
    401: ["invalid_request_error", "Incorrect API key provided: mock.", "invalid_api_key"],
    403: ["invalid_request_error", "You are not allowed to sample from this model.", "access_denied"],
    404: [
      "invalid_request_error",
      "The model `mock` does not exist or you do not have access to it.",
      "model_not_found",
    ],
    413: ["invalid_request_error", "Request too large."],
    429: [
      "requests",
      "Rate limit reached for mock in organization org-mock on requests per min (RPM).",
      "rate_limit_exceeded",
    ],
    500: ["server_error", "The server had an error while processing your request. Sorry about that!"],
    503: ["server_error", "The server is currently overloaded with other requests. Sorry about that!"],
    529: ["server_error", "The server is currently overloaded with other requests. Sorry about that!"],
    window: [
      "invalid_request_error",
      "Your input exceeds the context window of this model. Please adjust your input and try again.",
      "context_length_exceeded",
    ],
    policy: ["invalid_request_error", "Your request was rejected by the safety system.", "content_policy_violation"],
  },
  anthropic: {
    400: ["invalid_request_error", "Invalid request."],
    401: ["authentication_error", "invalid x-api-key"],
    403: ["permission_error", "Your API key does not have permission to use the specified resource."],
    404: ["not_found_error", "model: mock"],
    413: ["request_too_large", "Request exceeds the maximum size"],
    429: ["rate_limit_error", "This request would exceed your account's rate limit. Please try again later."],
    500: ["api_error", "Internal server error"],
    503: ["api_error", "Service unavailable"],
    529: ["overloaded_error", "Overloaded"],
    window: ["invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
    policy: ["invalid_request_error", "Output blocked by content filtering policy"],
  },
};

export function vendorError(dialect, status) {
  const known = vendorErrors[dialect === "messages" ? "anthropic" : "openai"];
  const [type, message, code] = known[status] ?? known[status >= 500 ? 500 : 400];
  return { type, message, code };
}

function sendError(to, status, headers = {}, what = status) {
  to.entry.status = status;
  to.response.writeHead(status, { ...json, "request-id": freshId("req_"), ...headers });
  to.response.end(JSON.stringify(to.writer.error(status, vendorError(to.dialect, what))));
}
const eventsOf = (to) => [...to.writer.events(to.body, to.reply)];
const half = (list) => list.slice(0, Math.max(2, Math.ceil(list.length / 2)));
/** Sends what there is to send before the fault, and only then goes on. */
const flushed = (to, text) => new Promise((resolve) => to.response.write(text, resolve)).then(() => pause(5));

export const faults = {
  "429-seconds": (to) => sendError(to, 429, { "retry-after": "1" }),
  "429-date": (to) => sendError(to, 429, { "retry-after": new Date(Date.now() + 2000).toUTCString() }),
  overloaded: (to) => sendError(to, 529),
  window: (to) => sendError(to, 400, {}, "window"),
  policy: (to) => sendError(to, 400, {}, "policy"),
  "big-error": (to) => {
    to.entry.status = 500;
    to.response.writeHead(500, json);
    to.response.end(JSON.stringify(to.writer.error(500, { type: "api_error", message: "x".repeat(10 << 20) })));
  },
  /** The connection is gone before a byte of the head. */
  "reset-before": (to) => to.socket.resetAndDestroy(),
  "reset-head": async (to) => {
    await new Promise((resolve) => to.socket.write("HTTP/1.1 200 OK\r\ncontent-ty", resolve));
    await pause(5);
    to.socket.resetAndDestroy();
  },
  "reset-body": async (to) => {
    const text = Buffer.from(JSON.stringify(to.writer.whole(to.body, to.reply)));
    to.response.writeHead(200, { ...json, "content-length": text.length });
    await flushed(to, text.subarray(0, text.length / 2));
    to.socket.resetAndDestroy();
  },
  "reset-events": async (to) => {
    to.response.writeHead(200, stream);
    await flushed(to, half(eventsOf(to)).join(""));
    to.socket.resetAndDestroy();
  },
  /** The stream ends in order, but without its last events. */
  "cut-events": async (to) => {
    to.response.writeHead(200, stream);
    await flushed(to, half(eventsOf(to)).join(""));
    to.response.end();
  },
  "stall-head": () => {},
  stall: (to) => {
    to.response.writeHead(200, stream);
    to.response.write(half(eventsOf(to)).join(""));
  },
  drip: async (to, options) => {
    const whole = !to.body.stream;
    const text = whole ? JSON.stringify(to.writer.whole(to.body, to.reply)) : eventsOf(to).join("");
    to.response.writeHead(200, whole ? json : stream);
    for (const byte of Buffer.from(text)) {
      if (to.response.destroyed) return;
      to.response.write(Buffer.from([byte]));
      if (options.dripMs === 0) await nextTurn();
      else await pause(options.dripMs ?? 1000);
    }
    to.response.end();
  },
  slow: async (to) => {
    to.response.writeHead(200, stream);
    for (const event of eventsOf(to)) {
      if (to.response.destroyed) return;
      to.response.write(event);
      await pause(50);
    }
    to.response.end();
  },
  "bad-json": (to) => {
    to.response.writeHead(200, json);
    to.response.end(JSON.stringify(to.writer.whole(to.body, to.reply)).slice(0, -20));
  },
  "bad-sse": async (to) => {
    const events = eventsOf(to);
    const begun = half(events);
    to.response.writeHead(200, stream);
    await flushed(to, begun.join(""));
    to.response.end([events[begun.length].slice(0, -12) + "\n\n", ...events.slice(begun.length + 1)].join(""));
  },
  "wrong-type": (to) => {
    to.response.writeHead(200, { "content-type": "text/html" });
    to.response.end("<html><body>Sign in to the hotel's network</body></html>");
  },
  "midstream-error": async (to) => {
    to.response.writeHead(200, stream);
    await flushed(to, half(eventsOf(to)).join(""));
    to.response.end(to.writer.errorEvent(vendorError(to.dialect, 529), to.body));
  },
  /** The error comes as the stream's first event, after a status of 200. */
  "early-error": (to) => {
    to.response.writeHead(200, stream);
    to.response.end(to.writer.errorEvent(vendorError(to.dialect, 529), to.body));
  },
};

// --- the server -------------------------------------------------------------------------------------------------------

function decoded(bytes, encoding) {
  switch (encoding) {
    case undefined:
    case "identity":
      return bytes;
    case "gzip":
      return zlib.gunzipSync(bytes);
    case "deflate":
      return zlib.inflateSync(bytes);
    case "br":
      return zlib.brotliDecompressSync(bytes);
    case "zstd":
      if (zlib.zstdDecompressSync) return zlib.zstdDecompressSync(bytes);
  }
  throw new Refusal(415, "invalid_request_error", `Unsupported content encoding: ${encoding}`);
}

const tiers = ["mock-large", "mock-small"];
function models(anthropic) {
  const data = tiers.map((id) =>
    anthropic
      ? { type: "model", id: `claude-${id}`, display_name: id, created_at: "2026-01-01T00:00:00Z" }
      : { id, object: "model", created: 1767225600, owned_by: "mock" },
  );
  return anthropic
    ? { data, has_more: false, first_id: data[0].id, last_id: data.at(-1).id }
    : { object: "list", data };
}

function checkKey(headers, dialect, key) {
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  const given = dialect === "messages" ? (headers["x-api-key"] ?? bearer) : bearer;
  if (!given)
    throw dialect === "messages"
      ? new Refusal(401, "authentication_error", "x-api-key header is required")
      : new Refusal(401, "invalid_request_error", "You didn't provide an API key.");
  if (key && given !== key)
    throw new Refusal(401, ...(({ type, message, code }) => [type, message, null, code])(vendorError(dialect, 401)));
}

/** Starts it on a free port of the loopback. `key`: the only one taken; `record`: a file for what was asked. */
export async function startMock(options = {}) {
  const seen = [];
  const counts = new Map();
  const known = { responses: new Set(), items: new Set() };

  async function answer(request, response, bytes) {
    const path = request.url.split("?")[0];
    const entry = {
      n: seen.length + 1,
      method: request.method,
      path: request.url,
      headers: request.headers,
      dialect: dialectOf(path),
    };
    const dialect = entry.dialect ?? (path === "/v1/messages/count_tokens" ? "messages" : "chat");
    const to = { entry, request, response, socket: request.socket, dialect, writer: writers[dialect] };
    entry.done = new Promise((resolve) =>
      response.on("close", () => {
        entry.cutShort = !response.writableFinished;
        entry.status ??= response.statusCode;
        if (options.record) appendFileSync(options.record, JSON.stringify({ ...entry, done: undefined }) + "\n");
        resolve();
      }),
    );
    seen.push(entry);
    try {
      const text = decoded(bytes, request.headers["content-encoding"]).toString();
      if (request.method === "HEAD" || path === "/") return void response.writeHead(200).end();
      if (request.method === "GET" && path === "/v1/models")
        return void response.writeHead(200, json).end(JSON.stringify(models("anthropic-version" in request.headers)));
      if (request.method !== "POST" || !(entry.dialect || path.endsWith("/count_tokens"))) {
        entry.unknown = true;
        entry.body = text;
        throw new Refusal(
          404,
          dialect === "messages" ? "not_found_error" : "invalid_request_error",
          `Invalid URL (${request.method} ${path})`,
        );
      }
      try {
        to.body = entry.body = JSON.parse(text);
      } catch {
        throw new Refusal(400, "invalid_request_error", "We could not parse the JSON body of your request.");
      }
      checkKey(request.headers, dialect, options.key);
      const asked = facts(dialect, request.headers, to.body, {
        known,
        steps,
        counting: !entry.dialect,
      });
      if (!entry.dialect)
        return void response.writeHead(200, json).end(JSON.stringify({ input_tokens: Math.ceil(text.length / 4) }));
      /** What of a reply may be referred to later. */
      const keep = (written) => {
        for (const [id] of written.matchAll(/resp_[0-9a-f]{24}/g)) known.responses.add(id);
        if (to.body.store === false) return;
        for (const [id] of written.matchAll(/(msg|rs|fc|ctc)_[0-9a-f]{24}/g)) known.items.add(id);
      };
      to.reply = replyTo(asked, to.body.model, counts);
      if (to.reply.fault) {
        entry.fault = to.reply.fault;
        if (faults[to.reply.fault]) return await faults[to.reply.fault](to, options);
        return sendError(to, Number(to.reply.fault));
      }
      const extra = { "request-id": freshId("req_"), "x-ratelimit-remaining-requests": "99" };
      if (to.body.stream) {
        response.writeHead(200, { ...stream, ...extra });
        for (const event of to.writer.events(to.body, to.reply)) {
          keep(event);
          response.write(event);
        }
        response.end();
      } else {
        const whole = to.writer.whole(to.body, to.reply);
        const text = JSON.stringify(whole);
        keep(text);
        response.writeHead(200, { ...json, ...extra }).end(text);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      entry.refused = error.message;
      response.writeHead(error.status, { ...json, "request-id": freshId("req_") });
      response.end(JSON.stringify(to.writer.error(error.status, error)));
    }
  }

  const server = createServer((request, response) => {
    const parts = [];
    request.on("error", () => {});
    response.on("error", () => {});
    request.on("data", (bytes) => parts.push(bytes));
    request.on("end", () => {
      if (request.url === "/mock/seen") {
        if (request.method === "DELETE") seen.length = 0;
        return response.writeHead(200, json).end(JSON.stringify(seen));
      }
      answer(request, response, Buffer.concat(parts)).catch((error) => {
        console.error(error);
        response.destroy();
      });
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));

  // A port that nobody listens on.
  const gone = createPlainServer();
  await new Promise((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const refusing = `http://127.0.0.1:${gone.address().port}`;
  await new Promise((resolve) => gone.close(resolve));

  return {
    seen,
    origin: `http://127.0.0.1:${server.address().port}`,
    refusing,
    /** What was asked since `count` requests had been seen, without probes. */
    since: (count) => seen.slice(count).filter((entry) => entry.dialect),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const has = (name) => process.argv.includes(name);
  const mock = await startMock({
    port: has("--port") ? Number(option("--port")) : 0,
    record: has("--record") ? option("--record") : undefined,
    key: has("--key") ? option("--key") : undefined,
  });
  console.log(mock.origin);
}
