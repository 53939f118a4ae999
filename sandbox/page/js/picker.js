// The list above the composer: commands, choices, or options to add. The focus stays in the text field.

import { h } from "./dom.js";
import { t } from "./words.js";

/** A listbox steered from an input; `onPick(item)` is called with what was shown. */
export class Picker {
  constructor(host) {
    this.title = h("p", { class: "picker-title" });
    this.list = h("div", { role: "listbox", id: "picker-list", "aria-label": t("Suggestions") });
    this.element = h("div", { class: "picker", hidden: true, "data-testid": "picker" }, this.title, this.list);
    this.element.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the focus in the field
    host.append(this.element);
    this.hide();
  }

  /** Show items `{label, detail, mark}`; `active` -1 highlights none until an arrow key is pressed. */
  show(items, { title, input, onPick, active = 0 }) {
    this.items = items;
    this.input = input;
    this.onPick = onPick;
    this.active = Math.min(active, items.length - 1);
    this.title.replaceChildren(...[title ?? ""].flat());
    this.title.hidden = !title;
    this.list.replaceChildren(...items.map((item, index) => this.row(item, index)));
    this.element.hidden = items.length === 0 && !title;
    this.highlight();
  }

  row(item, index) {
    const row = h(
      "div",
      { role: "option", id: `picker-${index}`, class: item.isCompact ? "option compact" : "option" },
      item.mark && h("span", { class: "mark" }, item.mark),
      h("span", { class: "option-text" }, h("span", {}, item.label), item.detail && h("small", {}, item.detail)),
      item.aside && h("small", { class: "aside" }, item.aside),
    );
    row.addEventListener("click", () => this.pick(index));
    row.addEventListener("mousemove", () => index !== this.active && this.move(index - this.active));
    return row;
  }

  hide() {
    this.element.hidden = true;
    this.items = [];
    this.active = -1;
    this.input?.removeAttribute("aria-activedescendant");
    this.input?.setAttribute("aria-expanded", "false");
  }

  highlight() {
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.active)));
    const row = this.list.children[this.active];
    row?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-expanded", String(!this.element.hidden));
    if (row) this.input.setAttribute("aria-activedescendant", row.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  move(step) {
    if (this.items.length === 0) return;
    const from = this.active < 0 && step < 0 ? 0 : this.active;
    this.active = (from + step + this.items.length) % this.items.length;
    this.highlight();
  }

  pick(index = this.active) {
    const item = this.items[index];
    if (item) this.onPick(item);
    return Boolean(item);
  }

  /** Arrow keys, and Enter or Tab on a highlighted item. True when the key was used. */
  onKey(event) {
    if (this.element.hidden || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isPick = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.active >= 0;
    if (!step && !isPick) return false;
    if (step && this.items.length === 0) return false;
    event.preventDefault();
    if (step) this.move(step);
    else this.pick();
    return true;
  }
}
