// What the gallery asks of Easel.

import { askJson } from "../link.js";

/** Some of what the member made, newest first; `before` is the `more` of the answer before. */
export function list({ words, kind, favourites }, before = "", signal = undefined) {
  const query = new URLSearchParams({ search: words, kind, before });
  if (favourites) query.set("favourites", "");
  return askJson(`api/jobs?${query}`, { signal });
}

/** All about one job, its family included. */
export const details = (id) => askJson(`api/jobs/${id}`);

/** Keep a job among the favourites, or not any more. */
export const star = (id, isOn) => askJson(`api/jobs/${id}/star`, { method: isOn ? "PUT" : "DELETE" });

/** Send a job's pictures to the member's direct messages. */
export const send = (id) => askJson(`api/jobs/${id}/send`, { method: "POST" });

/** Remove a picture for good. */
export const remove = (id) => askJson(`api/jobs/${id}`, { method: "DELETE" });

/** The address at which some jobs are one ZIP. */
export async function choose(ids) {
  const { address } = await askJson("api/choice", { method: "POST", body: ids.join("\n") });
  return `zip/${address}`;
}

/** The addresses of a picture of a job. */
export const thumbnailOf = (picture) => `file/${picture.thumbnail}`;
export const fileOf = (picture) => `file/${picture.file}`;
