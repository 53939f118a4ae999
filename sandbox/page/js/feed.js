// Keeps the state in step with the sandbox: first load, live events, changes of place and person.

import { fetchMessages, follow, get } from "./api.js";
import { recordEvent } from "./panel_events.js";
import { notice } from "./notices.js";
import { interactionChanged, recheckInteractions } from "./interactions.js";
import {
  DM, changed, channelById, countUnread, isThread, isVisibleTo, markRead, ownDm, people, state,
} from "./state.js";

let loads = 0; // which fetch of messages is the latest
let delayed = []; // events that came while the messages were being fetched

const HANDLERS = {
  MESSAGE_CREATE: addMessage,
  MESSAGE_UPDATE: updateMessage,
  MESSAGE_DELETE: ({ id }) => removeMessage(id),
  MESSAGE_REACTION_ADD: refresh,
  MESSAGE_REACTION_REMOVE: refresh,
  MESSAGE_POLL_VOTE_ADD: refresh,
  MESSAGE_POLL_VOTE_REMOVE: refresh,
  CHANNEL_CREATE: addChannel,
  THREAD_CREATE: addChannel,
  COMMANDS: (commands) => {
    state.commands = commands;
    changed("world");
  },
  INTERACTION: interactionChanged,
  BOT: ({ connected }) => {
    state.bot = { ...state.bot, connected };
    changed("bot");
  },
  BOT_PROCESS: (told) => {
    const processes = state.bot.processes.map((one) => (one.number === told.number ? { ...one, ...told } : one));
    state.bot = { ...state.bot, processes, process: processes.find(({ running }) => running) ?? processes[0] };
    changed("bot");
  },
};
const NEEDS_MESSAGES = new Set(Object.keys(HANDLERS).filter((name) => name.startsWith("MESSAGE_")));

/** Load everything and follow the feed; after each reconnection everything is loaded anew. */
export function start() {
  follow({
    onEvent: (type, data) => {
      recordEvent(type, data);
      if (state.loading && NEEDS_MESSAGES.has(type)) delayed.push([type, data]);
      else HANDLERS[type]?.(data);
    },
    onOpen: async () => {
      await loadWorld();
      state.online = true;
      changed("online");
      recheckInteractions();
    },
    onClose: async () => {
      state.online = false;
      state.trouble = await get("state").then(() => "", (error) => error.message);
      changed("online");
    },
  });
  document.addEventListener("visibilitychange", () => !document.hidden && markRead());
}

async function loadWorld() {
  try {
    const [world, bot] = await Promise.all([get("state"), get("bot")]);
    Object.assign(state, world, { bot });
  } catch (error) {
    notice(error.message);
    return;
  }
  const remembered = sessionStorage.getItem("easel.user");
  state.meId = people().find((user) => user.id === (state.meId ?? remembered))?.id ?? people()[0]?.id;
  const wanted = state.channelId ?? sessionStorage.getItem("easel.channel");
  state.channelId = mayOpen(wanted) ? wanted : firstChannel()?.id ?? "dm";
  changed("world", "place", "bot");
  await loadMessages();
}

function mayOpen(channelId) {
  const channel = state.channels.find((candidate) => candidate.id === channelId);
  return channel && (channel.type !== DM || channel.id === ownDm().id);
}

export function firstChannel(guildId = state.guilds[0]?.id) {
  return state.channels.find((channel) => channel.guild_id === guildId && !isThread(channel));
}

async function loadMessages() {
  const number = (loads += 1);
  const isCurrent = () => number === loads;
  state.loading = true;
  try {
    const messages = await fetchMessages(state.channelId, state.meId);
    if (!isCurrent()) return;
    state.messages = messages;
  } catch (error) {
    if (!isCurrent()) return;
    state.messages = [];
    notice(error.message);
  }
  state.loading = false;
  adoptOpenedDm();
  const waiting = delayed;
  delayed = [];
  waiting.forEach(([type, data]) => HANDLERS[type](data));
  markRead();
  changed("messages");
}

// "dm" stands for a DM that nobody has opened yet; its real id comes with its first message.
function adoptOpenedDm() {
  if (state.channelId !== "dm") return;
  const id = state.messages[0]?.channel_id ?? ownDm().id;
  if (id !== "dm") {
    state.channelId = id;
    changed("place");
  }
}

/** Look at another channel; done when its messages are there. */
export async function openChannel(channelId) {
  if (channelId === state.channelId) return;
  state.channelId = channelId;
  await moved();
}

/** Become another person; whoever was in a DM lands in their own. */
export function become(userId) {
  if (userId === state.meId) return;
  const wasInDm = channelById(state.channelId)?.type === DM;
  state.meId = userId;
  if (wasInDm) state.channelId = ownDm().id;
  moved();
}

function moved() {
  sessionStorage.setItem("easel.user", state.meId);
  sessionStorage.setItem("easel.channel", state.channelId);
  state.messages = [];
  state.replyTo = null;
  changed("place", "messages", "reply");
  return loadMessages();
}

function addMessage(message) {
  countUnread(message);
  if (message.channel_id !== state.channelId || !isVisibleTo(message, state.meId)) return;
  if (!replaceMessage(message)) state.messages = [...state.messages, message];
  changed("messages");
}

function updateMessage(message) {
  if (message.channel_id === state.channelId && replaceMessage(message)) changed("messages");
}

function replaceMessage(message) {
  const index = state.messages.findIndex((known) => known.id === message.id);
  if (index < 0) return false;
  const reactions = keepOwnReactions(message.reactions, state.messages[index].reactions);
  state.messages = state.messages.with(index, { ...message, reactions });
  return true;
}

// The feed speaks to nobody in particular: what is "mine" is known from the message as it was.
function keepOwnReactions(reactions = [], before = []) {
  const mine = new Set(before.filter((reaction) => reaction.me).map((reaction) => reaction.emoji.name));
  return reactions.map((reaction) => ({ ...reaction, me: mine.has(reaction.emoji.name) }));
}

function removeMessage(id) {
  if (!state.messages.some((message) => message.id === id)) return;
  const isReply = (message) => message.referenced_message?.id === id;
  state.messages = state.messages
    .filter((message) => message.id !== id)
    .map((message) => (isReply(message) ? { ...message, referenced_message: null } : message));
  changed("messages");
}

// Who reacted or voted depends on who looks, which the feed does not know.
async function refresh({ channel_id: channelId }) {
  if (channelId !== state.channelId) return;
  const place = `${state.meId}:${channelId}`;
  const messages = await fetchMessages(channelId, state.meId).catch(() => null);
  if (!messages || place !== `${state.meId}:${state.channelId}`) return;
  const now = new Map(messages.map(({ id, reactions, poll }) => [id, { reactions, poll }]));
  state.messages = state.messages.map((message) => ({ ...message, ...now.get(message.id) }));
  changed("messages");
}

function addChannel(channel) {
  if (state.channels.some((known) => known.id === channel.id)) return;
  state.channels = [...state.channels, channel];
  changed("world");
  adoptOpenedDm();
}
