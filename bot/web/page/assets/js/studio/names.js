// Names of people and servers: an id stands there at first, and its name as soon as it is known.

import * as api from "./api.js";
import { el } from "../dom.js";
import { say } from "../words.js";

const AT_ONCE = 50;
const known = { people: new Map(), servers: new Map() };

const short = (id) => `…${id.slice(-5)}`;
const named = (kind, id) => known[kind].get(id) || short(id);

/** A person; who was erased has no id any more. */
export function person(id) {
  if (id === "0") return el("span", {}, say("program"));
  return /^\d+$/.test(id) ? later("people", id) : el("span", {}, say("erased"));
}

/** A server, or direct messages. */
export const server = (id) => (id ? later("servers", id) : el("span", {}, say("direct")));

/** The same as texts. */
export const personName = (id) => named("people", id);
export const serverName = (id) => named("servers", id);

function later(kind, id) {
  return el("span", { title: id, "data-kind": kind, "data-id": id }, named(kind, id));
}

/** Ask for the names that are missing in a part of the page, and put them there. */
export async function fill(place) {
  const missing = { people: new Set(), servers: new Set() };
  for (const one of place.querySelectorAll("[data-kind]")) {
    const { kind, id } = one.dataset;
    if (!known[kind].has(id)) missing[kind].add(id);
  }
  const [people, servers] = ["people", "servers"].map((kind) => [...missing[kind]]);
  for (let from = 0; from < Math.max(people.length, servers.length); from += AT_ONCE) {
    const found = await api.names(people.slice(from, from + AT_ONCE), servers.slice(from, from + AT_ONCE));
    for (const kind of ["people", "servers"]) {
      for (const [id, name] of Object.entries(found[kind])) known[kind].set(id, name);
    }
  }
  for (const one of place.querySelectorAll("[data-kind]")) one.textContent = named(one.dataset.kind, one.dataset.id);
}
