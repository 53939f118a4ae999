// What the mask editor asks of Easel.

import { ask, askJson } from "./link.js";

/** What the link leads to: the picture's size, the prompt, and every word of the page. */
export const open = () => askJson("api/region");

/** The picture to draw on, as a bitmap of exactly its own pixels. */
export async function picture() {
  const blob = await (await ask("api/picture")).blob();
  return createImageBitmap(blob, { imageOrientation: "none" });
}

/** Send the drawing; returns where its card stands in Discord. */
export async function send(mask, prompt, isSure, isAsTyped) {
  const body = new FormData();
  body.append("mask", mask, "mask.png");
  body.append("prompt", prompt);
  if (isSure) body.append("sure", "yes");
  if (isAsTyped) body.append("as_typed", "yes");
  return askJson("api/region", { method: "POST", body });
}
