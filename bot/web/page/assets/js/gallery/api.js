// What the gallery asks of Easel.

import { askJson } from "../link.js";

/** Some of what the member made, newest first; `before` is the `more` of the answer before. */
export function list({ words, kind, favourites, collection }, before = "", signal = undefined) {
  const query = new URLSearchParams({ search: words, kind, collection, before });
  if (favourites) query.set("favourites", "");
  return askJson(`api/jobs?${query}`, { signal });
}

/** All about one job, its family included. */
export const details = (id) => askJson(`api/jobs/${id}`);

/** Keep a job among the favourites, or not any more. */
export const star = (id, isOn) => askJson(`api/jobs/${id}/star`, { method: isOn ? "PUT" : "DELETE" });

/** Send a job's pictures to the member's direct messages. */
export const send = (id) => askJson(`api/jobs/${id}/send`, { method: "POST" });

/** Post a job once more in Discord; gives the address of its message. */
export const show = async (id) => (await askJson(`api/jobs/${id}/show`, { method: "POST" })).address;

/** The text with which a job is changed, and what it costs; with its seed, if that is wanted. */
export const openOrder = (id, withSeed) => askJson(`api/jobs/${id}/order${withSeed ? "?seed" : ""}`);

/** Order what became of it; gives the address of its card. */
export async function order(id, wanted) {
  return (await askJson(`api/jobs/${id}/order`, { method: "POST", body: JSON.stringify(wanted) })).address;
}

/** A fresh address at which a region of a picture is drawn. */
export const draw = async (id) => (await askJson(`api/jobs/${id}/draw`, { method: "POST" })).address;

/** The member's collections, the newest first. */
export const collections = async () => (await askJson("api/collections")).collections;

/** Make a collection, call it otherwise, or delete it. */
export const createCollection = (name) => askJson("api/collections", { method: "POST", body: name });
export const renameCollection = (id, name) => askJson(`api/collections/${id}`, { method: "PUT", body: name });
export const deleteCollection = (id) => askJson(`api/collections/${id}`, { method: "DELETE" });

/** Put jobs into a collection, or take them out. */
export const collect = (id, ids) => askJson(`api/collections/${id}/add`, { method: "POST", body: ids.join("\n") });
export const takeOut = (id, ids) => askJson(`api/collections/${id}/take`, { method: "POST", body: ids.join("\n") });

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
