"""What members read about a batch: what its file stands for, how far it is, and when it may be over."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.job import GroupState, JobStatus
from bot.jobs.batch_check import CheckedRow
from bot.language import _, ngettext
from bot.text import escape_inline
from bot.ui.text.costs import MORE_THAN_LEFT, jobs_words, units_words
from bot.ui.text.csv_table import table
from bot.ui.text.prompt_review import slips_text, within_message

SHOWN_LINES = 6  # of those that start, and as many of those that are left out
PROMPT_LIMIT = 120  # characters of a line's prompt
TITLE_LIMIT = 100
AT_RELAY = frozenset({JobStatus.SUBMITTING, JobStatus.AWAITING_INPUT, JobStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class Order:
    """What a file comes to: its lines, and what its member may start and spend."""

    title: str
    rows: Sequence[CheckedRow]
    most: int  # jobs of one batch
    left: int | None  # units of today

    @property
    def jobs(self) -> int:
        """How many jobs it starts."""
        return sum(len(checked.requests) for checked in self.rows)

    @property
    def units(self) -> int:
        """What they cost together."""
        return sum(checked.units for checked in self.rows)

    @property
    def may_start(self) -> bool:
        """Whether it is something, and not too much."""
        return 0 < self.jobs <= self.most and (self.left is None or self.units <= self.left)


def order_text(order: Order, locale: str) -> str:
    """Tell what a file comes to, before anything is spent."""
    good = [checked for checked in order.rows if checked.problem is None]
    bad = [checked for checked in order.rows if checked.problem is not None]
    lines = [_sum_of(order, locale)]
    for checked in good[:SHOWN_LINES]:
        times = "" if len(checked.requests) == 1 else f" x{len(checked.requests)}"
        engine = f" ({checked.row.engine})" if checked.row.engine else ""
        prompt = escape_inline(f"{checked.row.prompt} {checked.row.params}".strip(), PROMPT_LIMIT)
        lines.append(f"`{checked.row.number}` {prompt}{engine}{times}")
    lines += _more(len(good), locale)
    slips = [slip for checked in good for slip in checked.slips]
    if slips:
        lines.append(f"-# {slips_text(slips, locale)}")
    if bad:
        left_out = ngettext("Left out: {count} line", "Left out: {count} lines", count=len(bad))
        lines.append(f"**{left_out.render(locale)}**")
        lines += [f"`{one.row.number}` {one.problem.render(locale)}" for one in bad[:SHOWN_LINES] if one.problem]
        lines += _more(len(bad), locale)
    return within_message(lines)


def _more(count: int, locale: str) -> list[str]:
    hidden = count - SHOWN_LINES
    return ["-# " + _("and {count} more", count=hidden).render(locale)] if hidden > 0 else []


def _sum_of(order: Order, locale: str) -> str:
    told = [
        _(
            "{title} stands for {jobs}: {units} in all.",
            title=f"**{escape_inline(order.title, TITLE_LIMIT)}**",
            jobs=jobs_words(order.jobs),
            units=units_words(order.units),
        )
    ]
    if order.left is not None:
        told.append(_("You have {left} left today.", left=order.left))
    if order.jobs > order.most:
        told.append(_("A batch may start {cap} here. Please leave some out.", cap=order.most))
    elif not order.jobs:
        told.append(_("There is nothing to start."))
    elif not order.may_start:
        told.append(MORE_THAN_LEFT)
    return " ".join(one.render(locale) for one in told)


def order_table(order: Order, locale: str) -> bytes:
    """Build the table of all lines, as a file: what each stands for and costs, or why it is left out."""
    rows = (
        (
            one.row.number,
            one.row.name,
            one.row.prompt,
            one.row.engine,
            len(one.requests),
            one.units,
            one.problem.render(locale) if one.problem else "",
        )
        for one in order.rows
    )
    return table(("line", "name", "prompt", "engine", "jobs", "units", "problem"), rows)


def state_line(group_state: GroupState) -> str:
    """Tell how a batch goes on: how many run and wait, and when they may be over; "" once all are."""
    if group_state.is_over:
        return ""
    locale = group_state.group.public_locale
    running = sum(job.status in AT_RELAY and not job.stopped for job in group_state.jobs)
    waiting = sum(job.status is JobStatus.RECEIVED for job in group_state.jobs)
    told = _("{running} running, {waiting} waiting.", running=running, waiting=waiting).render(locale)
    if group_state.group.is_paused:
        return _("Paused.").render(locale) + f" {told}"
    minutes = minutes_left(group_state)
    if minutes is None:
        return told
    return f"{told} " + _("About {minutes} min left.", minutes=minutes).render(locale)


def minutes_left(group_state: GroupState) -> int | None:
    """Estimate the minutes until a batch is over, at least 1, by those that are; None before the first one is."""
    took = [job.result.took_s for job in group_state.jobs if job.result and job.result.took_s is not None]
    if not took:
        return None
    at_relay = sum(job.status in AT_RELAY for job in group_state.jobs)
    waiting = sum(job.status is JobStatus.RECEIVED for job in group_state.jobs)
    # Those that wait go through as many places as their member has now; those at the relay are half through.
    rounds = waiting / max(1, at_relay) + 0.5
    return max(1, round(rounds * sum(took) / len(took) / 60))
