// The coloured edge of embeds and containers.

/** The style of a box with this colour number; null where no colour is given. */
export function accentStyle(colour) {
  if (colour === null || colour === undefined) return null;
  return { "--accent-bar": `#${colour.toString(16).padStart(6, "0")}` };
}
