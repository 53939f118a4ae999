// Charts: bars by day, one colour for each engine, and single bars for lists. All sizes are attributes of the drawing.

import { el, svg } from "../dom.js";
import { day, number } from "./format.js";
import { say } from "../words.js";

const NARROWEST = 280;
const HEIGHT = 210;
const AROUND = 38; // what stands beside the drawing in its box
const LEFT = 44; // room for the numbers
const BOTTOM = 22; // and for the days
const LINES = 4;
const COLOURS = 7;
const DAY_WIDTH = 92; // for the name of a day

const colour = (place) => `c${place % COLOURS}`;

/** A number at or above whose lines stand at numbers that people count by. */
function ceiling(most) {
  const least = Math.max(1, most / LINES);
  const unit = 10 ** Math.floor(Math.log10(least));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((round) => round * unit).find((round) => round >= least && Number.isInteger(round));
  return LINES * step;
}

/** Bars for days, with what each colour means and the same as a table. */
export function byDay({ days, series }, room) {
  const width = Math.max(NARROWEST, room - AROUND);
  const sums = days.map((_day, place) => series.reduce((sum, one) => sum + one.units[place], 0));
  const most = ceiling(Math.max(...sums));
  const text = `${say("by_day")}: ${days.map((one, place) => (sums[place] ? `${day(one)} ${sums[place]}` : "")).filter(Boolean).join(", ")}`;
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": text, class: "chart" });
  drawing.append(...lines(most, width), ...bars(days, series, sums, most, width), ...daysBelow(days, width));
  const legend = el("ul", { className: "legend" }, ...series.map((one, place) => entry(one, place)));
  return el("figure", {}, drawing, legend, table(days, series, sums));
}

function lines(most, width) {
  return Array.from({ length: LINES + 1 }, (_none, step) => {
    const y = heightOf((most * step) / LINES, most);
    const label = svg("text", { x: LEFT - 8, y: y + 4, class: "label end" }, number((most * step) / LINES));
    return svg("g", {}, svg("line", { x1: LEFT, x2: width, y1: y, y2: y, class: "line" }), label);
  });
}

const heightOf = (units, most) => 8 + (HEIGHT - BOTTOM - 8) * (1 - units / most);

function bars(days, series, sums, most, room) {
  const step = (room - LEFT) / days.length;
  const width = Math.max(1, step * 0.72);
  return days.map((one, place) => {
    const column = svg("g", {}, svg("title", {}, `${day(one)}: ${number(sums[place])}`));
    const x = LEFT + step * place + (step - width) / 2;
    let below = 0;
    series.forEach(({ units }, number_) => {
      const top = heightOf(below + units[place], most);
      const height = heightOf(below, most) - top;
      if (height > 0) column.append(svg("rect", { x, y: top, width, height, class: colour(number_) }));
      below += units[place];
    });
    return column;
  });
}

function daysBelow(days, width) {
  const step = (width - LEFT) / days.length;
  const every = Math.ceil((days.length * DAY_WIDTH) / (width - LEFT));
  return days.flatMap((one, place) => {
    if ((days.length - 1 - place) % every) return [];
    const isLast = place === days.length - 1;
    const x = isLast ? width : LEFT + step * (place + 0.5);
    return [svg("text", { x, y: HEIGHT - 4, class: isLast ? "label end" : "label middle" }, day(one))];
  });
}

function entry({ name, units }, place) {
  const sum = units.reduce((one, other) => one + other, 0);
  return el("li", {}, swatch(place), `${name} `, el("b", {}, number(sum)));
}

function swatch(place) {
  return svg("svg", { viewBox: "0 0 10 10", class: "swatch", "aria-hidden": "true" }, svg("rect", { width: 10, height: 10, rx: 3, class: colour(place) }));
}

function table(days, series, sums) {
  const head = el("tr", {}, ...[say("day"), ...series.map(({ name }) => name), say("total")].map((name) => el("th", { scope: "col" }, name)));
  const rows = days.flatMap((one, place) => {
    if (!sums[place]) return [];
    const cells = [...series.map(({ units }) => units[place]), sums[place]].map((units) => el("td", {}, number(units)));
    return [el("tr", {}, el("th", { scope: "row" }, day(one)), ...cells)];
  });
  const whole = el("div", { className: "wide", tabIndex: 0, role: "region", ariaLabel: say("by_day") }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
  return el("details", {}, el("summary", {}, say("table")), whole);
}

/** A list of bars: each name with its jobs and units. */
export function ranking(title, rows, nameOf) {
  const most = Math.max(1, ...rows.map(({ units }) => units));
  const lines_ = rows.map((row) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, nameOf(row)),
      el("td", { className: "bar" }, bar(row.units / most)),
      el("td", {}, row.jobs),
      el("td", {}, el("b", {}, number(row.units))),
    ),
  );
  return el("section", { className: "box" }, el("h2", {}, title), el("table", { className: "ranking" }, el("tbody", {}, ...lines_)));
}

function bar(share) {
  const width = Math.max(share > 0 ? 1 : 0, share * 100);
  return svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width, height: 8, class: "c0" }));
}
