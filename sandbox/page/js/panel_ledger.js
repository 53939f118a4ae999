// Every request that the bot made, on both sides, newest first.

import { get } from "./api.js";
import { h } from "./dom.js";
import { chip, filterBar, keyedList, timeOfDay } from "./panel_parts.js";
import { t } from "./words.js";

const LAST = 200;
const PICTURE = /^\/(attachments|avatars|icons|mj\/image)\//;
const MAX_SEGMENT = 24; // tokens in addresses are long and say nothing
const MAX_BODY = 4000; // characters that are shown of one body

const KINDS = [["", t("All calls")], ["relay", t("The relay")], ["discord", "Discord"], ["pictures", t("Pictures")]];

export function ledgerTab() {
  const list = keyedList(t("Requests of the bot"), t("No request fits."));
  let requests = [];
  const filter = filterBar(t("requests"), KINDS, () => paint());

  const paint = () => {
    const shown = requests.filter(({ kind, method, path, status }) =>
      (filter.kind() ? kind === filter.kind() : kind !== "pictures") && filter.fits(`${method} ${path} ${status}`));
    list.show(shown.map((request) => ({
      key: `${request.side} ${request.at} ${request.method} ${request.path}`,
      stamp: String(request.status),
      build: () => row(request),
    })));
  };
  return {
    label: t("Ledger"),
    element: h("div", {}, filter.element, list.element),
    refresh: async () => {
      const ledger = await get(`ledger?last=${LAST}`).catch(() => null);
      if (!ledger) return;
      const of = (side) => (ledger[side]?.requests ?? []).map((request) =>
        ({ ...request, side, kind: PICTURE.test(request.path) ? "pictures" : side }));
      requests = [...of("relay"), ...of("discord")].sort((one, other) => other.at - one.at).slice(0, LAST);
      paint();
    },
  };
}

function row(request) {
  const { at, side, method, path, status, body } = request;
  const head = h(
    "span",
    { class: "row-head" },
    h("span", { class: "time" }, timeOfDay(at)),
    h("b", {}, side === "relay" ? t("Relay") : "Discord"),
    h("span", {}, method),
    h("span", { class: "end" }, chip(status ?? t("cut"), status === null || status >= 400 ? "bad" : "good")),
  );
  const line = h("code", { class: "path" }, shortened(path));
  if (body === null) return h("div", { class: "request" }, head, line);
  return h(
    "details",
    { class: "request", ontoggle: (event) => event.target.open && fill(event.target, body) },
    h("summary", {}, head, line),
  );
}

function shortened(path) {
  const segments = path.replace("/api/v10", "").split("?")[0].split("/");
  return segments.map((one) => (one.length > MAX_SEGMENT ? `${one.slice(0, 8)}…` : one)).join("/");
}

// Bodies are long and most are never looked at.
function fill(details, body) {
  if (details.querySelector("pre")) return;
  const text = JSON.stringify(body, null, 2);
  const shown = text.length > MAX_BODY ? `${text.slice(0, MAX_BODY)}\n…` : text;
  details.append(h("pre", { tabindex: "0", "aria-label": t("Body of the request") }, shown));
}
