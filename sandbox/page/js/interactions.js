// What we asked the bot for: waiting, answered, failed, or answered by a modal.

import { get } from "./api.js";
import { notice } from "./notices.js";
import { changed, state } from "./state.js";

const latest = new Map(); // interaction id -> what the feed said last; it may come before the call returns
const ours = new Map(); // interaction id -> its entry in state.pending
const MAX_REMEMBERED = 200;
let showModal = () => {};

/** Let `show(interactionId, modal, origin)` open the modals that answer interactions of ours. */
export function onModal(show) {
  showModal = show;
}

/** Start an interaction: show it as pending, call, and follow it to its answer. True when it was accepted. */
export async function interact(entry, call) {
  const pending = { ...entry, userId: state.meId, channelId: entry.channelId ?? state.channelId, status: "pending" };
  state.pending = [...state.pending.filter((other) => !isSameControl(other, pending)), pending];
  changed("pending");
  try {
    const { interaction_id: id } = await call();
    ours.set(id, pending);
    if (entry.commandName) state.commandNames.set(id, entry.commandName);
    if (latest.has(id)) settle(id, latest.get(id));
    return true;
  } catch (error) {
    drop(pending);
    notice(error.message);
    return false;
  }
}

function isSameControl(one, other) {
  return one.messageId && one.messageId === other.messageId && (one.status === "failed" || one.customId === other.customId);
}

/** The feed reports an interaction's state. */
export function interactionChanged(data) {
  latest.set(data.id, data);
  if (latest.size > MAX_REMEMBERED) latest.delete(latest.keys().next().value);
  settle(data.id, data);
}

/** After a broken feed: ask for the state of what is still open. */
export async function recheckInteractions() {
  for (const id of [...ours.keys()]) {
    const data = await get(`interactions/${id}`).catch(() => null);
    if (data) settle(id, data);
  }
}

function settle(id, data) {
  const pending = ours.get(id);
  if (!pending || data.state === "pending") return;
  ours.delete(id);
  if (data.state === "failed") {
    state.pending = state.pending.map((other) => (other === pending ? { ...pending, status: "failed" } : other));
    changed("pending");
    return;
  }
  drop(pending);
  if (data.modal && pending.userId === state.meId) showModal(id, data.modal, pending);
}

/** The command of an interaction; where it is not known yet it is asked for, and "messages" changes. */
export function commandName(id) {
  if (!state.commandNames.has(id)) {
    state.commandNames.set(id, null);
    get(`interactions/${id}`).then(({ command }) => {
      state.commandNames.set(id, state.commandNames.get(id) ?? command);
      changed("messages");
    }).catch(() => {});
  }
  return state.commandNames.get(id);
}

/** Forget a pending or failed interaction. */
export function drop(pending) {
  state.pending = state.pending.filter((other) => other !== pending);
  changed("pending");
}

/** What is going on with a control of a message: "pending", "failed" or undefined. */
export function statusOf(messageId, customId) {
  return state.pending.find(
    (pending) => pending.messageId === messageId && pending.customId === customId && pending.userId === state.meId,
  )?.status;
}

export function hasFailed(messageId) {
  return state.pending.some(
    (pending) => pending.messageId === messageId && pending.status === "failed" && pending.userId === state.meId,
  );
}
