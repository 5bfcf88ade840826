// The real `claude`, `codex` and `opencode` command lines, in a network namespace that has only the loopback: first straight to the
// mock provider, which proves the mock, then through the gateway to a provider of each dialect. In each run the model has a
// file made by a shell command, one edited, one written, and a sub-agent at work.
//
//   node real_clients.mjs TIERCTL                       the test; exit 77 where it cannot be run
//   node real_clients.mjs TIERCTL --capture FOLDER      writes what the clients sent as fixtures, cleaned
//
// TIERDECK_REAL_CLIENTS=1 asks for it; TIERDECK_CLIENT_PACKAGES is the node_modules with the clients.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cleaner } from "./client_fixtures.mjs";
import { startMock } from "./mock_upstream.mjs";
import { Workspace } from "./support.mjs";

const skip = (why) => {
  console.log(`skipped: ${why}`);
  process.exit(77);
};
if (process.env.TIERDECK_REAL_CLIENTS !== "1") skip("the real clients run where TIERDECK_REAL_CLIENTS=1");
const packages =
  process.env.TIERDECK_CLIENT_PACKAGES ?? skip("TIERDECK_CLIENT_PACKAGES does not say where the clients are");
const version = (name) => JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")).version;
const [tierctl, ...options] = process.argv.slice(2);

// Once more, inside the namespace.
if (process.env.TIERDECK_INSIDE !== "1") {
  const up = "ip link set lo up 2>/dev/null || ifconfig lo up";
  if (spawnSync("unshare", ["-rn", "sh", "-c", up]).status !== 0)
    skip("a network namespace of one's own is not to be had here (unshare -rn, ip or ifconfig)");
  const inside = spawnSync(
    "unshare",
    ["-rn", "sh", "-c", `${up}; exec "$@"`, "sh", process.execPath, ...process.argv.slice(1)],
    {
      stdio: "inherit",
      env: { ...process.env, TIERDECK_INSIDE: "1" },
    },
  );
  process.exit(inside.status ?? 1);
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), "tierdeck-real-")));
const project = join(folder, "shop");
const home = join(folder, "home");

/** A project with one file and one skill, and a home without a past. */
function freshProject() {
  rmSync(project, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(project, ".claude", "skills", "refactor"), { recursive: true });
  mkdirSync(join(home, ".codex"), { recursive: true });
  mkdirSync(join(home, ".config", "opencode"), { recursive: true });
  writeFileSync(join(project, "a.txt"), "hello\n");
  writeFileSync(
    join(project, ".claude", "skills", "refactor", "SKILL.md"),
    "---\nname: refactor\ndescription: Tidies code without changing what it does.\ntier: coding\n---\nPlease keep every test green.\n",
  );
  // One red pixel.
  writeFileSync(
    join(project, "dot.png"),
    Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
      "base64",
    ),
  );
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", ...args], {
      cwd: project,
    });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "Begin");
}

const environment = {
  PATH: process.env.PATH,
  HOME: home,
  TMPDIR: folder,
  LANG: "C.UTF-8",
  TERM: "xterm",
  SHELL: "/bin/bash",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  DISABLE_AUTOUPDATER: "1",
  DO_NOT_TRACK: "1",
};

const run = (script, args, more, timeoutMs) =>
  runProgram(process.execPath, [join(packages, script), ...args], more, { timeoutMs });

/** Runs a client to its end; kills it and everything it started when that takes too long. */
function runProgram(program, args, more, { input = "", timeoutMs = 60_000 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: project,
      env: { ...environment, ...more },
      stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
      detached: true,
    });
    if (input) child.stdin.end(input);
    let output = "";
    let errors = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (errors += data));
    const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), timeoutMs);
    child.on("close", (code) => {
      clearTimeout(late);
      resolve({ code, output, errors });
    });
  });
}

const script = (lines) => ["Please do what follows.", ...lines.map((line) => `mock: ${line}`)].join("\n");

