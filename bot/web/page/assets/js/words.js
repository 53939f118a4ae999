// Everything that the page says comes from Easel, in the member's language.

let texts = {};

/** Take the words and put them wherever the page has a place for them. */
export function speak(locale, given) {
  texts = given;
  document.documentElement.lang = locale;
  document.title = `${say("title")} · Easel`;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = say(place.dataset.text);
  for (const place of document.querySelectorAll("[data-label]")) place.ariaLabel = say(place.dataset.label);
  for (const button of document.querySelectorAll("[data-name]")) {
    const key = button.dataset.key;
    button.ariaLabel = say(button.dataset.name);
    button.title = key ? `${button.ariaLabel} (${key})` : button.ariaLabel;
  }
}

/** One sentence, with its {names} filled in. */
export function say(name, values = {}) {
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (_whole, key) => values[key] ?? "");
}
