"""The check of a prompt before it costs anything.

Plain slips are put right at once and shown; doubtful things are asked about, with the best guess; the rest is remarked.
Nothing is refused: what is unknown here, a newer model may know.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from bot.prompts.doubts import find_doubts, fix
from bot.prompts.findings import Finding
from bot.prompts.parser import parse
from bot.prompts.slips import repair
from bot.prompts.table import Model, Severity

_MAX_FINDINGS = 60  # of one prompt; in a person's there are a few, and fewer are shown
_MAX_ROUNDS = 5  # a guess may uncover the next doubt, as a name that was mistyped does with its value


@dataclass(frozen=True, slots=True)
class Report:
    """What the check says.

    Attributes:
        prompt: without plain slips; what is sent where nothing is doubtful or the member runs it as it is.
        fixed: with the best guess for every doubt as well; the same as `prompt` where those leave anything doubtful.
        slips: what was put right, by positions in the text as it stood then.
        doubts: what to ask about, by positions in `prompt`.
        notes: what may be said and needs no answer, by positions in `prompt`.
    """

    prompt: str
    fixed: str
    slips: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def lint(
    prompt: str, *, model: Model | None = None, aliases: Collection[str] = (), now: datetime | None = None
) -> Report:
    """Check a prompt.

    Args:
        prompt: as typed, the member's own options and suffix already in it.
        model: what runs a prompt that names no model; None if that is not known.
        aliases: names of the member's own options, to be suggested for unknown ones.
        now: the moment, for links that say when they end; None leaves those alone.
    """
    repaired, slips = repair(prompt)
    findings = _findings(repaired, model, aliases, now)
    return Report(
        repaired,
        _fixed(repaired, findings, model, aliases, now),
        slips,
        tuple(finding for finding in findings if finding.severity is Severity.ASK),
        tuple(finding for finding in findings if finding.severity is Severity.NOTE),
    )


def _fixed(
    text: str, findings: Sequence[Finding], model: Model | None, aliases: Collection[str], now: datetime | None
) -> str:
    """The prompt with every best guess taken; as it is where they would leave anything to ask about."""
    fixed = text
    for _round in range(_MAX_ROUNDS):
        doubts = [finding for finding in findings if finding.severity is Severity.ASK]
        if not doubts:
            return fixed
        if len(findings) == _MAX_FINDINGS or any(doubt.replacement is None for doubt in doubts):
            return text
        fixed, _slips = repair(fix(parse(fixed), doubts))
        findings = _findings(fixed, model, aliases, now)
    return text


def _findings(text: str, model: Model | None, aliases: Collection[str], now: datetime | None) -> tuple[Finding, ...]:
    return tuple(islice(find_doubts(parse(text), model, aliases, now), _MAX_FINDINGS))
