// Puts the page together.

import { beginLine, startComposer } from "./composer.js";
import { openChannel, start } from "./feed.js";
import { onModal } from "./interactions.js";
import { jumpTo } from "./message_actions.js";
import { startMessages } from "./messages.js";
import { openModal } from "./modal.js";
import { notice } from "./notices.js";
import { startPanel } from "./panel.js";
import { startSidebar } from "./sidebar.js";
import { state } from "./state.js";
import { keepRelativeTimesFresh } from "./time.js";
import { startTopbar } from "./topbar.js";
import { t, translateDocument } from "./words.js";

document.documentElement.lang = state.locale;
translateDocument();
startSidebar();
startTopbar();
startPanel();
startMessages(beginLine);
startComposer();
onModal(openModal);
keepRelativeTimesFresh();
start();

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open-channel]");
  if (link && isThere(link.dataset.openChannel)) openChannel(link.dataset.openChannel);
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-jump-message]");
  if (!link) return;
  event.preventDefault();
  const { jumpChannel: channel, jumpMessage: message } = link.dataset;
  if (isThere(channel)) await openChannel(channel);
  if (!jumpTo(message)) notice(t("That message is not to be seen from here."));
});

function isThere(channelId) {
  return state.channels.some((channel) => channel.id === channelId);
}
