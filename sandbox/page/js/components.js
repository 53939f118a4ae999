// Buttons, selects and the layout components of a message.

import { accentStyle } from "./accent.js";
import { post } from "./api.js";
import { h, icon, fileSize } from "./dom.js";
import { emojiElement } from "./emoji.js";
import { ICONS } from "./icons.js";
import { interact, statusOf } from "./interactions.js";
import { renderMarkdown } from "./markdown.js";
import { gallery, picture } from "./media.js";
import { names } from "./mentions.js";
import { selectControl } from "./select.js";
import { selectOptions } from "./select_options.js";
import { state } from "./state.js";
import { t } from "./words.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

const RENDERERS = {
  1: (row, message) => h("div", { class: "row" }, renderAll(row.components, message)),
  2: button,
  3: select, 5: select, 6: select, 7: select, 8: select,
  9: section,
  10: (text) => h("div", { class: "markdown text-display" }, renderMarkdown(text.content, names)),
  11: (thumbnail) => picture({ ...media(thumbnail), spoiler: thumbnail.spoiler }, "thumbnail"),
  12: (items) => gallery(items.items.map((item) => ({ ...media(item), spoiler: item.spoiler }))),
  13: (file) => fileCard(file),
  14: (line) => h(
    "div",
    {
      class: `separator ${line.spacing === 2 ? "wide" : ""} ${line.divider === false ? "blank" : ""}`,
      role: "separator",
    },
  ),
  17: container,
};

/** Everything below the text of a message that the bot laid out. */
export function renderComponents(message) {
  if (!message.components?.length) return null;
  return h("div", { class: "components" }, renderAll(message.components, message));
}

function renderAll(components, message) {
  return components.map((component) => RENDERERS[component.type]?.(component, message) ?? null);
}

function media(item) {
  const source = item.media ?? {};
  return { ...source, url: source.proxy_url ?? source.url, description: item.description };
}

function section(item, message) {
  return h(
    "div",
    { class: "section" },
    h("div", { class: "section-text" }, renderAll(item.components, message)),
    renderAll([item.accessory], message),
  );
}

function container(item, message) {
  const box = h("div", { class: "container", style: accentStyle(item.accent_color) }, renderAll(item.components, message));
  return item.spoiler ? spoiler(box) : box;
}

function spoiler(content) {
  return h("details", { class: "curtain" }, h("summary", {}, t("Spoiler")), content);
}

function fileCard(item) {
  const { url } = item.file;
  const name = item.name || decodeURIComponent(new URL(url).pathname.split("/").at(-1));
  const card = h(
    "a",
    { class: "file-card", href: url, target: "_blank", rel: "noopener noreferrer" },
    icon(ICONS.file),
    h("span", {}, name, item.size && h("small", {}, fileSize(item.size))),
  );
  return item.spoiler ? spoiler(card) : card;
}

function button(item, message) {
  const face = [item.emoji && emojiElement(item.emoji), item.label && h("span", {}, item.label)];
  const label = item.label || item.emoji?.name || t("Button");
  const classes = `button ${STYLES[item.style] ?? "secondary"}`;
  if (item.style === 5) {
    return h(
      "a",
      { class: classes, href: item.url, target: "_blank", rel: "noopener noreferrer", "aria-label": label },
      face,
      icon(ICONS.out),
    );
  }
  const isPending = statusOf(message.id, item.custom_id) === "pending";
  return h(
    "button",
    {
      type: "button", class: isPending ? `${classes} busy` : classes, disabled: item.disabled, "aria-label": label, "aria-busy": isPending && "true",
      "data-custom-id": item.custom_id, "data-key": item.custom_id, onclick: () => !isPending && click(message, item.custom_id),
    },
    face,
    isPending && h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
  );
}

function click(message, customId) {
  const body = { user: state.meId, message_id: message.id, custom_id: customId, locale: state.locale };
  interact({ messageId: message.id, customId, channelId: message.channel_id }, () => post("click", body));
}

function select(item, message) {
  const choose = (values) => {
    const body = { user: state.meId, message_id: message.id, custom_id: item.custom_id, values, locale: state.locale };
    interact(
      { messageId: message.id, customId: item.custom_id, channelId: message.channel_id },
      () => post("select", body),
    );
  };
  const isPending = statusOf(message.id, item.custom_id) === "pending";
  return selectControl(item, { options: selectOptions(item), onChoose: choose, isBusy: isPending }).element;
}
