// The card: one thing said in the middle of a page, instead of all else.

import { part } from "./dom.js";
import { say } from "./words.js";

/** Say it in place of the element with the id `page`; `again` is what happens on "Try again". */
export function showCard(page, title, text, again = null) {
  part(page).hidden = true;
  part("card").hidden = false;
  part("card-title").textContent = title;
  part("card-text").textContent = text;
  part("card-again").hidden = !again;
  part("card-again").textContent = say("try_again");
  part("card-again").onclick = again;
}
