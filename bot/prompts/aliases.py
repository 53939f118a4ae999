"""A member's own language: options that stand for a text (`--mine`), and a suffix for every prompt.

Both become part of the prompt, for everyone to see. What the member typed into the prompt counts more than what stands
in an option or in the suffix.
"""

import re
from collections.abc import Mapping

from bot.errors import UserError
from bot.language import _
from bot.prompts.parser import MARK, Parameter, Prompt, parse
from bot.prompts.table import TABLE

MAX_OPTIONS = 20  # of one member
MAX_PROMPT = 6000  # characters with everything in it: Discord takes no longer text, and a relay reads no longer one

_NAME = re.compile(r"[a-z]{1,20}")


def option_name(text: str) -> str:
    """The name of an own option as it is kept: without dashes, in lower case.

    Raises:
        UserError: it cannot be one: other characters than letters, or a parameter of Midjourney.
    """
    name = text.strip().lstrip("-\u2010\u2011\u2012\u2013\u2014").lower()
    if TABLE.find(name):
        raise UserError(_("{flag} is a parameter of Midjourney. Please choose another name.", flag=f"{MARK}{name}"))
    if not _NAME.fullmatch(name):
        raise UserError(_("An option's name is one word of up to 20 letters, a to z."))
    return name


def check_suffix(text: str) -> None:
    """Refuse a suffix that is more than parameters.

    Raises:
        UserError: there are words in it.
    """
    parsed = parse(text)
    if parsed.words or parsed.images or not all(parameter.branch == 0 for parameter in parsed.parameters):
        raise UserError(_("A suffix holds only parameters, for example --ar 3:2 --style raw."))


def check_length(prompt: str) -> None:
    """Refuse a prompt that is longer than any that is sent; cheap, so that it can come before all else.

    Raises:
        UserError: it is.
    """
    if len(prompt) > MAX_PROMPT:
        raise UserError(_("This prompt is too long; at most {limit} characters are taken.", limit=MAX_PROMPT))


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
            pieces.append(f"{texts[name]}{part.text[name_end:]}")
        else:
            pieces.append(part.text)
        length += len(pieces[-1])
        if length > MAX_PROMPT:
            sentence = _(
                "With your own options in it, this prompt has more than {limit} characters. Please use fewer.",
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
