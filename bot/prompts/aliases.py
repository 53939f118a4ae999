"""A member's own language: options that stand for a text (`--mine`), and a suffix for every prompt.

Both become part of the prompt, for everyone to see. What the member typed into the prompt counts more than what stands
in an option or in the suffix.
"""

import re
from collections.abc import Collection, Mapping

from bot.errors import UserError
from bot.language import _
from bot.prompts.findings import Edit, Finding, apply, quoted
from bot.prompts.folding import HYPHEN, LONG_DASHES, UNSPACED, fold
from bot.prompts.parser import parse
from bot.prompts.parts import MARK, Parameter, Prompt
from bot.prompts.table import TABLE
from bot.text import one_line

MAX_OPTIONS = 20  # of one member
MAX_PROMPT = 6000  # characters with everything in it: Discord takes no longer text, and a relay reads no longer one

_ENDS_WORD = re.compile(rf"(?![{UNSPACED}])\w")
_NAME = re.compile(r"[a-z]{1,20}")


def option_name(text: str) -> str:
    """The name of an own option as it is kept: without dashes, in lower case.

    Raises:
        UserError: it cannot be one: other characters than letters, or a parameter of Midjourney.
    """
    name = fold(one_line(text)).lstrip(f"{HYPHEN} ").lower()
    if TABLE.find(name):
        raise UserError(_("{flag} is a Midjourney parameter. Please choose another name.", flag=f"{MARK}{name}"))
    if not _NAME.fullmatch(name):
        raise UserError(_("A shortcut's name is one word of up to 20 letters, a to z."))
    return name


def check_suffix(text: str) -> None:
    """Refuse a suffix that is more than parameters.

    Raises:
        UserError: there are words in it.
    """
    parsed = parse(text)
    if parsed.words or parsed.images or not all(parameter.branch == 0 for parameter in parsed.parameters):
        raise UserError(_("A suffix can only hold parameters, for example --ar 3:2 --style raw."))


def write_options(prompt: str, names: Collection[str]) -> tuple[str, tuple[Finding, ...]]:
    """The prompt with the member's own options as the language writes them, and what was changed.

    They are understood behind any two dashes, and behind one long dash where no word ends before it.
    """
    folded = fold(prompt)
    if HYPHEN not in folded or not names:
        return prompt, ()
    edits: list[Edit] = []
    slips: list[Finding] = []
    for flag in re.finditer(rf"(?<!-)-+({'|'.join(names)})(?![a-z_-])", folded, re.IGNORECASE):
        start, end = flag.span()
        mark, before = prompt[start : flag.start(1)], prompt[max(start - 1, 0) : start]
        if len(mark) == 1 and (mark not in LONG_DASHES or _ENDS_WORD.match(before)):
            continue
        written = f"{MARK}{flag[1].lower()}"
        hangs = before and not before.isspace() and before not in "{},"
        if written != prompt[start:end] or hangs:
            edits.append(Edit(start, end, f" {written}" if hangs else written))
            sentence = _("{before} → {after}.", before=quoted(prompt[start:end]), after=quoted(written))
            slips.append(Finding(start, end, sentence, written))
    return apply(prompt, edits), tuple(slips)


def check_length(prompt: str) -> None:
    """Refuse a prompt that is longer than any that is sent; cheap, so that it can come before all else.

    Raises:
        UserError: it is.
    """
    if len(prompt) > MAX_PROMPT:
        raise UserError(_("This prompt is too long. The limit is {limit} characters.", limit=MAX_PROMPT))


def expand_options(prompt: str, options: Mapping[str, str]) -> str:
    """The prompt with the texts of the member's own options in their places; options inside of options stay as text.

    Each option's text is read once, however often it is used, and nothing is put together that would be too long.

    Args:
        prompt: as typed.
        options: texts by names, as `option_name` gives them.

    Raises:
        UserError: the prompt is too long, or becomes so.
    """
    check_length(prompt)
    parsed = parse(prompt)
    texts: dict[str, str] = {}
    pieces: list[str] = []
    length = 0
    for part in parsed.parts:
        name = part.name.lower() if isinstance(part, Parameter) and part.spec is None else ""
        if isinstance(part, Parameter) and name in options:
            if name not in texts:
                texts[name] = _unless_typed(options[name], parsed)
            name_end = part.name_start + len(part.name) - part.start
            rest = part.text[name_end:]
            gap = "" if not rest or rest[0].isspace() else " "
            pieces.append(f"{texts[name]}{gap}{rest}")
        else:
            pieces.append(part.text)
        length += len(pieces[-1])
        if length > MAX_PROMPT:
            sentence = _(
                "With your shortcuts written out, this prompt is longer than {limit} characters. Please shorten it.",
                limit=MAX_PROMPT,
            )
            raise UserError(sentence)
    return "".join(pieces)


def apply_suffix(prompt: str, suffix: str) -> str:
    """The prompt with the suffix behind it, but for what the member typed otherwise.

    Raises:
        UserError: the prompt is too long, or becomes so.
    """
    check_length(prompt)
    rest = _unless_typed(suffix, parse(prompt)) if suffix else ""
    whole = f"{prompt.rstrip()} {rest}".strip() if rest else prompt
    check_length(whole)
    return whole


def _unless_typed(text: str, typed: Prompt) -> str:
    """A text without the parameters that a prompt has, or excludes by what it has."""
    taken = {_rivalry(parameter) for parameter in typed.parameters}
    parsed = parse(text)
    return parsed.without([parameter for parameter in parsed.parameters if _rivalry(parameter) in taken]).strip()


def _rivalry(parameter: Parameter) -> str:
    return parameter.spec.rivalry if parameter.spec else f"{MARK}{parameter.name.lower()}"