// --- Claude Code ------------------------------------------------------------------------------------------------------

const claudeTurn = script([
  'think Let me look around. ;; call Bash {"command":"echo made > made.txt","description":"Make a file"}',
  `call Read {"file_path":"${project}/a.txt"} ;; call Read {"file_path":"${project}/dot.png"}`,
  `call Edit {"file_path":"${project}/a.txt","old_string":"hello","new_string":"good evening"}`,
  `call Write {"file_path":"${project}/b.txt","content":"written\\n"}`,
  'call Skill {"skill":"refactor"}',
  `call Agent {"description":"Look around","subagent_type":"general-purpose","prompt":"${[
    "Please do your part.",
    'mock: call Bash {\\"command\\":\\"echo sub > sub.txt\\",\\"description\\":\\"Make another\\"}',
    "mock: say The sub-agent is done.",
  ].join("\\n")}"}`,
  "say All is done.",
  "say All is done.",
]);

async function claude(base, { prompt = claudeTurn, model = "claude-tier-balanced", more = {}, args = [] } = {}) {
  const { code, output, errors } = await run(
    "@anthropic-ai/claude-code/cli-wrapper.cjs",
    [
      "-p",
      prompt,
      "--model",
      model,
      "--allowedTools",
      "Bash,Edit,Write,Read,Agent,Skill,ToolSearch",
      "--output-format",
      "json",
      ...args,
    ],
    {
      ANTHROPIC_BASE_URL: base,
      ANTHROPIC_AUTH_TOKEN: "client-key",
      ANTHROPIC_CUSTOM_HEADERS: "X-Tierdeck-Project: shop",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      ...more,
    },
  );
  assert.equal(code, 0, `claude ended with ${code}: ${errors}${output}`);
  // Documents follow each other where the turn was taken up again by a sub-agent's news.
  const said = JSON.parse(output.trim().split("\n").at(-1));
  assert.equal(said.is_error, false, output);
  return { session: said.session_id, answer: said.result };
}

// --- Codex ------------------------------------------------------------------------------------------------------------

const patch = (...lines) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\\n");
const edits = ["*** Update File: a.txt", "@@", "-hello", "+good evening", "*** Add File: b.txt", "+written"];
const codexTurn = (known) =>
  script([
    'think Let me look around. ;; call exec_command {"cmd":"echo made > made.txt"}',
    'call exec_command {"cmd":"cat a.txt"} ;; call view_image {"path":"dot.png"}',
    // A model that Codex knows is offered a tool for patches; another gives them to the shell.
    known
      ? `freeform apply_patch ${patch(...edits)}`
      : `call exec_command ${JSON.stringify({ cmd: `apply_patch <<'E'\n${patch(...edits).replaceAll("\\n", "\n")}\nE` })}`,
    ...(known
      ? []
      : [
          `call spawn_agent {"message":"${[
            "Please do your part.",
            'mock: call exec_command {\\"cmd\\":\\"echo sub > sub.txt\\"}',
            "mock: say The sub-agent is done.",
          ].join("\\n")}"}`,
          // Until Codex's own log says that the sub-agent has ended.
          `call exec_command ${JSON.stringify({
            cmd: "until grep -rqs 'task_complet[e].*sub-agent is done' ~/.codex/sessions; do sleep 0.02; done; cat sub.txt",
          })}`,
        ]),
    "say All is done.",
    "say All is done.",
  ]);

async function codex(
  base,
  { model = "tier-coding", prompt = codexTurn(model !== "tier-coding"), args = [], timeoutMs } = {},
) {
  writeFileSync(
    join(home, ".codex", "config.toml"),
    `model = "${model}"
model_provider = "tierdeck"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.tierdeck]
name = "Tierdeck"
base_url = "${base}/v1"
env_key = "TIERDECK_TOKEN"
wire_api = "responses"
`,
  );
  const { code, output, errors } = await run(
    "@openai/codex/bin/codex.js",
    ["exec", "--json", "--dangerously-bypass-approvals-and-sandbox", ...args, prompt],
    { TIERDECK_TOKEN: "client-key" },
    timeoutMs,
  );
  assert.equal(code, 0, `codex ended with ${code}: ${errors}${output}`);
  const events = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const answers = events.filter((each) => each.item?.type === "agent_message" && each.type === "item.completed");
  return { session: events.find((each) => each.thread_id)?.thread_id, answer: answers.at(-1)?.item.text };
}

