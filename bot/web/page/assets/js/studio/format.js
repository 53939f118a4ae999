// Numbers and moments as the owner's language writes them.

const language = () => document.documentElement.lang;
const STEPS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(language(), { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);

/** How long ago a moment was, in its largest unit. */
export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" }).format(-Math.round(seconds / length), unit);
}

export const moment = (iso) => new Date(iso).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });

export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString(language(), { timeStyle: "short" });

/** A day (UTC), short. */
export const day = (iso) =>
  new Date(`${iso}T00:00:00Z`).toLocaleDateString(language(), { month: "short", day: "numeric", timeZone: "UTC" });
