// Left: servers, channels, and who one is.

import { avatar, guildIcon } from "./avatars.js";
import { arrange, h, icon } from "./dom.js";
import { become, firstChannel, openChannel } from "./feed.js";
import { ICONS } from "./icons.js";
import {
  DM, channelKind, channelName, currentChannel, displayName, isThread, on, ownDm, people, state, theBot, unreadOf,
} from "./state.js";
import { t } from "./words.js";

const byId = (id) => document.getElementById(id);

export function startSidebar() {
  on(["world", "place", "unread", "bot"], render);
  byId("menu-button").append(icon(ICONS.menu));
  byId("menu-button").addEventListener("click", () => setDrawer(!isDrawerOpen()));
  byId("scrim").addEventListener("click", () => setDrawer(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && isDrawerOpen() && setDrawer(false));
  byId("people").addEventListener("keydown", movePerson);
}

const isDrawerOpen = () => document.body.classList.contains("drawer-open");

function setDrawer(isOpen) {
  document.body.classList.toggle("drawer-open", isOpen);
  byId("menu-button").setAttribute("aria-expanded", String(isOpen));
}

function go(channelId) {
  setDrawer(false);
  openChannel(channelId);
}

function render() {
  const channel = currentChannel();
  const isDm = channel?.type === DM;
  const guild = state.guilds.find((candidate) => candidate.id === channel?.guild_id);
  const focused = document.activeElement?.dataset?.key;
  byId("rail").replaceChildren(homeButton(isDm), h("hr"), ...state.guilds.map((one) => guildButton(one, guild)));
  byId("guild-name").textContent = isDm ? t("Direct messages") : guild?.name ?? "";
  byId("guild-name").title = byId("guild-name").textContent; // a long one is cut off
  byId("guild-about").textContent = isDm || !guild ? "" : aboutGuild(guild);
  arrange(byId("channels"), [isDm ? dmList() : channelList(guild, channel)]);
  byId("people").replaceChildren(...people().map(personButton));
  if (focused) document.querySelector(`#places [data-key="${CSS.escape(focused)}"]`)?.focus();
}

function homeButton(isCurrent) {
  return railButton({
    key: "home", name: t("Direct messages"), isCurrent, picture: icon(ICONS.chat),
    unread: unreadOf(ownDm().id), onclick: () => go(ownDm().id),
  });
}

function guildButton(guild, current) {
  const counts = state.channels.filter((channel) => channel.guild_id === guild.id).map((channel) => unreadOf(channel.id));
  const unread = { count: sum(counts, "count"), pings: sum(counts, "pings") };
  return railButton({
    key: `guild-${guild.id}`, name: guild.name, about: aboutGuild(guild), isCurrent: guild === current, picture: guildIcon(guild),
    unread, onclick: () => go(firstChannel(guild.id)?.id),
  });
}

// Why there is more than one server: each shows another kind of them.
function aboutGuild(guild) {
  if (!guild.has_bot) return t("A server without the bot: only commands that people have installed for themselves");
  return guild.premium_tier > 0 ? t("A server with boosts: larger files") : t("A server with the bot");
}

const sum = (counts, field) => counts.reduce((total, count) => total + count[field], 0);

function railButton({ key, name, about, isCurrent, picture, unread, onclick }) {
  const classes = ["rail-button", unread.count > 0 && "unread"].filter(Boolean).join(" ");
  const label = unread.count > 0 ? `${name}, ${t("{count} unread", { count: unread.count })}` : name;
  return h(
    "button",
    {
      type: "button",
      class: classes,
      "data-key": key,
      title: about ? `${name}\n${about}` : name,
      "aria-label": label,
      "aria-current": isCurrent && "true",
      onclick,
    },
    picture,
    pingBadge(unread),
  );
}

function pingBadge({ pings }) {
  return pings > 0 && h("span", { class: "badge", "aria-label": t("{count} mentions", { count: pings }) }, String(pings));
}

function channelList(guild, current) {
  const own = withThreads(state.channels.filter((channel) => channel.guild_id === guild?.id));
  return h("ul", { "aria-label": t("Channels") }, own.map((channel) => channelItem(channel, current)));
}

// Threads follow their channel; one whose channel is not told stays where it is in the list.
function withThreads(channels) {
  const isChild = (channel) => isThread(channel) && channels.some((parent) => parent.id === channel.parent_id);
  return channels
    .filter((channel) => !isChild(channel))
    .flatMap((channel) => [
      channel,
      ...channels.filter((thread) => isChild(thread) && thread.parent_id === channel.id),
    ]);
}

function dmList() {
  const dm = ownDm();
  const button = channelButton(dm, true, avatar(theBot(), "avatar small"), "dm");
  return h("ul", { "aria-label": t("Direct messages") }, h("li", {}, button));
}

function channelItem(channel, current) {
  const glyph = icon(ICONS[channelKind(channel)]);
  return h(
    "li",
    { class: isThread(channel) && "thread" },
    channelButton(channel, channel === current, glyph, channel.name),
  );
}

function channelButton(channel, isCurrent, glyph, testName) {
  const unread = unreadOf(channel.id);
  const label = [
    channelName(channel),
    isThread(channel) && t("thread"),
    channel.nsfw && t("age-restricted"),
    unread.count > 0 && t("{count} unread", { count: unread.count }),
  ];
  return h(
    "button",
    {
      type: "button", class: unread.count > 0 ? "channel unread" : "channel", "data-channel": testName, "data-key": `channel-${channel.id}`,
      "aria-current": isCurrent && "page", "aria-label": label.filter(Boolean).join(", "), onclick: () => go(channel.id),
    },
    glyph,
    h("span", { class: "name" }, channelName(channel)),
    channel.nsfw && h("span", { class: "age", title: t("Age-restricted") }, "18+"),
    pingBadge(unread),
  );
}

function personButton(user) {
  const isMe = user.id === state.meId;
  const pinged = state.channels.reduce((total, channel) => total + unreadOf(channel.id, user.id).pings, 0);
  return h(
    "button",
    {
      type: "button", class: "person", role: "radio", "aria-checked": String(isMe), tabindex: isMe ? "0" : "-1", title: displayName(user),
      "aria-label": displayName(user), "data-user": user.username, "data-key": `user-${user.id}`, onclick: () => become(user.id),
    },
    avatar(user),
    h("span", { class: "name" }, displayName(user).split(" ")[0]),
    !isMe && pingBadge({ pings: pinged }),
  );
}

function movePerson(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const users = people();
  const index = users.findIndex((user) => user.id === state.meId);
  const next = users[(index + step + users.length) % users.length];
  become(next.id);
  document.querySelector(`[data-key="user-${next.id}"]`)?.focus();
}
