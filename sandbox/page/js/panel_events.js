// What happened, in words, as the feed told it.

import { h } from "./dom.js";
import { filterBar, keyedList, timeOfDay } from "./panel_parts.js";
import { changed, channelById, channelName, displayName, state, userById } from "./state.js";

const KEPT = 300;
const KINDS = {
  MESSAGE_CREATE: "messages", MESSAGE_UPDATE: "messages", MESSAGE_DELETE: "messages", MESSAGE_REACTION_ADD: "messages",
  INTERACTION: "interactions", BOT: "bot", BOT_PROCESS: "bot", COMMANDS: "bot",
};
const log = []; // oldest first
let count = 0;

/** Remember an event of the feed. */
export function recordEvent(type, data) {
  log.push({ number: (count += 1), at: Date.now() / 1000, type, text: sentence(type, data) });
  if (log.length > KEPT) log.shift();
  changed("events");
}

export function eventsTab() {
  const list = keyedList("Events", "Nothing has happened since this page was opened.");
  const kinds = [["", "All"], ["messages", "Messages"], ["interactions", "Interactions"], ["bot", "The bot"]];
  const filter = filterBar("events", kinds, () => refresh());
  const refresh = () => {
    const shown = log.filter(({ type, text }) => (!filter.kind() || KINDS[type] === filter.kind()) && filter.fits(text));
    list.show(shown.toReversed().map((event) => ({ key: event.number, stamp: "", build: () => row(event) })));
  };
  return { label: "Events", element: h("div", {}, filter.element, list.element), refresh };
}

function row({ at, text }) {
  return h("p", { class: "event" }, h("span", { class: "time" }, timeOfDay(at)), h("span", {}, text));
}

const SENTENCES = {
  MESSAGE_CREATE: (message) => `${who(message.author)} wrote in ${where(message)}: ${excerpt(message)}`,
  MESSAGE_UPDATE: (message) => `${who(message.author)} edited in ${where(message)}: ${excerpt(message)}`,
  MESSAGE_DELETE: (message) => `A message in ${where(message)} is gone`,
  MESSAGE_REACTION_ADD: (reaction) => `${who(userById(reaction.user_id))} reacted in ${where(reaction)} with ${reaction.emoji?.name ?? "an emoji"}`,
  CHANNEL_CREATE: (channel) => `The channel ${channelName(channel)} is there`,
  THREAD_CREATE: (channel) => `The thread ${channelName(channel)} is there`,
  COMMANDS: (commands) => `The bot synced its ${commands.length} commands`,
  INTERACTION: (interaction) => `Interaction ${interaction.id.slice(-6)}: ${outcome(interaction)}`,
  BOT: ({ connected }) => (connected ? "The bot is connected" : "The bot is not connected any more"),
  BOT_PROCESS: ({ running, exit_code: code }) => (running ? "The bot was started" : `The bot has ended (${ending(code)})`),
};

const sentence = (type, data) => SENTENCES[type]?.(data) ?? type.toLowerCase().replaceAll("_", " ");
const who = (user) => displayName(state.users.find((known) => known.id === user?.id) ?? user);
const ending = (code) => (code < 0 ? "killed" : `exit code ${code}`);

function where({ channel_id: id }) {
  const channel = channelById(id);
  return channel?.type === 1 ? "a DM" : `#${channelName(channel) || "?"}`;
}

function excerpt({ content, attachments, embeds, components }) {
  if (content) return plain(content).slice(0, 120);
  const kind = [[attachments, "a file"], [embeds, "an embed"], [components, "a panel"]].find(([items]) => items?.length);
  return kind?.[1] ?? "nothing yet";
}

// Markdown would only be in the way here.
const plain = (text) => text.replaceAll(/<@!?(\d+)>/g, (_, id) => `@${displayName(userById(id))}`).replaceAll(/[*_`]/g, "");

function outcome({ state: is, modal }) {
  if (is === "acknowledged") return modal ? `answered with the dialog "${modal.title}"` : "answered";
  return is === "failed" ? "failed, no answer within 3 seconds" : "waits for an answer";
}
