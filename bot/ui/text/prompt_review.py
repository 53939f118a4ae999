"""What a typed prompt comes to: run it, ask about it first, or confirm that it stands for several. Pure functions."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.language import _
from bot.prompts import Finding, Report, count, expand
from bot.prompts.parts import MARK
from bot.text import MESSAGE_LIMIT, escape_inline, shorten
from bot.ui.text.costs import start_text

SHOWN_FINDINGS = 8
SHOWN_SLIPS = 4
SHOWN_PROMPTS = 5
PROMPT_LIMIT = 600  # characters of a prompt among other text
LINE_LIMIT = 280  # characters of one of several prompts
CONTEXT = 80  # characters of a prompt on each side of a doubtful place


@dataclass(frozen=True, slots=True)
class Run:
    """One job; `slips` is what was put right in the prompt as typed, `notes` what may be worth knowing."""

    prompt: str
    slips: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something is doubtful: the member is asked before anything is spent."""

    report: Report


@dataclass(frozen=True, slots=True)
class Several:
    """More jobs than one: the member is told what that costs before anything is spent."""

    prompt: str
    prompts: tuple[str, ...]
    slips: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class TooMany:
    """More jobs than one prompt may start."""

    prompt: str
    jobs: int


Decision = Run | Doubtful | Several | TooMany


def decide(report: Report, cap: int) -> Decision:
    """Decide what to do with a prompt that was read; `cap` is how many jobs it may start."""
    if report.doubts:
        # A guess that would be refused next is none.
        return Doubtful(report if count(report.fixed) <= cap else replace(report, fixed=report.prompt))
    jobs = count(report.prompt)
    if jobs > cap:
        return TooMany(report.prompt, jobs)
    prompts = tuple(expand(report.prompt, cap))
    if jobs == 1:
        return Run(prompts[0], report.slips, report.notes)
    return Several(report.prompt, prompts, report.slips)


def texts_of(decision: Decision) -> tuple[str, ...]:
    """Return the prompts that a decision is about; of too many the one that stands for them."""
    match decision:
        case Several(prompts=prompts):
            return prompts
        case Doubtful(report):
            return (report.prompt,)
        case Run(prompt) | TooMany(prompt):
            return (prompt,)


# What members read. Each text fits a message.


