// What moderators and owners did, newest first.

import * as api from "./api.js";
import { el } from "../dom.js";
import { ago, moment } from "./format.js";
import { more } from "./jobs.js";
import { person, server } from "./names.js";
import { say } from "../words.js";

/** The audit. */
export class Audit {
  async view() {
    const found = await api.audit();
    if (!found.acts.length) return [el("p", { className: "empty" }, say("nothing_audit"))];
    const rows = el("ul", { className: "rows" }, ...found.acts.map(row));
    return [rows, more(found.more, rows, api.audit, ({ acts }) => acts.map(row))];
  }
}

function row(act) {
  const when = el("time", { dateTime: act.at, title: moment(act.at) }, ago(act.at));
  const [, member] = /^(?:member:)?(\d{15,20})$/.exec(act.target) ?? [];
  const target = member ? person(member) : el("code", {}, act.target);
  const title = el("p", { className: "title" }, act.act, act.target ? " " : "", act.target ? target : "");
  const meta = el("p", { className: "meta" }, person(act.actor), " · ", act.server ? server(act.server) : say("everywhere"), " · ", when);
  const change = act.before || act.after ? el("p", { className: "why" }, el("code", {}, act.before || "–"), " → ", el("code", {}, act.after || "–")) : "";
  const reason = act.reason ? el("p", { className: "why" }, say("reason", { reason: act.reason })) : "";
  return el("li", { className: "row" }, el("div", { className: "words" }, title, meta, change, reason));
}
