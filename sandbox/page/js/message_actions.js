// What a person can do with a message: react, reply, jump to the one replied to, run the bot's message commands, delete.

import { post, remove } from "./api.js";
import { isOffered, localName } from "./commands.js";
import { emojiElement } from "./emoji.js";
import { interact } from "./interactions.js";
import { openMenu } from "./menu.js";
import { notice } from "./notices.js";
import { EPHEMERAL, changed, channelById, state } from "./state.js";
import { t } from "./words.js";

const REACTIONS = ["✉️", "❌", "⭐", "❤️", "👍", "🎉"];
const MESSAGE_COMMAND = 3;

const tell = (error) => notice(error.message);

export function react(message, emoji) {
  post("react", { user: state.meId, message_id: message.id, emoji }).catch(tell);
}

export function reactionMenu(message, anchor) {
  openMenu(
    anchor,
    REACTIONS.map((name) => ({ label: name, content: emojiElement({ name }), run: () => react(message, name) })),
    t("React"),
  );
  document.querySelector(".menu")?.classList.add("row");
}

export function replyTo(message) {
  state.replyTo = message.id;
  changed("reply");
}

/** Put an ephemeral message away. */
export function dismiss(message) {
  deleteMessage(message);
}

export function messageMenu(message, anchor) {
  const isEphemeral = Boolean(message.flags & EPHEMERAL);
  const groups = [
    isEphemeral ? [] : [
      { label: t("Reply"), run: () => replyTo(message) },
      { label: t("Add a reaction…"), run: () => setTimeout(() => reactionMenu(message, rectOf(message))) },
    ],
    appEntries(message),
    [
      message.content && {
        label: t("Copy text"),
        run: () => navigator.clipboard.writeText(message.content).catch(() => notice(t("The browser did not allow copying."))),
      },
      {
        label: t("Copy message ID"),
        run: () => navigator.clipboard.writeText(message.id).catch(() => notice(t("The browser did not allow copying."))),
      },
    ],
    [isEphemeral ? { label: t("Dismiss message"), run: () => dismiss(message) } : {
      label: t("Delete message"),
      danger: true,
      run: () => deleteMessage(message),
    }],
  ];
  const entries = groups.map((group) => group.filter(Boolean)).filter((group) => group.length > 0);
  openMenu(anchor, entries.flatMap((group, index) => (index > 0 ? [null, ...group] : group)), t("Message"));
}

const elementOf = (messageId) => document.querySelector(`li[data-message-id="${CSS.escape(messageId)}"]`);

function rectOf(message) {
  const { left, top } = elementOf(message.id).getBoundingClientRect();
  return { x: left + 72, y: Math.max(top, 60) };
}

function appEntries(message) {
  const channel = channelById(message.channel_id);
  return state.commands
    .filter((command) => command.type === MESSAGE_COMMAND && isOffered(command, channel))
    .map((command) => ({ label: localName(command), run: () => runOn(message, command) }));
}

function runOn(message, command) {
  const body = {
    user: state.meId,
    channel: message.channel_id,
    command: command.name,
    message_id: message.id,
    locale: state.locale,
  };
  interact({ command: localName(command), commandName: command.name }, () => post("context", body));
}

function deleteMessage(message) {
  remove(`channels/${message.channel_id}/messages/${message.id}?user=${state.meId}`).catch(tell);
}

/** Bring a message into view and let it glow; false where it is not there. */
export function jumpTo(messageId) {
  const item = elementOf(messageId);
  if (!item) return false;
  item.scrollIntoView({ block: "center" });
  item.classList.remove("glow");
  void item.offsetWidth; // restarts the animation
  item.classList.add("glow");
  item.focus({ preventScroll: true });
  return true;
}
