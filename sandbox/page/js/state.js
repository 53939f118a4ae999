// What the page knows, and who wants to hear of changes.

import { LOCALE, t } from "./words.js";

export const DM = 1;
export const FORUM = 15;
const KINDS = new Map([[2, "voice"], [5, "news"], [13, "stage"], [FORUM, "forum"]]);
const THREADS = new Set([10, 11, 12]);
export const EPHEMERAL = 64;
export const LOADING = 128;
export const COMPONENTS_V2 = 1 << 15;

export const state = {
  ready: false,
  guilds: [],
  channels: [],
  users: [],
  commands: [],
  meId: null,
  channelId: null,
  messages: [],
  loading: true,
  unread: new Map(), // "user:channel" -> { count, pings }
  pending: [], // interactions of ours that are not answered yet, or failed
  bot: { connected: false, process: null, processes: [] },
  online: true,
  trouble: "", // why it is not online
  locale: LOCALE,
  replyTo: null,
  commandNames: new Map(), // interaction id -> its command; a message does not tell
};

const listeners = new Map();
const dirty = new Set();

/** Call `listener` (once per turn) after any of the topics changed. */
export function on(topics, listener) {
  for (const topic of topics) {
    if (!listeners.has(topic)) listeners.set(topic, new Set());
    listeners.get(topic).add(listener);
  }
}

/** Tell that topics changed: world, place, messages, unread, pending, bot, online, reply, events. */
export function changed(...topics) {
  if (dirty.size === 0) queueMicrotask(flush);
  topics.forEach((topic) => dirty.add(topic));
}

function flush() {
  const due = new Set([...dirty].flatMap((topic) => [...(listeners.get(topic) ?? [])]));
  dirty.clear();
  due.forEach((listener) => listener());
}

export const me = () => userById(state.meId);
export const people = () => state.users.filter((user) => !user.bot);
export const theBot = () => state.users.find((user) => user.bot);
export const userById = (id) => state.users.find((user) => user.id === id);
export const displayName = (user) => user?.global_name || user?.username || t("Somebody");
export const isThread = (channel) => THREADS.has(channel.type);
export const channelKind = (channel) => (isThread(channel) ? "thread" : KINDS.get(channel.type) ?? "hash");
export const messageById = (id) => state.messages.find((message) => message.id === id);

/** The channel by id; the acting user's DM also answers to "dm" before it was ever opened. */
export function channelById(id) {
  return state.channels.find((channel) => channel.id === id) ?? (id === "dm" ? { id, type: DM } : undefined);
}

export const currentChannel = () => channelById(state.channelId);

/** The DM of a person with the bot: the one that names them, or the place holder "dm". */
export function ownDm(userId = state.meId) {
  const isOwn = (channel) =>
    channel.recipients?.some((user) => user.id === userId) || channel.name === `dm-${userById(userId)?.username}`;
  return state.channels.find((channel) => channel.type === DM && isOwn(channel)) ?? { id: "dm", type: DM };
}

export function channelName(channel) {
  if (!channel) return "";
  return channel.type === DM ? displayName(theBot()) : channel.name;
}

/** Whether a message may be seen by the user: everyone's, or an ephemeral one of their own. */
export function isVisibleTo(message, userId) {
  return !(message.flags & EPHEMERAL) || message.interaction_metadata?.user?.id === userId;
}

/** Whether the message pings the user. */
export function pings(message, userId) {
  return message.mention_everyone || (message.mentions ?? []).some((user) => user.id === userId);
}

export function unreadOf(channelId, userId = state.meId) {
  return state.unread.get(`${userId}:${channelId}`) ?? { count: 0, pings: 0 };
}

/** Count a new message for everyone who does not look at its channel right now. */
export function countUnread(message) {
  const channel = channelById(message.channel_id);
  for (const user of people()) {
    const isOwn = message.author.id === user.id;
    const isWatched = user.id === state.meId && message.channel_id === state.channelId && !document.hidden;
    const isElsewhere = channel?.type === DM && ownDm(user.id).id !== channel.id;
    if (isOwn || isWatched || isElsewhere || !isVisibleTo(message, user.id)) continue;
    const { count, pings: pinged } = unreadOf(message.channel_id, user.id);
    const isPing = pings(message, user.id) || channel?.type === DM;
    state.unread.set(`${user.id}:${message.channel_id}`, { count: count + 1, pings: pinged + Number(isPing) });
  }
  changed("unread");
}

export function markRead() {
  if (state.unread.delete(`${state.meId}:${state.channelId}`)) changed("unread");
}
