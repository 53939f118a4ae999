// Puts the page together.

import { startComposer } from "./composer.js";
import { openChannel, start } from "./feed.js";
import { onModal } from "./interactions.js";
import { startMessages } from "./messages.js";
import { openModal } from "./modal.js";
import { startPanel } from "./panel.js";
import { startSidebar } from "./sidebar.js";
import { state } from "./state.js";
import { keepRelativeTimesFresh } from "./time.js";
import { startTopbar } from "./topbar.js";
import { translateDocument } from "./words.js";

document.documentElement.lang = state.locale;
translateDocument();
startSidebar();
startTopbar();
startPanel();
startMessages();
startComposer();
onModal(openModal);
keepRelativeTimesFresh();
start();

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open-channel]");
  if (link && state.channels.some((channel) => channel.id === link.dataset.openChannel)) openChannel(link.dataset.openChannel);
});
