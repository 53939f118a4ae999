// What happened, in words, as the feed told it.

import { h } from "./dom.js";
import { filterBar, keyedList, timeOfDay } from "./panel_parts.js";
import { changed, channelById, channelName, displayName, state, userById } from "./state.js";
import { t } from "./words.js";

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
  const list = keyedList(t("Events"), t("Nothing has happened since this page was opened."));
  const kinds = [["", t("All")], ["messages", t("Messages")], ["interactions", t("Interactions")], ["bot", t("The bot")]];
  const filter = filterBar(t("events"), kinds, () => refresh());
  const refresh = () => {
    const shown = log.filter(({ type, text }) => (!filter.kind() || KINDS[type] === filter.kind()) && filter.fits(text));
    list.show(shown.toReversed().map((event) => ({ key: event.number, stamp: "", build: () => row(event) })));
  };
  return { label: t("Events"), element: h("div", {}, filter.element, list.element), refresh };
}

function row({ at, text }) {
  return h("p", { class: "event" }, h("span", { class: "time" }, timeOfDay(at)), h("span", {}, text));
}

const SENTENCES = {
  MESSAGE_CREATE: (message) => t("{who} wrote in {where}: {what}", { who: who(message.author), where: where(message), what: excerpt(message) }),
  MESSAGE_UPDATE: (message) => t("{who} edited in {where}: {what}", { who: who(message.author), where: where(message), what: excerpt(message) }),
  MESSAGE_DELETE: (message) => t("A message in {where} is gone", { where: where(message) }),
  MESSAGE_REACTION_ADD: (reaction) => t("{who} reacted in {where} with {what}", {
    who: who(userById(reaction.user_id)),
    where: where(reaction),
    what: reaction.emoji?.name ?? t("an emoji"),
  }),
  CHANNEL_CREATE: (channel) => t("The channel {name} is there", { name: channelName(channel) }),
  THREAD_CREATE: (channel) => t("The thread {name} is there", { name: channelName(channel) }),
  COMMANDS: (commands) => t("The bot synced its {count} commands", { count: commands.length }),
  INTERACTION: (interaction) => t("Interaction {id}: {what}", { id: interaction.id.slice(-6), what: outcome(interaction) }),
  BOT: ({ connected }) => (connected ? t("The bot is connected") : t("The bot is not connected any more")),
  BOT_PROCESS: ({ number, running, exit_code: code }) => {
    const how = ending(code);
    if (state.bot.processes.length < 2) return running ? t("The bot was started") : t("The bot has ended ({how})", { how });
    return running ? t("Process {number} was started", { number }) : t("Process {number} has ended ({how})", { number, how });
  },
};

const sentence = (type, data) => SENTENCES[type]?.(data) ?? type.toLowerCase().replaceAll("_", " ");
const who = (user) => displayName(state.users.find((known) => known.id === user?.id) ?? user);
const ending = (code) => (code < 0 ? t("killed") : t("exit code {code}", { code }));

function where({ channel_id: id }) {
  const channel = channelById(id);
  return channel?.type === 1 ? t("a DM") : `#${channelName(channel) || "?"}`;
}

function excerpt({ content, attachments, embeds, components }) {
  if (content) return plain(content).slice(0, 120);
  const kind = [[attachments, t("a file")], [embeds, t("an embed")], [components, t("a panel")]].find(([items]) => items?.length);
  return kind?.[1] ?? t("nothing yet");
}

// Markdown would only be in the way here.
const plain = (text) => text.replaceAll(/<@!?(\d+)>/g, (_, id) => `@${displayName(userById(id))}`).replaceAll(/[*_`]/g, "");

function outcome({ state: is, modal }) {
  if (is === "acknowledged") return modal ? t('answered with the dialog "{title}"', { title: modal.title }) : t("answered");
  return is === "failed" ? t("failed, no answer within 3 seconds") : t("waits for an answer");
}
