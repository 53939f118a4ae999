// What was spent, by day, engine, member and server, and what the relay says of its key.

import * as api from "./api.js";
import { byDay, ranking } from "./charts.js";
import { button } from "./acting.js";
import { el } from "../dom.js";
import { ago, number } from "./format.js";
import { person, server } from "./names.js";
import { say } from "../words.js";

const SPANS = [7, 30, 90, 365];

/** What was spent in so many days. */
export class Units {
  constructor() {
    this.days = 30;
    this.onchoose = () => {};
  }

  async view() {
    const found = await api.units(this.days);
    const chart = found.series.length ? byDay(found, document.getElementById("view").clientWidth) : el("p", { className: "empty" }, say("nothing_spent"));
    const [engines, members, servers] = [
      ["engine", ({ name }) => name],
      ["member", ({ name }) => person(name)],
      ["server", ({ name }) => server(name)],
    ].map(([by, nameOf]) => list(by, found.by[by], nameOf));
    return [this.#choice(), el("section", { className: "box" }, el("h2", {}, say("by_day")), chart), el("div", { className: "columns" }, el("div", {}, engines, servers, relays(found.relays)), el("div", {}, members))];
  }

  #choice() {
    const buttons = SPANS.map((days) => {
      const made = button(say("last_days", { days }), () => this.onchoose(days));
      made.className = "chip";
      made.ariaPressed = String(days === this.days);
      return made;
    });
    return el("div", { className: "chips" }, ...buttons);
  }
}

function list(by, { rows, others }, nameOf) {
  if (!rows.length) return "";
  const all = others ? [...rows, { ...others, name: null }] : rows;
  return ranking(say(`by_${by}`), all, (row) => (row.name === null ? say("others") : nameOf(row)));
}

function relays(told) {
  const known = told.filter(({ left }) => left !== null);
  const lines = known.map((one) => {
    const drift = one.drift > 0 ? el("p", { className: "why" }, say("relay_drift", { percent: number(one.drift * 100, 1) })) : "";
    const left = say("relay_left", { left: number(one.left, 2), used: number(one.used, 2), when: ago(one.at) });
    const days = one.days_left === null ? "" : el("p", { className: "meta" }, say("relay_days", { days: number(one.days_left, 1) }));
    const words = [el("p", { className: "title" }, one.relay), el("p", { className: "meta" }, left), days, drift];
    return el("li", { className: "row" }, el("div", { className: "words" }, ...words));
  });
  const none = lines.length ? "" : el("p", { className: "meta" }, say("relay_none"));
  return el("section", { className: "box" }, el("h2", {}, say("relays")), none, el("ul", { className: "rows plain-rows" }, ...lines));
}