// --- OpenCode ---------------------------------------------------------------------------------------------------------

const openCodeTurn = script([
  'think Let me look around. ;; call bash {"command":"echo made > made.txt","description":"Make a file"}',
  `call read {"filePath":"${project}/a.txt"} ;; call read {"filePath":"${project}/dot.png"}`,
  `call edit {"filePath":"${project}/a.txt","oldString":"hello","newString":"good evening"}`,
  `call write {"filePath":"${project}/b.txt","content":"written\\n"}`,
  `call task ${JSON.stringify({
    description: "Look around",
    subagent_type: "general",
    prompt: [
      "Please do your part.",
      'mock: call bash {"command":"echo sub > sub.txt","description":"Make another"}',
      "mock: say The sub-agent is done.",
    ].join("\n"),
  })}`,
  "say All is done.",
]);

/** The program itself: what npm calls `opencode` is a stand-in until an install script has run. */
const openCodePackage = [`opencode-linux-${process.arch}-baseline`, `opencode-linux-${process.arch}`].find((name) =>
  existsSync(join(packages, name)),
);

async function openCode(base, { model = "tier-balanced" } = {}) {
  writeFileSync(
    join(home, ".config", "opencode", "opencode.json"),
    JSON.stringify({
      model: `opencode-tierdeck/${model}`,
      small_model: "opencode-tierdeck/tier-background",
      provider: {
        "opencode-tierdeck": {
          npm: "@ai-sdk/openai-compatible",
          name: "Tierdeck",
          options: {
            baseURL: `${base}/v1`,
            apiKey: "{env:TIERDECK_TOKEN}",
            headers: { "X-Tierdeck-Project": "shop" },
          },
          models: {
            [model]: { name: "Balanced", attachment: true, modalities: { input: ["text", "image"], output: ["text"] } },
            "tier-background": { name: "Background" },
          },
        },
      },
    }),
  );
  const { code, output, errors } = await runProgram(
    join(packages, openCodePackage, "bin", "opencode"),
    ["run", "--format", "json", "--auto"],
    {
      TIERDECK_TOKEN: "client-key",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_SHARE: "1",
    },
    // As an argument it would be put in quotes.
    { input: openCodeTurn },
  );
  assert.equal(code, 0, `opencode ended with ${code}: ${errors}${output}`);
  const events = output
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { session: events[0].sessionID, answer: events.findLast((each) => each.type === "text")?.part.text };
}

// --- what must be true ------------------------------------------------------------------------------------------------

const read = (name) => (existsSync(join(project, name)) ? readFileSync(join(project, name), "utf8") : null);

function checkProject({ subAgent }) {
  assert.deepEqual(
    [read("made.txt"), read("a.txt"), read("b.txt")?.trim(), read("sub.txt")],
    ["made\n", "good evening\n", "written", subAgent ? "sub\n" : null],
    "the model's tools did their work",
  );
}

const refused = (mock) =>
  mock.seen.filter((entry) => entry.refused || entry.unknown).map((entry) => `${entry.path}: ${entry.refused}`);

const providers = {
  messages: (mock) => ({ apiType: "anthropic", baseUrl: mock.origin, apiKey: { env: "MOCK_KEY" } }),
  responses: (mock) => ({ apiType: "openai", baseUrl: `${mock.origin}/v1`, apiKey: { env: "MOCK_KEY" } }),
  chat: (mock) => ({ apiType: "openai-chat", baseUrl: `${mock.origin}/v1`, apiKey: { env: "MOCK_KEY" } }),
};

