"""Discord's published API description, cut down to the bodies of requests that the loopback takes.

`official_bodies.json` is made from `openapi.json` of github.com/discord/discord-api-spec (MIT License, Copyright 2023
Discord) by `python -m sandbox.discord.description openapi.json`. A test compares the two where it finds the latter.
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

FILE = Path(__file__).with_name("official_bodies.json")
JSON_BODY, FORM_BODY, PARTS_BODY = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# Of the description, what bots of this kind may call: the rest has no route here.
TAKEN = re.compile(
    r"/applications/@me|/applications/\{\}/(guilds/\{\}/)?commands.*|/applications/\{\}/emojis.*"
    r"|/channels/\{\}(/messages.*|/threads.*)?|/interactions/.*|/webhooks/\{\}/\{\}.*|/users/@me(/channels)?"
    r"|/guilds/\{\}/members/@me"
)
WORDS = ("description", "title", "default", "example", "x-discord-union")
REFERENCE = "#/components/schemas/"


def place_of(path: str) -> str:
    """A path with its parameters' names left out, by which the description's paths and our routes are compared."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def cut_down(document: Schema) -> Schema:
    """The bodies by call ("POST /channels/{}/messages"), their media types, and the schemas that they refer to."""
    bodies: Schema = {}
    for path, operations in document["paths"].items():
        place = place_of(path)
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}) if method != "parameters" else {}
            if TAKEN.fullmatch(place) and JSON_BODY in content:
                schema = _without_words(content[JSON_BODY]["schema"])
                bodies[f"{method.upper()} {place}"] = {"types": sorted(content), "schema": schema}
    known: Schema = {}
    pending = list(_references(bodies))
    while pending:
        name = pending.pop()
        if name not in known:
            known[name] = _without_words(document["components"]["schemas"][name])
            pending += _references(known[name])
    return {"bodies": dict(sorted(bodies.items())), "schemas": dict(sorted(known.items()))}


def written(reduced: Schema) -> str:
    """The file's text: one body or schema a line, so that changes can be read."""
    parts = []
    for name, entries in reduced.items():
        lines = ",\n".join(f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in entries.items())
        parts.append(f'"{name}":{{\n{lines}\n}}')
    return "{" + ",\n".join(parts) + "}\n"


@cache
def official() -> Schema:
    """What the file holds."""
    read: Schema = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def named(schema: Schema) -> Schema:
    """A schema, or what it refers to."""
    while "$ref" in schema:
        schema = official()["schemas"][schema["$ref"].removeprefix(REFERENCE)]
    return schema


def _without_words(schema: Any, *, names_fields: bool = False) -> Any:
    if isinstance(schema, list):
        return [_without_words(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_words(value, names_fields=key == "properties" and not names_fields)
        for key, value in schema.items()
        if names_fields or key not in WORDS
    }


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(REFERENCE)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


if __name__ == "__main__":
    FILE.write_text(written(cut_down(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))), encoding="utf-8")
