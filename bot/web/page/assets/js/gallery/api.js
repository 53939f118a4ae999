// What the gallery asks of Easel. The link's token stands behind "#" and travels as a header, never in an address.

const headers = { Authorization: `Bearer ${location.hash.slice(1)}` };

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
  const body = await response.json();
  if (response.ok) return body;
  throw new Refusal(body);
}

/** Some of what the member made, newest first; `before` is the `more` of the answer before. */
export function list({ words, kind, favourites }, before = "", signal = undefined) {
  const query = new URLSearchParams({ search: words, kind, before });
  if (favourites) query.set("favourites", "");
  return ask(`api/jobs?${query}`, { signal });
}

/** All about one job, its family included. */
export const details = (id) => ask(`api/jobs/${id}`);

/** Keep a job among the favourites, or not any more. */
export const star = (id, isOn) => ask(`api/jobs/${id}/star`, { method: isOn ? "PUT" : "DELETE" });

/** Send a job's pictures to the member's direct messages. */
export const send = (id) => ask(`api/jobs/${id}/send`, { method: "POST" });

/** Remove a picture for good. */
export const remove = (id) => ask(`api/jobs/${id}`, { method: "DELETE" });

/** The address at which some jobs are one ZIP. */
export async function choose(ids) {
  const { address } = await ask("api/choice", { method: "POST", body: ids.join("\n") });
  return `zip/${address}`;
}

/** The addresses of a picture of a job. */
export const thumbnailOf = (picture) => `file/${picture.thumbnail}`;
export const fileOf = (picture) => `file/${picture.file}`;
