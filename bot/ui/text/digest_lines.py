"""The owner's weekly digest, in lines."""

from collections.abc import Sequence

from bot.domain.job import JobStatus
from bot.language import _
from bot.operation.digest import Digest
from bot.storage.usage import Usage, UsageBy
from bot.text import escape_inline
from bot.ui.text.costs import jobs_words, units_words
from bot.ui.text.usage_lines import name_of

GB = 1_000_000_000


def digest_text(digest: Digest, language: str) -> str:
    """Return how the week was."""
    head = _("### Easel from {first} to {last}", first=digest.first.isoformat(), last=digest.last.isoformat())
    lines = [
        _("{jobs}, {units}", jobs=jobs_words(digest.jobs), units=units_words(digest.units)),
        _(
            "Failed or too late: {failed}. Right now of unknown outcome: {uncertain}, posted nowhere: {undeliverable}.",
            failed=digest.failures,
            uncertain=digest.open_ends[JobStatus.UNCERTAIN],
            undeliverable=digest.open_ends[JobStatus.UNDELIVERABLE],
        ),
        *([_("Engines: {most}", most=_most(UsageBy.ENGINE, digest.engines))] if digest.engines else []),
        *([_("Members: {most}", most=_most(UsageBy.MEMBER, digest.members))] if digest.members else []),
        *(
            _("{relay} has {left} left.", relay=escape_inline(relay, 60), left=f"{left:.2f}")
            for relay, left in sorted(digest.left.items())
        ),
        _(
            "{free} GB of {total} GB are free on the disk of DATA_DIR.",
            free=f"{digest.free_bytes / GB:.1f}",
            total=f"{digest.disk_bytes / GB:.0f}",
        ),
        _("Easel {version}", version=digest.version),
    ]
    return "\n".join([head.render(language), *(f"- {line.render(language)}" for line in lines)])


def _most(by: UsageBy, found: Sequence[Usage]) -> str:
    """Whoever or whatever took the most units."""
    return ", ".join(f"{name_of(by, one.name)} {one.units}" for one in found)
