// The owner's page: what there is at a glance, one part of it at a time, and what happens when the link ends.

import * as api from "./api.js";
import { listen, tell } from "./acting.js";
import { Audit } from "./audit.js";
import { ago, clock, number } from "./format.js";
import { Jobs, LISTS } from "./jobs.js";
import { fill } from "./names.js";
import { Servers } from "./servers.js";
import { Settings } from "./settings.js";
import { Units } from "./units.js";
import { showCard } from "../card.js";
import { el, part } from "../dom.js";
import { Refusal } from "../link.js";
import { say, speak } from "../words.js";

const EVERY_MS = 10_000;
const FINAL = { damaged: "damaged_title", expired: "expired_title", refused: "trouble_title" };

const parts = { jobs: new Jobs(), units: new Units(), servers: new Servers(), audit: new Audit(), settings: new Settings() };
let chosen = "jobs";
let asked = 0; // how often a part was asked for: only the last answer is shown

/** Tell of trouble: instead of the page where nothing can be done here any more, else below it. */
function refuse(error) {
  if (error.body?.texts) speak(error.body.locale, error.body.texts);
  const text = error instanceof Refusal ? error.message : say("unreachable") || error.message;
  const isOver = ["damaged", "expired"].includes(error.kind);
  if (!isOver && !part("studio").hidden) {
    tell(text);
    return;
  }
  if (part("sure").open) part("sure").close();
  showCard("studio", say(FINAL[error.kind] ?? "trouble_title") || "Easel", text, isOver ? null : () => location.reload());
}

async function glance() {
  const isKnown = !part("studio").hidden;
  const found = await api.overview(isKnown);
  if (found.texts) speak(found.locale, found.texts);
  part("until").textContent = say("until", { time: clock(found.ends_at) });
  part("alerts").replaceChildren(...found.alerts.map(alert));
  showTiles(found);
  part("card").hidden = true;
  part("studio").hidden = false;
}

function alert({ text, level, since }) {
  const meta = el("p", { className: "meta" }, `${say(`level_${level}`)} · ${ago(since)}`);
  const tones = { critical: "bad", warning: "wait", info: "run" };
  return el("li", { className: `row tone-${tones[level]}` }, el("div", { className: "words" }, el("p", {}, text), meta));
}

function showTiles(found) {
  const lists = LISTS.filter((list) => list in found.counts).map((list) => {
    const isWrong = found.counts[list] > 0 && ["uncertain", "undeliverable"].includes(list);
    return tile(say(`list_${list}`), number(found.counts[list]), "", isWrong, () => chooseList(list));
  });
  const most = found.units_per_day === null ? "" : say("units_of", { most: number(found.units_per_day) });
  const known = found.relays.filter(({ left }) => left !== null);
  const [relay] = known.sort((one, other) => (one.days_left ?? Infinity) - (other.days_left ?? Infinity) || 0); // which ends first
  const days = relay?.days_left ? say("balance_days", { days: number(relay.days_left, 1) }) : "";
  const told = [known.length > 1 ? relay.relay : "", days].filter(Boolean).join(" · ") || (relay?.relay ?? say("balance_unknown"));
  const tiles = [
    ...lists,
    tile(say("units_today"), number(found.units_today), most, false, () => choose("units")),
    tile(say("balance"), relay ? number(relay.left, 2) : "–", told, false, () => choose("units")),
  ];
  const place = part("tiles");
  if (place.children.length !== tiles.length) place.replaceChildren(...tiles);
  else tiles.forEach((made, at) => replaceWords(place.children[at], made)); // what has the keyboard keeps it
}

function replaceWords(old, made) {
  old.className = made.className;
  old.replaceChildren(...made.childNodes);
}

function tile(name, value, below, isWrong, onclick) {
  const words = [el("span", { className: "name" }, name), el("b", {}, value), el("small", {}, below)];
  return el("button", { type: "button", className: isWrong ? "tile wrong" : "tile", onclick }, ...words);
}

async function show() {
  const mine = (asked += 1);
  showParts();
  try {
    const made = await parts[chosen].view();
    if (mine !== asked) return;
    replaceView(made.filter(Boolean));
    await fill(part("view"));
  } catch (error) {
    refuse(error);
  }
}

/** Whoever had the keyboard in the part has it at the same button again, or else at the part. */
function replaceView(made) {
  const view = part("view");
  const held = view.contains(document.activeElement) ? document.activeElement.textContent : null;
  view.replaceChildren(...made);
  if (held === null) return;
  const same = [...view.querySelectorAll("button")].find((button) => button.textContent === held);
  (same ?? view).focus();
}

function showParts() {
  const buttons = Object.keys(parts).map((name) =>
    el("button", { type: "button", ...(name === chosen ? { "aria-current": "page" } : {}), onclick: () => choose(name) }, say(name)),
  );
  const place = part("parts");
  const focused = [...place.children].indexOf(document.activeElement);
  place.replaceChildren(...buttons);
  place.children[focused]?.focus();
}

function choose(name) {
  chosen = name;
  show();
}

function chooseList(list) {
  parts.jobs.list = list;
  choose("jobs");
}

async function refresh() {
  try {
    await glance();
    await show();
  } catch (error) {
    refuse(error);
  }
}

/** Bring up to date what nobody is about to press or has turned pages of. */
async function keepUp() {
  if (document.hidden || part("studio").hidden || part("sure").open) return;
  const isAtRest = !part("view").contains(document.activeElement) && scrollY < innerHeight / 2;
  try {
    await glance();
    if (chosen === "jobs" && isAtRest) await show();
  } catch (error) {
    refuse(error);
  }
}

parts.jobs.onchoose = chooseList;
parts.units.onchoose = (days) => {
  parts.units.days = days;
  show();
};
parts.settings.onchoose = (isOn) => {
  parts.settings.onlyChanged = isOn;
  show();
};
listen({ ontrouble: refuse, ondone: refresh });
part("refresh").onclick = refresh;
setInterval(keepUp, EVERY_MS);
addEventListener("hashchange", () => location.reload());
refresh();
