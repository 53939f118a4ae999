"""What a prompt is made of: picture links, words, weights, braces and parameters, each with its place."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from typing_extensions import override

from bot.prompts.folding import fold
from bot.prompts.table import TABLE, Kind, Spec

MARK = "--"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a prompt, from `start` up to `end`, in characters.

    `branch` is 0 outside of all braces; inside, alternatives that exclude each other have different ones.
    """

    start: int
    end: int
    text: str
    branch: int

    @override
    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Words(Part):
    """Plain text, with the space around it."""


@dataclass(frozen=True, slots=True)
class Image(Part):
    """A picture link in front."""


@dataclass(frozen=True, slots=True)
class Weight(Part):
    """A `::` that ends a part of the text, with the weight of that part."""

    @property
    def value(self) -> float:
        """The weight; 1 where none is written."""
        return float(fold(self.text)[2:] or 1)


@dataclass(frozen=True, slots=True)
class Brace(Part):
    """A brace of a permutation, or a comma between its alternatives."""


@dataclass(frozen=True, slots=True)
class Parameter(Part):
    """A parameter as it was typed, from its dashes to the end of its value; `spec` is None for unknown ones.

    Name and value are as the language writes them, but for words, links and the values of unknown ones.
    """

    mark: str
    name: str
    value: str
    value_start: int
    spec: Spec | None

    @property
    def name_start(self) -> int:
        """Where the name begins."""
        return self.start + len(self.mark)


@dataclass(frozen=True)
class Prompt:
    """A prompt and its parts, which follow each other without gaps."""

    text: str
    parts: tuple[Part, ...]

    @override
    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """The picture links in front."""
        return tuple(part for part in self.parts if isinstance(part, Image))

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of the parts of the text."""
        return tuple(part for part in self.parts if isinstance(part, Weight))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, also those in braces."""
        return tuple(part for part in self.parts if isinstance(part, Parameter))

    @cached_property
    def words(self) -> str:
        """What is neither picture link nor parameter, as one line."""
        rest = (str(part) for part in self.parts if not isinstance(part, Image | Parameter))
        return " ".join("".join(rest).split())

    @property
    def is_bare(self) -> bool:
        """Whether nothing in it says what to paint: no words, no link, no code of a style, nothing unknown."""
        return all(_is_bare(part) for part in self.parts)

    def without(self, removed: Collection[Part]) -> str:
        """The text without some of its parts, and without the space before each."""
        if not removed:
            return self.text
        starts = {part.start for part in removed}
        kept: list[str] = []
        for part in self.parts:
            if part.start not in starts:
                kept.append(part.text)
            elif kept:
                kept[-1] = kept[-1].rstrip()
        return "".join(kept).strip()

    def find(self, name: str) -> tuple[Parameter, ...]:
        """The parameters of a name of the table, whichever alias was typed; others by the name itself."""
        spec = TABLE.find(name)
        return tuple(
            parameter
            for parameter in self.parameters
            if (parameter.spec is spec if spec else parameter.name.lower() == name.lower())
        )


def _is_bare(part: Part) -> bool:
    if isinstance(part, Brace):
        return True  # what stands between them is parts of its own
    if isinstance(part, Parameter):
        return part.spec is not None and part.spec.kind not in (Kind.LINKS, Kind.CODES)
    return not part.text.strip()
