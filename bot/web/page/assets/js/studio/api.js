// What the owner's page asks of Easel.

import { askJson } from "../link.js";

/** What there is at a glance; with every word of the page, unless these are known. */
export const overview = (isKnown) => askJson(`api/overview${isKnown ? "?known" : ""}`);

/** Jobs of a list, newest first; `before` is the `more` of the answer before. */
export const jobs = (list, before = "") => askJson(`api/jobs?${new URLSearchParams({ list, before })}`);

/** What was spent in the last days. */
export const units = (days) => askJson(`api/units?days=${days}`);

/** The servers that used Easel lately, or where something was decided. */
export const servers = () => askJson("api/servers");

/** What was done, newest first. */
export const audit = (before = "") => askJson(`api/audit?before=${before}`);

/** All settings. */
export const settings = () => askJson("api/settings");

/** Read the settings again. */
export const reload = () => askJson("api/settings/reload", { method: "POST" });

/** What people and servers are called. */
export const names = (people, servers) => askJson(`api/names?people=${people.join()}&servers=${servers.join()}`);

/** Do something to a job: "cancel", "look" or "give_up". */
export const actOnJob = (id, act) => askJson(`api/jobs/${id}/${act}`, { method: "POST" });

/** Pause or resume a server. */
export const actOnServer = (id, act) => askJson(`api/servers/${id}/${act}`, { method: "POST" });

/** Ban a person everywhere. */
export const ban = (id, reason) => askJson(`api/people/${id}/ban`, { method: "POST", body: reason });

/** Lift the ban of a person or a server. */
export const lift = (kind, id) => askJson(`api/${kind === "server" ? "servers" : "people"}/${id}/lift`, { method: "POST" });

/** Block or unblock a member of a server. */
export const actOnMember = (server, member, act) =>
  askJson(`api/servers/${server}/members/${member}/${act}`, { method: "POST" });
