// The grid: only the rows near the window are in the page, so that thousands of pictures cost what some dozens do.

import { thumbnailOf } from "./api.js";
import { GAP, rowsOf, seenOf, shapeOf } from "./layout.js";
import { say } from "../words.js";

const AHEAD = 1.5; // screens above and below that are kept ready
const FETCH_AHEAD = 3; // screens from the end at which more is asked for

/** A grid of entries in `place`; `onpress(entry, tile)` and `onend()` are called when a tile is pressed, and near the end. */
export class Grid {
  constructor(place) {
    this.place = place;
    this.entries = [];
    this.chosen = null; // ids, while choosing
    this.tiles = new Map();
    this.rows = [];
    this.onpress = () => {};
    this.onend = () => {};
    addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#lay()).observe(place);
  }

  /** Show entries, these and no others. */
  show(entries) {
    this.entries = entries;
    for (const [number, tile] of this.tiles) {
      if (entries[number]?.id === tile.dataset.id) continue;
      tile.remove();
      this.tiles.delete(number);
    }
    this.#lay();
  }

  /** Draw what changed of the entries that can be seen. */
  refresh() {
    for (const tile of this.tiles.values()) tile.remove();
    this.tiles.clear();
    this.#lay();
  }

  /** Bring an entry into the window, and the keyboard to it. */
  focus(entry) {
    const number = this.entries.indexOf(entry);
    const row = this.rows.find((one) => number >= one.first && number < one.first + one.widths.length);
    if (!row) return;
    const at = this.place.getBoundingClientRect().top + scrollY + row.top;
    if (at < scrollY + 120 || at + row.height > scrollY + innerHeight) scrollTo({ top: at - innerHeight / 3 });
    this.#draw();
    this.tiles.get(number)?.focus({ preventScroll: true });
  }

  #soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.#draw();
    });
  }

  #lay() {
    const width = this.place.clientWidth;
    if (!width) return;
    this.rows = rowsOf(this.entries.map(shapeOf), width);
    const last = this.rows.at(-1);
    this.place.style.height = last ? `${last.top + last.height}px` : "";
    this.#draw();
  }

  #draw() {
    const top = -this.place.getBoundingClientRect().top;
    const [from, to] = seenOf(this.rows, top - innerHeight * AHEAD, top + innerHeight * (1 + AHEAD));
    const wanted = new Set();
    for (const row of this.rows.slice(from, to)) this.#drawRow(row, wanted);
    for (const [number, tile] of this.tiles) {
      if (wanted.has(number)) continue;
      tile.remove();
      this.tiles.delete(number);
    }
    const last = this.rows.at(-1);
    if (!last || last.top - top < innerHeight * FETCH_AHEAD) this.onend();
  }

  #drawRow(row, wanted) {
    let left = 0;
    row.widths.forEach((width, place) => {
      const number = row.first + place;
      wanted.add(number);
      let tile = this.tiles.get(number);
      if (!tile) {
        tile = this.#tile(this.entries[number]);
        this.tiles.set(number, tile);
        this.#put(number, tile);
      }
      Object.assign(tile.style, { top: `${row.top}px`, left: `${left}px`, width: `${width}px`, height: `${row.height}px` });
      left += width + GAP;
    });
  }

  /** In the order of the entries, so that the keyboard goes through them in it. */
  #put(number, tile) {
    const later = [...this.tiles.keys()].filter((one) => one > number);
    this.place.insertBefore(tile, later.length ? this.tiles.get(Math.min(...later)) : null);
  }

  #tile(entry) {
    const tile = document.createElement("button");
    tile.type = "button";
    tile.className = "tile";
    tile.dataset.id = entry.id;
    const [picture] = entry.pictures;
    if (picture) {
      const image = document.createElement("img");
      image.src = thumbnailOf(picture);
      image.alt = "";
      image.decoding = "async";
      tile.append(image);
    }
    tile.classList.toggle("wordy", !picture);
    const words = document.createElement("span");
    words.className = "words";
    words.textContent = [entry.what, entry.prompt].filter(Boolean).join(" · ");
    tile.append(words, badges(entry));
    if (this.chosen) tile.ariaPressed = String(this.chosen.has(entry.id));
    tile.addEventListener("click", () => this.onpress(entry, tile));
    return tile;
  }
}

function badges(entry) {
  const place = document.createElement("span");
  place.className = "mark-of";
  if (entry.is_favourite) place.append(badge("i-star"));
  if (entry.pictures[0]?.is_film) place.append(badge("i-film", say("film")));
  if (entry.pictures.length > 1) place.append(badge("", say("several", { count: entry.pictures.length }), entry.pictures.length));
  return place;
}

function badge(icon, name = "", text = "") {
  const made = document.createElement("span");
  made.className = "badge";
  if (name) made.title = name;
  if (icon) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#${icon}`);
    svg.append(use);
    made.append(svg);
  }
  made.append(text);
  return made;
}
