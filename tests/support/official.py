"""Discord's published API description as a judge over everything that a loopback Discord hears and says.

A pytest plugin: while `DISCORD_OPENAPI` names the description's file, a violation fails the test during which it
happened, and `--official-report` lists the fields that the description does not know. Where the description is
looser than the service (sums, uniqueness), `sandbox.discord.limits` stands; where it is closed to what clients do
send, see `_loosened`.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from sandbox.discord.rest import API, Exchange
from sandbox.discord.server import LoopbackDiscord

VARIABLE = "DISCORD_OPENAPI"
SKIP_REASON = f"{VARIABLE} does not name Discord's API description"
ADDRESS = "urn:discord"
REFUSED_BODY = {400, 413}  # the loopback has caught such a request itself
MOST_NAMED = 5  # reasons of one violation that are told

Schema = dict[str, Any]


class Description:
    """The parsed description: finds the operation of a call and judges both bodies."""

    def __init__(self, path: Path) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self._paths = _matchers(document["paths"])
        self.document = _loosened(document, requests=False)
        self._requests = _Validators(_loosened(document, requests=True))
        self._answers = _Validators(self.document)

    def violations(self, exchange: Exchange) -> list[str]:
        """What the description forbids in this call, in one line each."""
        found = self._operation(exchange)
        call = f"{exchange.method} {exchange.path}"
        if found is None:
            return [] if exchange.status == 404 else [f"{call}: the description has no such call"]
        pointer, operation = found
        wrong = []
        if exchange.status not in REFUSED_BODY:
            wrong += [f"{call}: request: {text}" for text in self._request_errors(pointer, operation, exchange)]
        wrong += [f"{call}: answer {exchange.status}: {text}" for text in self._answer_errors(pointer, exchange)]
        return wrong

    def unknown_fields(self, exchange: Exchange) -> set[str]:
        """The fields of both bodies that the description does not name."""
        found = self._operation(exchange)
        if found is None:
            return set()
        _, operation = found
        place = f"{exchange.method} {found[0][1]}"
        sides = [("request", exchange.body, _content_schema(operation.get("requestBody", {})))]
        answer = _content_schema(operation["responses"].get(str(exchange.status), {}))
        sides.append((str(exchange.status), exchange.answer, answer))
        return {
            f"{place} {side}: {field}"
            for side, body, schema in sides
            if schema is not None
            for field in self._unknown([schema], body, "")
        }

    def _operation(self, exchange: Exchange) -> tuple[tuple[str, str, str], Schema] | None:
        path = exchange.path.removeprefix(API)
        for matches, template in self._paths:
            operation = self.document["paths"][template].get(exchange.method.lower())
            if operation is not None and matches(path):
                return ("paths", template, exchange.method.lower()), operation
        return None

    def _request_errors(self, pointer: tuple[str, ...], operation: Schema, exchange: Exchange) -> Iterator[str]:
        schema = _content_schema(operation.get("requestBody", {}))
        if schema is None:
            if exchange.body is not None:
                yield "this call takes no body"
            return
        # the files of a multipart body are not JSON: what stands beside them is, by the JSON schema
        at = (*pointer, "requestBody", "content", "application/json", "schema")
        yield from self._requests.errors(self._branch(at, schema, exchange.body), exchange.body)

    def _answer_errors(self, pointer: tuple[str, ...], exchange: Exchange) -> Iterator[str]:
        at: tuple[str, ...]
        if 400 <= exchange.status < 500:
            at = ("components", "responses", "ClientErrorResponse")
        else:
            at = (*pointer, "responses", str(exchange.status))
        described = _dig(self.document, at)
        if described is None:
            yield "this call has no such status"
        elif (schema := _content_schema(described)) is None:
            if exchange.answer is not None:
                yield "this status has no body"
        else:
            full = (*at, "content", "application/json", "schema")
            yield from self._answers.errors(self._branch(full, schema, exchange.answer), exchange.answer)

    def _branch(self, at: tuple[str, ...], schema: Schema, body: Any) -> tuple[str, ...]:
        """Of alternatives told apart by `type`, the one that is meant: its errors say more than "none fits"."""
        for number, branch in enumerate(schema.get("anyOf", ())):
            is_told_apart = "type" in self._resolved(branch).get("properties", {})
            if is_told_apart and isinstance(body, dict) and "type" in body and self._fits_type(branch, body):
                return (*at, "anyOf", str(number))
        return at

    def _unknown(self, schemas: list[Schema], value: Any, path: str) -> Iterator[str]:
        flat = [leaf for schema in schemas for leaf in self._leaves(schema, value)]
        if isinstance(value, list):
            items = [leaf["items"] for leaf in flat if "items" in leaf]
            for item in value if items else []:
                yield from self._unknown(items, item, f"{path}[]")
        elif isinstance(value, dict):
            for key, inner in value.items():
                known = [leaf["properties"][key] for leaf in flat if key in leaf.get("properties", {})]
                known += [more for leaf in flat if isinstance(more := leaf.get("additionalProperties"), dict)]
                if known:
                    yield from self._unknown(known, inner, f"{path}.{key}")
                elif any("properties" in leaf for leaf in flat):
                    yield f"{path}.{key}".lstrip(".")

    def _leaves(self, schema: Schema, value: Any) -> Iterator[Schema]:
        """A schema taken apart: references followed, alternatives spread out but those of another `type`."""
        schema = self._resolved(schema)
        yield schema
        for part in schema.get("allOf", ()):
            yield from self._leaves(part, value)
        for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
            if self._fits_type(part, value):
                yield from self._leaves(part, value)

    def _fits_type(self, schema: Schema, value: Any) -> bool:
        kind = self._resolved(schema).get("properties", {}).get("type", {})
        allowed = kind.get("enum", [kind["const"]] if "const" in kind else None)
        return allowed is None or not isinstance(value, dict) or value.get("type") in allowed

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = _dig(self.document, tuple(schema["$ref"].removeprefix("#/").split("/"))) or {}
        return schema


class _Validators:
    """One compiled validator for each place of a document."""

    def __init__(self, document: Schema) -> None:
        registry = jsonschema_rs.Registry([(ADDRESS, document)], draft=jsonschema_rs.Draft202012)

        @cache
        def validator(pointer: tuple[str, ...]) -> jsonschema_rs.Draft202012Validator:
            # a pointer in an address is percent-encoded, since the paths have braces
            escaped = (part.replace("~", "~0").replace("/", "~1") for part in pointer)
            address = f"{ADDRESS}#/" + "/".join(quote(part, safe="~") for part in escaped)
            return jsonschema_rs.Draft202012Validator({"$ref": address}, registry=registry, validate_formats=True)

        self._validator = validator

    def errors(self, pointer: tuple[str, ...], body: Any) -> Iterator[str]:
        for number, error in enumerate(self._validator(pointer).iter_errors(body)):
            if number == MOST_NAMED:
                return
            path, message = _deepest(error)
            yield f"{'.'.join(map(str, path)) or 'body'}: {message[:300]}"


def _deepest(error: jsonschema_rs.ValidationError) -> tuple[list[str | int], str]:
    """Where an error is, and what: of alternatives that all fail, what is wrong with the one that fits best."""
    branches: list[list[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", [])
    reasons = [max((_deepest(reason) for reason in branch), key=_depth) for branch in branches]
    # a branch of another type fails at its `type` at once; the one that is meant fails further inside
    return max(((list(error.instance_path), error.message), *(r for r in reasons if r[0][-1:] != ["type"])), key=_depth)


def _depth(found: tuple[list[str | int], str]) -> int:
    return len(found[0])


def _matchers(paths: Schema) -> list[tuple[Callable[[str], object], str]]:
    """Every path with its test; those with fewer placeholders first, so that `@me` wins over an id."""
    ordered = sorted(paths, key=lambda template: template.count("{"))
    return [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))).fullmatch, template) for template in ordered
    ]


def _loosened(document: Schema, *, requests: bool) -> Schema:
    """A copy in which known differences between the description and the service are allowed."""
    copy: Schema = json.loads(json.dumps(document))
    schemas = copy["components"]["schemas"]
    # the tree below 50035 names its reasons ("BASE_TYPE_REQUIRED"), the description says numbers
    detail = json.loads(json.dumps(schemas["Error"]))
    detail["properties"]["code"]["type"] = ["integer", "string"]
    schemas["InnerError"] = detail
    # forwards stand in the documents, and libraries know them
    schemas["MessageReferenceType"]["oneOf"].append({"title": "FORWARD", "const": 1})
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = {"$ref": "#/components/schemas/InnerError"}
    if requests:
        # the documents ("Edit Current Application") call it a string, and libraries send one
        description = schemas["ApplicationFormPartial"]["properties"]["description"]
        description["type"] = [*description["type"], "string"]
        description["maxLength"] = 400
        # clients write ids as numbers, and the service takes them
        schemas["SnowflakeType"]["type"] = ["string", "integer"]
    return copy


def _content_schema(holder: Schema) -> Schema | None:
    schema: Schema | None = holder.get("content", {}).get("application/json", {}).get("schema")
    return schema


def _dig(document: Any, pointer: tuple[str, ...]) -> Any:
    for part in pointer:
        document = document.get(part, {})
    return document or None


class Judge:
    """Collects the violations of the calls that it observes."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.judged: Counter[str] = Counter()  # calls by method and status
        self.unknown_fields: Counter[str] | None = None  # filled when somebody wants the report
        self._violations: list[str] = []

    def observe(self, exchange: Exchange) -> None:
        """Judge one call."""
        self.judged[f"{exchange.method} {exchange.status}"] += 1
        self._violations += self.description.violations(exchange)
        if self.unknown_fields is not None:
            self.unknown_fields.update(self.description.unknown_fields(exchange))

    def take(self) -> list[str]:
        """The violations since the last time."""
        taken, self._violations = self._violations, []
        return taken

    def refuse_violations(self) -> None:
        """Fail if anything was wrong since the last time."""
        if violations := self.take():
            pytest.fail("Discord's API description forbids:\n" + "\n".join(violations), pytrace=False)


