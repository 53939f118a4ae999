// A select menu: a button that opens a list; one choice closes it, several are sent when it closes.

import { h, icon } from "./dom.js";
import { emojiElement } from "./emoji.js";
import { ICONS } from "./icons.js";
import { t } from "./words.js";

let lastId = 0;

/** The control of a select component: `{element, values()}`; `onChoose(values)` is told of every decision. */
export function selectControl(item, { options, onChoose = () => {}, isBusy = false }) {
  const chosen = new Set(options.filter((option) => option.default).map((option) => option.value));
  const isMultiple = (item.max_values ?? 1) > 1;
  const listId = `select-${(lastId += 1)}`;
  const face = h("span", { class: "face" });
  const opener = h(
    "button",
    {
      type: "button",
      class: "select",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-label": item.placeholder || t("Choose"),
      disabled: item.disabled || isBusy || options.length === 0,
      "data-custom-id": item.custom_id,
      "data-key": item.custom_id,
    },
    face,
    icon(ICONS.chevron),
  );
  const list = h(
    "div",
    { class: "options", role: "listbox", id: listId, "aria-multiselectable": String(isMultiple), hidden: true },
    options.map((option) => optionRow(option, isMultiple)),
  );
  const element = h("div", { class: "select-box" }, opener, list);
  let before = "";

  const paint = () => {
    const labels = options.filter((option) => chosen.has(option.value)).map((option) => option.label);
    face.textContent = labels.join(", ") || (options.length === 0 ? t("Nothing to choose from") : item.placeholder) || t("Choose…");
    face.classList.toggle("empty", labels.length === 0);
    [...list.children].forEach((row, index) => row.setAttribute(
      "aria-selected",
      String(chosen.has(options[index].value)),
    ));
  };
  const values = () => options.map((option) => option.value).filter((value) => chosen.has(value));
  const open = () => {
    before = values().join();
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    list.classList.toggle("above", opener.getBoundingClientRect().bottom + list.offsetHeight > innerHeight - 16);
    (list.querySelector("[aria-selected=true]") ?? list.firstElementChild)?.focus();
  };
  const close = ({ cancelled = false } = {}) => {
    if (list.hidden) return;
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    const isEnough = chosen.size >= (item.min_values ?? 1);
    if (isMultiple && !cancelled && isEnough && values().join() !== before) onChoose(values());
  };
  const choose = (index) => {
    const { value } = options[index];
    if (!isMultiple) {
      chosen.clear();
      chosen.add(value);
      close();
      opener.focus();
      onChoose([value]);
    } else if (!chosen.delete(value) && chosen.size < item.max_values) chosen.add(value);
    paint();
  };

  opener.addEventListener("click", () => (list.hidden ? open() : close()));
  opener.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !list.hidden) return;
    event.preventDefault();
    open();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) choose([...list.children].indexOf(row));
  });
  list.addEventListener(
    "keydown",
    (event) => onListKey(event, list, { choose, leave: (cancelled) => (close({ cancelled }), opener.focus()) }),
  );
  element.addEventListener("focusout", (event) => !element.contains(event.relatedTarget) && close());
  paint();
  return { element, values };
}

function optionRow(option, isMultiple) {
  return h(
    "div",
    {
      role: "option",
      class: "option",
      tabindex: "-1",
      "data-value": option.value,
    },
    option.emoji && emojiElement(option.emoji),
    h(
      "span",
      { class: "option-text" },
      h("span", {}, option.label),
      option.description && h("small", {}, option.description),
    ),
    h("span", { class: isMultiple ? "tick box" : "tick" }, icon(ICONS.check)),
  );
}

function onListKey(event, list, { choose, leave }) {
  const rows = [...list.children];
  const index = rows.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) rows[(index + step + rows.length) % rows.length]?.focus();
  else if (event.key === "Home") rows[0]?.focus();
  else if (event.key === "End") rows.at(-1)?.focus();
  else if ((event.key === "Enter" || event.key === " ") && index >= 0) choose(index);
  else if (event.key === "Escape") leave(false);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
