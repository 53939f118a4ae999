// Discord's markdown as elements: blocks first, then what stands inside a line. Never HTML text.

import { emojiNodes } from "./emoji.js";
import { h } from "./dom.js";
import { timestampText } from "./time.js";

/** A fragment for a message's text; `names` finds users, channels and roles by id. */
export function renderMarkdown(text, names) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(text, { names }));
  return fragment;
}

/** The text of one line, without blocks: for replies and labels. */
export function renderInline(text, names) {
  const fragment = document.createDocumentFragment();
  fragment.append(...inline(text, { names }));
  return fragment;
}

// Blocks

const FENCE = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]*?)\n?```/g;
const HEADING = /^(#{1,3}) +(\S.*)$/;
const SMALL = /^-# +(\S.*)$/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/;

function blocks(text, context) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    if (text[match.index - 1] === "\\" || match[2] === "") continue;
    nodes.push(...lines(text.slice(end, match.index).replace(/\n$/, ""), context));
    nodes.push(h("pre", {}, h("code", { "data-language": match[1] }, match[2])));
    end = match.index + match[0].length;
  }
  nodes.push(...lines(end ? text.slice(end).replace(/^\n/, "") : text, context));
  return nodes;
}

function lines(text, context) {
  if (text === "") return [];
  const rows = text.split("\n");
  const nodes = [];
  let plain = [];
  const flush = () => {
    if (plain.length > 0) nodes.push(h("div", { class: "line" }, inline(plain.join("\n"), context)));
    plain = [];
  };
  for (let index = 0; index < rows.length; ) {
    const block = blockAt(rows, index, context);
    if (block === null) {
      plain.push(rows[index]);
      index += 1;
    } else {
      flush();
      nodes.push(block.node);
      index += block.rows;
    }
  }
  flush();
  return nodes;
}

function blockAt(rows, index, context) {
  const row = rows[index];
  const heading = HEADING.exec(row);
  if (heading) return {
    rows: 1,
    node: h(
      "div",
      { class: `heading h${heading[1].length}`, role: "heading", "aria-level": String(heading[1].length + 2) },
      inline(heading[2], context),
    ),
  };
  const small = SMALL.exec(row);
  if (small) return { rows: 1, node: h("small", { class: "subtext" }, inline(small[1], context)) };
  if (row.startsWith(">>> ")) {
    const quoted = [row.slice(4), ...rows.slice(index + 1)].join("\n");
    return { rows: rows.length - index, node: h("blockquote", {}, ...lines(quoted, context)) };
  }
  if (/^> /.test(row)) return quote(rows, index, context);
  if (ITEM.test(row)) return list(rows, index, context);
  return null;
}

function quote(rows, index, context) {
  let end = index;
  while (end < rows.length && /^> ?/.test(rows[end])) end += 1;
  const inner = rows.slice(index, end).map((row) => row.replace(/^> ?/, "")).join("\n");
  return { rows: end - index, node: h("blockquote", {}, ...lines(inner, context)) };
}

function list(rows, index, context) {
  let end = index;
  while (end < rows.length && ITEM.test(rows[end])) end += 1;
  const items = rows.slice(index, end).map((row) => {
    const [, indent, mark, content] = ITEM.exec(row);
    return { depth: indent.length, start: /\d/.test(mark) ? Number.parseInt(mark, 10) : null, content };
  });
  return { rows: end - index, node: nest(items, context) };
}

function nest(items, context) {
  const { start, depth } = items[0];
  const element = start === null ? h("ul") : h("ol", { start: String(start) });
  for (let index = 0; index < items.length; ) {
    let end = index + 1;
    while (end < items.length && items[end].depth > depth) end += 1;
    const children = items.slice(index + 1, end);
    element.append(h(
      "li",
      {},
      inline(items[index].content, context),
      children.length ? nest(children, context) : null,
    ));
    index = end;
  }
  return element;
}

// Inside a line: the first rule that matches at the place wins.

const RULES = [
  [/\\([^0-9A-Za-z\s])/y, ([, character]) => character],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, ([, , code]) => h("code", { class: "inline" }, code.replace(/^ (.*) $/, "$1"))],
  [/<(https?:\/\/[^\s<>]+)>/y, ([, url]) => link(url, url)],
  [/\[((?:\\.|[^\]\\\n])+)\]\(\s*<?(https?:\/\/[^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/y, ([, label, url], c) => link(url, ...inline(label, c))],
  [/https?:\/\/[^\s<>]+[^\s<>.,:;"'\])*_~|]/y, ([url], { names }) => address(url, names)],
  [/<@!?(\d+)>/y, ([, id], { names }) => pill(`@${names.user(id)}`, { "data-user-id": id })],
  [/<@&(\d+)>/y, ([, id], { names }) => pill(`@${names.role?.(id) ?? "role"}`)],
  [/<#(\d+)>/y, ([, id], { names }) => pill(`#${names.channel(id)}`, { "data-open-channel": id })],
  [/<\/([^:>]+):\d+>/y, ([, name]) => pill(`/${name}`, { "data-command": name })],
  [/<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y, ([, seconds, style]) => moment(Number(seconds), style)],
  [/<a?(:\w{2,32}:)\d+>/y, ([, name]) => name],
  [/@(?:everyone|here)\b/y, ([text]) => pill(text)],
  [/\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, ([, inner], c) => h("strong", {}, inline(inner, c))],
  [/__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, ([, inner], c) => h("u", {}, inline(inner, c))],
  [/\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y, ([, inner], c) => h("em", {}, inline(inner, c))],
  [/_((?:__|\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])/y, ([, inner], c) => h("em", {}, inline(inner, c))],
  [/~~([\s\S]+?)~~(?!~)/y, ([, inner], c) => h("s", {}, inline(inner, c))],
  [/\|\|([\s\S]+?)\|\|/y, ([, inner], c) => spoiler(inline(inner, c))],
  [/\n/y, () => h("br")],
];
const PLAIN = /[^\\`<[h@*_~|\n]+/y; // nothing in here can start a rule

function inline(text, context) {
  const nodes = [];
  let plain = "";
  let index = 0;
  const flush = () => {
    if (plain) nodes.push(...emojiNodes(plain));
    plain = "";
  };
  while (index < text.length) {
    PLAIN.lastIndex = index;
    const run = PLAIN.exec(text)?.[0] ?? "";
    plain += run;
    index += run.length;
    if (index >= text.length) break;
    const found = matchRule(text, index);
    if (found === null) {
      plain += text[index];
      index += 1;
      continue;
    }
    const node = found.render(found.match, context);
    if (typeof node === "string") plain += node;
    else {
      flush();
      nodes.push(node);
    }
    index += found.match[0].length;
  }
  flush();
  return nodes;
}

function matchRule(text, index) {
  for (const [pattern, render] of RULES) {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match && isPlaced(match, text, index)) return { match, render };
  }
  return null;
}

// An underscore or a link inside a word is just a character: snake_case stays as it is.
function isPlaced(match, text, index) {
  const startsInWord = index > 0 && /[0-9A-Za-z]/.test(text[index - 1]);
  return !(startsInWord && (/^_[^_]/.test(match[0]) || match[0].startsWith("http")));
}

// A link to a message leads to it on this page, as it does in Discord.
const MESSAGE_LINK = /^https:\/\/discord\.com\/channels\/(?:@me|\d+)\/(\d+)\/(\d+)$/;

function address(url, names) {
  const [, channel] = MESSAGE_LINK.exec(url) ?? [];
  return channel ? link(url, h("span", { class: "mention" }, `#${names.channel(channel)} › 💬`)) : link(url, url);
}

function link(url, ...content) {
  const [, channel, message] = MESSAGE_LINK.exec(url) ?? [];
  if (channel) return h("a", { href: url, "data-jump-channel": channel, "data-jump-message": message }, ...content);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url }, ...content);
}

function pill(text, attributes = {}) {
  return h("span", { class: "mention", ...attributes }, text);
}

function moment(seconds, style) {
  const attributes = { class: "timestamp", title: timestampText(seconds, "F") };
  if (style === "R") attributes["data-relative"] = String(seconds);
  return h("time", attributes, timestampText(seconds, style));
}

function spoiler(content) {
  const cover = h(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler: show" },
    h("span", {}, content),
  );
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    cover.classList.add("revealed");
    cover.removeAttribute("aria-label");
    cover.removeAttribute("role");
  };
  cover.addEventListener("click", reveal, { once: true });
  cover.addEventListener("keydown", reveal);
  return cover;
}
