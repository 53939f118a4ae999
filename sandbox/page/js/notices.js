// Short calm sentences at the edge of the page.

import { h, icon } from "./dom.js";
import { ICONS } from "./icons.js";
import { t } from "./words.js";

const SHOWN_MS = 7000;
const MAX_SHOWN = 3;

/** Show a sentence for a while. */
export function notice(sentence) {
  const host = document.getElementById("notices");
  const close = h("button", { type: "button", class: "icon-button", "aria-label": t("Dismiss") }, icon(ICONS.close));
  const note = h("div", { class: "notice", "data-testid": "notice" }, h("p", {}, sentence), close);
  close.addEventListener("click", () => note.remove());
  host.append(note);
  while (host.children.length > MAX_SHOWN) host.firstElementChild.remove();
  setTimeout(() => note.remove(), SHOWN_MS);
}
