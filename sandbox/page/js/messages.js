// The message column: order, grouping, days, and staying at the end.

import { offeredCommands } from "./commands.js";
import { arrange, h, icon, replaceKeeping } from "./dom.js";
import { ICONS } from "./icons.js";
import { pendingRow, renderMessage } from "./message.js";
import { displayName, channelName, currentChannel, DM, isThread, messageById, on, state, theBot } from "./state.js";
import { dayText, isSameDay } from "./time.js";
import { t } from "./words.js";

const GROUP_MS = 7 * 60_000;
const NEAR_END_PX = 120;
// Things that the sandbox's relay paints recognisably.
const SAMPLES = [
  "a red fox in the first snow --ar 3:2",
  "a lighthouse over the sea at dusk",
  "a castle among flowers {in spring, in autumn}",
];

const list = document.getElementById("messages");
const scroller = document.getElementById("scroller");
const drawn = new Map(); // message id -> { node, from }: what the node was drawn from
let isAtEnd = true;
let lastTop = 0;
let lastWaiting = 0;
let place = "";
let begin = () => {};
let isPressed = false; // while a button or a finger is down in the list, nothing in it moves or is drawn anew
let seenNewest;
const jumpButton = h(
  "button",
  { type: "button", id: "jump-to-end", hidden: true, onclick: () => { isAtEnd = true; toEnd(); paintJump(); } },
  h("span"),
  icon(ICONS.chevron),
);

/** Begin; `beginLine(line)` is called with a command to be filled in. */
export function startMessages(beginLine) {
  begin = beginLine;
  on(["messages", "pending", "place", "world", "reply"], render);
  scroller.after(jumpButton);
  scroller.addEventListener("scroll", onScroll, { passive: true });
  new ResizeObserver(keepAtEnd).observe(list);
  new ResizeObserver(keepAtEnd).observe(scroller);
  list.addEventListener("keydown", walk);
  list.addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => isPressed && setTimeout(release));
}

// What came meanwhile is shown after the click, which needs the very element that the press began on.
function release() {
  isPressed = false;
  render();
}

// What grows above the end (a picture that has come) moves nobody away from it; only scrolling up does.
function onScroll() {
  const isUpwards = scroller.scrollTop < lastTop;
  lastTop = scroller.scrollTop;
  isAtEnd = distanceToEnd() < NEAR_END_PX || (isAtEnd && !isUpwards);
  paintJump();
}

const distanceToEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;

const keepAtEnd = () => isAtEnd && !isPressed && toEnd();

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  lastTop = scroller.scrollTop;
}

function render() {
  if (isPressed) return;
  const now = `${state.meId}:${state.channelId}`;
  if (now !== place) {
    place = now;
    drawn.clear();
    isAtEnd = true;
  }
  const shown = state.messages;
  const nodes = shown.length === 0 && !state.loading ? [welcome()] : withDays(shown);
  const waiting = state.pending.filter((entry) => entry.command && entry.userId === state.meId && entry.channelId === state.channelId);
  if (waiting.length > lastWaiting) isAtEnd = true; // what one has just sent is worth seeing
  lastWaiting = waiting.length;
  arrange(list, [...nodes, ...waiting.map(pendingRow)]);
  scroller.setAttribute("aria-busy", String(state.loading));
  forget(shown);
  if (isAtEnd) toEnd();
  paintJump();
}

// Says that there is more below, and leads there.
function paintJump() {
  const newest = state.messages.at(-1)?.id;
  if (isAtEnd) seenNewest = newest;
  jumpButton.hidden = isAtEnd;
  jumpButton.firstElementChild.textContent = newest === seenNewest ? t("Jump to the newest messages") : t("New messages below");
}

function withDays(messages) {
  const nodes = [];
  messages.forEach((message, index) => {
    const previous = messages[index - 1];
    const isNewDay = !previous || !isSameDay(previous.timestamp, message.timestamp);
    if (isNewDay) nodes.push(dayLine(message));
    nodes.push(nodeOf(message, !isNewDay && belongsTo(previous, message), index === messages.length - 1));
  });
  return nodes;
}

const dayLines = new Map();

function dayLine(message) {
  const text = dayText(message.timestamp);
  if (!dayLines.has(text)) dayLines.set(
    text,
    h("li", { class: "day" }, h("span", {}, text)),
  );
  return dayLines.get(text);
}

const isResult = (message) => message.components?.length > 0 || message.attachments?.length > 0;

// Words directly after words by the same author need no second heading; a result stands for itself.
function belongsTo(previous, message) {
  const isOwnStart = message.message_reference || [19, 20, 23].includes(message.type);
  return (
    !isOwnStart &&
    !isResult(previous) &&
    !isResult(message) &&
    previous.author.id === message.author.id &&
    (previous.flags & 64) === (message.flags & 64) &&
    Date.parse(message.timestamp) - Date.parse(previous.timestamp) < GROUP_MS
  );
}

function nodeOf(message, isGrouped, isLast) {
  const statuses = state.pending.filter((entry) => entry.messageId === message.id).map((entry) => `${entry.customId}=${entry.status}`);
  const commandName = state.commandNames.get(message.interaction_metadata?.id);
  const original = message.referenced_message && messageById(message.referenced_message.id);
  const from = [
    message,
    original,
    isGrouped,
    statuses.join(),
    state.users,
    state.replyTo === message.id,
    commandName,
  ];
  const known = drawn.get(message.id);
  if (!known || known.from.some((value, index) => value !== from[index])) {
    const node = renderMessage(message, { isGrouped });
    if (known) replaceKeeping(known.node, node);
    drawn.set(message.id, { node, from });
  }
  const { node } = drawn.get(message.id);
  node.tabIndex = isLast ? 0 : -1;
  return node;
}

function forget(shown) {
  const ids = new Set(shown.map((message) => message.id));
  for (const id of drawn.keys()) if (!ids.has(id)) drawn.delete(id);
}

function welcome() {
  const channel = currentChannel();
  const name = channelName(channel);
  const isDm = channel?.type === DM;
  const title = isDm ? name : channel && isThread(channel) ? name : t("Welcome to #{name}", { name });
  const text = isDm
    ? t("This is the very beginning of your talk with {name}. Nobody else sees it.", { name: displayName(theBot()) })
    : t("Nothing has been said here yet. Type / to see what the bot can do.");
  return h("li", { class: "welcome" }, h("h3", {}, title), h("p", {}, text), samples());
}

// Prompts to begin with; a press fills in the command, and nothing is sent yet.
function samples() {
  const command = offeredCommands().find(({ name }) => name === "imagine");
  if (!command) return null;
  const sample = (prompt) => h(
    "button",
    { type: "button", class: "sample", "data-key": `sample-${prompt}`, onclick: () => begin(`/imagine ${prompt}`) },
    h("b", {}, `/${command.title}`),
    ` ${prompt}`,
  );
  return h("div", { class: "samples", role: "group", "aria-label": t("Prompts to try") }, SAMPLES.map(sample));
}

// Arrow keys walk through the messages; Tab then enters the one that has the focus.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches("li[data-message-id]")) return;
  const items = [...list.querySelectorAll("li[data-message-id]")];
  const next = items[items.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
