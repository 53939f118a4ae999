// One message, from the line above it to the reactions below.

import { avatar, nameStyle } from "./avatars.js";
import { renderComponents } from "./components.js";
import { h, icon } from "./dom.js";
import { renderEmbeds } from "./embeds.js";
import { emojiElement } from "./emoji.js";
import { renderForward, renderPoll } from "./extras.js";
import { ICONS } from "./icons.js";
import { commandName, drop, hasFailed } from "./interactions.js";
import { renderInline, renderMarkdown } from "./markdown.js";
import { renderAttachments } from "./media.js";
import { names } from "./mentions.js";
import { dismiss, jumpTo, messageMenu, react, reactionMenu, replyTo } from "./message_actions.js";
import { EPHEMERAL, LOADING, displayName, me, messageById, pings, state, theBot } from "./state.js";
import { clockTime, fullTime, messageTime } from "./time.js";
import { t } from "./words.js";

const REPLY = 19;
const COMMANDS = new Set([20, 23]);

/** The list item of a message. */
export function renderMessage(message, { isGrouped }) {
  const isEphemeral = Boolean(message.flags & EPHEMERAL);
  const classes = [
    "message",
    isGrouped && "grouped",
    isEphemeral && "ephemeral",
    pings(message, state.meId) && "pings",
    state.replyTo === message.id && "replying",
  ];
  const item = h(
    "li",
    {
      class: classes.filter(Boolean).join(" "),
      "data-message-id": message.id,
      "data-author": message.author.username,
      "aria-label": `${displayName(message.author)}, ${clockTime(message.timestamp)}`,
    },
    originLine(message),
    isGrouped ? h(
      "time",
      { class: "gutter-time", datetime: message.timestamp, title: fullTime(message.timestamp) },
      clockTime(message.timestamp),
    ) : avatar(message.author),
    h("div", { class: "body" }, !isGrouped && heading(message), content(message), isEphemeral && onlyYou(message)),
    !(message.flags & LOADING) && toolbar(message),
  );
  item.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, input, textarea")) return;
    event.preventDefault();
    messageMenu(message, { x: event.clientX, y: event.clientY });
  });
  return item;
}

function content(message) {
  if (message.flags & LOADING) return thinking();
  return h(
    "div",
    { class: "content" },
    message.content && text(message),
    renderAttachments(message.attachments ?? []),
    renderEmbeds(message.embeds ?? []),
    renderForward(message),
    renderPoll(message),
    renderComponents(message),
    hasFailed(message.id) && h("p", { class: "failed", role: "alert" }, icon(ICONS.warning), t("This interaction failed")),
    reactions(message),
  );
}

function text(message) {
  const element = h("div", { class: "markdown" }, renderMarkdown(message.content, names));
  if (message.edited_timestamp) {
    const last = element.lastElementChild;
    const mark = h("span", { class: "edited", title: fullTime(message.edited_timestamp) }, t(" (edited)"));
    (last?.classList.contains("line") ? last : element).append(mark);
  }
  return element;
}

function thinking() {
  const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  return h("div", { class: "content thinking" }, dots, t(" {name} is thinking…", { name: displayName(theBot()) }));
}

function heading({ author, timestamp }) {
  return h(
    "div",
    { class: "heading-line" },
    h("span", { class: author.bot ? "author bot" : "author", style: nameStyle(author) }, displayName(author)),
    author.bot && h("span", { class: "app-tag" }, "APP"),
    h("time", { datetime: timestamp, title: fullTime(timestamp) }, messageTime(timestamp)),
  );
}

// Above the message: what it replies to, or which command it answers.
function originLine(message) {
  if (message.type === REPLY) return replyLine(message.referenced_message);
  const user = message.interaction_metadata?.user ?? message.interaction?.user;
  if (!COMMANDS.has(message.type) || !user) return null;
  return h(
    "div",
    { class: "origin" },
    avatar(user, "avatar tiny"),
    h("span", { class: "author", style: nameStyle(user) }, displayName(user)),
    t(" used "),
    h("span", { class: "mention" }, commandText(message)),
  );
}

function commandText(message) {
  const name = message.interaction?.name ?? message.interaction_metadata.name ?? commandName(message.interaction_metadata.id);
  if (!name) return t("a command");
  return message.type === 20 ? `/${name}` : name;
}

