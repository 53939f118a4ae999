// Moments in the words of the page's language.

import { t } from "./words.js";

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

const language = () => document.documentElement.lang || "en";

/** The text of `<t:...:style>`. */
export function timestampText(seconds, style = "f") {
  const moment = new Date(seconds * 1000);
  if (Number.isNaN(moment.valueOf())) return t("Invalid date");
  if (style === "R") return relative(seconds);
  return new Intl.DateTimeFormat(language(), STYLES[style] ?? STYLES.f).format(moment);
}

function relative(seconds) {
  const distance = seconds - Date.now() / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(distance / size), unit);
}

export const clockTime = (stamp) => timestampText(Date.parse(stamp) / 1000, "t");
export const fullTime = (stamp) => timestampText(Date.parse(stamp) / 1000, "F");
export const dayText = (stamp) => timestampText(Date.parse(stamp) / 1000, "D");

/** "Today at 10:31", "Yesterday at 9:00", or the date. */
export function messageTime(stamp) {
  const days = startOfDay(new Date()) - startOfDay(new Date(stamp));
  const distance = Math.round(days / 86_400_000);
  if (distance > 1) return timestampText(Date.parse(stamp) / 1000, "s");
  const day = new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-distance, "day");
  return `${day[0].toUpperCase()}${day.slice(1)} ${language().startsWith("zh") ? "" : "at "}${clockTime(stamp)}`;
}

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).valueOf();

export const isSameDay = (one, other) => startOfDay(new Date(one)) === startOfDay(new Date(other));

/** Keep relative timestamps on the page true. */
export function keepRelativeTimesFresh() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      element.textContent = relative(Number(element.dataset.relative));
    }
  }, 10_000);
}
