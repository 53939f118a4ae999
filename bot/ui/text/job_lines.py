"""The text lines of a job, in the official form. Pure functions. Source: docs/look.md 1.1 and 1.2."""

from bot.domain.custom_ids import FILM_PICK, Family, Kind, parse
from bot.domain.engine_info import OPERATIONS, get_title
from bot.domain.feature_names import feature_name
from bot.domain.job import Failure, FailureKind, Job, JobStatus, MessageLocation, Wait
from bot.domain.outcomes import Working
from bot.domain.requests import Action, Animate, EngineRequest, Mode, Motion
from bot.domain.rules import is_film
from bot.language import Sentence, _
from bot.text import MESSAGE_LIMIT, escape_inline
from bot.ui.text.costs import cost_line
from bot.ui.text.reasons import as_sentence, held_back_sentence, rejected_sentence, relay_sentence, sent_back_sentence

SPEED_WORDS = {Mode.RELAX: "relaxed", Mode.FAST: "fast", Mode.TURBO: "turbo"}
WAIT_WORDS = {
    Wait.PICTURES: _("Waiting to start"),
    Wait.QUEUE_FULL: _("Waiting: the relay's queue is full"),
    Wait.UNREACHABLE: _("Waiting: the relay cannot be reached"),
    Wait.CREDIT: _("Waiting: the relay account is out of credit"),
    Wait.KEY: _("Waiting: the relay refuses the key"),
}
STATE_WORDS = {
    JobStatus.UNCERTAIN: _("Unknown outcome"),
    JobStatus.EXPIRED: _("Timed out"),
    JobStatus.FAILED: _("Failed"),
    JobStatus.REFUSED: _("Refused"),
}
_END_WORDS = {
    FailureKind.EMPTY: _("Done, but nothing arrived"),
    FailureKind.LOST: _("Lost at the relay"),
}
# What ends so says why for all to read; who stopped a job knows.
_TOLD_WHY = frozenset({JobStatus.FAILED, JobStatus.REFUSED, JobStatus.EXPIRED})
PROMPT_LIMIT_IN_LINE = 1700  # leaves room for a state and a hint in a message of 2,000


def running_line(job: Job, working: Working, note: str = "") -> str:
    """`**prompt** - @user (31%) (fast)`, or what the job waits for; and below when it may be ready, or another note."""
    if job.stopped:
        return _ended(job, note)
    if working.ready_at is not None:
        ready = _("Ready {when}", when=f"<t:{int(working.ready_at.timestamp())}:R>").render(job.public_locale)
        note = "\n-# ".join(filter(None, [ready, note]))
    if job.status is JobStatus.RUNNING:
        states = [_progress_word(job, working), way_word(job)]
    elif job.status is JobStatus.SUBMITTING and is_other_engine(job):
        # Some engines answer a submit with the picture itself: all their work is done on the way.
        states = [working_word(job), way_word(job)]
    elif job.waiting_for:
        states = [WAIT_WORDS[Wait(job.waiting_for)].render(job.public_locale)]
    elif working.ahead:
        states = [_("Waiting to start, {count} ahead", count=working.ahead).render(job.public_locale)]
    else:
        states = [_("Waiting to start").render(job.public_locale)]
    return _line(job, _running_title(job), states, note)


def result_line(job: Job, note: str = "") -> str:
    """`**prompt** - Upscaled (Subtle) by @user (fast)`, and perhaps a note below."""
    kind = _kind(job)
    return _line(job, done_title(job), [] if kind.family is Family.PICK else [way_word(job)], note)


def is_other_engine(job: Job) -> bool:
    """Tell whether a job is for an engine other than Midjourney."""
    return isinstance(job.request, EngineRequest)


def way_word(job: Job) -> str:
    """Name what made it: the speed of a Midjourney task, or the other engine."""
    return get_title(job.engine) if is_other_engine(job) else SPEED_WORDS[job.speed]


def working_word(job: Job) -> str:
    """Say how far a job is whose engine tells no percent."""
    return _("Working").render(job.public_locale)


def _progress_word(job: Job, working: Working) -> str:
    if working.is_unread:
        return _("The relay cannot be read right now").render(job.public_locale)
    has_percent = working.percent is not None or not is_other_engine(job)
    return f"{working.percent or 0}%" if has_percent else working_word(job)


def ended_line(job: Job) -> str:
    """`**prompt** - @user (Failed)`, and below why, or where to look instead."""
    if job.failure is not None and job.failure.instead is not None:
        why = _pointer(job.failure, job.failure.instead)
    elif job.status is JobStatus.UNCERTAIN:
        why = uncertain_sentence(job)
    elif job.awaits_review:
        why = _("Moderators look at it before it is posted.")
    elif job.status in _TOLD_WHY:
        why = failure_sentence(job)
    elif job.result is not None and job.result.is_diverted:
        why = _(
            "The engine flagged this as for adults, so it is not shown here, and it could not be sent directly. Its "
            "author finds it in /jobs."
        )
    else:
        return _ended(job, "")
    return _ended(job, why.render(job.public_locale))


