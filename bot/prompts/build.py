"""One parameter of a prompt read, set or taken out: for command options and the prompt builder."""

from bot.errors import UserError
from bot.language import _
from bot.prompts.braces import match_braces
from bot.prompts.findings import Edit, apply, quoted
from bot.prompts.folding import fold
from bot.prompts.parser import parse
from bot.prompts.parts import MARK, Parameter, Prompt
from bot.prompts.table import TABLE, Spec
from bot.prompts.values import tidy
from bot.text import one_line


def value_of(prompt: str, name: str) -> str | None:
    """The value of a parameter outside of braces ("" for a flag); None where it does not stand. The last one counts."""
    found = [parameter for parameter in parse(prompt).find(name) if parameter.branch == 0]
    return found[-1].value if found else None


def with_parameter(prompt: str, name: str, value: str = "") -> str:
    """The prompt with a parameter set, in the place of the old one, else at the end; it stands there only once.

    What it excludes goes: a version takes niji out.

    Raises:
        KeyError: the table has no such parameter.
        UserError: the value is more than a value, or cannot be one.
    """
    spec = TABLE.specs_by_name[name]
    value = one_line(value)
    written = f"{MARK}{spec.name} {value}".rstrip()
    if not _is_one(written):
        written = f"{MARK}{spec.name} {tidy(spec, fold(value))}".rstrip()
    if not _is_one(written):
        raise UserError(_("{value} is not a value for {flag}.", value=quoted(value), flag=spec.flag))
    parsed = parse(prompt)
    old = _rivals(parsed, spec)
    outside = [parameter for parameter in old if parameter.branch == 0]
    first = outside[0] if outside else None
    gap = "" if first is None or prompt[first.end : first.end + 1] in {"", *" \t\n{},"} else " "
    edits = [Edit(one.start, one.end, written + gap if one is first else "") for one in old]
    changed = apply(prompt, edits) if old else prompt.rstrip()
    if any(parameter.branch for parameter in old):
        changed = _without_empty_braces(changed)
    return changed if outside else _append(changed, written)


def without_parameter(prompt: str, name: str) -> str:
    """The prompt without a parameter, wherever it stands.

    Raises:
        KeyError: the table has no such parameter.
    """
    parsed = parse(prompt)
    found = [parameter for parameter in parsed.parameters if parameter.spec is TABLE.specs_by_name[name]]
    rest = parsed.without(found)
    return _without_empty_braces(rest) if any(parameter.branch for parameter in found) else rest


def _is_one(written: str) -> bool:
    """Whether a text is one parameter and nothing else."""
    return [part.text for part in parse(written).parts] == [written] and not match_braces(fold(written)).strays


def _append(prompt: str, written: str) -> str:
    return f"{prompt} {written}".lstrip()


def _rivals(prompt: Prompt, spec: Spec) -> list[Parameter]:
    """The parameters that cannot stand beside a new one of this kind."""
    return [one for one in prompt.parameters if one.spec and one.spec.rivalry == spec.rivalry]


def _without_empty_braces(prompt: str) -> str:
    """Without the braces that nothing is left in."""
    filled = [0]  # characters up to each position that say something
    for character in prompt:
        filled.append(filled[-1] + (character not in "{}, \t\n"))
    pairs = match_braces(prompt).pairs
    empty = [Edit(start, end + 1, "") for start, end in pairs.items() if filled[start] == filled[end]]
    return apply(prompt, empty)
