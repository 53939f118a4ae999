// Jobs by how they stand, with what can be done about each.

import * as api from "./api.js";
import { act, ask, attempt, button, menu } from "./acting.js";
import { el } from "../dom.js";
import { ago, moment } from "./format.js";
import { fill, person, personName, server } from "./names.js";
import { say } from "../words.js";

export const LISTS = ["running", "waiting", "uncertain", "undeliverable", "recent"];

/** The jobs of a list, as many as were asked for so far. */
export class Jobs {
  constructor() {
    this.list = "running";
    this.onchoose = () => {};
  }

  /** Make the view; `more` asks for the next page. */
  async view() {
    const found = await api.jobs(this.list);
    const rows = el("ul", { className: "rows" }, ...found.jobs.map(row));
    const about = ["uncertain", "undeliverable"].includes(this.list) && found.jobs.length ? el("p", { className: "about" }, say(`about_${this.list}`)) : "";
    const none = found.jobs.length ? "" : el("p", { className: "empty" }, say(`nothing_${this.list}`));
    return [this.#choice(), about, none, rows, more(found.more, rows, (before) => api.jobs(this.list, before), ({ jobs }) => jobs.map(row))];
  }

  #choice() {
    const buttons = LISTS.map((list) => {
      const made = button(say(`list_${list}`), () => this.onchoose(list));
      made.className = "chip";
      made.ariaPressed = String(list === this.list);
      return made;
    });
    return el("div", { className: "chips" }, ...buttons);
  }
}

/** A button that brings the next page of a list; nothing where there is none. */
export function more(first, rows, asks, made) {
  if (!first) return "";
  let before = first;
  const asking = button(say("more"), () =>
    attempt(async () => {
      const found = await asks(before);
      rows.append(...made(found));
      before = found.more;
      asking.hidden = !before;
      await fill(rows);
    }),
  );
  asking.classList.add("more");
  return asking;
}

function row(job) {
  const facts = [job.state, job.what, job.engine, job.way, job.relay, job.units].filter(Boolean).join(" · ");
  const when = el("time", { dateTime: job.at, title: moment(job.at) }, ago(job.at));
  const meta = el("p", { className: "meta" }, facts, " · ", person(job.member), " · ", server(job.server), " · ", when);
  const why = job.why ? el("p", { className: "why" }, job.why) : "";
  const words = el("div", { className: "words" }, el("p", { className: "title" }, job.title), meta, why);
  return el("li", { className: `row tone-${job.tone}` }, words, el("div", { className: "acts" }, ...acts(job)));
}

function acts(job) {
  const known = {
    cancel: () => button(say("stop"), () => ask(say("sure_cancel"), say("sure_cancel_text"), say("stop"), () => api.actOnJob(job.id, "cancel"))),
    look: () => button(say("look"), () => act(() => api.actOnJob(job.id, "look"))),
    give_up: () => button(say("give_up"), () => ask(say("sure_give_up"), say("sure_give_up_text"), say("give_up"), () => api.actOnJob(job.id, "give_up"))),
  };
  const link = job.message ? el("a", { className: "plain small", href: job.message, target: "_blank", rel: "noreferrer" }, say("open_discord")) : "";
  const member = () => ({ member: personName(job.member) }); // known later than the row
  const block = button(say("block"), () => ask(say("sure_block", member()), say("sure_block_text"), say("block"), () => api.actOnMember(job.server, job.member, "block")));
  const ban = button(say("ban"), () => ask(say("sure_ban", member()), say("sure_ban_text"), say("ban"), (reason) => api.ban(job.member, reason), true));
  const seldom = [job.can_block && block, job.can_ban && ban].filter(Boolean);
  return [...job.acts.map((name) => known[name]()), link, seldom.length ? menu(say("more_acts"), ...seldom) : ""];
}