def question_text(report: Report, locale: str) -> str:
    """Show the doubtful places in the prompt, why each is doubtful, and what the best guess makes of it."""
    doubts = sorted(report.doubts, key=lambda doubt: doubt.start)[:SHOWN_FINDINGS]
    intro = _("Check this before it is sent (nothing spent yet):").render(locale)
    notes = [
        *_bullets(doubts, len(report.doubts), locale),
        *(f"-# {note.sentence.render(locale)}" for note in report.notes[:SHOWN_SLIPS]),
    ]
    if report.slips:
        notes.append(f"-# {slips_text(report.slips, locale)}")
    # of what is too long for a message the prompt is cut, which the member knows
    for context in (CONTEXT, CONTEXT // 2, CONTEXT // 8):
        lines = [intro, f"> {marked(report.prompt, doubts, context)}", *notes]
        if report.fixed != report.prompt:
            fixed = escape_inline(report.fixed, PROMPT_LIMIT * context // CONTEXT)
            lines.append(_("With the fix: {prompt}", prompt=f"**{fixed}**").render(locale))
        if len("\n".join(lines)) <= MESSAGE_LIMIT:
            return "\n".join(lines)
    return within_message([intro, *notes])


def doubts_text(report: Report, locale: str) -> str:
    """Why the doubtful places of a prompt are doubtful, a line each, for a page without markdown."""
    doubts = sorted(report.doubts, key=lambda doubt: doubt.start)[:SHOWN_FINDINGS]
    lines = _bullets(doubts, len(report.doubts), locale)
    return "\n".join(line.removeprefix("- ") for line in lines).replace("\\", "")


def confirmation_text(several: Several, units: int, left: int | None, locale: str) -> str:
    """Tell how many jobs a prompt stands for, what they cost, and the first of them."""
    jobs = len(several.prompts)
    intro, notes = start_text(jobs, units, left, locale), []
    if jobs > SHOWN_PROMPTS:
        notes.append("-# " + _("and {count} more", count=jobs - SHOWN_PROMPTS).render(locale))
    if several.slips:
        notes.append(f"-# {slips_text(several.slips, locale)}")
    room = MESSAGE_LIMIT - len("\n".join([intro, *notes])) - SHOWN_PROMPTS * len("\n1. ")
    each = min(LINE_LIMIT, room // SHOWN_PROMPTS)
    first = [
        f"{number}. {escape_inline(one, each)}" for number, one in enumerate(several.prompts[:SHOWN_PROMPTS], start=1)
    ]
    return within_message([intro, *first, *notes])


def too_many_text(too_many: TooMany, cap: int, locale: str) -> str:
    """Why a prompt starts nothing."""
    sentence = _(
        "That would be {jobs} jobs; the limit here is {cap} per prompt. Please ask for fewer.",
        jobs=too_many.jobs if too_many.jobs < 10**6 else "> 1000000",
        cap=cap,
    )
    return sentence.render(locale)


def slips_text(slips: Sequence[Finding], locale: str) -> str:
    """Tell what was put right, in one sentence."""
    parts = [slip.sentence.render(locale) for slip in slips[:SHOWN_SLIPS]]
    if len(slips) > SHOWN_SLIPS:
        parts.append(_("and {count} more", count=len(slips) - SHOWN_SLIPS).render(locale))
    return _("Corrected: {changes}", changes=" ".join(parts)).render(locale)


def remarks_text(run: Run, locale: str) -> str:
    """Tell what was put right, and what may be worth knowing; "" where there is nothing to tell."""
    notes = [note.sentence.render(locale) for note in run.notes[:SHOWN_SLIPS]]
    return "\n".join([*([slips_text(run.slips, locale)] if run.slips else []), *notes])


def marked(prompt: str, findings: Sequence[Finding], context: int = CONTEXT) -> str:
    """Show the prompt with the places of the findings in bold and underlined; long stretches between them are cut.

    `context` is how many characters stand on each side of a place, and how long a place may be.
    """
    places = _places(findings)
    ends = [0, *(at for place in places for at in place), len(prompt)]
    pieces: list[str] = []
    for number, (start, end) in enumerate(pairwise(ends)):
        text = prompt[start:end]
        if number % 2:
            pieces.append(f"__**{escape_inline(text, context)}**__")
        else:
            pieces.append(_cut(text, context, is_first=number == 0, is_last=end == len(prompt)))
    return "".join(pieces).strip()


def _places(findings: Sequence[Finding]) -> list[tuple[int, int]]:
    """Where findings stand, in order, overlapping ones as one."""
    places: list[tuple[int, int]] = []
    for finding in sorted(findings, key=lambda finding: finding.start):
        if places and finding.start < places[-1][1]:
            places[-1] = (places[-1][0], max(places[-1][1], finding.end))
        else:
            places.append((finding.start, finding.end))
    return places


def _cut(text: str, context: int, *, is_first: bool, is_last: bool) -> str:
    """A stretch beside marked places, without its middle where it is long."""
    before = " " if text[:1].isspace() and not is_first else ""
    after = " " if text[-1:].isspace() and not is_last and len(text) > 1 else ""
    if len(text) <= 2 * context:
        return f"{before}{escape_inline(text, 4 * context)}{after}"
    head = "" if is_first else escape_inline(text[:context], 2 * context)
    tail = "" if is_last else escape_inline(text[-context:], 2 * context)
    return f"{before}{head} ... {tail}{after}"


def _bullets(doubts: Sequence[Finding], total: int, locale: str) -> list[str]:
    sentences = list(dict.fromkeys(doubt.sentence.render(locale) for doubt in doubts))
    lines = [f"- {sentence}" for sentence in sentences]
    if total > len(doubts):
        lines.append("- " + _("and {count} more", count=total - len(doubts)).render(locale))
    return lines


def within_message(lines: Sequence[str]) -> str:
    """Join as many lines as fit a message; the first one is cut where it does not fit alone."""
    text = lines[0]
    for line in lines[1:]:
        if len(text) + 1 + len(line) > MESSAGE_LIMIT:
            break
        text += f"\n{line}"
    return shorten(text, MESSAGE_LIMIT)


def completions(typed: str, recent: Iterable[str], options: Collection[str]) -> list[str]:
    """Whole prompts to offer while one is typed: own options for a begun parameter first, then recent prompts.

    A recent prompt is offered where what was typed stands in it. Nothing is cut: a choice is what will be sent.
    """
    wanted = " ".join(typed.split()).casefold()
    before, begun, name = typed.rpartition(MARK)
    is_begun = bool(begun) and " " not in name and (not before or before[-1].isspace())
    completed = [f"{before}{MARK}{option}" for option in options if is_begun and option.startswith(name.lower())]
    return list(dict.fromkeys([*completed, *(prompt for prompt in recent if wanted in prompt.casefold())]))
