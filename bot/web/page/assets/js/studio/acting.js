// What the owner does here: asked about where it cannot be undone, told in a line, and then looked at again.

import { part } from "../dom.js";

let timer = 0;
const SHOWN_MS = 8000;
const handlers = { ontrouble: () => {}, ondone: () => {} };

/** Say who hears of refusals, and of what was done. */
export function listen(given) {
  Object.assign(handlers, given);
}

/** Say something below the page for a while. */
export function tell(text) {
  part("said").textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => (part("said").textContent = ""), SHOWN_MS);
}

/** Do something, and show what is different by then. */
export const act = (doing) =>
  attempt(async () => {
    const { text } = await doing();
    tell(text);
    await handlers.ondone();
  });

/** Do something whose trouble is told like any other. */
export async function attempt(doing) {
  try {
    await doing();
  } catch (error) {
    handlers.ontrouble(error);
  }
}

/** Ask first; with `wantsReason` for a reason, too, which `doing` is handed. */
export function ask(title, text, yes, doing, wantsReason = false) {
  const dialog = part("sure");
  const reason = part("sure-reason");
  part("sure-title").textContent = title;
  part("sure-text").textContent = text;
  part("sure-yes").textContent = yes;
  reason.parentElement.hidden = !wantsReason;
  reason.disabled = !wantsReason;
  reason.value = "";
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && act(() => doing(reason.value));
  dialog.showModal();
}

/** What is seldom wanted, behind one button. */
export function menu(name, ...buttons) {
  const made = document.createElement("details");
  const summary = document.createElement("summary");
  const list = document.createElement("div");
  made.className = "menu";
  summary.className = "plain small";
  summary.textContent = name;
  list.append(...buttons);
  made.append(summary, list);
  made.addEventListener("keydown", (event) => event.key === "Escape" && close(made, summary));
  made.addEventListener("focusout", (event) => !made.contains(event.relatedTarget) && made.removeAttribute("open"));
  return made;
}

function close(made, summary) {
  made.removeAttribute("open");
  summary.focus();
}

/** A button of a row. */
export function button(text, onclick, isDangerous = false) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = isDangerous ? "plain small danger" : "plain small";
  made.textContent = text;
  made.onclick = onclick;
  return made;
}
