// What a select offers: its own options, or the users, roles and channels of the world.

import { displayName, state, userById } from "./state.js";

/** The options of a select component: `{label, value, default}`. */
export function selectOptions(item) {
  const defaults = new Set((item.default_values ?? []).map((value) => value.id));
  const users = () => state.users.map((user) => ({
    label: displayName(userById(user.id)),
    value: user.id,
    default: defaults.has(user.id),
  }));
  const here = state.channels.find((channel) => channel.id === state.channelId);
  const roles = () => (state.guilds.find((guild) => guild.id === here?.guild_id)?.roles ?? []).map((role) => ({
    label: `@${role.name.replace(/^@/, "")}`,
    value: role.id,
    default: defaults.has(role.id),
  }));
  const channels = () => state.channels
    .filter((channel) => channel.guild_id && channel.guild_id === here?.guild_id)
    .filter((channel) => !item.channel_types?.length || item.channel_types.includes(channel.type))
    .map((channel) => ({ label: `#${channel.name}`, value: channel.id, default: defaults.has(channel.id) }));
  return { 3: () => item.options ?? [], 5: users, 6: roles, 7: () => [...users(), ...roles()], 8: channels }[item.type]();
}
