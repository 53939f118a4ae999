// Pictures of people and servers: initials on a colour of their own, and the bot's easel.

import { h } from "./dom.js";
import { displayName } from "./state.js";

const HUES = [212, 340, 152, 28, 268, 190, 8, 48];

const hueOf = (text) => HUES[[...text].reduce((sum, character) => sum + character.codePointAt(0), 0) % HUES.length];

export function avatar(user, className = "avatar") {
  if (user?.bot) return h("img", { class: className, src: "/static/easel.svg", alt: "", draggable: "false" });
  const name = displayName(user);
  return h(
    "span",
    { class: `${className} initials`, "aria-hidden": "true", style: { "--hue": hueOf(user?.username ?? name) } },
    name[0].toUpperCase(),
  );
}

export function guildIcon(guild) {
  const initials = guild.name.split(/\s+/).map((word) => word[0]).join("").slice(0, 3);
  return h("span", { class: "guild-icon", "aria-hidden": "true" }, initials);
}

/** The colour of a person's name. */
export const nameStyle = (user) => ({ "--hue": hueOf(user?.username ?? "") });
