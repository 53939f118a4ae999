"""What the sections of the settings are made of, and how their names in the environment come about."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

Value = TypeVar("Value")
NamePath = tuple[str, ...]  # from the settings down to a field, such as ("discord", "token")


class Section(BaseModel):
    """The settings of one concern.

    A field is called `prefix` and its own name in the environment, unless `names` calls it otherwise.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, protected_namespaces=())
    prefix: ClassVar[str] = ""
    names: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def paths(cls) -> Iterator[tuple[str, NamePath]]:
        """Yield the name in the environment, in small letters, and the path of every field in and below the section."""
        for field, info in cls.model_fields.items():
            if isinstance(info.annotation, type) and issubclass(info.annotation, Section):
                yield from ((name, (field, *path)) for name, path in info.annotation.paths())
            else:
                yield cls.names.get(field, cls.prefix + field), (field,)

    @classmethod
    def secret_names(cls) -> Iterator[str]:
        """Yield the names, as above, of the fields that hold secrets."""
        for field, info in cls.model_fields.items():
            if isinstance(info.annotation, type) and issubclass(info.annotation, Section):
                yield from info.annotation.secret_names()
            elif info.annotation in (SecretStr, dict[str, SecretStr]) or _lists_secrets(info.annotation):
                yield cls.names.get(field, cls.prefix + field)

    def values(self) -> Iterator[object]:
        """Yield the value of every field in and below the section."""
        for _field, value in self:
            listed = value if isinstance(value, tuple) else (value,)
            for one in listed:
                if isinstance(one, Section):
                    yield from one.values()
            if not any(isinstance(one, Section) for one in listed):
                yield value


def _lists_secrets(annotation: object) -> bool:
    """Whether a field is a list of sections that hold secrets."""
    sections = [one for one in get_args(annotation) if isinstance(one, type) and issubclass(one, Section)]
    return any(True for section in sections for _name in section.secret_names())


def in_sections(values: Mapping[str, Any], paths: Mapping[str, NamePath]) -> dict[str, Any]:
    """Put values by their names in the environment where their sections want them; unknown names are left out.

    Every section is there, even if it is empty, so that what it lacks is told by name.
    """
    tree: dict[str, Any] = {}
    for name, path in paths.items():
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        if name in values:
            branch[path[-1]] = values[name]
    return tree


def split_words(value: object) -> object:
    """Split a list that is written with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def read_json(value: object) -> object:
    """Decode a table that is written as JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as exc:
        raise ValueError("is not JSON; .env.example shows how it is written") from exc


def first_fitting(table: Mapping[str, Value], name: str) -> Value | None:
    """Return the value of the first pattern that fits a name; None where none does."""
    return next((value for pattern, value in table.items() if fnmatchcase(name, pattern)), None)


def _on_one_line(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    texts = [text for name, value in headers.items() for text in (name, value.get_secret_value())]
    if any("\n" in text or "\r" in text for text in texts):
        raise ValueError("must have its headers on one line each")
    return headers


Listed = BeforeValidator(split_words)
AsJson = BeforeValidator(read_json)
Words = Annotated[tuple[str, ...], Listed]
# The values are secret, since a key may stand in one literally.
Headers = Annotated[dict[str, SecretStr], AsJson, AfterValidator(_on_one_line)]
