// A workspace with a gateway of its own, and a mock upstream that follows OpenAI's published formats.
import { spawn, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, mkdirSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Workspace {
  constructor(tierctl) {
    this.tierctl = tierctl;
    this.folder = mkdtempSync(join(tmpdir(), "tierdeck-client-"));
  }

  write(name, value) {
    mkdirSync(join(this.folder, "preferences"), { recursive: true });
    writeFileSync(join(this.folder, "preferences", name), JSON.stringify(value, null, 2) + "\n");
  }

  run(...args) {
    return execFileSync(this.tierctl, ["--workspace", this.folder, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  }

  report(what) {
    return JSON.parse(this.run("report", what, "--json"));
  }

  /** Starts `tierctl serve`; resolves with the address once it has printed it. */
  serve(environment = {}) {
    const child = spawn(this.tierctl, ["--workspace", this.folder, "serve", "--port", "0"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.errors = "";
    child.stderr.on("data", (data) => (child.errors += data));
    child.ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })));
    return new Promise((resolve, reject) => {
      child.stdout.on("data", (data) => {
        output += data;
        const found = /http:\/\/[0-9.:]+/.exec(output);
        if (found && output.includes("\n")) resolve({ child, address: found[0] });
      });
      child.ended.then(({ code }) => reject(new Error(`the gateway ended with ${code}: ${child.errors}`)));
    });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const usage = {
  prompt_tokens: 1000,
  completion_tokens: 200,
  total_tokens: 1200,
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens_details: { reasoning_tokens: 50 },
};

/** Answers Chat Completions; keeps what it was asked. `fail` may give a status for a request. */
export async function mockUpstream(fail = () => null) {
  const seen = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (data) => (text += data));
    request.on("end", () => {
      const body = JSON.parse(text);
      seen.push({ path: request.url, headers: request.headers, body });
      const status = fail(body);
      if (status) {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { message: "mock says no", type: "mock", code: `mock_${status}` } }));
        return;
      }
      const base = { id: `chatcmpl-mock-${seen.length}`, created: 1, model: `${body.model}-2025-11-13` };
      if (!body.stream) {
        const message = { role: "assistant", content: "Hello from the mock." };
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
          JSON.stringify({ ...base, object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage }),
        );
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      const withUsage = body.stream_options?.include_usage;
      const send = (choices, more = {}) =>
        response.write(
          `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices, ...(withUsage ? { usage: null } : {}), ...more })}\n\n`,
        );
      send([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]);
      for (const piece of ["Hello", " from", " the", " mock."])
        send([{ index: 0, delta: { content: piece }, finish_reason: null }]);
      send([{ index: 0, delta: {}, finish_reason: "stop" }]);
      if (withUsage) send([], { usage });
      response.end("data: [DONE]\n\n");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() };
}
