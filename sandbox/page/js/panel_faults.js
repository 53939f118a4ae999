// Faults made on purpose: ready-made ones, one of your own, and those that still wait.

import { get, post, remove } from "./api.js";
import { h } from "./dom.js";
import { notice } from "./notices.js";
import { action, choice, keyedList, labelled, part } from "./panel_parts.js";
import { state } from "./state.js";
import { t } from "./words.js";

const SUBMIT = { side: "relay", method: "POST", path: "*/mj/submit/*" };
const MESSAGE = { side: "discord", method: "POST", path: "/api/v10/channels/*/messages" };
const GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
const LIMITED = { message: "You are being rate limited.", retry_after: 2, global: false };
const LIMIT_HEADERS = { "Retry-After": "2", "X-RateLimit-Scope": "shared", Via: "1.1 google" };

const READY_MADE = {
  [t("The relay")]: [
    [t("Answer 502 with a web page, once"), { side: "relay", method: "*", path: "/*mj/*", status: 502, body: GATEWAY_PAGE }],
    [t("Drop the reply after the charge"), { ...SUBMIT, drop: "after" }],
    [t("Cut the next submit before it counts"), { ...SUBMIT, drop: "before" }],
    [t("Be busy once (429)"), { ...SUBMIT, status: 429, body: "", headers: { "Retry-After": "5" } }],
    [t("Answer looks 10 s late, three times"), { side: "relay", method: "*", path: "*/mj/task/*", delay_s: 10, times: 3 }],
    [t("Refuse the key once (401)"), { side: "relay", method: "*", path: "/*mj/*", status: 401, body: { error: { message: "Invalid token" } } }],
  ],
  Discord: [
    [t("Answer 429 once"), { side: "discord", method: "*", path: "/api/*", status: 429, body: LIMITED, headers: LIMIT_HEADERS }],
    [t("Fail three times (500)"), { side: "discord", method: "*", path: "/api/*", status: 500, body: { message: "Internal error", code: 0 }, times: 3 }],
    [t("Drop the reply to the next message"), { ...MESSAGE, drop: "after" }],
    [t("Answer the next message 5 s late"), { ...MESSAGE, delay_s: 5 }],
  ],
};

const TROUBLES = [
  [t("Send a picture that takes minutes to decode"), "hostile-picture"],
  [t("Use a long option 1,199 times"), "long-option"],
  [t("Order what the relay refuses by quoting it"), "quoting-relay"],
  [t("Make the list of tasks unreadable, 60 times"), "unreadable-list"],
];

const EFFECTS = [
  ["status", t("Answer a status")],
  ["after", t("Cut it afterwards")],
  ["before", t("Cut it before")],
  ["delay", t("Answer late")],
];

export function faultsTab() {
  const waiting = keyedList(t("Faults that wait"), t("No faults set."));
  const clear = action(t("Take all back"), async () => {
    await remove("faults");
    await refresh();
  }, { testId: "clear-faults" });
  const add = async (fault) => {
    await post("faults", { times: 1, ...fault });
    await refresh();
  };
  const refresh = async () => {
    const faults = await get("faults").catch(() => null);
    if (!faults) return;
    clear.hidden = faults.length === 0;
    waiting.show(faults.map((fault, index) => ({ key: index, stamp: JSON.stringify(fault), build: () => describe(fault) })));
  };
  const make = async (trouble) => {
    await post("troubles", { trouble, user: state.meId, channel: state.channelId });
    await refresh();
  };
  const troubles = part(
    t("Troubles that nobody else may feel"),
    h("p", { class: "quiet" }, t("Made by who you are, where you are. Meanwhile, order as somebody else.")),
    h("div", { class: "panel-stack" }, TROUBLES.map(([label, trouble]) => action(label, () => make(trouble)))),
  );
  const groups = Object.entries(READY_MADE).map(([title, faults]) => part(
    title,
    h("div", { class: "panel-stack" }, faults.map(([label, fault]) => action(label, () => add(fault)))),
  ));
  return {
    label: t("Faults"),
    element: h("div", {}, part(t("Waiting"), waiting.element, clear), troubles, ...groups, part(t("One of your own"), ownForm(add))),
    refresh,
  };
}

function describe({ side, method, path, status, drop, delay_s: delay, times }) {
  const what = [
    status && t("answers {status}", { status }),
    drop && (drop === "before" ? t("cuts the line before the effect") : t("cuts the line after the effect")),
    delay > 0 && t("waits {count} s", { count: delay }),
  ].filter(Boolean).join(", ") || t("counts the request");
  return [
    h("p", {}, h("b", {}, side === "relay" ? t("The relay") : "Discord"), ` ${what}`, times > 1 && t(", {count} times", { count: times })),
    h("code", { class: "path" }, `${method} ${path}`),
  ];
}

function ownForm(add) {
  const side = choice([["relay", t("The relay")], ["discord", "Discord"]]);
  const effect = choice(EFFECTS);
  const method = choice([["*", t("any")], ["GET", "GET"], ["POST", "POST"], ["PATCH", "PATCH"], ["PUT", "PUT"], ["DELETE", "DELETE"]]);
  const path = h("input", { type: "text", value: "*", spellcheck: "false" });
  const amount = h("input", { type: "number", min: "0", value: "503" });
  const times = h("input", { type: "number", min: "1", value: "1" });
  const amountField = labelled(t("Status"), amount);
  effect.addEventListener("change", () => {
    amountField.hidden = !["status", "delay"].includes(effect.value);
    amountField.firstElementChild.textContent = effect.value === "delay" ? t("Seconds") : t("Status");
    amount.value = effect.value === "delay" ? "5" : "503";
  });
  const body = () => ({
    side: side.value,
    method: method.value,
    path: path.value.trim() || "*",
    times: Number(times.value),
    ...{
      status: { status: Number(amount.value), body: "" },
      delay: { delay_s: Number(amount.value) },
      after: { drop: "after" },
      before: { drop: "before" },
    }[effect.value],
  });
  const form = h(
    "form",
    { class: "panel-form", "aria-label": t("A fault of your own") },
    labelled(t("Who"), side),
    labelled(t("What"), effect),
    labelled(t("Method"), method),
    labelled(t("Path (with *)"), path),
    amountField,
    labelled(t("Times"), times),
    h("button", { type: "submit", class: "button primary" }, t("Add the fault")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add(body()).catch((error) => notice(error.message));
  });
  return form;
}