def _ended(job: Job, note: str) -> str:
    return _line(job, _running_title(job), [state_word(job).render(job.public_locale)], note)


def state_word(job: Job) -> Sentence:
    """Say how a job ended, or that nobody knows, or who decides about it."""
    if job.awaits_review:
        return _("Waiting for a moderator")
    if job.is_withheld:
        return _("Not approved")
    ended = _END_WORDS.get(job.failure.kind) if job.failure else None
    return ended or STATE_WORDS.get(job.status) or _("Stopped")


def _pointer(failure: Failure, spot: MessageLocation) -> Sentence:
    """The way to the message that stands in for this one."""
    link = open_link(spot.guild_id, spot.channel_id, spot.message_id)
    match failure.kind:
        case FailureKind.SENT_AGAIN:
            return _("The outcome of this one is unknown, and it may have been charged. Sent again: {link}", link=link)
        case FailureKind.FOUND:
            return _("Not sent, since the first one was found after all: {link}", link=link)
        case _:
            return _("Sent again: {link}", link=link)


def open_link(guild_id: int | None, channel_id: int, message_id: int | None) -> Sentence:
    """Return a link to a message in Discord that is one word, in the reader's language."""
    return _("[Open]({url})", url=message_url(guild_id, channel_id, message_id))


def message_url(guild_id: int | None, channel_id: int, message_id: int | None) -> str:
    """Return the address of a message in Discord; of its channel, where it is not known."""
    channel = f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}"
    return f"{channel}/{message_id}" if message_id else channel


def still_running_line(job: Job, working: Working) -> str:
    """The line of a card that will soon be out of our reach, unless somebody presses its button."""
    hint = _("Still running. I can't post here by myself: press Check to see how far it is.")
    if job.is_ephemeral:
        hint = _("Still running. Press Check to see how far it is; else the picture comes by direct message.")
    return running_line(job, working, hint.render(job.public_locale))


def first_line(job: Job, left: int | None = None) -> str:
    """The first answer; it says in advance, before anything is spent, when the result cannot be a new message.

    `left` is what its author may still spend; where nothing limits that, what the job costs is not said.
    """
    notes = [] if left is None else [cost_line(job.public_locale, job.units, left)]
    if not job.place.may_post:
        hint = _("I can't post in this channel, so the picture will appear here.")
        if job.is_ephemeral:
            hint = _("Private: only you see this, and the picture will appear here.")
        notes.append(hint.render(job.public_locale))
    return running_line(job, Working(), "\n-# ".join(notes))


def failure_sentence(job: Job) -> Sentence:
    """Why a job ended without a result, and what to do: for the author's eyes."""
    failure = job.failure or Failure(kind=FailureKind.RELAY)
    detail = escape_inline(failure.detail, 300)
    match failure.kind:
        case FailureKind.PICTURE:
            return Sentence(failure.detail)
        case FailureKind.RULE if failure.detail:
            return Sentence(failure.detail)
        case FailureKind.BANNED if detail:
            return _(
                "The relay does not accept the word “{word}”. Please change the prompt; nothing was charged.",
                word=detail,
            )
        case FailureKind.INVALID | FailureKind.RELAY if detail:
            return relay_sentence(job, failure)
        case FailureKind.POLICY if failure.is_rejected:
            return rejected_sentence(failure)
        case FailureKind.POLICY:
            return held_back_sentence(job)
        case FailureKind.SENT_BACK:
            return sent_back_sentence(failure)
        case FailureKind.UNSUPPORTED if detail:
            return _(
                "The relay does not offer this, or not in {mode} mode. Nothing was charged; /fast brings you back "
                "to the usual speed.",
                mode=feature_name("mode", detail),
            )
        case FailureKind.EMPTY if job.task_id is None:
            return _(
                "The relay says that this is done and charged, but it sent no picture and no text. The owner can "
                "look for it at the relay."
            )
        case FailureKind.STOPPED if job.submitted_at is None:
            return _("Stopped before it was sent. Nothing was charged.")
        case kind:
            return _SENTENCES[kind]


