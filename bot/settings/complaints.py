"""What is wrong with the configuration, in the owner's words instead of the validator's."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.model import PATHS

SHOWN_VALUE = 12  # characters; a longer one may be a key in the wrong place, which must not be repeated
KINDS = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "too_short": "must name at least one",
    "string_too_short": "must not be empty",
    "dict_type": "must be a JSON object; .env.example shows how it is written",
    "tuple_type": "must be a JSON list; .env.example shows how it is written",
}
# The same inside of a table's entries.
KINDS_IN_ENTRY = {
    "missing": "is missing",
    "extra_forbidden": "is not known; .env.example shows what may stand there",
    "model_type": "must be a JSON object; .env.example shows how it is written",
    "string_pattern_mismatch": "must be 1 to 16 small letters, digits, - or _",
    "string_type": "must be a text",
    "too_short": "must not be empty",
    "frozen_set_type": "must be a JSON list",
    "tuple_type": "must be a JSON list",
}
BOUNDS = {
    "greater_than_equal": ("must be at least", "ge"),
    "greater_than": ("must be more than", "gt"),
    "less_than_equal": ("must be at most", "le"),
    "less_than": ("must be less than", "lt"),
}


def complaints(exc: ValidationError, env_file: Path | None) -> list[str]:
    """Everything that is missing in one sentence, and everything wrong in one each; no value that may be secret."""
    errors = exc.errors(include_url=False)
    missing = [_name_and_places(error)[0] for error in errors if _is_missing(error)]
    wrong = [_sentence(error) for error in errors if not _is_missing(error)]
    return ([_missing(missing, env_file)] if missing else []) + list(dict.fromkeys(wrong))


def _is_missing(error: ErrorDetails) -> bool:
    """Whether a setting is not there, rather than a part of one."""
    return error["type"] == "missing" and not _name_and_places(error)[1]


def _missing(names: list[str], env_file: Path | None) -> str:
    way = "cp .env.example .env" if Path(".env.example").exists() else "easel env-example > .env"
    hint = f"; to begin with it: {way}" if env_file == Path(".env") and not env_file.exists() else ""
    return f"{', '.join(names)} must be set (in the environment or in .env{hint})."


def _sentence(error: ErrorDetails) -> str:
    if not error["loc"]:  # about several settings, which it names
        return f"{_own_words(error)}."
    name, places = _name_and_places(error)
    if name == "ALLOWED_GUILDS":
        given = str(error["input"])
        which = f"“{given}”" if len(given) <= SHOWN_VALUE else "one of its entries"
        return f"{name}: {which} is not a server id (a long number)."
    if name == "RELAYS" and places:
        entry, *fields = places
        field = f"“{fields[0]}” of " if fields else ""
        kind = KINDS_IN_ENTRY.get(error["type"]) or _kind(error, name)
        return f"RELAYS: {field}its entry {int(entry) + 1} {kind}."
    about = f" for “{places[0]}”" if places and not places[0].isdecimal() else ""
    return f"{name} {_kind(error, name)}{about}."


def _name_and_places(error: ErrorDetails) -> tuple[str, list[str]]:
    """The setting's name in the environment, and where in its value the mistake is."""
    steps = tuple(str(step) for step in error["loc"])
    name, path = next((name, path) for name, path in PATHS.items() if steps[: len(path)] == path)
    return name.upper(), list(steps[len(path) :])


def _kind(error: ErrorDetails, name: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind.startswith("url_"):
        scheme = "wss://" if "GATEWAY" in name else "https://"
        return f"must start with {scheme}, for example {scheme}api.example.com"
    if kind in BOUNDS:
        words, bound = BOUNDS[kind]
        return f"{words} {context[bound]:g}"
    if kind in ("enum", "literal_error"):
        return f"must be {str(context['expected']).replace(chr(39), '')}"
    return KINDS.get(kind) or _own_words(error)


def _own_words(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Value error, ")