const clients = {
  claude: { start: claude, name: "claude-code", tier: "balanced", subAgent: true },
  codex: { start: codex, name: "codex", tier: "coding", subAgent: true },
  // Its title is asked of its small model.
  opencode: { start: openCode, name: "opencode", tier: "balanced", titleTier: "background", subAgent: true },
};

async function throughGateway(client, dialect) {
  freshProject();
  const mock = await startMock({ key: "provider-key" });
  const workspace = new Workspace(tierctl);
  workspace.write("llm.json", { llm: { providers: { up: providers[dialect](mock) } } });
  workspace.write("model-router.json", {
    modelRouter: { balancedModel: "up/mock-large", codingModel: "up/mock-large", dynamicTierEnabled: false },
  });
  const { child, address } = await workspace.serve({ MOCK_KEY: "provider-key" });
  try {
    const { start, name, tier, titleTier, subAgent } = clients[client];
    const { session, answer } = await start(address);
    assert.deepEqual(refused(mock), [], "the provider takes every request");
    checkProject({ subAgent });
    assert.equal(answer, "All is done.");
    child.kill("SIGTERM");
    assert.equal((await child.ended).code, 0, child.errors);
    const asked = mock.seen.filter((entry) => entry.dialect);
    assert.ok(asked.every((entry) => entry.dialect === dialect));
    assert.ok(
      !JSON.stringify(asked.map((entry) => entry.headers)).includes("client-key"),
      "the client's key ends at the gateway",
    );
    assert.ok(asked.every((entry) => entry.body.model === "mock-large"));
    if (dialect !== "messages" || client !== "claude")
      assert.ok(!JSON.stringify(asked.map((entry) => entry.body)).includes("x-anthropic-billing-header"));
    const { requests } = workspace.report("requests");
    assert.equal(requests.length, asked.length, "every request is in the store");
    const titles = requests.filter((request) => titleTier && request.tier === titleTier);
    assert.equal(titles.length, titleTier ? 1 : 0, "the session is named once");
    for (const request of requests) {
      assert.deepEqual(
        [request.session, request.client, request.project, titles.includes(request) ? tier : request.tier, request.model, request.status],
        [session, name, "shop", tier, "up/mock-large", "ok"],
      );
      assert.deepEqual(
        [request.inputTokens, request.cachedInputTokens, request.outputTokens],
        [600, 400, 200],
        "the provider's usage is what is stored",
      );
    }
    assert.equal(requests.filter((request) => request.agent).length > 0, subAgent, "a sub-agent is known as one");
    const { turns } = workspace.report("turns");
    assert.deepEqual(
      turns.map((turn) => [turn.session, turn.requests]),
      [[session, requests.length]],
      "one person spoke once: one turn, the sub-agent's requests and news within",
    );
    return `${requests.length} requests`;
  } finally {
    child.kill("SIGKILL");
    mock.close();
    workspace.remove();
  }
}

async function direct(client, options = {}) {
  freshProject();
  const mock = await startMock();
  try {
    const { answer } = await clients[client].start(mock.origin, options);
    assert.deepEqual(refused(mock), [], "the mock takes what the real client sends");
    checkProject({ subAgent: options.model === undefined });
    assert.equal(answer, "All is done.");
    return `${mock.since(0).length} requests`;
  } finally {
    mock.close();
  }
}

// --- the fixtures -----------------------------------------------------------------------------------------------------

