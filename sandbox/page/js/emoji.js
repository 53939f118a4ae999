// Emoji: the handful that studio buttons use are drawn here, so that they look alike on machines without an emoji
// font; all others are left to the system.

import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const BLUE = "#3b88c3";
const KEYCAP = `<rect x="2" y="2" width="32" height="32" rx="6" fill="${BLUE}"/>`;
const arrow = (turn) =>
  `${KEYCAP}<path transform="rotate(${turn} 18 18)" d="M10 18h15M18 10.5 25.5 18 18 25.5" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>`;
const digit = (text) =>
  `${KEYCAP}<text x="18" y="26" text-anchor="middle" font-family="system-ui, sans-serif" font-weight="700" font-size="22" fill="#fff">${text}</text>`;
const lens = `<circle cx="15" cy="15" r="9.5" fill="#bfe3f7" stroke="#66757f" stroke-width="4"/><path d="m23 23 9 9" stroke="#8899a6" stroke-width="6" stroke-linecap="round"/>`;
const star = (x, y, r) => `<path transform="translate(${x} ${y}) scale(${r})" d="M0-10 2.5-2.5 10 0 2.5 2.5 0 10-2.5 2.5-10 0-2.5-2.5z" fill="#ffcc4d"/>`;

const DRAWINGS = {
  "🔄": `${KEYCAP}<path d="M27 15a9.5 9.5 0 0 0-17-2M9 21a9.5 9.5 0 0 0 17 2" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/><path d="M9 7v7h7zM27 29v-7h-7z" fill="#fff"/>`,
  "🪄": `<path d="M7 29 21 15" stroke="#31373d" stroke-width="5" stroke-linecap="round"/><path d="m18 18 5-5" stroke="#e1e8ed" stroke-width="5" stroke-linecap="round"/>${star(26, 10, 0.9)}${star(11, 9, 0.5)}${star(29, 24, 0.5)}`,
  "🖌": `<path d="m31 5-15 15" stroke="#c1694f" stroke-width="5" stroke-linecap="round"/><path d="m18 18-3 3" stroke="#ccd6dd" stroke-width="7"/><path d="M15 18c3 2 4 5 1 8-4 4-9 3-12 5 2-3 1-7 4-11 2-3 5-3 7-2z" fill="#3b94d9"/>`,
  "🔍": lens,
  "🔎": lens,
  "↔": `${KEYCAP}<path d="M8 18h20M13 12l-6 6 6 6M23 12l6 6-6 6" fill="none" stroke="#fff" stroke-width="3.4" stroke-linecap="round" stroke-linejoin="round"/>`,
  "➡": arrow(0), "⬇": arrow(90), "⬅": arrow(180), "⬆": arrow(270), "↗": arrow(-45),
  "❤": `<path d="M18 32C8 25 3 19 3 12.500a7.500 7.500 0 0 1 15-2.500 7.500 7.500 0 0 1 15 2.500C33 19 28 25 18 32z" fill="#dd2e44"/>`,
  "⭐": `<path d="m18 3 4.600 9.700 10.400 1.400-7.600 7.400 1.900 10.500L18 26.900 8.700 32l1.900-10.500L3 14.100l10.400-1.400z" fill="#ffac33"/>`,
  "❌": `<path d="m7 7 22 22M29 7 7 29" stroke="#dd2e44" stroke-width="6.500" stroke-linecap="round"/>`,
  "✅": `<rect x="2" y="2" width="32" height="32" rx="6" fill="#77b255"/><path d="m9 18.500 6.500 6.500L27 12" fill="none" stroke="#fff" stroke-width="4.500" stroke-linecap="round" stroke-linejoin="round"/>`,
  "✉": `<rect x="2" y="7" width="32" height="23" rx="3" fill="#ccd6dd"/><path d="m3 9 15 12L33 9" fill="none" stroke="#66757f" stroke-width="2.500"/>`,
  "⚠": `<path d="M18 3 1.500 32.500h33z" fill="#ffcc4d"/><path d="M18 13v9M18 27v.100" stroke="#231f20" stroke-width="3.600" stroke-linecap="round"/>`,
  "🎉": `<path d="M4 33 12 12l13 13z" fill="#ffcc4d"/><path d="m8.500 21 7 7.500M6.500 26.500l3.500 4" stroke="#ea596e" stroke-width="2.400"/><path d="M20 15c0-4 3-5 2-9M22 17c4-2 5 1 10-2" fill="none" stroke="#3b88c3" stroke-width="2.400" stroke-linecap="round"/><circle cx="29" cy="6" r="2" fill="#ea596e"/><circle cx="14" cy="6" r="2" fill="#77b255"/><circle cx="30" cy="24" r="2" fill="#a66ddd"/>`,
  "🎞": `<rect x="2" y="6" width="32" height="24" rx="3" fill="#31373d"/><path d="M5 10h3M5 16h3M5 22h3M28 10h3M28 16h3M28 22h3" stroke="#fff" stroke-width="3"/><rect x="11" y="10" width="14" height="16" fill="#bfe3f7"/>`,
  "👍": `<path d="M12 17c4-3 4-8 5-12 4-1 6 3 4 9h8c3 0 4 4 2 5 2 2 1 5-1 5 1 2 0 4-2 4.500.500 2-1 3.500-3 3.500H14z" fill="#ffdb5e"/><rect x="4" y="16" width="8" height="17" rx="2" fill="#ee9547"/>`,
  "1⃣": digit(1), "2⃣": digit(2), "3⃣": digit(3), "4⃣": digit(4), "5⃣": digit(5),
};

const DRAWN = new RegExp(`(?:${Object.keys(DRAWINGS).map((name) => [...name].join("\\uFE0F?")).join("|")})\\uFE0F?`, "gu");

/** One emoji as an element; custom ones show their name. */
export function emojiElement(emoji) {
  const name = emoji.name ?? "";
  if (emoji.id) return h("span", { class: "emoji custom" }, `:${name}:`);
  const markup = DRAWINGS[name.replaceAll("\uFE0F", "")];
  return markup ? drawing(name, markup) : h("span", { class: "emoji" }, name);
}

/** Text with the emoji in it that we draw. */
export function emojiNodes(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(DRAWN)) {
    nodes.push(text.slice(end, match.index), emojiElement({ name: match[0] }));
    end = match.index + match[0].length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

// The markup is ours, above; it is parsed as XML, so no script or style can come of it.
function drawing(name, markup) {
  const source = `<svg xmlns="${SVG}" viewBox="0 0 36 36" class="emoji drawn" role="img">${markup}</svg>`;
  const svg = document.importNode(new DOMParser().parseFromString(source, "image/svg+xml").documentElement, true);
  svg.setAttribute("aria-label", name);
  return svg;
}
