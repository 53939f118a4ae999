// The box at the bottom: plain words, the start of a command, or a command being filled in.

import { post, upload } from "./api.js";
import { CommandDraft } from "./command_draft.js";
import { matchingCommands, parseLine } from "./commands.js";
import { h, icon } from "./dom.js";
import { openChannel } from "./feed.js";
import { grow } from "./fields.js";
import { ICONS } from "./icons.js";
import { notice } from "./notices.js";
import { Picker } from "./picker.js";
import {
  DM, FORUM, changed, channelName, currentChannel, displayName, me, messageById, on, people, state,
} from "./state.js";
import { t } from "./words.js";

const form = document.getElementById("compose");
const replyBar = h("div", { class: "reply-bar", hidden: true });
const slash = h(
  "button",
  { type: "button", class: "icon-button round", "aria-label": t("Commands"), title: t("Commands") },
  "/",
);
const text = h("textarea", {
  id: "composer", rows: "1", maxlength: "4000", role: "combobox", "aria-expanded": "false", "aria-controls": "picker-list", "aria-autocomplete": "list",
});
const send = h(
  "button",
  { type: "submit", class: "icon-button send", "aria-label": t("Send the message") },
  icon(ICONS.send, { fill: true }),
);
const attach = h(
  "button",
  { type: "button", class: "icon-button", "aria-label": t("Attach files"), title: t("Attach files") },
  icon(ICONS.clip),
);
const chooser = h(
  "input",
  { type: "file", multiple: true, class: "file-input", tabindex: "-1", "aria-hidden": "true", id: "attach-input" },
);
const tray = h("ul", { class: "tray", "aria-label": t("Files to send"), hidden: true });
const plain = h("div", { class: "plain" }, slash, attach, chooser, text, send);
let attached = [];
const MAX_FILES = 10;
const TITLE_LENGTH = 100;
let picker;
let draft = null;

export function startComposer() {
  picker = new Picker(form);
  form.append(replyBar, h("div", { class: "box" }, tray, plain));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (draft) draft.send();
    else say();
  });
  text.addEventListener("input", onInput);
  text.addEventListener("keydown", onKey);
  text.addEventListener("blur", () => picker.hide());
  text.addEventListener("focus", onInput);
  slash.addEventListener("click", () => {
    if (!text.value.startsWith("/")) text.value = `/${text.value}`;
    text.focus();
    onInput();
  });
  attach.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    attachFiles([...chooser.files]);
    chooser.value = "";
  });
  text.disabled = true; // until it is known who writes where, and which commands there are
  on(["world"], () => {
    text.disabled = false;
    if (!draft && text.value.startsWith("/")) onInput(); // what was typed may be a command now
  });
  on(["place", "world"], paintPlaceholder);
  on(["place"], endDraft);
  on(["reply", "messages"], paintReply);
  takeFiles();
}

/** Put a line into the box, as if it had been typed there. */
export function beginLine(line) {
  endDraft();
  text.value = line;
  text.focus();
  onInput();
}

function paintPlaceholder() {
  const channel = currentChannel();
  const place = channel?.type === DM ? `@${channelName(channel)}` : `#${channelName(channel)}`;
  const isForum = channel?.type === FORUM;
  text.placeholder = isForum ? t("Open a post; its first line is its title") : t("Message {place}", { place });
  text.setAttribute("aria-label", t("Message {place} as {name}", { place, name: displayName(me()) }));
}

function paintReply() {
  const original = state.replyTo && messageById(state.replyTo);
  replyBar.hidden = !original;
  if (!original) return;
  const cancel = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": t("Do not reply"), onclick: stopReply },
    icon(ICONS.close),
  );
  replyBar.replaceChildren(h("span", {}, t("Replying to "), h("b", {}, displayName(original.author))), cancel);
  if (!draft) text.focus();
}

function stopReply() {
  state.replyTo = null;
  changed("reply");
}

function onInput() {
  grow(text);
  form.classList.toggle("has-text", text.value.trim() !== "" || attached.length > 0);
  if (!text.value.startsWith("/")) {
    picker.hide();
    return;
  }
  const line = parseLine(text.value);
  if (line) beginDraft(line.command, line.values);
  else offerCommands();
}

