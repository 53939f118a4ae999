// Embeds: the cards with a coloured edge.

import { accentStyle } from "./accent.js";
import { h } from "./dom.js";
import { renderInline, renderMarkdown } from "./markdown.js";
import { picture } from "./media.js";
import { names } from "./mentions.js";
import { messageTime } from "./time.js";
import { t } from "./words.js";

export function renderEmbeds(embeds) {
  return embeds.map((embed) => (embed.type === "link" && !embed.title ? preview(embed) : card(embed)));
}

// Discord would unfold this link; nothing is fetched here, so it is only said.
function preview(embed) {
  const host = URL.canParse(embed.url) ? new URL(embed.url).host : embed.url;
  return h(
    "div",
    { class: "embed link-preview", "data-testid": "link-preview" },
    h("small", {}, t("Link preview")),
    h("a", { href: embed.url, target: "_blank", rel: "noopener noreferrer" }, host),
  );
}

function card(embed) {
  return h(
    "article",
    { class: embed.thumbnail ? "embed with-thumbnail" : "embed", style: accentStyle(embed.color) },
    embed.author && h("div", { class: "embed-author" }, linked(embed.author.name, embed.author.url)),
    embed.title && h("div", { class: "embed-title" }, linked(renderInline(embed.title, names), embed.url)),
    embed.description && h("div", { class: "markdown" }, renderMarkdown(embed.description, names)),
    embed.fields?.length > 0 && h("div", { class: "fields" }, embed.fields.map(field)),
    embed.image && picture({ ...embed.image, url: embed.image.proxy_url ?? embed.image.url }, "embed-image"),
    embed.thumbnail && picture(
      { ...embed.thumbnail, url: embed.thumbnail.proxy_url ?? embed.thumbnail.url },
      "embed-thumbnail",
    ),
    footer(embed),
  );
}

function linked(content, url) {
  return url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, content) : content;
}

function field({ name, value, inline }) {
  return h(
    "div",
    { class: inline ? "field inline" : "field" },
    h("div", { class: "field-name" }, renderInline(name, names)),
    h("div", { class: "markdown" }, renderMarkdown(value, names)),
  );
}

function footer(embed) {
  const parts = [embed.footer?.text, embed.timestamp && messageTime(embed.timestamp)].filter(Boolean);
  return parts.length > 0 && h("footer", {}, parts.join(" • "));
}
