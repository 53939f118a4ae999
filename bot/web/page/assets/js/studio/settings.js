// The settings, those first that differ from their defaults. Secrets never come here.

import * as api from "./api.js";
import { act, button } from "./acting.js";
import { el } from "../dom.js";
import { say } from "../words.js";

/** All settings, or those that differ. */
export class Settings {
  constructor() {
    this.onlyChanged = true;
    this.onchoose = () => {};
  }

  async view() {
    const { settings } = await api.settings();
    const only = button(say("only_changed"), () => this.onchoose(!this.onlyChanged));
    only.className = "chip";
    only.ariaPressed = String(this.onlyChanged);
    const reload = button(say("reload"), () => act(api.reload));
    reload.classList.add("apart");
    const shown = settings.filter((one) => one.differs || !this.onlyChanged);
    return [el("div", { className: "chips" }, only, reload), el("p", { className: "about" }, say("about_settings")), el("ul", { className: "rows" }, ...shown.map(row))];
  }
}

function row(one) {
  const value = one.is_hidden ? el("span", { className: "meta" }, say("secret_set")) : one.value ? el("code", {}, one.value) : el("span", { className: "meta" }, say("empty"));
  const byDefault = !one.has_default ? "" : one.default ? say("default", { value: one.default }) : say("no_default");
  const meta = one.differs && byDefault ? el("p", { className: "meta" }, byDefault) : "";
  const about = el("p", { className: "meta", lang: "en" }, one.about);
  const name = el("div", { className: "words" }, el("p", { className: "title" }, el("code", { className: "name" }, one.name)), about);
  const set = el("div", { className: "words" }, el("p", { className: "value" }, value), meta);
  return el("li", { className: `row setting tone-${one.differs ? "run" : "still"}` }, name, set);
}
