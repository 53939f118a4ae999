"""Two witnesses over every body of a request: the loopback refuses what Discord's own description forbids."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from sandbox.discord.bodies import check_body
from sandbox.discord.description import cut_down, named, official, place_of, written
from sandbox.discord.errors import INVALID_BODY, ApiError
from tests.support.official import SKIP_REASON, described

Schema = dict[str, Any]
DEEPEST = 7  # components may stand inside of each other

CALLS = sorted(official()["bodies"])


@pytest.fixture(scope="session")
def description() -> Schema:
    path = described()
    if path is None:
        pytest.skip(SKIP_REASON)
    document: Schema = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_the_bodies_are_the_descriptions(description: Schema) -> None:
    assert written(official()) == written(cut_down(description))


@pytest.mark.parametrize("call", CALLS)
def test_both_refuse_the_same(description: Schema, call: str) -> None:
    validator = validator_of(description, call)
    schema = official()["bodies"][call]["schema"]
    good = example(schema)

    check_body(call, good)
    assert validator.is_valid(good), next(iter(validator.iter_errors(good)))
    for place, bad in broken(schema, 0):
        assert not validator.is_valid(bad), f"the description takes {place}: {bad}"
        assert is_refused(call, bad), f"the loopback takes {place}: {bad}"


def is_refused(call: str, body: Any) -> bool:
    try:
        check_body(call, body)
    except ApiError as error:
        return error.code == INVALID_BODY
    return False


def validator_of(document: Schema, call: str) -> jsonschema_rs.Draft202012Validator:
    method, place = call.split(" ")
    (path,) = [path for path in document["paths"] if place_of(path) == place]
    pointer = "/".join(
        quote(part.replace("~", "~0").replace("/", "~1"), safe="~")
        for part in ("paths", path, method.lower(), "requestBody", "content", "application/json", "schema")
    )
    registry = jsonschema_rs.Registry([("urn:discord", document)], draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator({"$ref": f"urn:discord#/{pointer}"}, registry=registry)


def alternatives(schema: Schema) -> list[Schema]:
    parts = [named(part) for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    return [part for part in parts if part.get("type") != "null"]


def kind_of(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "")
    return kind if isinstance(kind, str) else next(one for one in kind if one != "null")


def example(schema: Schema, **given: Any) -> Any:
    """The smallest value that fits."""
    schema = named(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if parts := alternatives(schema):
        return example(parts[0], **given)
    match kind_of(schema):
        case "object":
            fields = {name: example(schema["properties"][name]) for name in schema.get("required", ())}
            return fields | given
        case "array":
            items = [example(schema["items"]) for _ in range(schema.get("minItems", 0))]
            return [str(number) for number in range(len(items))] if items[:1] == ["123"] else items
        case "string":
            return example_text(schema)
        case "boolean":
            return True
        case _:
            return max(schema.get("minimum", 1), 1)


def example_text(schema: Schema) -> str:
    match schema.get("format"):
        case "uri":
            return "https://a.test/x"
        case "date-time":
            return "2026-11-22T12:00:00+00:00"
        case "snowflake":
            return "123"
        case _:
            return "x" * max(int(schema.get("minLength", 1)), 1)


def broken(schema: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    """Values that are wrong at one place, with that place."""
    schema = named(schema)
    parts = alternatives(schema)
    if depth > DEEPEST or (not parts and "type" not in schema):
        return
    if parts and all("const" in part for part in parts):
        yield "choice", "nothing of the kind" if isinstance(parts[0]["const"], str) else 4_000
    elif len(parts) > 1 and all("type" in named(part).get("properties", {}) for part in parts):
        yield "type", {"type": 4_000}
        for part in parts:
            yield from broken(part, depth + 1)
    elif len(parts) > 1 and kind_of(parts[0]) == "object":
        yield "kind", 5
    elif len(parts) == 1:
        yield from broken(parts[0], depth)
    elif not parts:
        yield from broken_plain(schema, depth)


def broken_plain(schema: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    kind = kind_of(schema)
    yield "kind", 5 if kind == "object" else {"a": 1}
    if "enum" in schema:
        yield "choice", 4_000
    elif kind == "array":
        yield from broken_list(schema, depth)
    elif kind == "object":
        yield from broken_object(schema, depth)
    elif kind == "string":
        if schema.get("minLength"):
            yield "minLength", "x" * (schema["minLength"] - 1)
        if schema.get("maxLength", 10_000) < 10_000 and "format" not in schema:
            yield "maxLength", "x" * (schema["maxLength"] + 1)
    else:
        for name, step in (("minimum", -1), ("maximum", 1)):
            if name in schema:
                yield name, schema[name] + step


def broken_list(schema: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    item = example(schema["items"])
    if schema.get("minItems"):
        yield "minItems", []
    if schema.get("uniqueItems"):
        yield "uniqueItems", [item, item]
    elif "maxItems" in schema:
        yield "maxItems", [item] * (schema["maxItems"] + 1)
    for place, bad in broken(schema["items"], depth + 1):
        yield f"[].{place}", [bad]


def broken_object(schema: Schema, depth: int) -> Iterator[tuple[str, Any]]:
    whole = example(schema)
    for name in schema.get("required", ()):
        if name != "name" or "id" not in schema["properties"]:  # a custom emoji needs none
            yield f"without {name}", {key: value for key, value in whole.items() if key != name}
    for name, part in schema.get("properties", {}).items():
        for place, bad in broken(part, depth + 1):
            yield f"{name}.{place}", whole | {name: bad}
