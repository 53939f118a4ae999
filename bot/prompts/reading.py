"""The one way in for every text that may become a paid prompt, whatever it was typed into."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bot.errors import UserError
from bot.language import _
from bot.prompts.aliases import apply_suffix, check_length, expand_options, write_options
from bot.prompts.findings import Finding
from bot.prompts.linter import Report, lint
from bot.prompts.permutations import count
from bot.prompts.slips import repair
from bot.prompts.table import Model


@dataclass(frozen=True, slots=True)
class Own:
    """What goes into a prompt, or is understood in it, beyond the table.

    Attributes:
        options: the texts of the member's own options, by names.
        suffix: what stands behind every prompt of the member; what is typed counts more.
        defaults: what the member chose in the settings panel; suffix and prompt count more.
        known: names of further parameters that the owner's relay knows.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""
    defaults: str = ""
    known: Collection[str] = ()


NOTHING_OWN = Own()


def read(
    text: str,
    own: Own = NOTHING_OWN,
    *,
    model: Model | None = None,
    now: datetime | None = None,
    single: bool = False,
) -> Report:
    """Read a text that somebody typed, pasted or edited and that becomes a prompt.

    To be called for commands, modals, picks, the drawing page and comparisons alike. The report has the text to send
    (`prompt`: on one line, exactly what `bot.text.one_line` and so the card shows), what was put right in it and has to
    be told (`slips`), what has to be asked before anything is spent (`doubts`), the text with all best guesses taken
    (`fixed`; equal to `prompt` where no guess settles everything), and remarks (`notes`). Reading what it gives once
    more changes nothing.

    Args:
        text: as it was typed.
        own: the member's own language; leave suffix and defaults empty where the text has them already (a modal that
            was filled in with a prompt).
        model: what runs a prompt that names no model; None if that is not known.
        now: the moment by the caller's clock, for links that say when they end; None leaves those alone.
        single: whether one job is meant, so that `{a, b}` and `--repeat` are asked about.

    Raises:
        UserError: the text is too long, or becomes so with the member's own options in it. Nothing else is refused,
            and this comes before all other work.
    """
    check_length(text)
    report = _read(text, own, model, now)
    return _for_one_job(report) if single else report


def _read(text: str, own: Own, model: Model | None, now: datetime | None) -> Report:
    # Marks around the text come off before anything is put behind it.
    typed, slips = repair(text)
    typed, more = write_options(typed, own.options)
    whole = apply_suffix(expand_options(typed, own.options), expand_options(own.suffix, own.options))
    check = partial(lint, model=model, aliases=(*own.known, *own.options), now=now)
    report = check(apply_suffix(whole, own.defaults))
    check_length(report.prompt)
    return replace(
        report,
        slips=tuple({slip.sentence: slip for slip in (*slips, *more, *report.slips)}.values()),
        fixed=_expanded(report, own.options, check),
    )


def _expanded(report: Report, options: Mapping[str, str], check: Callable[[str], Report]) -> str:
    """The fixed prompt with the own options that may have been meant; no other than the prompt where that is no end."""
    if report.fixed == report.prompt:
        return report.prompt
    try:
        expanded = expand_options(report.fixed, options)
    except UserError:
        return report.prompt
    if expanded == report.fixed:
        return expanded
    again = check(expanded)
    return report.prompt if again.doubts else again.prompt


def _for_one_job(report: Report) -> Report:
    """The report with a doubt more where the prompt stands for several jobs."""
    if count(report.prompt) == 1:
        return report
    sentence = _(
        "Only one job can start here, so {braces} and {repeat} do not work. Please take them out.",
        braces="{a, b}",
        repeat="--repeat",
    )
    doubt = Finding(0, len(report.prompt), sentence, None)
    return replace(report, fixed=report.prompt, doubts=(*report.doubts, doubt))
