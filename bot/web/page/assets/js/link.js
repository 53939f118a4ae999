// How the pages ask Easel. The link's token stands behind "#" and travels as a header, never in an address.

const headers = { Authorization: `Bearer ${location.hash.slice(1)}` };

/** A refusal of Easel's: its kind and its sentence, in the member's language. */
export class Refusal extends Error {
  constructor(body) {
    super(body.text);
    this.kind = body.error;
    this.body = body;
  }
}

/** Ask at an address beside the page's own; whatever is no success is thrown as what Easel says of it. */
export async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (response.ok) return response;
  throw new Refusal(await response.json());
}

/** Ask for what is answered as JSON. */
export const askJson = async (path, options) => (await ask(path, options)).json();
