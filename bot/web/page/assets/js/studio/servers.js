// The servers that use Easel: paused or not, and who is blocked there.

import * as api from "./api.js";
import { act, ask, button } from "./acting.js";
import { el } from "../dom.js";
import { ago, moment } from "./format.js";
import { person, server, serverName } from "./names.js";
import { say } from "../words.js";

/** All servers of the last days. */
export class Servers {
  async view() {
    const { servers, bans } = await api.servers();
    const banned = bans.length ? [el("h2", {}, say("bans")), el("ul", { className: "rows" }, ...bans.map(ban))] : [];
    if (!servers.length) return [el("p", { className: "empty" }, say("nothing_servers")), ...banned];
    return [el("p", { className: "about" }, say("last_days", { days: 30 })), el("ul", { className: "rows" }, ...servers.map(row)), ...banned];
  }
}

function row(one) {
  const title = el("p", { className: "title" }, server(one.id), one.is_paused ? el("span", { className: "badge" }, say("paused")) : "");
  const blocked = one.blocked.length ? el("div", { className: "blocked" }, el("h3", {}, say("blocked")), el("ul", {}, ...one.blocked.map((member) => blockedOne(one.id, member)))) : "";
  const words = el("div", { className: "words" }, title, el("p", { className: "meta" }, one.spent), blocked);
  return el("li", { className: `row tone-${one.is_paused ? "wait" : "good"}` }, words, el("div", { className: "acts" }, pausing(one)));
}

function ban(one) {
  const whose = one.kind === "server" ? server(one.id) : person(one.id);
  const until = one.until ? say("ends", { when: moment(one.until) }) : say("for_good");
  const words = el("div", { className: "words" }, el("p", { className: "title" }, whose), el("p", { className: "meta" }, `${until} · ${ago(one.at)} · `, person(one.by)), el("p", { className: "why" }, one.reason));
  const lifting = one.can_lift ? button(say("lift"), () => act(() => api.lift(one.kind, one.id))) : "";
  return el("li", { className: "row tone-bad" }, words, el("div", { className: "acts" }, lifting));
}

function pausing({ id, is_paused: isPaused }) {
  if (isPaused) return button(say("resume"), () => act(() => api.actOnServer(id, "resume")));
  return button(say("pause"), () => ask(say("sure_pause", { server: serverName(id) }), say("sure_pause_text"), say("pause"), () => api.actOnServer(id, "pause")));
}

function blockedOne(id, member) {
  return el("li", {}, person(member), button(say("unblock"), () => act(() => api.actOnMember(id, member, "unblock"))));
}
