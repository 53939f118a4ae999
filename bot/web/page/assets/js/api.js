// What the page asks of Easel. The link's token stands behind "#" and travels as a header, never in an address.

const token = location.hash.slice(1);
const headers = { Authorization: `Bearer ${token}` };

/** A refusal of Easel's: its kind and its sentence, in the member's language. */
export class Refusal extends Error {
  constructor(body) {
    super(body.text);
    this.kind = body.error;
    this.body = body;
  }
}

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (response.ok) return response;
  throw new Refusal(await response.json());
}

/** What the link leads to: the picture's size, the prompt, and every word of the page. */
export async function open() {
  return (await ask("api/region")).json();
}

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
  return (await ask("api/region", { method: "POST", body })).json();
}
