// One picture at a time: large, with its prompt, what is known of it, its family, and what can be done with it.

import * as api from "./api.js";
import { sure, toldAs } from "./dialogs.js";
import { marked } from "./marked.js";
import { ordered } from "./orders.js";
import { el, part } from "../dom.js";
import { Refusal } from "../link.js";
import { say } from "../words.js";

const DEEPEST = 4; // steps by which the family is drawn to the right
const LATER = ["final", "text", "family-part", "open-discord", "remove", "draw", "collect", "show", "said-link", "edit", "seed"];

/**
 * Shows entries of the gallery; `steps(entry, by)` finds the next one, `onchange(entry)` hears of stars and removals, and
 * `oncollect(ids, inside)` puts jobs into collections.
 */
export class Viewer {
  constructor({ steps, onchange, onclose, oncollect, ontrouble }) {
    this.steps = steps;
    this.oncollect = oncollect;
    this.onchange = onchange;
    this.ontrouble = ontrouble;
    this.dialog = part("viewer");
    this.entry = null;
    part("close").onclick = () => this.dialog.close();
    part("previous").onclick = () => this.#step(-1);
    part("next").onclick = () => this.#step(1);
    part("copy").onclick = () => this.#copy();
    part("star").onclick = () => this.#star();
    part("send").onclick = () => this.#act(() => api.send(this.entry.id), say("sent"));
    part("show").onclick = () => this.#show();
    part("draw").onclick = () => this.#act(async () => location.assign(await api.draw(this.entry.id)), "");
    part("collect").onclick = () => this.#collect();
    part("edit").onclick = () => this.#order("edit_again", false);
    part("seed").onclick = () => this.#order("use_seed", true);
    part("remove").onclick = () => this.#remove();
    this.dialog.addEventListener("close", () => {
      part("shown").replaceChildren(); // a film goes silent
      onclose(this.entry);
    });
    this.dialog.addEventListener("keydown", (event) => {
      if (event.target.closest("video")) return;
      if (event.key === "ArrowLeft") this.#step(-1);
      if (event.key === "ArrowRight") this.#step(1);
    });
    swipes(part("shown"), (by) => this.#step(by));
  }

  /** Show an entry: its pictures at once, the rest when it is known. */
  async open(entry) {
    this.entry = entry;
    part("viewer-title").textContent = entry.what;
    part("when").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
    part("prompt").textContent = entry.prompt;
    part("prompt-part").hidden = !entry.prompt;
    part("said").textContent = "";
    part("shown").replaceChildren(...entry.pictures.map((picture) => shown(picture, entry.prompt)));
    part("download").hidden = entry.pictures.length === 0;
    if (entry.pictures.length) part("download").href = `${api.fileOf(entry.pictures[0])}?download`;
    for (const id of LATER) part(id).hidden = true;
    part("facts").replaceChildren();
    part("star").hidden = entry.kind === "failed";
    this.#showStar();
    part("previous").disabled = !this.steps(entry, -1);
    part("next").disabled = !this.steps(entry, 1);
    if (!this.dialog.open) this.dialog.showModal();
    try {
      const details = await api.details(entry.id);
      if (this.entry === entry) this.#fill(details);
    } catch (error) {
      this.#say(error);
    }
  }

  #fill(details) {
    part("final").hidden = !details.final_prompt;
    part("final-prompt").textContent = details.final_prompt;
    this.#tell(details.text);
    part("facts").replaceChildren(...Object.entries(details.facts).flatMap(([name, value]) => fact(name, value)));
    part("open-discord").hidden = !details.message;
    part("open-discord").href = details.message;
    for (const id of ["remove", "collect", "show"]) part(id).hidden = !details.can_be_removed;
    part("draw").hidden = !details.can_be_drawn;
    part("edit").hidden = !details.can_be_edited;
    part("seed").hidden = !details.has_seed;
    this.inside = details.collections;
    part("family-part").hidden = details.family.length === 0;
    part("family").replaceChildren(...tree(details.family).map((one) => this.#relative(one)));
  }

  /** Say what came of a job: below its picture, or in place of it. */
  #tell(text) {
    const isAlone = this.entry.pictures.length === 0;
    part("text").hidden = isAlone || !text;
    part("text").replaceChildren(...marked(text));
    if (isAlone) part("shown").replaceChildren(el("p", { className: "words" }, ...marked(text)));
  }

  #relative({ entry, depth }) {
    const line = document.createElement("li");
    line.className = `depth-${Math.min(depth, DEEPEST)}`;
    const button = document.createElement("button");
    button.type = "button";
    button.ariaCurrent = String(entry.id === this.entry.id);
    if (entry.pictures.length) {
      const image = document.createElement("img");
      image.src = api.thumbnailOf(entry.pictures[0]);
      image.alt = "";
      button.append(image);
    }
    button.append(entry.what);
    button.onclick = () => this.open(entry);
    line.append(button);
    return line;
  }

