// What the loopback relay was asked to do, and what it cost.

import { get } from "./api.js";
import { h } from "./dom.js";
import { chip, filterBar, keyedList } from "./panel_parts.js";
import { t } from "./words.js";

const LAST = 100;
const KINDS = { SUCCESS: "good", FAILURE: "bad", IN_PROGRESS: "busy", SUBMITTED: "busy", MODAL: "busy" };
const WORDS = {
  NOT_START: t("not started"), SUBMITTED: t("submitted"), IN_PROGRESS: t("in progress"), MODAL: t("waits for a dialog"), SUCCESS: t("done"), FAILURE: t("failed"),
};

export function tasksTab() {
  const list = keyedList(t("Tasks of the relay"), t("The relay has no tasks to show."));
  const total = h("p", { class: "quiet", role: "status" });
  let tasks = [];
  const filter = filterBar(t("tasks"), [["", t("All")], ...Object.entries(WORDS)], () => paint());

  const paint = () => {
    const shown = tasks.filter(({ id, action, state, status }) =>
      (!filter.kind() || status === filter.kind()) && filter.fits(`${id} ${action} ${state}`));
    list.show(shown.toReversed().map((task) => ({ key: task.id, stamp: JSON.stringify(task), build: () => row(task) })));
    const units = tasks.reduce((sum, { charged }) => sum + charged, 0);
    total.textContent = tasks.length === 0 ? "" : t("{count} tasks, {units} units charged", { count: tasks.length, units });
  };
  return {
    label: t("Tasks"),
    element: h("div", {}, filter.element, total, list.element),
    refresh: async () => {
      const ledger = await get(`ledger?last=${LAST}`).catch(() => null);
      if (!ledger) return;
      tasks = ledger.relay?.tasks ?? [];
      paint();
    },
  };
}

function row({ id, action, status, charged, state }) {
  return [
    h(
      "p",
      { class: "row-head" },
      h("b", {}, action.toLowerCase().replaceAll("_", " ")),
      chip(WORDS[status] ?? status, KINDS[status] ?? "plain"),
      h("span", { class: "end" }, charged === 1 ? t("1 unit") : t("{units} units", { units: charged })),
    ),
    h("code", { class: "path" }, state ? `${id} · ${state}` : id),
  ];
}