/** Claude Code with a terminal, where it names the session, counts tokens and compacts. */
function claudeWithTerminal(base) {
  writeFileSync(
    join(home, ".claude.json"),
    JSON.stringify({
      hasCompletedOnboarding: true,
      theme: "dark",
      projects: { [project]: { hasTrustDialogAccepted: true } },
    }),
  );
  const command = `${process.execPath} ${join(packages, "@anthropic-ai/claude-code/cli-wrapper.cjs")} --model sonnet "Please say hello."`;
  const keys =
    "sleep 5; printf '/context\\r'; sleep 3; printf '/compact\\r'; sleep 4; printf '\\003'; sleep 0.3; printf '\\003'; sleep 1";
  const child = spawn("sh", ["-c", `(${keys}) | timeout 30 script -qc '${command}' /dev/null`], {
    cwd: project,
    env: {
      ...environment,
      ANTHROPIC_BASE_URL: base,
      ANTHROPIC_AUTH_TOKEN: "client-key",
      CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1",
    },
    stdio: "ignore",
  });
  return new Promise((resolve) => child.on("close", resolve));
}

async function capture(target) {
  const save = (client, name) => {
    const into = join(target, `${client}-${version(name)}`);
    mkdirSync(into, { recursive: true });
    const cleaner = new Cleaner([
      [project, "/home/user/shop"],
      [project.replaceAll("/", "-"), "-home-user-shop"],
      [folder, "/tmp"],
      [home, "/home/user"],
    ]);
    return (file, what, entry) => {
      assert.ok(entry, `${client} sent no such request: ${what}`);
      writeFileSync(join(into, `${file}.json`), JSON.stringify(cleaner.fixture(what, entry), null, 1) + "\n");
    };
  };
  const text = (entry) => JSON.stringify(entry.body ?? "");
  const lastMessage = (entry) => JSON.stringify(entry.body?.messages?.at(-1) ?? "");
  const recorded = async (work) => {
    freshProject();
    const mock = await startMock();
    await work(mock.origin);
    mock.close();
    return mock.seen;
  };

  const claudeFixture = save("claude", "@anthropic-ai/claude-code");
  const turn = await recorded((base) => claude(base, { model: "claude-tier-balanced" }));
  const main = turn.filter((entry) => !entry.headers["x-claude-code-agent-id"]);
  const sub = turn.filter((entry) => entry.headers["x-claude-code-agent-id"]);
  claudeFixture("first-turn", "A turn's first request, `claude -p`, a model name it does not know.", main[0]);
  claudeFixture("tool-turn", "The second: after thinking and a shell command.", main[1]);
  claudeFixture("parallel-and-image", "After two calls at once, the second read a picture.", main[2]);
  claudeFixture(
    "skill",
    "After a skill was loaded.",
    main.find((entry) => /Base directory for this skill/.test(text(entry))),
  );
  claudeFixture("sub-agent-first", "A sub-agent's first request.", sub[0]);
  claudeFixture("sub-agent-tool", "A sub-agent's second, after a shell command.", sub[1]);
  claudeFixture(
    "sub-agent-news",
    "What the main agent sends when its sub-agent is done.",
    main.find((entry) => /task-notification/.test(lastMessage(entry))),
  );
  const search = await recorded((base) =>
    claude(base, {
      prompt: script(['call ToolSearch {"query":"select:WebFetch","max_results":1}', "say All is done."]),
    }),
  );
  claudeFixture(
    "tool-search",
    "After it looked up a tool that was not loaded.",
    search.filter((entry) => entry.dialect).at(-1),
  );
  const known = await recorded((base) =>
    claude(base, {
      model: "sonnet",
      prompt: "Please say hello.",
      more: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "", CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: "1" },
    }),
  );
  claudeFixture(
    "probe",
    "The probe at the start.",
    known.find((entry) => entry.method === "HEAD"),
  );
  claudeFixture(
    "models",
    "Looking for models (CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY=1).",
    known.find((entry) => /models/.test(entry.path)),
  );
  const terminal = await recorded(claudeWithTerminal);
  const asked = terminal.filter((entry) => entry.dialect);
  claudeFixture(
    "terminal-title",
    "With a terminal: the session's title.",
    asked.find((entry) => /<session>/.test(text(entry))),
  );
  claudeFixture(
    "terminal-first-turn",
    "With a terminal: the first request, a model that it knows.",
    asked.find((entry) => entry.body.tools.length),
  );
  claudeFixture(
    "count-tokens-text",
    "`/context`: counts a text.",
    terminal.find((entry) => /count_tokens/.test(entry.path)),
  );
  claudeFixture(
    "count-tokens-tools",
    "`/context`: counts tools.",
    terminal.find((entry) => /count_tokens/.test(entry.path) && entry.body.tools?.length === 1),
  );
  claudeFixture(
    "compact",
    "`/compact`: asks for a summary.",
    asked.find((entry) => /CRITICAL/.test(lastMessage(entry))),
  );

  const codexFixture = save("codex", "@openai/codex");
  const unknown = (await recorded((base) => codex(base))).filter((entry) => entry.dialect);
  const root = unknown.filter((entry) => !entry.headers["x-openai-subagent"]);
  const child = unknown.filter((entry) => entry.headers["x-openai-subagent"]);
  codexFixture("first-turn", "A turn's first request, `codex exec`, a model name it does not know.", root[0]);
  codexFixture("tool-turn", "The second: after reasoning and a shell command.", root[1]);
  codexFixture("parallel-and-image", "After two calls at once, the second looked at a picture.", root[2]);
  codexFixture("sub-agent-spawned", "The main agent after it started a sub-agent (a tool in a namespace).", root[4]);
  codexFixture("sub-agent-first", "A sub-agent's first request.", child[0]);
  codexFixture("sub-agent-tool", "A sub-agent's second, after a shell command.", child[1]);
  codexFixture(
    "sub-agent-news",
    "The main agent after its sub-agent is done.",
    root.findLast((entry) => /subagent_notification/.test(text(entry))),
  );
  const patched = (await recorded((base) => codex(base, { model: "gpt-5.5" }))).filter((entry) => entry.dialect);
  codexFixture("known-first-turn", "A model that it knows: apply_patch and tool_search are offered.", patched[0]);
  codexFixture("known-patch", "After a patch by the freeform tool.", patched[3]);
  const compacted = await recorded((base) =>
    // The mock's usage stays above any limit, so that Codex compacts until it is stopped.
    codex(base, {
      timeoutMs: 5000,
      args: ["-c", "model_auto_compact_token_limit=900"],
      prompt: script([
        'call exec_command {"cmd":"echo one"}',
        'call exec_command {"cmd":"echo two"}',
        "say All is done.",
      ]),
    }).catch(() => {}),
  );
  const isCompaction = (entry) => /"request_kind":"compaction/.test(entry.headers["x-codex-turn-metadata"]);
  codexFixture("compact", "The history has grown too long: asks for a summary.", compacted.find(isCompaction));
}

