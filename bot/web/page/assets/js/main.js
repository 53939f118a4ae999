// The page: opens what the link leads to, sets up the easel, sends the drawing.

import * as api from "./api.js";
import { showCard } from "./card.js";
import { part } from "./dom.js";
import { Easel } from "./easel.js";
import { Keeping } from "./keeping.js";
import { Refusal } from "./link.js";
import { say, speak } from "./words.js";

/** Say one thing instead of the easel, with a second sentence and a way back into Discord. */
function tell(title, text, { more = "", address = "", again = null } = {}) {
  showCard("app", title, text, again);
  part("card-more").textContent = more;
  part("card-link").hidden = !address;
  part("card-link").textContent = say("open_discord");
  if (address) part("card-link").href = address;
}

const FINAL = { damaged: "damaged_title", expired: "expired_title", used: "used_title" };

/** Tell of a refusal: instead of the page when nothing can be done here, else returns the sentence to show. */
function refuse(error) {
  const isOurs = error instanceof Refusal;
  if (isOurs && FINAL[error.kind]) {
    const address = error.body.address ?? "";
    tell(say(FINAL[error.kind]), error.message, { address });
    return "";
  }
  return isOurs ? error.message : say("unreachable");
}

async function open() {
  let opened;
  let bitmap;
  try {
    opened = await api.open();
    speak(opened.locale, opened.texts);
    tell(say("title"), say("loading"));
    bitmap = await api.picture();
  } catch (error) {
    if (error.body?.texts) speak(error.body.locale, error.body.texts);
    const text = refuse(error);
    if (text) tell(say("trouble_title") || "Easel", text || error.message, { again: () => location.reload() });
    return;
  }
  setUp(opened, bitmap);
}

function setUp(opened, bitmap) {
  const keeping = new Keeping(opened.drawing, opened.prompt);
  const kept = keeping.found();
  part("card").hidden = true;
  part("app").hidden = false;
  const parts = { board: part("board"), stage: part("stage") };
  const canvases = { picture: part("picture"), region: part("region"), guide: part("guide") };
  const easel = new Easel({ ...parts, ...canvases }, bitmap, kept?.runs ?? null);
  const prompt = part("prompt");
  prompt.maxLength = opened.prompt_limit;
  prompt.value = kept?.prompt ?? opened.prompt;

  const keep = () => keeping.later(() => ({ runs: easel.history.current, prompt: prompt.value }));
  prompt.addEventListener("input", keep);
  easel.onstep = () => {
    showMarked(easel);
    keep();
  };
  easel.onshow = controlsOf(easel);
  takeControls(easel);
  easel.choose("brush");
  showMarked(easel);
  if (kept && easel.share) part("marked").textContent += ` · ${say("restored")}`;

  const order = new Order(easel, prompt, keeping);
  easel.send = () => order.send();
  part("order").addEventListener("submit", (event) => {
    event.preventDefault();
    order.send();
  });
  part("repaint").textContent = say("repaint");
}

function takeControls(easel) {
  for (const button of document.querySelectorAll("button[data-tool]")) {
    button.addEventListener("click", () => easel.choose(button.dataset.tool));
  }
  const actions = {
    undo: () => easel.undo(),
    redo: () => easel.redo(),
    invert: () => easel.invert(),
    clear: () => easel.clear(),
    "zoom-in": () => easel.view.zoom(1.25),
    "zoom-out": () => easel.view.zoom(0.8),
    fit: () => easel.view.fit(),
    help: () => part("helping").showModal(),
  };
  for (const [id, action] of Object.entries(actions)) part(id).addEventListener("click", action);
  part("size").addEventListener("input", (event) => easel.resize(event.target.valueAsNumber - easel.level));
}

/** What brings the controls up to date, at most once for each change: writing to the page costs a layout. */
function controlsOf(easel) {
  let shown = "";
  return () => {
    const { tool, level, size, history, share, view } = easel;
    const now = [tool, level, size, history.canUndo, history.canRedo, share === 0, view.scale].join();
    if (now !== shown) showControls(easel);
    shown = now;
  };
}

function showControls(easel) {
  for (const button of document.querySelectorAll("button[data-tool]")) {
    const isChosen = button.dataset.tool === easel.tool;
    button.ariaChecked = String(isChosen);
    button.tabIndex = 0;
  }
  part("size").value = easel.level;
  part("size-value").textContent = say("size_value", { size: easel.size });
  part("undo").disabled = !easel.history.canUndo;
  part("redo").disabled = !easel.history.canRedo;
  part("clear").disabled = easel.share === 0;
  part("fit").textContent = `${Math.round(easel.view.scale * 100)}%`;
}

function showMarked(easel) {
  const percent = easel.share * 100;
  const shown = percent > 0 && percent < 1 ? "<1" : percent > 99 && percent < 100 ? ">99" : Math.round(percent);
  part("marked").textContent = percent ? say("marked", { percent: shown }) : say("nothing_marked");
}

/** Sends the drawing, after asking where that is doubtful. */
class Order {
  constructor(easel, prompt, keeping) {
    this.easel = easel;
    this.prompt = prompt;
    this.keeping = keeping;
    this.isOnItsWay = false;
  }

  async send() {
    if (this.isOnItsWay || part("app").hidden) return;
    this.easel.drop();
    const share = this.easel.share;
    const doubt = share === 0 ? "empty" : share === 1 ? "full" : "";
    if (doubt && (await answer(say(`${doubt}_title`), say(`${doubt}_text`))) !== "send") return;
    await this.#send(Boolean(doubt));
  }

  async #send(isSure, isAsTyped = false) {
    this.#wait(true);
    try {
      const sent = await api.send(await this.easel.mask.toPng(), this.prompt.value, isSure, isAsTyped);
      this.keeping.drop();
      tell(say("sent_title"), say("sent_text"), { more: say("can_close"), address: sent.address });
    } catch (error) {
      this.keeping.now(() => ({ runs: this.easel.history.current, prompt: this.prompt.value }));
      if (error.kind === "used") this.keeping.drop();
      this.#wait(false);
      if (error.kind === "question") return this.#ask(error, isSure);
      part("trouble").textContent = refuse(error);
      part("trouble").hidden = !part("trouble").textContent;
    }
  }

  /** Ask about a prompt that is doubtful. */
  async #ask(question, isSure) {
    const chosen = await answer(say("question_title"), question.message, question.body.fixed);
    if (!chosen) return;
    if (chosen === "fix") this.prompt.value = question.body.fixed;
    await this.#send(isSure, true);
  }

  #wait(isWaiting) {
    this.isOnItsWay = isWaiting;
    part("trouble").hidden = true;
    part("repaint").disabled = isWaiting;
    part("repaint").textContent = say(isWaiting ? "sending" : "repaint");
  }
}

/** Ask before something doubtful is sent: "send", "fix" (where there is a better text), or "" for neither. */
function answer(title, text, fixed = "") {
  const dialog = part("ask");
  part("ask-title").textContent = title;
  part("ask-text").textContent = text;
  part("ask-fixed").textContent = fixed;
  part("ask-fixed").hidden = part("ask-fix").hidden = !fixed;
  part("ask-keep").className = fixed ? "plain" : "main"; // what may cost something for nothing never leads
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

// Another link in the same tab: only what stands behind "#" is different, so that the browser loads nothing by itself.
addEventListener("hashchange", () => location.reload());
open();
