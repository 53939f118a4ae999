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


def expand_options(prompt: str, options: Mapping[str, str]) -> str:
    """The prompt with the texts of the member's own options in their places; options inside of options stay as text.

    Args:
        prompt: as typed.
        options: texts by names, as `option_name` gives them.
    """
    parsed = parse(prompt)
    pieces: list[str] = []
    for part in parsed.parts:
        if isinstance(part, Parameter) and part.spec is None and part.name.lower() in options:
            text = _unless_typed(options[part.name.lower()], parsed)
            name_end = part.name_start + len(part.name) - part.start
            pieces.append(f"{text}{part.text[name_end:]}")
        else:
            pieces.append(part.text)
    return "".join(pieces)


def apply_suffix(prompt: str, suffix: str) -> str:
    """The prompt with the suffix behind it, but for what the member typed otherwise."""
    rest = _unless_typed(suffix, parse(prompt))
    return f"{prompt.rstrip()} {rest}".strip() if rest else prompt


def _unless_typed(text: str, typed: Prompt) -> str:
    """A text without the parameters that a prompt has, or excludes by what it has."""
    taken = {_rivalry(parameter) for parameter in typed.parameters}
    parsed = parse(text)
    return parsed.without([parameter for parameter in parsed.parameters if _rivalry(parameter) in taken]).strip()


def _rivalry(parameter: Parameter) -> str:
    return parameter.spec.rivalry if parameter.spec else f"{MARK}{parameter.name.lower()}"