// --- run --------------------------------------------------------------------------------------------------------------

const cells = {
  "claude → mock": () => direct("claude"),
  "codex → mock": () => direct("codex"),
  ...(openCodePackage ? { "opencode → mock": () => direct("opencode") } : {}),
  "codex, a model it knows → mock": () => direct("codex", { model: "gpt-5.5" }),
};
// A provider of OpenAI's own takes Chat Completions, too: what OpenCode sends it stays what it is.
const translated = (client, dialect) => client !== "opencode" || dialect !== "responses";
for (const client of Object.keys(clients).filter((each) => each !== "opencode" || openCodePackage))
  for (const dialect of Object.keys(providers).filter((each) => translated(client, each)))
    cells[`${client} → ${dialect}`] = () => throughGateway(client, dialect);

let failed = 0;
try {
  if (options[0] === "--capture") await capture(options[1]);
  else {
    console.log(`claude ${version("@anthropic-ai/claude-code")}, codex ${version("@openai/codex")}, opencode ${openCodePackage ? version(openCodePackage) : "is not installed"}`);
    for (const [name, work] of Object.entries(cells)) {
      const begun = Date.now();
      try {
        const note = await work();
        console.log(`ok       ${name}: ${note}, ${Date.now() - begun} ms`);
      } catch (error) {
        ++failed;
        console.log(`FAILED   ${name}: ${error.message}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
