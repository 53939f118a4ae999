// "Edit and run again" and "Use this seed": a text to change, what it costs, and a question where it is doubtful.

import * as api from "./api.js";
import { toldAs } from "./dialogs.js";
import { part } from "../dom.js";
import { say } from "../words.js";

/** Let the member change a job's text and order it; the address of the card, or null where nothing was ordered. */
export async function ordered(id, title, withSeed) {
  const { text, costs } = await api.openOrder(id, withSeed);
  const dialog = part("order");
  let isSure = false;
  let address = null;
  let runId = freshId();

  part("order-title").textContent = title;
  part("order-text").value = text;
  ask(costs, "run");
  part("order-text").oninput = () => {
    isSure = false;
    ask(costs, "run");
  };
  part("order-cancel").onclick = () => dialog.close();
  part("order-fixed").onclick = () => {
    part("order-text").value = part("order-fixed").fixed;
    send();
  };
  part("order-form").onsubmit = (event) => {
    event.preventDefault();
    send();
  };

  async function send() {
    for (const one of ["order-run", "order-fixed"]) part(one).disabled = true;
    try {
      address = await api.order(id, { text: part("order-text").value, run_id: runId, with_seed: withSeed, is_as_typed: isSure });
      dialog.close();
    } catch (error) {
      if (error.kind) runId = freshId(); // else nobody knows whether it was ordered: once more under the same name
      isSure = error.kind === "question";
      ask(toldAs(error), isSure ? "run_as_typed" : "run", error.body?.fixed);
    } finally {
      for (const one of ["order-run", "order-fixed"]) part(one).disabled = false;
    }
  }

  dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => done(address);
  });
}

function ask(said, run, fixed = "") {
  part("order-said").textContent = said;
  part("order-run").textContent = say(run);
  part("order-run").className = fixed ? "plain" : "main";
  part("order-fixed").fixed = fixed;
  part("order-fixed").hidden = !fixed;
}

function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