function offerCommands() {
  const found = matchingCommands(text.value.slice(1));
  const items = found.map((command) => ({
    command,
    label: `/${command.title}`,
    detail: command.description,
    mark: "/",
    aside: optionNames(command),
  }));
  picker.show(items, {
    title: items.length > 0 ? null : t("No command of that name here; Enter sends it as words."),
    input: text,
    onPick: ({ command }) => beginDraft(command, new Map()),
  });
}

const optionNames = (command) => command.options.slice(0, 3).map((option) => option.name).join(" · ");

function beginDraft(command, values) {
  picker.hide();
  text.value = "";
  grow(text);
  form.classList.remove("has-text");
  draft = new CommandDraft(command, picker, { values, onEnd: () => (endDraft(), text.focus()) });
  plain.replaceWith(draft.element);
  draft.focus();
}

function endDraft() {
  if (!draft) return;
  picker.hide();
  draft.element.replaceWith(plain);
  draft = null;
}

function onKey(event) {
  if (picker.onKey(event)) return;
  if (event.key === "Escape") {
    if (picker.element.hidden) stopReply();
    picker.hide();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    say();
  }
}

async function say() {
  const content = withMentions(text.value.trim());
  if (content === "" && attached.length === 0) return;
  const body = { user: state.meId, channel: state.channelId, content };
  const isPost = currentChannel()?.type === FORUM;
  if (isPost) body.title = content.split("\n")[0].slice(0, TITLE_LENGTH);
  if (state.replyTo) body.reply_to = state.replyTo;
  const kept = { typed: text.value, files: attached };
  text.value = "";
  attachFiles(null);
  onInput();
  stopReply();
  try {
    if (kept.files.length > 0) body.attachments = await Promise.all(kept.files.map((file) => upload(file, body.user)));
    const said = await post(isPost ? "post" : "say", body);
    if (isPost) openChannel(said.channel_id);
  } catch (error) {
    notice(error.message);
    if (text.value === "") text.value = kept.typed; // nothing that was typed or chosen is lost
    attachFiles(kept.files);
    onInput();
  }
}

/** Add files to the message being written; null takes all away. */
function attachFiles(files) {
  attached = files === null ? [] : [...attached, ...files].slice(0, MAX_FILES);
  tray.hidden = attached.length === 0;
  tray.replaceChildren(...attached.map((file) => {
    const drop = () => {
      const others = attached.filter((other) => other !== file);
      attachFiles(null);
      attachFiles(others);
    };
    const remove = h(
      "button",
      { type: "button", class: "remove-option", "aria-label": t("Remove {name}", { name: file.name }), onclick: drop },
      icon(ICONS.close),
    );
    return h("li", {}, icon(ICONS.file), h("span", {}, file.name), remove);
  }));
  form.classList.toggle("has-text", text.value.trim() !== "" || attached.length > 0);
}

// "@ana" becomes a mention, as picking her from a list would have made it.
function withMentions(content) {
  return content.replace(/(^|\s)@(\w+)/g, (whole, before, name) => {
    const user = people().find((one) => one.username.toLowerCase() === name.toLowerCase());
    return user ? `${before}<@${user.id}>` : whole;
  });
}

function takeFiles() {
  const main = document.getElementById("main");
  const give = (files) => {
    if (files.length === 0) return false;
    if (draft) [...files].forEach((file) => draft.takeFile(file));
    else attachFiles([...files]);
    return true;
  };
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length && !document.querySelector("dialog[open]") && give(event.clipboardData.files)) event.preventDefault();
  });
  main.dataset.offer = t("Drop the picture here");
  main.addEventListener("dragover", (event) => {
    event.preventDefault();
    main.classList.add("dropping");
  });
  main.addEventListener(
    "dragleave",
    (event) => main.contains(event.relatedTarget) || main.classList.remove("dropping"),
  );
  main.addEventListener("drop", (event) => {
    event.preventDefault();
    main.classList.remove("dropping");
    give(event.dataTransfer.files);
  });
}