function replyLine(referenced) {
  if (!referenced) return h("div", { class: "origin gone" }, t("Original message was deleted"));
  const original = messageById(referenced.id) ?? referenced; // as it stands now, where it is known
  const go = () => jumpTo(original.id);
  return h(
    "div",
    { class: "origin" },
    avatar(original.author, "avatar tiny"),
    h(
      "span",
      { class: original.author.bot ? "author bot" : "author", style: nameStyle(original.author) },
      displayName(original.author),
    ),
    h(
      "button",
      {
        type: "button",
        class: "jump",
        "data-key": "jump",
        "aria-label": t("Jump to the message of {name}", { name: displayName(original.author) }),
        onclick: go,
      },
      h("span", {}, preview(original)),
    ),
  );
}

const TEXT_DISPLAY = 10;

// The first line of what a message says, be it in components.
function preview(message) {
  const said = message.content || firstText(message.components ?? []);
  if (said) return renderInline(said.split("\n")[0].replace(/^(#{1,3}|-#|>) /, ""), names);
  const hasFile = message.attachments?.length > 0 || message.embeds?.length > 0 || message.sticker_items?.length > 0;
  return h("em", {}, hasFile ? t("Click to see the attachment") : t("Click to see the message"));
}

function firstText(components) {
  for (const component of components) {
    const said = component.type === TEXT_DISPLAY ? component.content : firstText(component.components ?? []);
    if (said) return said;
  }
  return "";
}

function onlyYou(message) {
  return h(
    "p",
    { class: "only-you" },
    icon(ICONS.eye),
    t("Only you can see this • "),
    h(
      "button",
      { type: "button", class: "text-link", "data-key": "dismiss", onclick: () => dismiss(message) },
      t("Dismiss message"),
    ),
  );
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  const buttons = message.reactions.map(({ emoji, count, me: isMine }) =>
    h(
      "button",
      {
        type: "button",
        class: isMine ? "reaction mine" : "reaction",
        "aria-pressed": String(Boolean(isMine)),
        "aria-label": `${emoji.name}, ${count}`,
        onclick: () => react(message, emoji.name),
      },
      emojiElement(emoji),
      h("span", {}, String(count)),
    ),
  );
  return h("div", { class: "reactions" }, buttons);
}

function toolbar(message) {
  const button = (label, paths, onclick) => h(
    "button",
    { type: "button", class: "icon-button", "data-key": label, "aria-label": label, title: label, onclick },
    icon(paths),
  );
  const isEphemeral = Boolean(message.flags & EPHEMERAL);
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": t("Message actions") },
    !isEphemeral && button(t("React"), ICONS.smile, (event) => reactionMenu(message, event.currentTarget)),
    !isEphemeral && button(t("Reply"), ICONS.reply, () => replyTo(message)),
    button(t("More"), ICONS.more, (event) => messageMenu(message, event.currentTarget)),
  );
}

/** The place holder of a command that was sent and not answered yet, or never. */
export function pendingRow(entry) {
  const isFailed = entry.status === "failed";
  const close = h("button", { type: "button", class: "text-link", onclick: () => drop(entry) }, t("Dismiss message"));
  return h(
    "li",
    { class: "message sending", "data-testid": "pending-command" },
    h(
      "div",
      { class: "origin" },
      avatar(me(), "avatar tiny"),
      h("span", { class: "author", style: nameStyle(me()) }, displayName(me())),
      t(" used "),
      h("span", { class: "mention" }, entry.command),
    ),
    avatar(theBot()),
    h(
      "div",
      { class: "body" },
      h(
        "div",
        { class: "heading-line" },
        h("span", { class: "author bot" }, displayName(theBot())),
        h("span", { class: "app-tag" }, "APP"),
      ),
      isFailed
        ? h(
          "div",
          {},
          h("p", { class: "failed", role: "alert" }, icon(ICONS.warning), t("The application did not respond")),
          h("p", { class: "only-you" }, icon(ICONS.eye), t("Only you can see this • "), close),
        )
        : h("div", { class: "content thinking" }, t("Sending command…")),
    ),
  );
}
