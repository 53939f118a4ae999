// What a message may carry beside text and pictures: a poll, and what was forwarded with it.

import { post } from "./api.js";
import { renderComponents } from "./components.js";
import { h } from "./dom.js";
import { renderEmbeds } from "./embeds.js";
import { renderMarkdown } from "./markdown.js";
import { renderAttachments } from "./media.js";
import { names } from "./mentions.js";
import { notice } from "./notices.js";
import { state } from "./state.js";
import { t } from "./words.js";

/** The answers of a poll, to be pressed, with how many gave each. */
export function renderPoll(message) {
  const { poll } = message;
  if (!poll) return null;
  const counts = new Map(poll.results.answer_counts.map((count) => [count.id, count]));
  const answers = poll.answers.map(({ answer_id: id, poll_media: media }) => {
    const { count = 0, me_voted: isMine = false } = counts.get(id) ?? {};
    return h(
      "button",
      {
        type: "button",
        class: isMine ? "poll-answer mine" : "poll-answer",
        "aria-pressed": String(isMine),
        disabled: poll.results.is_finalized,
        onclick: () => vote(message, id),
      },
      media.emoji?.name && !media.emoji.id ? `${media.emoji.name} ` : "",
      h("span", {}, media.text),
      h("small", {}, String(count)),
    );
  });
  const hint = poll.results.is_finalized ? t("This poll is over") : poll.allow_multiselect ? t("Several answers") : t("One answer");
  return h("div", { class: "poll", role: "group", "aria-label": poll.question.text }, h("b", {}, poll.question.text), answers, h("small", {}, hint));
}

function vote(message, id) {
  const { poll } = message;
  const given = poll.results.answer_counts.filter((count) => count.me_voted).map((count) => count.id);
  const others = poll.allow_multiselect ? given.filter((answer) => answer !== id) : [];
  const answers = given.includes(id) ? others : [...others, id];
  post("vote", { user: state.meId, message_id: message.id, answers }).catch((error) => notice(error.message));
}

/** What was forwarded, as it stood then. */
export function renderForward(message) {
  return (message.message_snapshots ?? []).map(({ message: then }) => h(
    "blockquote",
    { class: "forward", "aria-label": t("Forwarded") },
    h("small", {}, t("Forwarded")),
    then.content && h("div", { class: "markdown" }, renderMarkdown(then.content, names)),
    renderAttachments(then.attachments ?? []),
    renderEmbeds(then.embeds ?? []),
    renderComponents({ ...message, components: then.components ?? [] }),
  ));
}