def described() -> Path | None:
    """The description's file, if there is one at hand."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


JUDGE = pytest.StashKey[Judge]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--official-report", action="store_true", help="list fields that Discord's description lacks")


@pytest.fixture(scope="session")
def official_judge(pytestconfig: pytest.Config) -> Iterator[Judge]:
    """The judge over every loopback Discord of this run; skips where there is no description."""
    path = described()
    if path is None:
        pytest.skip(SKIP_REASON)
    judge = Judge(Description(path))
    if pytestconfig.getoption("--official-report"):
        judge.unknown_fields = Counter()
    pytestconfig.stash[JUDGE] = judge
    LoopbackDiscord.observers.append(judge.observe)
    yield judge
    LoopbackDiscord.observers.remove(judge.observe)
    judge.refuse_violations()  # of the last moments, after the last test


@pytest.fixture(autouse=True)
def _described_by_discord(request: pytest.FixtureRequest) -> Iterator[None]:
    if described() is None:
        yield
        return
    judge: Judge = request.getfixturevalue("official_judge")
    yield
    judge.refuse_violations()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    judge = config.stash.get(JUDGE, None)
    if judge is None or judge.unknown_fields is None:
        return
    terminalreporter.section("fields that Discord's API description does not know")
    for field, count in sorted(judge.unknown_fields.items()):
        terminalreporter.write_line(f"{count:5} {field}")
    terminalreporter.write_line(f"{judge.judged.total()} calls judged")
