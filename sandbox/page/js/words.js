// The page's own words, in the language that was chosen at the top. What the bot says comes in that language by itself.

import { CHINESE } from "./chinese.js";

/** The language of the page and of the acting user. */
export const LOCALE = localStorage.getItem("easel.locale") ?? "en-US";

/** A sentence in the page's language, with its {names} filled in. */
export function t(text, values = {}) {
  const sentence = (LOCALE === "zh-CN" && CHINESE[text]) || text;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Put what the document itself says into the page's language. */
export function translateDocument() {
  for (const element of document.querySelectorAll("[aria-label]")) element.ariaLabel = t(element.ariaLabel);
  for (const element of document.querySelectorAll(".skip-link")) element.textContent = t(element.textContent);
}
