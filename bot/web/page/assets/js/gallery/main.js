// The gallery: what the member looks for, the grid of it, and what was chosen.

import * as api from "./api.js";
import { Collections } from "./collections.js";
import { toldAs } from "./dialogs.js";
import { Grid } from "./grid.js";
import { Viewer } from "./viewer.js";
import { showCard } from "../card.js";
import { part } from "../dom.js";
import { Refusal } from "../link.js";
import { say, speak } from "../words.js";

const KINDS = ["", "picture", "variation", "single", "film", "text", "failed"];
const TYPING_MS = 200;
const FINAL = { damaged: "damaged_title", expired: "expired_title" };

const wanted = { words: "", kind: "", favourites: false, collection: "" };
let entries = [];
let more = "";
let asking = null;

const grid = new Grid(part("grid"));
const collections = new Collections({
  onchoose: (id) => {
    wanted.collection = id;
    part("choice-take").hidden = !id;
    look();
  },
  ontrouble: refuse,
});
const viewer = new Viewer({
  oncollect: collect,
  steps: (entry, by) => entries[entries.findIndex((one) => one.id === entry.id) + by],
  onchange: changed,
  onclose: (entry) => entry && grid.focus(entries.find((one) => one.id === entry.id)),
  ontrouble: (error) => FINAL[error.kind] && refuse(error),
});

function refuse(error) {
  if (error.body?.texts) speak(error.body.locale, error.body.texts);
  if (viewer.dialog.open) viewer.dialog.close();
  const isFinal = FINAL[error.kind];
  const text = error instanceof Refusal ? error.message : say("unreachable") || error.message;
  showCard("gallery", say(isFinal ?? "trouble_title") || "Easel", text, isFinal ? null : () => location.reload());
}

/** Begin anew with what is wanted now. */
async function look() {
  asking?.abort();
  more = "";
  const found = await ask();
  if (!found) return;
  entries = found.entries;
  show();
  scrollTo({ top: 0 });
}

async function goOn() {
  if (!more || asking) return;
  const found = await ask();
  if (!found) return;
  entries = [...entries, ...found.entries];
  show();
}

async function ask() {
  const mine = new AbortController();
  asking = mine;
  try {
    const found = await api.list(wanted, more, mine.signal);
    if (found.texts && part("gallery").hidden) begin(found);
    more = found.more;
    return found;
  } catch (error) {
    if (error.name !== "AbortError") refuse(error);
    return null;
  } finally {
    if (asking === mine) asking = null;
  }
}

function show() {
  const isFiltered = wanted.words || wanted.kind || wanted.favourites || wanted.collection;
  part("empty").textContent = entries.length ? "" : say(isFiltered ? "nothing_found" : "nothing");
  part("empty").hidden = entries.length > 0;
  grid.show(entries);
}

function changed(entry) {
  const known = entries.find((one) => one.id === entry.id);
  if (known) known.is_favourite = entry.is_favourite;
  if (entry.isRemoved) entries = entries.filter((one) => one.id !== entry.id);
  show();
  grid.refresh();
}

/** Say everything in the member's language, once. */
function begin({ locale, texts }) {
  speak(locale, texts);
  part("words").placeholder = say("search");
  part("card").hidden = true;
  part("gallery").hidden = false;
  const buttons = KINDS.map((kind) => filter(kind ? say(`kind_${kind}`) : say("everything"), () => (wanted.kind = kind), () => wanted.kind === kind));
  const stars = filter(say("favourites"), () => (wanted.favourites = !wanted.favourites), () => wanted.favourites);
  part("filters").replaceChildren(...buttons, stars);
  showFilters();
  collections.refresh();
}

/** Put jobs into collections; what is shown of one may have changed. */
async function collect(ids, inside = null) {
  await collections.open(ids, inside);
  if (wanted.collection) look();
}

function filter(text, change, isOn) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.isOn = isOn;
  button.onclick = () => {
    change();
    showFilters();
    look();
  };
  return button;
}

function showFilters() {
  for (const button of part("filters").children) button.ariaPressed = String(button.isOn());
}

function setChoosing(isOn) {
  grid.chosen = isOn ? new Set() : null;
  part("choose").ariaPressed = String(isOn);
  part("choice").hidden = !isOn;
  part("gallery").classList.toggle("choosing", isOn);
  grid.refresh();
  showChosen();
}

function showChosen() {
  const count = grid.chosen?.size ?? 0;
  part("chosen").textContent = say("chosen", { count });
  for (const id of ["choice-zip", "choice-collect", "choice-take"]) part(id).disabled = count === 0;
}

grid.onend = goOn;
grid.onpress = (entry, tile) => {
  if (!grid.chosen) {
    viewer.open(entry);
    return;
  }
  if (!grid.chosen.delete(entry.id)) grid.chosen.add(entry.id);
  tile.ariaPressed = String(grid.chosen.has(entry.id));
  showChosen();
};
part("choose").onclick = () => setChoosing(!grid.chosen);
part("choice-cancel").onclick = () => setChoosing(false);
part("choice-zip").onclick = async () => {
  try {
    location.assign(await api.choose([...grid.chosen]));
    setChoosing(false);
  } catch (error) {
    part("chosen").textContent = toldAs(error);
  }
};
part("choice-collect").onclick = async () => {
  await collect([...grid.chosen]);
  setChoosing(false);
};
part("choice-take").onclick = async () => {
  try {
    await api.takeOut(wanted.collection, [...grid.chosen]);
    setChoosing(false);
    await collections.refresh();
    await look();
  } catch (error) {
    part("chosen").textContent = toldAs(error);
  }
};
let typing = 0;
part("words").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    wanted.words = part("words").value.trim();
    look();
  }, TYPING_MS);
});
part("search").addEventListener("submit", (event) => event.preventDefault());

look();