_SENTENCES = {
    FailureKind.BANNED: _("The relay does not accept a word in this prompt. Please change it; nothing was charged."),
    FailureKind.INVALID: _("The relay did not accept this prompt. Please change it; nothing was charged."),
    FailureKind.FORGOTTEN: _("The relay no longer knows this picture. You can run its prompt again."),
    FailureKind.UNSUPPORTED: _("The relay does not offer this. Nothing was charged."),
    FailureKind.UNANSWERED: _("The relay asked a question, and nobody answered within 15 minutes. You can try again."),
    FailureKind.MASK_EMPTY: _("The mask is all black, so nothing would be repainted. Nothing was sent or charged yet."),
    FailureKind.MASK_FULL: _(
        "The mask is all white, so everything would be repainted. Nothing was sent or charged yet."
    ),
    FailureKind.EXPIRED: _("The relay did not finish this in time. It may have been charged. You can try again."),
    FailureKind.STOPPED: _("Stopped."),
    FailureKind.SENT_AGAIN: _("It is unknown whether this one was charged. It was sent again."),
    FailureKind.FOUND: _("The first one was found after all, so this one was not sent. Nothing more was charged."),
    FailureKind.GIVEN_UP: _("Given up. Its units stay spent, as it may have been charged."),
    FailureKind.RELAY: _("The relay could not finish this and gave no reason. You can try again."),
    FailureKind.RULE: _("The rules here no longer allow this. Nothing was sent or charged."),
    FailureKind.EMPTY: _(
        "The relay says that this is done and charged, but it sent no picture and no text. Press Look "
        "again, or ask the owner to look for it at the relay."
    ),
    FailureKind.STRANGE: _(
        "Easel does not understand the relay's answer, so this may or may not have been charged. Easel "
        "will not resend it without asking you."
    ),
    FailureKind.LOST: _(
        "The relay took this, but no longer knows it. It may have been charged. Press Look again, or ask "
        "the owner to look for it at the relay."
    ),
}


def uncertain_sentence(job: Job) -> Sentence:
    """Explain an uncertain job."""
    if job.failure is not None and job.failure.kind is FailureKind.STRANGE:
        if not job.failure.detail:
            return _SENTENCES[FailureKind.STRANGE]
        return _(
            "The relay answered: “{words}” This may or may not have been charged. Easel will not resend it "
            "without asking you.",
            words=as_sentence(job.failure.detail),
        )
    return _(
        "The connection to the relay broke while this was being sent, so it may or may not have been "
        "charged. Easel will not resend it without asking you."
    )


def _line(job: Job, title: str, states: list[str], note: str = "") -> str:
    """Of what is too long for a message the prompt is cut, which stands elsewhere; a note stands here alone."""
    rest = f"{title}<@{job.actor.id}>" + "".join(f" ({state})" for state in states) + (f"\n-# {note}" if note else "")
    words = f"{job.prompt} --video 1" if _says_video(job) else job.prompt
    prompt = escape_inline(words, min(PROMPT_LIMIT_IN_LINE, MESSAGE_LIMIT - len(rest) - len("**** - ")))
    return f"**{prompt}** - {rest}" if prompt else rest


def _says_video(job: Job) -> bool:
    """Tell whether the line of a film has to say what it is; one that is taken from a set has it in its prompt."""
    return is_film(job.request) and _kind(job).verb != FILM_PICK and "--video" not in job.prompt


def _kind(job: Job) -> Kind:
    return parse(job.request.button.custom_id) if isinstance(job.request, Action) else Kind(Family.REROLL)


def _running_title(job: Job) -> str:
    kind = _kind(job)
    match kind.family:
        case Family.UPSCALE:
            return "Upscaling by "
        case Family.VARIATION | Family.VARY | Family.REGION:
            return "Variations by "
        case _:
            return done_title(job)


def done_title(job: Job) -> str:
    """Say what a finished job was, as it stands before its author's name."""
    if not isinstance(job.request, Action):
        if isinstance(job.request, Animate):
            return _film_title("Extend" if job.request.extends else "Animate", job.request.motion)
        operation = OPERATIONS.get(job.operation)
        return operation.byline if operation else ""
    kind = _kind(job)
    match kind.family:
        case Family.PICK:
            return f"{'Film' if kind.verb == FILM_PICK else 'Image'} #{kind.index} "
        case Family.ANIMATE:
            motion = Motion.LOW if "low" in kind.verb else Motion.HIGH
            return _film_title("Extend" if kind.verb.endswith("_extend") else "Animate", motion)
        case Family.UPSCALE:
            return f"Upscaled ({kind.verb.rsplit('_', 1)[-1].capitalize()}) by "
        case Family.VARIATION:
            return f"Variations ({'Subtle' if job.request.strong is False else 'Strong'}) by "
        case Family.VARY:
            return f"Variations ({'Subtle' if kind.verb.startswith('low') else 'Strong'}) by "
        case Family.REGION:
            return "Variations (Region) by "
        case Family.ZOOM | Family.CUSTOM_ZOOM:
            return "Zoom Out by "
        case Family.PAN:
            return f"Pan {kind.verb.removeprefix('pan_').capitalize()} by "
        case Family.OTHER | Family.SHORTEN_DETAILS if job.request.button.label:
            return f"{escape_inline(job.request.button.label, 80)} by "
        case _:
            return ""


def _film_title(what: str, motion: Motion) -> str:
    return f"{what} ({motion.capitalize()} motion) by "
