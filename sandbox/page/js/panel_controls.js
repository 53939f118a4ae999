// The bot's life, and the family and pace of the loopback relay.

import { get, post } from "./api.js";
import { h } from "./dom.js";
import { notice } from "./notices.js";
import { action, labelled, part } from "./panel_parts.js";
import { processCards } from "./panel_processes.js";
import { state } from "./state.js";
import { t } from "./words.js";

const SPEEDS = [1, 6, 20, 60];

export function controlsTab() {
  const bot = h("div", { class: "panel-stack" });
  const relay = h("div", { class: "panel-stack" });
  const relayControls = makeRelayControls();
  const processes = processCards();
  let botDrawn = "";

  const paintBot = async () => {
    if (state.bot.processes.length > 1) {
      if (bot.lastChild !== processes.element) bot.replaceChildren(processHint(), processes.element);
      processes.show(state.bot.processes, await get("work").catch(() => null));
      return;
    }
    const now = JSON.stringify(state.bot);
    if (now === botDrawn) return;
    const hadFocus = bot.contains(document.activeElement);
    botDrawn = now;
    bot.replaceChildren(...botParts());
    if (hadFocus) bot.querySelector("button")?.focus();
  };
  return {
    label: t("Controls"),
    element: h("div", {}, part(t("The bot"), bot), part(t("The relay"), relay)),
    refresh: async () => {
      paintBot();
      const now = await get("relay").catch(() => undefined);
      if (now === undefined) return;
      relayControls.show(now);
      if (relay.firstChild !== relayControls.element) relay.replaceChildren(relayControls.element);
    },
  };
}

const processHint = () => h("p", { class: "quiet" }, t("Whatever one of them leaves behind, another takes over when its lease is over."));

function botParts() {
  const { connected, process } = state.bot;
  const steer = (what) => () => post("bot", { action: what });
  if (process === null) return [h("p", { class: "quiet" }, t("This sandbox was started without a bot of its own."))];
  const buttons = process.running
    ? [
      action(t("Kill the bot"), steer("kill"), { kind: "danger", detail: t("As a crash would: nothing is said goodbye to") }),
      action(t("Restart cleanly"), steer("restart")),
    ]
    : [action(t("Start it again"), steer("start"), { kind: "success" })];
  const text = connected
    ? t("It is connected. Kill it while a picture is being made, and start it again: nothing is lost, nothing is paid twice.")
    : process.running ? t("It is running, but not connected yet.") : t("It has stopped. What it owes is in its database.");
  return [
    h("p", { class: "quiet", role: "status" }, text),
    h("div", { class: "row" }, buttons),
    process.last_line && h("details", {}, h("summary", {}, t("The last line of its log")), h("pre", { tabindex: "0" }, process.last_line)),
  ].filter(Boolean);
}

function makeRelayControls() {
  const summary = h("p", { class: "quiet" });
  const family = h("select", { "data-testid": "relay-profile" });
  const speeds = h("div", { class: "row segmented", role: "group", "aria-label": t("Pace of the relay") });
  const own = h("p", { class: "quiet", hidden: true }, t("This sandbox uses a relay of your own; it cannot be changed here."));
  const mine = h(
    "div",
    { class: "panel-stack" },
    labelled(t("Acts like"), family),
    summary,
    h("div", { class: "panel-field" }, h("span", {}, t("Pace")), speeds),
    h("p", { class: "quiet" }, t("A grid takes a minute at 1×. The bot and Discord keep the pace that the sandbox was started with.")),
  );
  const element = h("div", {}, own, mine);

  const change = async (body) => {
    try {
      show(await post("relay", body));
    } catch (error) {
      notice(error.message);
    }
  };
  const speedButton = (speed, isNow) => h(
    "button",
    { type: "button", class: "button secondary", "aria-pressed": String(isNow), onclick: () => change({ speed }) },
    h("span", {}, `${speed}×`),
  );
  function show(now) {
    own.hidden = now !== null;
    mine.hidden = now === null;
    if (!now) return;
    if (family.children.length === 0) {
      family.append(...now.profiles.map(({ name }) => h("option", { value: name }, name)));
      family.addEventListener("change", () => change({ profile: family.value }));
    }
    if (document.activeElement !== family) family.value = now.profile;
    summary.textContent = t(now.profiles.find(({ name }) => name === now.profile)?.summary ?? "");
    const offered = [...new Set([...SPEEDS, now.speed])].sort((one, other) => one - other);
    const drawn = `${offered} ${now.speed}`;
    if (speeds.dataset.drawn === drawn) return;
    speeds.dataset.drawn = drawn;
    const hadFocus = speeds.contains(document.activeElement);
    speeds.replaceChildren(...offered.map((speed) => speedButton(speed, speed === now.speed)));
    if (hadFocus) speeds.querySelector("[aria-pressed=true]").focus();
  }
  return { element, show };
}
