// Above the messages: where one is, whether the bot is there, language and light.

import { post } from "./api.js";
import { h, icon } from "./dom.js";
import { ICONS } from "./icons.js";
import { openMenu } from "./menu.js";
import { notice } from "./notices.js";
import { panelButton } from "./panel.js";
import { DM, channelKind, channelName, currentChannel, on, state } from "./state.js";
import { t } from "./words.js";

const LOCALES = { "en-US": "English", "zh-CN": "中文" };
const byId = (id) => document.getElementById(id);
const prefersLight = matchMedia("(prefers-color-scheme: light)");

export function startTopbar() {
  setTheme(localStorage.getItem("easel.theme"));
  on(["world", "place"], renderPlace);
  on(["bot", "world"], renderTools);
  on(["bot", "online", "world"], renderBanner);
  prefersLight.addEventListener("change", renderTools);
  renderTools();
}

function renderPlace() {
  const channel = currentChannel();
  const name = channelName(channel);
  const glyph = channel?.type === DM ? "@" : icon(ICONS[channel ? channelKind(channel) : "hash"]);
  byId("channel-name").replaceChildren(
    glyph,
    h("span", {}, name),
    channel?.nsfw ? h("span", { class: "age" }, "18+") : "",
  );
  byId("channel-topic").textContent = channel?.topic ?? "";
  document.title = name ? `${name} · ${t("Easel sandbox")}` : t("Easel sandbox");
}

function renderTools() {
  const options = Object.entries(LOCALES).map(([code, name]) => h(
    "option",
    { value: code, selected: code === state.locale },
    name,
  ));
  const language = h(
    "select",
    {
      "aria-label": t("Language of the page and of the acting user"),
      "data-testid": "locale",
      "data-key": "locale",
      onchange: (event) => setLocale(event.target.value),
    },
    ...options,
  );
  const other = isLight() ? "dark" : "light";
  const otherLabel = t(isLight() ? "Use the dark theme" : "Use the light theme");
  const theme = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "data-testid": "theme",
      "data-key": "theme",
      "aria-label": otherLabel,
      title: otherLabel,
      onclick: () => { setTheme(other); renderTools(); },
    },
    icon(isLight() ? ICONS.moon : ICONS.sun),
  );
  const focused = byId("tools").contains(document.activeElement) && document.activeElement.dataset.key;
  byId("tools").replaceChildren(botButton(), language, theme, panelButton());
  if (focused) byId("tools").querySelector(`[data-key=${focused}]`)?.focus();
}

const isLight = () => (document.documentElement.dataset.theme ?? (prefersLight.matches ? "light" : "dark")) === "light";

function setTheme(theme) {
  if (!theme) return;
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("easel.theme", theme);
}

function setLocale(locale) {
  localStorage.setItem("easel.locale", locale);
  location.reload(); // every word of the page is another one
}

function botState() {
  const { connected, process } = state.bot;
  if (connected) return ["online", t("Bot online")];
  if (process && !process.running) return ["offline", t("Bot stopped")];
  return ["waiting", process ? t("Bot starting") : t("No bot yet")];
}

function botButton() {
  const [kind, text] = botState();
  const isOurs = state.bot.process !== null;
  return h(
    "button",
    {
      type: "button",
      class: "bot-state",
      "data-testid": "bot-state",
      "data-state": kind,
      "data-key": "bot",
      "aria-label": text,
      disabled: !isOurs,
      "aria-haspopup": isOurs && "menu",
      onclick: (event) => openMenu(event.currentTarget, botActions(), t("Bot")),
    },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", {}, text),
  );
}

function botActions() {
  const steer = (action) => () => post("bot", { action }).catch((error) => notice(error.message));
  return state.bot.process?.running
    ? [
      { label: t("Kill the bot"), danger: true, run: steer("kill") },
      { label: t("Restart cleanly"), run: steer("restart") },
    ]
    : [{ label: t("Start it again"), run: steer("start") }];
}

function renderBanner() {
  const text = bannerText();
  byId("banner").hidden = text === "";
  byId("banner").textContent = text;
}

function bannerText() {
  const { connected, process } = state.bot;
  if (!state.online) return state.trouble || t("Connecting again…");
  if (process && !process.running) {
    return t("The bot has stopped; the button above starts it again.");
  }
  return connected ? "" : t("Waiting for the bot to connect…");
}
