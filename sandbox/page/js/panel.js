// The side panel: behind the scenes of the sandbox. One tab at a time is kept fresh.

import { controlsTab } from "./panel_controls.js";
import { eventsTab } from "./panel_events.js";
import { faultsTab } from "./panel_faults.js";
import { ledgerTab } from "./panel_ledger.js";
import { tasksTab } from "./panel_tasks.js";
import { h, icon } from "./dom.js";
import { ICONS } from "./icons.js";
import { on } from "./state.js";
import { t } from "./words.js";

const FRESHEN_MS = 1500;
const TABS = { controls: controlsTab, faults: faultsTab, tasks: tasksTab, events: eventsTab, ledger: ledgerTab };
const aside = document.getElementById("panel");
const isWide = matchMedia("(min-width: 1180px)"); // narrower, the panel lies over the messages
const built = new Map(); // tab name -> {label, element, refresh()}
let current = localStorage.getItem("easel.panel.tab");
if (!(current in TABS)) current = "controls";
let opener = null;

export const isPanelOpen = () => !aside.hidden;

/** Build the panel; it comes back as it was left, except over a narrow page. */
export function startPanel() {
  aside.append(header(), tabList(), ...Object.keys(TABS).map(tabPanel));
  aside.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && setOpen(false));
  on(["bot", "events", "online"], refresh);
  setInterval(refresh, FRESHEN_MS);
  setOpen(localStorage.getItem("easel.panel") === "open" && isWide.matches, { isMove: false });
}

/** The button that opens and closes it, for the bar above. */
export function panelButton() {
  opener = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "data-testid": "panel-button",
      "data-key": "panel",
      "aria-label": t("Behind the scenes"),
      title: t("Behind the scenes: faults, tasks, events, ledger"),
      "aria-controls": "panel",
      "aria-expanded": String(isPanelOpen()),
      onclick: () => setOpen(!isPanelOpen()),
    },
    icon(ICONS.panel),
  );
  return opener;
}

function setOpen(isOpen, { isMove = true } = {}) {
  aside.hidden = !isOpen;
  document.body.classList.toggle("panel-open", isOpen);
  opener?.setAttribute("aria-expanded", String(isOpen));
  if (isMove) localStorage.setItem("easel.panel", isOpen ? "open" : "closed");
  show(current);
  if (isMove) (isOpen ? tabOf(current) : opener)?.focus();
}

function header() {
  const close = h(
    "button",
    { type: "button", class: "icon-button", "aria-label": t("Close the panel"), onclick: () => setOpen(false) },
    icon(ICONS.close),
  );
  return h("header", {}, h("h2", {}, t("Behind the scenes")), close);
}

function tabList() {
  for (const [name, create] of Object.entries(TABS)) built.set(name, create());
  const tabs = [...built].map(([name, { label }]) => h(
    "button",
    {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `tab-panel-${name}`, "data-tab": name, onclick: () => show(name),
    },
    label,
  ));
  return h("div", { class: "tabs", role: "tablist", "aria-label": t("Panel"), onkeydown: walk }, tabs);
}

const tabOf = (name) => document.getElementById(`tab-${name}`);

function tabPanel(name) {
  return h(
    "div",
    { class: "tab-panel", role: "tabpanel", id: `tab-panel-${name}`, "aria-labelledby": `tab-${name}`, tabindex: "0" },
    built.get(name).element,
  );
}

function walk(event) {
  const names = [...built.keys()];
  const at = names.indexOf(current);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  show(names[(next + names.length) % names.length]);
  tabOf(current).focus();
}

function show(name) {
  current = name;
  localStorage.setItem("easel.panel.tab", name);
  for (const one of built.keys()) {
    tabOf(one).setAttribute("aria-selected", String(one === name));
    tabOf(one).tabIndex = one === name ? 0 : -1;
    document.getElementById(`tab-panel-${one}`).hidden = one !== name;
  }
  refresh();
}

function refresh() {
  if (isPanelOpen() && !document.hidden) built.get(current).refresh();
}
