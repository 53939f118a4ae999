"""Bodies of requests held against Discord's own description: odd ones are refused before anyone looks into them.

The service takes more than its description says, and so does this: ids as numbers, large integers (permissions) as
digits, nulls for what may be left out, a custom emoji by its id alone (discord.js pull request 11375), forwards, which
the documents have among the types of message references and libraries send, and plain texts where the description has
translated ones ("Edit Current Application" calls the application's `description` a string).
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.discord.description import REFERENCE, Schema, named, official
from sandbox.discord.errors import Problems, invalid

FURTHER = {REFERENCE + "MessageReferenceType": {1}}
NEEDLESS = {REFERENCE + "ComponentEmojiForRequest": {"name"}}
TRANSLATED = {"default", "localizations"}
SAFE_INTEGER = 2**53
DIGITS = re.compile(r"0|[1-9][0-9]{0,19}")

Path = str


def check_body(call: str, body: Any) -> None:
    """Refuse what the description does not allow for a call ("POST /channels/{}/messages")."""
    problems = Problems()
    _check("", official()["bodies"][call]["schema"], body, problems)
    problems.refuse()


def check_media_type(call: str, media_type: str) -> None:
    """Refuse a body of a kind that the description does not list for a call."""
    taken = official()["bodies"][call]["types"]
    if media_type not in taken:
        listed = ", ".join(map(repr, taken))
        raise invalid("", "CONTENT_TYPE_INVALID", f'Expected "Content-Type" header to be one of {{{listed}}}.')


def from_fields(call: str, fields: dict[str, list[str]]) -> dict[str, Any]:
    """The body that the fields of a form stand for: each text is read as what the description expects there."""
    schema = official()["bodies"][call]["schema"]
    return {name: _read(_field(schema, name), texts) for name, texts in fields.items()}


def _field(schema: Schema, name: str) -> Schema:
    """The schema of one field; of alternatives that of the first which has it."""
    schema = named(schema)
    found = schema.get("properties", {}).get(name)
    nested = (_field(part, name) for part in _alternatives(schema))
    return found if found is not None else next((part for part in nested if part), {})


def _read(schema: Schema, texts: list[str]) -> Any:
    kinds = {kind for part in [named(schema), *map(named, _alternatives(named(schema)))] for kind in _kinds(part)}
    if "array" in kinds and (len(texts) > 1 or not texts[0].lstrip().startswith("[")):
        return texts
    if "string" in kinds and not kinds & {"array", "object"}:
        return texts[-1]
    with suppress(ValueError):
        return json.loads(texts[-1].lower() if kinds & {"boolean", "integer"} else texts[-1])
    return texts[-1]


def _kinds(schema: Schema) -> list[str]:
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def _alternatives(schema: Schema) -> list[Schema]:
    return [*schema.get("oneOf", ()), *schema.get("anyOf", ())]


# The checks. Each is told the place of the value, its schema, and where to note what is wrong.


def _check(path: Path, schema: Schema, value: Any, problems: Problems) -> None:
    name = schema.get("$ref", "")
    if isinstance(value, int) and value in FURTHER.get(name, set()):
        return
    needless = NEEDLESS.get(name, set())
    schema = named(schema)
    if isinstance(value, str) and set(schema.get("properties", ())) == TRANSLATED:
        schema = schema["properties"]["default"]
    for part in schema.get("allOf", ()):
        _check(path, part, value, problems)
    alternatives = _alternatives(schema)
    kinds = _kinds(schema)
    if value is None:
        if "null" not in kinds and not any("null" in _kinds(named(part)) for part in alternatives):
            problems.required(path)
        return
    if alternatives:
        _check_alternatives(path, alternatives, value, problems)
    if "enum" in schema and value not in schema["enum"]:
        problems.one_of(path, tuple(schema["enum"]))
        return
    check = next((_CHECKS[kind] for kind in kinds if kind in _CHECKS), None)
    if check is not None:
        check(path, {**schema, "required": set(schema.get("required", ())) - needless}, value, problems)


def _check_alternatives(path: Path, alternatives: list[Schema], value: Any, problems: Problems) -> None:
    if all("const" in part for part in alternatives):
        known = tuple(part["const"] for part in alternatives)
        if isinstance(value, bool | list | dict) or value not in known:
            problems.one_of(path, known)
        return
    fitting = [part for part in alternatives if named(part).get("type") != "null"]
    by_type = [part for part in fitting if _types_of(part) is not None]
    if by_type and isinstance(value, dict) and len(fitting) > 1:
        meant = [part for part in by_type if value.get("type") in (_types_of(part) or ())]
        if not meant:
            known_types = sorted({kind for part in by_type for kind in _types_of(part) or ()})
            problems.one_of(f"{path}.type" if path else "type", tuple(known_types))
            return
        fitting = meant
    tried = []
    for part in fitting:
        attempt = Problems()
        _check(path, part, value, attempt)
        if not attempt.tree:
            return
        tried.append(attempt)
    if tried:
        problems.take(min(tried, key=lambda attempt: (len(attempt.tree), -_depth(attempt.tree))))


def _types_of(schema: Schema) -> list[Any] | None:
    """The values of `type` by which an alternative is told apart."""
    field = named(named(schema).get("properties", {}).get("type", {}))
    found: list[Any] | None = field.get("enum")
    return found


def _depth(tree: Any) -> int:
    return 1 + max((_depth(node) for key, node in tree.items() if key != "_errors"), default=0)


def _check_object(path: Path, schema: Schema, value: Any, problems: Problems) -> None:
    if not isinstance(value, dict):
        problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    for name in sorted(schema["required"]):
        if value.get(name) is None:
            problems.required(_inside(path, name))
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inner in value.items():
        if inner is None and (name in properties or not isinstance(rest, dict)):
            continue  # as if it were left out
        if name in properties:
            _check(_inside(path, name), properties[name], inner, problems)
        elif isinstance(rest, dict):
            _check(_inside(path, name), rest, inner, problems)


def _check_array(path: Path, schema: Schema, value: Any, problems: Problems) -> None:
    if not isinstance(value, list):
        problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    problems.length(path, value, schema.get("minItems", 0), schema.get("maxItems", len(value)))
    if schema.get("uniqueItems") and len({json.dumps(entry, sort_keys=True) for entry in value}) < len(value):
        problems.add(path, "SET_TYPE_CONTAINS_DUPLICATES", "Every entry may stand here once.")
    for index, entry in enumerate(value):
        _check(_inside(path, index), schema.get("items", {}), entry, problems)


def _check_string(path: Path, schema: Schema, value: Any, problems: Problems) -> None:
    if schema.get("format") == "snowflake":
        if isinstance(value, bool) or not DIGITS.fullmatch(str(value)):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    elif not isinstance(value, str):
        problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
    else:
        problems.length(path, value, schema.get("minLength", 0), schema.get("maxLength", len(value)))
        check = _FORMATS.get(schema.get("format", ""))
        if value and check is not None:
            check(path, value, problems)


def _check_address(path: Path, value: str, problems: Problems) -> None:
    try:
        address = urlsplit(value)
    except ValueError:
        address = urlsplit("")
    if not address.scheme or not address.netloc or re.search(r"\s", value):
        problems.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def _check_moment(path: Path, value: str, problems: Problems) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        problems.add(path, "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")


def _check_boolean(path: Path, _schema: Schema, value: Any, problems: Problems) -> None:
    if not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def _check_number(path: Path, schema: Schema, value: Any, problems: Problems) -> None:
    low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    if isinstance(value, str) and high >= SAFE_INTEGER and DIGITS.fullmatch(value):
        value = int(value)
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not isinstance(value, int | float) or ("integer" in _kinds(schema) and not is_whole):
        problems.add(path, "NUMBER_TYPE_COERCE", "The value could not be understood as a number.")
        return
    problems.between(path, value, low, high)


_FORMATS: dict[str, Callable[[Path, str, Problems], None]] = {"uri": _check_address, "date-time": _check_moment}
_CHECKS: dict[str, Callable[[Path, Schema, Any, Problems], None]] = {
    "object": _check_object,
    "array": _check_array,
    "string": _check_string,
    "boolean": _check_boolean,
    "integer": _check_number,
    "number": _check_number,
}


def _inside(path: Path, key: str | int) -> Path:
    return f"{path}.{key}" if path else str(key)
