// Small questions over the page: whether one is sure, and a name.

import { part } from "../dom.js";
import { Refusal } from "../link.js";
import { say } from "../words.js";

/** What a failed request is told as. */
export const toldAs = (error) => (error instanceof Refusal ? error.message : say("unreachable"));

/** Ask before something is lost; whether it is wanted. */
export function sure(title, text, yes) {
  const dialog = part("sure");
  part("sure-title").textContent = title;
  part("sure-text").textContent = text;
  part("sure-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => done(dialog.returnValue === "yes");
  });
}

/** Ask for a name until `take(name)` takes it; what that gave, or null where nobody wanted it. */
export function naming(title, name, take) {
  const dialog = part("naming");
  let taken = null;
  part("naming-title").textContent = title;
  part("naming-name").value = name;
  part("naming-said").textContent = "";
  part("naming-cancel").onclick = () => dialog.close();
  part("naming-form").onsubmit = async (event) => {
    event.preventDefault();
    try {
      taken = await take(part("naming-name").value);
      dialog.close();
    } catch (error) {
      part("naming-said").textContent = toldAs(error);
    }
  };
  dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => done(taken);
  });
}
