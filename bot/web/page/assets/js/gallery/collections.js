// Collections: which one is shown, and what is put into which.

import * as api from "./api.js";
import { naming, sure, toldAs } from "./dialogs.js";
import { part } from "../dom.js";
import { say } from "../words.js";

const NEW = "+"; // no id of a collection

/** The member's collections; `onchoose(id)` is called when another one is to be shown, "" for all there is. */
export class Collections {
  constructor({ onchoose, ontrouble }) {
    this.onchoose = onchoose;
    this.ontrouble = ontrouble;
    this.known = [];
    this.shown = "";
    part("collection").onchange = () => this.#choose(part("collection").value);
    part("rename").onclick = () => this.#rename();
    part("delete").onclick = () => this.#delete();
    part("sets-new").onclick = async () => {
      const made = await this.#create();
      if (!made) return;
      this.#list();
      await this.#press(made, part("sets-list").querySelector("button")); // it is new, so it stands first
    };
    part("sets-done").onclick = () => part("sets").close();
  }

  /** Ask for them anew and show them. */
  async refresh() {
    try {
      this.known = await api.collections();
    } catch (error) {
      this.ontrouble(error);
      return;
    }
    const isGone = this.shown && !this.#named(this.shown);
    if (isGone) this.shown = "";
    this.#show();
    if (isGone) this.onchoose("");
  }

  /** Let the member put jobs into collections; of a single one, `inside` says in which it is. */
  async open(ids, inside = null) {
    this.ids = ids;
    this.inside = inside && new Set(inside);
    this.#list();
    part("sets").showModal();
    await new Promise((done) => {
      part("sets").onclose = done;
    });
    await this.refresh();
  }

  #named(id) {
    return this.known.find((one) => one.id === id);
  }

  #show() {
    const all = option("", say("any_collection"));
    const named = this.known.map((one) => option(one.id, say("collection_entry", one)));
    part("collection").replaceChildren(all, ...named, option(NEW, say("new_collection")));
    part("collection").value = this.shown;
    for (const id of ["rename", "delete"]) part(id).hidden = !this.shown;
  }

  async #choose(id) {
    if (id === NEW) {
      part("collection").value = this.shown;
      await this.#create();
      return;
    }
    this.shown = id;
    this.#show();
    this.onchoose(id);
  }

  async #create() {
    const made = await naming(say("collection_name"), "", api.createCollection);
    if (!made) return null;
    this.known = [made, ...this.known];
    this.#show();
    return made;
  }

  async #rename() {
    const { id, name } = this.#named(this.shown);
    await naming(say("rename_collection"), name, (chosen) => api.renameCollection(id, chosen));
    await this.refresh();
  }

  async #delete() {
    const { id, name } = this.#named(this.shown);
    if (!(await sure(say("delete_title", { name }), say("delete_text"), say("delete_now")))) return;
    await api.deleteCollection(id).catch(this.ontrouble);
    await this.refresh();
  }

  #list() {
    const lines = this.known.map((one) => this.#line(one));
    part("sets-said").textContent = lines.length ? "" : say("no_collections");
    part("sets-list").replaceChildren(...lines);
  }

  #line(collection) {
    const [line, button] = [document.createElement("li"), document.createElement("button")];
    button.type = "button";
    button.className = "plain";
    button.textContent = collection.name;
    if (this.inside) button.ariaPressed = String(this.inside.has(collection.id));
    button.onclick = () => this.#press(collection, button);
    line.append(button);
    return line;
  }

  async #press(collection, button) {
    const isIn = this.inside?.has(collection.id);
    try {
      await (isIn ? api.takeOut : api.collect)(collection.id, this.ids);
      if (isIn) this.inside.delete(collection.id);
      else this.inside?.add(collection.id);
      if (this.inside) button.ariaPressed = String(!isIn);
      part("sets-said").textContent = isIn ? "" : say("added", collection);
    } catch (error) {
      part("sets-said").textContent = toldAs(error);
    }
  }
}

function option(value, text) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}