  #step(by) {
    const next = this.steps(this.entry, by);
    if (next) this.open(next);
  }

  async #copy() {
    await navigator.clipboard.writeText(this.entry.prompt);
    part("said").textContent = say("copied");
  }

  async #star() {
    const { entry } = this;
    const isOn = !entry.is_favourite;
    await this.#act(() => api.star(entry.id, isOn), "", () => {
      entry.is_favourite = isOn;
      this.#showStar();
      this.onchange(entry);
    });
  }

  #showStar() {
    const isOn = Boolean(this.entry.is_favourite);
    part("star").ariaPressed = String(isOn);
    part("star").ariaLabel = say(isOn ? "unstar" : "star");
    part("star").title = part("star").ariaLabel;
  }

  async #show() {
    part("show").disabled = true; // a second press would post it twice
    await this.#act(() => api.show(this.entry.id), say("shown"), leadTo);
    part("show").disabled = false;
  }

  async #order(title, withSeed) {
    for (const id of ["edit", "seed"]) part(id).disabled = true; // a seed takes its time
    await this.#act(() => ordered(this.entry.id, say(title), withSeed), "", (address) => {
      if (!address) return;
      part("said").textContent = say("running");
      leadTo(address);
    });
    for (const id of ["edit", "seed"]) part(id).disabled = false;
  }

  async #collect() {
    const { entry } = this;
    await this.oncollect([entry.id], this.inside);
    try {
      const details = await api.details(entry.id);
      if (this.entry === entry) this.inside = details.collections;
    } catch (error) {
      this.#say(error);
    }
  }

  async #remove() {
    if (!(await sure(say("remove_title"), say("remove_text"), say("remove_now")))) return;
    const { entry } = this;
    await this.#act(() => api.remove(entry.id), "", () => {
      entry.isRemoved = true;
      this.dialog.close();
      this.onchange(entry);
    });
  }

  async #act(act, done, after = () => {}) {
    part("said-link").hidden = true;
    try {
      const given = await act();
      part("said").textContent = done;
      after(given);
    } catch (error) {
      this.#say(error);
    }
  }

  #say(error) {
    part("said").textContent = toldAs(error);
    if (error instanceof Refusal) this.ontrouble(error);
  }
}

function leadTo(address) {
  part("said-link").href = address;
  part("said-link").hidden = false;
}

function shown(picture, prompt) {
  const made = document.createElement(picture.is_film ? "video" : "img");
  made.src = api.fileOf(picture);
  if (picture.is_film) Object.assign(made, { controls: true, loop: true, autoplay: true, muted: true, ariaLabel: prompt });
  else Object.assign(made, { alt: prompt, width: picture.width, height: picture.height });
  return made;
}

function fact(name, value) {
  const [term, said] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = say(name) || name;
  said.textContent = value;
  return [term, said];
}

/** The family as lines, each child below its parent. */
function tree(family) {
  const ids = new Set(family.map((entry) => entry.id));
  const lines = [];
  const add = (entry, depth) => {
    lines.push({ entry, depth });
    for (const child of family) if (child.parent === entry.id) add(child, depth + 1);
  };
  for (const entry of family) if (!ids.has(entry.parent)) add(entry, 0);
  return lines;
}

function swipes(place, onswipe) {
  let start = null;
  place.addEventListener("pointerdown", (event) => {
    start = event.pointerType === "touch" && event.isPrimary ? event : null;
  });
  place.addEventListener("pointerup", (event) => {
    if (!start) return;
    const [across, down] = [event.clientX - start.clientX, event.clientY - start.clientY];
    if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) onswipe(across < 0 ? 1 : -1);
  });
}
