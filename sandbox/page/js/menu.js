// Small menus: on a message, on the bot's state.

import { h } from "./dom.js";

let close = () => {};

/** Open a menu at an element or a point; entries are `{label, run, danger}` or null for a line. */
export function openMenu(anchor, entries, label) {
  close();
  const opener = document.activeElement;
  const items = entries.map((entry) => (entry === null ? h("hr") : menuItem(entry)));
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, "data-testid": "menu" }, ...items);
  const outside = (event) => !menu.contains(event.target) && close();
  close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    close = () => {};
  };
  document.addEventListener("pointerdown", outside, true);
  menu.addEventListener("keydown", (event) => onKey(event, menu, opener));
  menu.addEventListener("click", () => close());
  document.body.append(menu);
  place(menu, anchor);
  menu.querySelector("button")?.focus();
}

function menuItem({ label, run, danger, content }) {
  return h(
    "button",
    {
      type: "button",
      role: "menuitem",
      tabindex: "-1",
      class: danger && "danger",
      "aria-label": content && label,
      onclick: run,
    },
    content ?? label,
  );
}

function place(menu, anchor) {
  const spot = anchor instanceof Element ? anchor.getBoundingClientRect() : {
    left: anchor.x,
    right: anchor.x,
    top: anchor.y,
    bottom: anchor.y,
  };
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.min(spot.left, innerWidth - width - 8);
  const below = spot.bottom + 4;
  const top = below + height < innerHeight - 8 ? below : Math.max(8, spot.top - height - 4);
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${top}px`;
}

function onKey(event, menu, opener) {
  const items = [...menu.querySelectorAll("button")];
  const index = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (step) items[(index + step + items.length) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") {
    close();
    opener?.focus();
  } else return;
  event.preventDefault();
}
