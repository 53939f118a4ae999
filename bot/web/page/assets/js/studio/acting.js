// What the owner does here: asked about where it cannot be undone, told in a line, and then looked at again.

import { part } from "./dom.js";

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

/** Ask first. */
export function ask(title, text, yes, doing) {
  const dialog = part("sure");
  part("sure-title").textContent = title;
  part("sure-text").textContent = text;
  part("sure-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "yes" && act(doing);
  dialog.showModal();
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
