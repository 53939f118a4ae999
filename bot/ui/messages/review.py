"""What moderators see of a result that waits for them, and what stands there afterwards."""

from bot.domain.job import Job
from bot.domain.review import Decision, Review
from bot.jobs.original_addresses import OriginalAddresses
from bot.language import Sentence, _
from bot.pictures.folder import Pictures
from bot.ui.messages.result import ResultParts, result_parts

FILE_NAME = "review"
_NO_LINKS = OriginalAddresses()  # nothing that could be handed on
_OTHERWISE: dict[Decision, Sentence] = {
    Decision.POST: _("it is posted"),
    Decision.SPOILER: _("it is posted as a spoiler"),
    Decision.REJECT: _("it is rejected"),
}
_DECIDED: dict[Decision, Sentence] = {
    Decision.POST: _("approved"),
    Decision.SPOILER: _("approved as a spoiler"),
    Decision.REJECT: _("rejected"),
}


async def review_parts(pictures: Pictures, job: Job, review: Review, limit: int) -> ResultParts:
    """Build the contents of the message that asks moderators; files have at most `limit` bytes each.

    Raises:
        VaultError: nobody can get at the pictures now.
    """
    where, when = f"<#{job.place.channel_id}>", f"<t:{int(review.decides_at.timestamp())}:R>"
    outcome = _OTHERWISE[review.otherwise]
    ask = _("For {channel}. If nobody decides, {outcome} {when}.", channel=where, outcome=outcome, when=when)
    return await result_parts(pictures, job, limit, _NO_LINKS, name=FILE_NAME, note=ask)


def decided_sentence(review: Review) -> Sentence:
    """Say what was decided, and by whom; of the result itself nothing is left there."""
    assert review.decision is not None  # noqa: S101 - asked only then
    what = _DECIDED[review.decision]
    if review.decided_by == 0:
        return _("Nobody decided in time: {outcome}.", outcome=what)
    if review.decided_by is None:
        return _("Decided: {outcome}.", outcome=what)
    return _("{moderator}: {outcome}.", moderator=f"<@{review.decided_by}>", outcome=what)


def outcome_line(review: Review, job: Job | None) -> str:
    """Build what stands in the review channel once it is decided: `#channel @author - @moderator: approved.`.

    It does not begin with who made it: then it would be theirs to remove.
    """
    if job is None:
        return decided_sentence(review).render("en-US")
    said = decided_sentence(review).render(job.public_locale)
    return f"<#{job.place.channel_id}> <@{job.actor.id}> - {said}"
