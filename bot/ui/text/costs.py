"""What jobs cost in the owner's units, before and after they start. Pure functions."""

from bot.language import Sentence, _, ngettext


def units_words(units: int) -> Sentence:
    """Return `1 unit` or `4 units`."""
    return ngettext("{count} unit", "{count} units", count=units)


def jobs_words(jobs: int) -> Sentence:
    """Return `1 job` or `4 jobs`."""
    return ngettext("{count} job", "{count} jobs", count=jobs)


MORE_THAN_LEFT = _("That is more than you have left.")


def rest_of(units: int, left: int) -> list[Sentence]:
    """Say how many units are left, and whether these are more."""
    return [_("You have {left} left.", left=left), *([MORE_THAN_LEFT] if units > left else [])]


def start_sentence(jobs: int, units: int) -> Sentence:
    """Say before they start what several jobs cost."""
    return _("This will start {jobs} jobs and cost {units}.", jobs=jobs, units=units_words(units))


def start_text(jobs: int, units: int, left: int | None, locale: str) -> str:
    """Say before they start what several jobs cost, and what is left where something limits that."""
    told = [start_sentence(jobs, units), *([] if left is None else rest_of(units, left))]
    return " ".join(one.render(locale) for one in told)


def cost_line(locale: str, units: int, left: int | None, *, jobs: int = 1) -> str:
    """Return `1 unit · 14 left`, or `2 jobs · 2 units`.

    Args:
        locale: the reader's.
        units: what all of them cost.
        left: what may still be spent, of the budget that has least left; None where nothing limits it.
        jobs: how many there are; one is not counted.
    """
    parts = [units_words(units)]
    if jobs > 1:
        parts.insert(0, jobs_words(jobs))
    if left is not None:
        parts.append(_("{left} left", left=left))
    return " · ".join(part.render(locale) for part in parts)
