// The processes of a bot that has several: which of them live, what each of them holds, and what can be done to them.

import { post } from "./api.js";
import { arrange, h } from "./dom.js";
import { action, chip, keyedList } from "./panel_parts.js";
import { changed, state } from "./state.js";
import { t } from "./words.js";

/** A card for each process, which stays the same element, so that focus stays where it is. */
export function processCards() {
  const cards = new Map(); // number -> card
  const others = h("p", { class: "quiet", role: "status", "data-testid": "ownerless" });
  const list = h("div", { class: "panel-stack" });
  const all = h("div", { class: "row" }, action(t("Restart all, one after the other"), () => steer({ action: "restart" })));
  return {
    element: h("div", { class: "panel-stack" }, list, others, all),
    /** `work` is null as long as nobody knows it. */
    show(processes, work) {
      for (const { number } of processes) if (!cards.has(number)) cards.set(number, card(number));
      arrange(list, processes.map(({ number }) => cards.get(number).element));
      for (const process of processes) cards.get(process.number).show(process, work?.processes[process.number - 1]);
      others.textContent = work ? ownerless(work.others) : "";
      others.hidden = others.textContent === "";
    },
  };
}

function card(number) {
  const life = h("span", {});
  const lease = h("span", { class: "end" });
  const holds = h("p", {});
  const jobs = keyedList(t("Jobs of process {number}", { number }), "");
  const buttons = h("div", { class: "row" });
  let drawn = "";
  const element = h(
    "section",
    { class: "process", "data-process": number, "aria-label": t("Process {number}", { number }) },
    h("div", { class: "row-head" }, h("strong", {}, t("Process {number}", { number })), life, lease),
    holds,
    jobs.element,
    buttons,
  );
  const show = (process, part) => {
    lease.textContent = part?.lease_s ? t("lease {seconds} s", { seconds: Math.round(part.lease_s) }) : "";
    holds.textContent = part ? [shardsOf(part.shards), jobsOf(part.job_count)].join(" · ") : "";
    jobs.show((part?.jobs ?? []).map((job) => ({ key: job.id, stamp: `${job.status} ${job.hands}`, build: () => row(job) })));
    const condition = conditionOf(process);
    if (condition === drawn) return;
    drawn = condition;
    element.dataset.state = condition;
    life.replaceChildren(...chips(process));
    const hadFocus = buttons.contains(document.activeElement);
    buttons.replaceChildren(...actions(process));
    if (hadFocus) buttons.querySelector("button").focus();
  };
  return { element, show };
}

const conditionOf = ({ running, frozen, cut }) => [running ? "alive" : "dead", frozen && "frozen", cut && "cut"].filter(Boolean).join(" ");

function chips({ running, frozen, cut }) {
  if (!running) return [chip(t("dead"), "bad"), cut && chip(t("cut off"), "busy")].filter(Boolean);
  if (!frozen && !cut) return [chip(t("alive"), "good")];
  return [frozen && chip(t("frozen"), "busy"), cut && chip(t("cut off"), "busy")].filter(Boolean);
}

function actions({ number, running, frozen, cut }) {
  const button = (label, what, options) => action(label, () => steer({ action: what, process: number }), options);
  const cable = cut
    ? button(t("Mend the cable"), "mend", { kind: "success" })
    : button(t("Cut it off"), "cut", { detail: t("Nothing passes between it and the database, and nobody says so") });
  if (!running) return [button(t("Start"), "start", { kind: "success" }), cut && cable].filter(Boolean);
  const rest = frozen
    ? button(t("Thaw"), "thaw", { kind: "success" })
    : button(t("Freeze"), "freeze", { detail: t("Held still, as a machine that is asleep") });
  return [button(t("Kill"), "kill", { kind: "danger", detail: t("As a crash would: nothing is said goodbye to") }), rest, cable];
}

async function steer(call) {
  state.bot = await post("bot", call);
  changed("bot");
}

function row({ operation, prompt, status, hands }) {
  return h(
    "div",
    { class: "row-head" },
    h("span", { class: "job-words" }, prompt || operation),
    hands > 0 && chip(t("taken over"), "busy"),
    h("span", { class: "end" }, words(status)),
  );
}

function words(status) {
  switch (status) {
    case "received": return t("waits");
    case "submitting": return t("is being sent");
    case "running": return t("is running");
    case "awaiting_input": return t("asks back");
    case "posting": return t("is being posted");
    default: return status;
  }
}

function shardsOf(shards) {
  if (shards.length === 0) return t("no shard");
  return shards.length === 1 ? t("shard {number}", { number: shards[0] }) : t("shards {numbers}", { numbers: shards.join(", ") });
}

function jobsOf(count) {
  return count === 1 ? t("1 job") : t("{count} jobs", { count });
}

function ownerless({ shards, job_count: count }) {
  if (shards.length === 0 && count === 0) return "";
  return t("Nobody has: {what}", { what: [shards.length > 0 && shardsOf(shards), count > 0 && jobsOf(count)].filter(Boolean).join(" · ") });
}
