// The bot's commands: how they are named, where they are offered, and what a typed line says about one.

import { currentChannel, state } from "./state.js";

const SUBCOMMAND = 1;
const GROUP = 2;
const DM_CONTEXT = 1;
const ADMINISTRATOR = 8n;

/** The name of a command or option in the acting user's language. */
export function localName(thing) {
  return thing.name_localizations?.[state.locale] ?? thing.name;
}

/** The description in the acting user's language. */
export function localDescription(thing) {
  return thing.description_localizations?.[state.locale] ?? thing.description ?? "";
}

/** Whether a command is offered to the acting user in this place. */
export function isOffered(command, channel) {
  const context = channel?.type === DM_CONTEXT ? DM_CONTEXT : 0;
  return (!command.contexts || command.contexts.includes(context)) && mayUse(command, channel);
}

// A command for people with certain permissions is hidden from others; "0" means administrators.
function mayUse(command, channel) {
  const needed = command.default_member_permissions;
  const own = permissionsIn(channel);
  if (needed === null || needed === undefined || own === undefined) return true;
  const mask = BigInt(needed) || ADMINISTRATOR;
  return (BigInt(own) & mask) === mask;
}

// A thread that has just been opened has those of its channel; a DM has none.
function permissionsIn(channel) {
  if (!channel?.guild_id) return undefined;
  const place = channel.permissions ? channel : state.channels.find(({ id }) => id === channel.parent_id);
  return place?.permissions?.[state.meId];
}

/** Every slash command that can be run here, subcommands spelt out: `{name, title, description, options}`. */
export function offeredCommands() {
  const channel = currentChannel();
  return state.commands
    .filter((command) => (command.type ?? 1) === 1 && isOffered(command, channel))
    .flatMap((command) => spellOut(command, "", ""));
}

function spellOut(command, prefix, titlePrefix) {
  const name = `${prefix}${command.name}`;
  const title = `${titlePrefix}${localName(command)}`;
  const options = command.options ?? [];
  const children = options.filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
  if (children.length > 0) return children.flatMap((child) => spellOut(child, `${name} `, `${title} `));
  const required = options.filter((option) => option.required);
  const optional = options.filter((option) => !option.required);
  return [{ name, title, description: localDescription(command), options: [...required, ...optional] }];
}

/** The commands that fit what was typed after the slash, best first. */
export function matchingCommands(text) {
  const wanted = text.toLowerCase().trimEnd();
  const rank = (command) => {
    const names = [command.name, command.title.toLowerCase()];
    if (names.some((name) => name.startsWith(wanted))) return 0;
    return names.some((name) => name.includes(wanted)) ? 1 : 2;
  };
  return offeredCommands().filter((command) => rank(command) < 2).sort((one, other) => rank(one) - rank(other));
}

/** A line like "/imagine a fox" or "/prefer suffix new_value: --v 7", once its command is complete; else null. */
export function parseLine(line) {
  const typed = line.slice(1);
  const command = offeredCommands()
    .filter(({ name, title }) => [name, title].some((known) => typed.startsWith(`${known} `)))
    .sort((one, other) => other.name.length - one.name.length)[0];
  if (!command) return null;
  const used = [command.name, command.title].find((known) => typed.startsWith(`${known} `));
  return { command, values: splitValues(command.options, typed.slice(used.length + 1)) };
}

// "name: value name2: value2"; words before the first name belong to the first option.
function splitValues(options, text) {
  const values = new Map();
  let current = options[0]?.name;
  const pattern = new RegExp(`(?:^|\\s)(${options.map(({ name }) => escapePattern(name)).join("|")}):`, "g");
  let end = 0;
  const keep = (until) => {
    const value = text.slice(end, until).trim();
    if (current !== undefined && value) values.set(current, value);
  };
  if (options.length > 0) {
    for (const match of text.matchAll(pattern)) {
      keep(match.index);
      current = match[1];
      end = match.index + match[0].length;
    }
  }
  keep(text.length);
  return values;
}

const escapePattern = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
