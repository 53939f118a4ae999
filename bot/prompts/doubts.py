"""Doubtful things in a prompt without slips: each with the best guess where there is one. None is ever forbidden."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime

from bot.language import _
from bot.prompts.braces import match_braces
from bot.prompts.findings import Edit, Finding, apply, quoted
from bot.prompts.folding import fold
from bot.prompts.link_doubts import ended_links, is_picture_link, misplaced_pictures, words_behind_links
from bot.prompts.name_doubts import Names, glued_parameter, mistyped
from bot.prompts.parameter_doubts import conflicts, parameter_doubts
from bot.prompts.parts import MARK, Prompt, Words
from bot.prompts.sizes import size_doubts
from bot.prompts.slips import stray_words
from bot.prompts.table import TABLE, Kind, Model, Severity
from bot.prompts.values import tidy

_STRUCTURE = re.compile(r"\\[{},]|[{},]")
_VERSION = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?")
# Read the folded text.
_BARE_SHAPE = re.compile(
    r"(?:(?<=\s)|^)[^\w\s{}\"'()\[\]]{0,3}\s?\bar[ =:]{0,2}(?P<ratio>[0-9]{1,4} ?[:x] ?[0-9]{1,4})(?![\w:.])",
    re.IGNORECASE,
)
_BARE_NO = re.compile(r"(?<!\S)-no(?= \w)", re.IGNORECASE)
_FOREIGN_TEXT = re.compile(
    r"<(?:lora|lyco|hypernet):[^<>]{1,80}>|\bnegative prompt\s?:|\bsteps\s?: ?[0-9]{1,4}, ?sampler\s?:", re.IGNORECASE
)
# What a chat writes for its members, channels, times and commands.
_OF_THE_CHAT = re.compile(
    r"<(?:@[!&]?|#)[0-9]{1,20}>|<t:-?[0-9]{1,14}(?::[A-Za-z])?>|</[^<>/:]{1,100}:[0-9]{1,20}>|<id:[a-z]{1,20}>"
)
_COMMAS_LEFT = re.compile(r"(?<!\\)(?:,\s*){1,3},")  # around a link that was moved
_MORE_OF_WEIGHT = re.compile(r"[,\uff0c]([0-9]{1,2})(?![0-9])\s?|%")


def model_of(prompt: Prompt, default: Model | None = None) -> Model | None:
    """The model that a prompt asks for; None where it cannot be known, as with several in braces."""
    asked = [*prompt.find("v"), *prompt.find("niji")]
    if not asked:
        return default
    last = asked[-1]
    if any(parameter.branch for parameter in asked):
        return None
    is_niji = last.spec is TABLE.find("niji")
    if is_niji and not last.value:
        return Model("niji", TABLE.versions["niji"][-1])
    return Model("niji" if is_niji else "v", last.value) if _VERSION.fullmatch(last.value) else None


def find_doubts(
    prompt: Prompt, default: Model | None = None, aliases: Collection[str] = (), now: datetime | None = None
) -> Iterator[Finding]:
    """Everything doubtful in a prompt, with the plain remarks; of several about one parameter, the weightiest first.

    Args:
        prompt: one without plain slips.
        default: the model that runs it where it names none, if that is known.
        aliases: names of the member's own options, which may have been meant.
        now: the moment; None where no link is asked whether it is over.
    """
    model = model_of(prompt, default)
    yield from conflicts(prompt)
    sizes = tuple(size_doubts(prompt))
    yield from sizes
    sized = {doubt.start for doubt in sizes}
    names = Names(aliases)
    doubtful_ends = {doubt.end for doubt in sizes}
    for parameter in prompt.parameters:
        if parameter.start in sized:
            continue
        doubts = tuple(parameter_doubts(prompt, parameter, model, names))
        doubtful_ends |= {parameter.end for _doubt in doubts}
        yield from doubts
    for words in prompt.parts:
        if isinstance(words, Words):
            yield from _word_doubts(words, names)
    yield from _single_alternatives(prompt.text)
    yield from _of_another_program(prompt.text)
    yield from _of_the_chat(prompt.text)
    yield from _stray_words(prompt, doubtful_ends)
    yield from _weight_doubts(prompt, model)
    yield from words_behind_links(prompt)
    if now is not None:
        yield from ended_links(prompt.text, now)
    yield from _single_braces(prompt.text)


def fix(prompt: Prompt, doubts: Collection[Finding]) -> str:
    """The prompt with every best guess taken."""
    edits = [
        Edit(doubt.start, doubt.end, doubt.replacement)
        for doubt in doubts
        if doubt.severity is Severity.ASK and doubt.replacement is not None
    ]
    moved = [prompt.text[doubt.start : doubt.end] for doubt in doubts if doubt.replacement == ""]
    links = [one for one in moved if is_picture_link(one)]
    rest = apply(prompt.text, edits)
    return " ".join([*links, _COMMAS_LEFT.sub(",", rest) if links else rest])


def _alternatives_meant(inside: str) -> str | None:
    """What braces without a comma may have been meant for: other programs part with "|", and people with more."""
    parted = [one.strip() for one in re.split(r"[|;\uff5c\uff1b]", inside)]
    if len(parted) > 1 and all(parted):
        return "{" + ", ".join(parted) + "}"
    return None if "/" in inside and "://" not in inside and MARK not in inside else inside


def _word_doubts(words: Words, names: Names) -> Iterator[Finding]:
    yield from mistyped(words, names)
    yield from _undashed(words)
    if glued := glued_parameter(words.text, words.start, names):
        yield glued
    elif words.branch == 0:
        yield from misplaced_pictures(words)


def _undashed(words: Words) -> Iterator[Finding]:
    """What looks like a shape or an exclusion that lost its dashes: "a cat ar 16:9", "- ar 3:2", "-no text"."""
    folded = fold(words.text)
    for shape in _BARE_SHAPE.finditer(folded):
        sentence = _("{part} looks like a parameter without dashes.", part=quoted(shape[0].strip()))
        replacement = f" {MARK}ar {tidy(TABLE.specs_by_name['ar'], shape['ratio'])}"
        yield Finding(words.start + shape.start(), words.start + shape.end(), sentence, replacement)
    for exclusion in _BARE_NO.finditer(folded):
        start, end = words.start + exclusion.start(), words.start + exclusion.end()
        sentence = _("{part} looks like a parameter without dashes.", part=quoted(words.text[exclusion.start() :]))
        yield Finding(start, end, sentence, f"{MARK}no")


def _stray_words(prompt: Prompt, doubtful_ends: Collection[int]) -> Iterator[Finding]:
    """Words between or behind parameters, but for what is more of a doubtful value before it."""
    # A number may be more of the value before it ("--s 1 000"); to leave it out would change that.
    values = {one.end for one in prompt.parameters if one.spec and one.spec.kind is not Kind.FLAG}
    for part in stray_words(prompt):
        if part.start in doubtful_ends:
            continue
        sentence = _("{part} is not part of any parameter.", part=quoted(part.text.strip()))
        yield Finding(part.start, part.end, sentence, None if part.start in values else "")


def _single_braces(text: str) -> Iterator[Finding]:
    strays = match_braces(fold(text)).strays
    if strays:
        sentence = _("A brace has no partner, so nothing is expanded there.")
        yield Finding(strays[0], strays[0] + 1, sentence, None)


def _of_the_chat(text: str) -> Iterator[Finding]:
    for mark in _OF_THE_CHAT.finditer(text):
        sentence = _("{part} means something in Discord, but nothing in a prompt.", part=quoted(mark[0]))
        yield Finding(mark.start(), mark.end(), sentence, "")


def _of_another_program(text: str) -> Iterator[Finding]:
    """What the pages of other programs write into and behind a prompt."""
    for part in _FOREIGN_TEXT.finditer(text):
        sentence = _("{flag} is from another program; Midjourney has no such parameter.", flag=quoted(part[0]))
        yield Finding(part.start(), part.end(), sentence, None)


def _single_alternatives(text: str) -> Iterator[Finding]:
    """Braces around one alternative, which would go without a word."""
    pairs = match_braces(text).pairs
    if not pairs:
        return
    parted: set[int] = set()
    inside: list[int] = []
    closing = {end: start for start, end in pairs.items()}
    for mark in _STRUCTURE.finditer(text):
        at = mark.start()
        if at in pairs:
            inside.append(at)
        elif at in closing:
            inside.pop()
        elif mark[0] == "," and inside:
            parted.add(inside[-1])
    last = -1
    for start in sorted(pairs.keys() - parted):
        end = pairs[start]
        if start < last:
            continue  # what is inside comes when the outer ones are gone
        last = end
        sentence = _(
            "{part} has only one alternative. Separate several with commas.", part=quoted(text[start : end + 1])
        )
        yield Finding(start, end + 1, sentence, _alternatives_meant(text[start + 1 : end].strip()))


def _weight_doubts(prompt: Prompt, model: Model | None) -> Iterator[Finding]:
    weights = prompt.weights
    if not weights:
        return
    for weight in weights:
        if more := _MORE_OF_WEIGHT.match(prompt.text, weight.end) if weight.text != "::" else None:
            meant = f"{weight.text}.{more[1]} " if more[1] else None
            sentence = _("A weight is a number such as ::1.5, not {value}.", value=quoted(f"{weight.text}{more[0]}"))
            yield Finding(weight.start, more.end(), sentence, meant)
    last = weights[-1]
    if model and not TABLE.weights.covers(model):
        sentence = _("Weights with :: may not work with {model}.", model=model)
        yield Finding(weights[0].start, weights[0].end, sentence, None, Severity.NOTE)
    has_more = any(isinstance(part, Words) and part.start >= last.end and part.text.strip() for part in prompt.parts)
    total = sum(weight.value for weight in weights) + has_more
    if total <= 0 and not any(weight.branch for weight in weights):
        sentence = _("The weights add up to {total}; the sum must be more than 0.", total=f"{total:g}")
        yield Finding(last.start, last.end, sentence, None)
