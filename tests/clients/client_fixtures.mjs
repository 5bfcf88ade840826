// Turns what a real client sent into a fixture: its structure, names, wrappers and identity stay; the vendor's sentences,
// the machine's paths, ids, keys and times do not.
import { createHash } from "node:crypto";

const keep = 80; // letters that a text may have without being somebody's prose

/** One for each id that is met, in the order of meeting; of the same form. */
class Ids {
  #known = new Map();

  of(id) {
    if (!this.#known.has(id)) {
      const n = createHash("sha256").update(`fixture ${this.#known.size}`).digest("hex");
      let at = 0;
      this.#known.set(
        id,
        id.replace(/[0-9a-f]/gi, (digit, place) => (place === 14 && id[13] === "-" ? digit : n[at++ % n.length])),
      );
    }
    return this.#known.get(id);
  }
}

export class Cleaner {
  #ids = new Ids();
  #places;

  /** `places`: [path of this machine, what stands for it], the longest first. */
  constructor(places) {
    this.#places = places;
  }

  /** Ids, paths, addresses and times in a text that may stay. */
  #named(text) {
    let clean = text;
    for (const [path, name] of this.#places) clean = clean.replaceAll(path, name);
    return clean
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, (id) => this.#ids.of(id))
      .replace(/\b[0-9a-f]{40,64}\b/g, (id) => this.#ids.of(id))
      .replace(/\ba[0-9a-f]{16}\b/g, (id) => `a${this.#ids.of(id.slice(1))}`)
      .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:4141")
      .replace(/"turn_started_at_unix_ms":\d+/g, '"turn_started_at_unix_ms":1795262400000')
      .replace(/<current_date>[^<]*/, "<current_date>2026-11-21")
      .replace(/codex_exec\/([0-9.]+) \([^)]*\) \S+/, "codex_exec/$1 (Linux; x86_64) xterm");
  }

  /** A text: our own stays, tags and short lines stay, the prose between them is counted. */
  text(text) {
    if (text.length <= keep || /(^|\n)\s*mock: |^x-anthropic-billing-header:|^Please /.test(text))
      return this.#named(text);
    if (/^<environment_context>/.test(text)) return this.#named(text);
    const tag = /<\/?[a-zA-Z][a-z_ -]*>/g;
    const heading = /^(#+ [A-Z][\w ]{0,30}\n)?/.exec(text)[0];
    const cut = [];
    let from = heading.length;
    const prose = (piece) => {
      if (piece.trim().length <= keep) return this.#named(piece);
      const named = piece.match(/^(Base directory for this skill: | - Primary working directory: ).*$/gm) ?? [];
      return ["", ...named.map((line) => this.#named(line)), `[${piece.trim().length} characters]`, ""].join("\n");
    };
    for (const match of text.matchAll(tag)) {
      // Tags in the middle of a line are examples in prose, save in what is all tags.
      if (match.index > 0 && text[match.index - 1] !== "\n" && !/<\/\w[\w-]*>$/.test(match[0])) continue;
      if (cut.length > 40) break;
      cut.push(prose(text.slice(from, match.index)), match[0]);
      from = match.index + match[0].length;
    }
    cut.push(prose(text.slice(from)));
    return heading + cut.join("").trim();
  }

  /** A schema without its sentences. */
  #schema(value) {
    if (Array.isArray(value)) return value.map((each) => this.#schema(each));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        name === "description" && typeof each === "string" ? "What this is." : this.#schema(each),
      ]),
    );
  }

  #tool(tool) {
    const clean = this.#schema(tool);
    if (tool.description) clean.description = `What ${tool.name ?? tool.type} does.`;
    if (tool.tools) clean.tools = tool.tools.map((each) => this.#tool(each));
    if (tool.format?.definition)
      clean.format = { ...tool.format, definition: "start: line+\nline: /.*/ LF\n%import common.LF\n" };
    return clean;
  }

  #system(text) {
    return text.startsWith("x-anthropic-billing-header:") ? this.#named(text) : `[${text.length} characters]`;
  }

  value(value, name = "") {
    if (typeof value === "string") {
      if (name === "authorization") return "Bearer client-key";
      if (name === "x-api-key") return "client-key";
      // Documents in a string keep their form.
      if (/^\{"/.test(value) && ["user_id", "x-codex-turn-metadata"].includes(name)) return this.#named(value);
      if (
        [
          "arguments",
          "input",
          "command",
          "prompt",
          "data",
          "image_url",
          "signature",
          "encrypted_content",
          "anthropic-beta",
        ].includes(name)
      )
        return this.#named(value.length > 4000 ? `${value.slice(0, 100)}…` : value);
      return this.text(value);
    }
    if (name === "system" && Array.isArray(value))
      return value.map((block) => ({ ...block, text: this.#system(block.text) }));
    if (Array.isArray(value))
      return name === "tools" ? value.map((each) => this.#tool(each)) : value.map((each) => this.value(each, name));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        this.#named(key),
        key === "schema" ? this.#schema(each) : this.value(each, key),
      ]),
    );
  }

  fixture(what, entry) {
    const headers = { ...entry.headers };
    for (const name of ["content-length", "connection", "host"]) delete headers[name];
    return {
      what,
      method: entry.method,
      path: entry.path,
      headers: this.value(headers),
      ...(entry.body === undefined ? {} : { body: this.value(entry.body) }),
    };
  }
}
