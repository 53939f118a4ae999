// Small pieces that the panel's tabs share.

import { arrange, h } from "./dom.js";
import { notice } from "./notices.js";
import { t } from "./words.js";

/** A titled part of a tab. */
export function part(title, ...children) {
  return h("section", { class: "panel-part" }, h("h3", {}, title), ...children);
}

/** A button that does something and says so when it cannot. */
export function action(label, run, { kind = "secondary", detail = "", testId } = {}) {
  const go = (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    Promise.resolve(run()).catch((error) => notice(error.message)).finally(() => {
      button.disabled = false;
      if (document.activeElement === document.body) button.focus();
    });
  };
  return h(
    "button",
    { type: "button", class: `button ${kind}`, title: detail, "data-testid": testId, onclick: go },
    h("span", {}, label),
  );
}

/** A control with its label above. */
export function labelled(text, control) {
  return h("label", { class: "panel-field" }, h("span", {}, text), control);
}

/** A choice of `[value, label]` pairs. */
export function choice(pairs, attributes = {}) {
  return h("select", attributes, pairs.map(([value, label]) => h("option", { value }, label)));
}

/** A field that narrows a list down, and one choice beside it. */
export function filterBar(name, pairs, onChange) {
  const search = h("input", { type: "search", placeholder: t("Filter"), "aria-label": t("Filter the {name}", { name }), oninput: onChange });
  const kind = choice(pairs, { "aria-label": t("Which {name}", { name }), onchange: onChange });
  return {
    element: h("div", { class: "filter-bar" }, search, kind),
    kind: () => kind.value,
    fits: (text) => text.toLowerCase().includes(search.value.trim().toLowerCase()),
  };
}

/** A list whose rows are built once per key, so that what is unfolded or focused stays so. */
export function keyedList(label, emptyText) {
  const list = h("ol", { class: "panel-list", "aria-label": label });
  const empty = h("p", { class: "quiet" }, emptyText);
  let rows = new Map(); // key -> {stamp, node}
  return {
    element: h("div", {}, empty, list),
    show(entries) {
      const kept = new Map();
      for (const { key, stamp, build } of entries) {
        const known = rows.get(key);
        kept.set(key, known?.stamp === stamp ? known : { stamp, node: h("li", {}, build()) });
      }
      rows = kept;
      empty.hidden = kept.size > 0;
      list.hidden = kept.size === 0;
      arrange(list, [...kept.values()].map(({ node }) => node));
    },
  };
}

/** The time of day, to the second. */
export const timeOfDay = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

/** A small coloured word: good, bad, busy or plain. */
export const chip = (text, kind) => h("span", { class: `chip ${kind}` }, text);
