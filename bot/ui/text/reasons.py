"""A relay's reason in the member's language, where its meaning is known. Pure functions."""

import re

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.language import Sentence, _
from bot.relay.meanings import Meaning, is_page, meaning_of, readable, says_nothing
from bot.text import escape_inline

REASON_LIMIT = 300  # characters of a relay's own words
# A heading in front of a reason, as Midjourney has one: "[Job failed] Sorry! ...". Source: docs/relay.md 7.
_HEADING = re.compile(r"(?:\[([^\[\]]*)\]|【([^【】]*)】)[\s:\uff1a-]*")

# A new meaning is a line here, beside its marks in `bot.relay.meanings`. That of a parameter shows the relay's words.
_REASONS: dict[Meaning, Sentence] = {
    Meaning.UNKNOWN_STATE: _(
        "The relay cannot say whether it took this. Please ask the owner before you send it again."
    ),
    Meaning.MODERATED: _(
        "The relay's moderation does not allow this. Please change the prompt or its pictures: sending the "
        "same again will not help, and may get the account banned."
    ),
    Meaning.CREDIT: _("The relay account is out of credit. Please tell the owner."),
    Meaning.QUEUE_FULL: _("The relay is too busy right now. You can try again in a few minutes."),
    Meaning.TIMEOUT: _("The relay waited too long for the picture. You can try again."),
    Meaning.CANCELLED: _("It was cancelled at the relay. You can try again."),
    Meaning.LINK: _("The relay could not fetch a link in the prompt. Please attach the picture instead."),
    Meaning.PICTURE: _("The relay cannot use the picture. Please send another one."),
    Meaning.NO_ACCOUNT: _("The relay has no working account for this right now. You can try again later."),
    Meaning.KEY: _("The relay refuses the key. Please tell the owner."),
    Meaning.NOT_OFFERED: _("The relay does not offer this."),
    Meaning.FORGOTTEN: _("The relay no longer knows this picture. You can run its prompt again."),
    Meaning.PAGE: _("The relay has problems right now. You can try again in a few minutes."),
}


def relay_sentence(job: Job, failure: Failure) -> Sentence:
    """Why a relay refused or gave up, and what to do."""
    meaning = meaning_of(failure.detail, job.written) or (Meaning.PAGE if is_page(failure.detail) else None)
    if meaning in _REASONS:
        sentence = _REASONS[meaning]
        return _("{reason} Nothing was charged.", reason=sentence) if job.status is JobStatus.REFUSED else sentence
    if says_nothing(_without_headings(readable(failure.detail))):
        if failure.kind is FailureKind.INVALID:
            return _("The relay did not accept this prompt. Please change it; nothing was charged.")
        return _("The relay could not finish this and gave no reason. You can try again.")
    words = as_sentence(failure.detail)
    if failure.kind is FailureKind.INVALID:
        return _("The relay did not accept this: {reason} Please change it; nothing was charged.", reason=words)
    if meaning is Meaning.PARAMETER:
        return _("The relay does not accept a parameter: {reason} Please change the prompt.", reason=words)
    return _("The relay could not finish this: {reason} You can try again.", reason=words)


def held_back_sentence(job: Job) -> Sentence:
    """Why a safety check held something back; nothing here invites to send the same again."""
    if job.status is JobStatus.REFUSED:
        return _(
            "The engine's safety filter blocked this. Please change the prompt or its pictures; nothing was charged."
        )
    return _REASONS[Meaning.MODERATED]


def rejected_sentence(failure: Failure) -> Sentence:
    """Why moderators kept a finished picture back, and what became of its units."""
    units = _("Its units were given back.") if failure.is_refunded else _("Its units stay spent.")
    if not failure.detail:
        return _("No moderator looked at this in time, so it was not posted. {units}", units=units)
    words = as_sentence(failure.detail)
    return _("A moderator did not let this be posted: {reason} {units}", reason=words, units=units)


def sent_back_sentence(failure: Failure) -> Sentence:
    """Why a job was ended that the relay sent back while it took others."""
    reason = _SENT_BACK.get(failure.detail, _REASONS[Meaning.QUEUE_FULL])
    return _("The relay takes other jobs, but sent this one back twice. {reason} Nothing was charged.", reason=reason)


_SENT_BACK: dict[str, Sentence] = {
    Wait.CREDIT: _("It says that there is no credit for it; the model may be too expensive."),
    Wait.KEY: _("It says that the key does not allow it."),
}


def as_sentence(reason: str) -> str:
    """A relay's own words for a message: without markup and heading, escaped, ended by a full stop."""
    text = escape_inline(_without_headings(readable(reason)), REASON_LIMIT)
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."


def _without_headings(reason: str) -> str:
    """Return a reason without what stands in brackets before it; a heading by itself is the reason."""
    while heading := _HEADING.match(reason):
        words, reason = (heading[1] or heading[2] or "").strip(), reason[heading.end() :]
        if not reason:
            return words
    return reason
