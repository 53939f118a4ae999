// How users and channels are named where a text mentions them.

import { channelById, channelName, displayName, userById } from "./state.js";
import { t } from "./words.js";

export const names = {
  user: (id) => displayName(userById(id)),
  channel: (id) => channelName(channelById(id)) || t("unknown"),
};
