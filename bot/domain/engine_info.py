"""What there is to know of each engine before it is called: names, operations, and what each is offered for.

`ENGINES` is the one list: commands, menus, cards, the prices' names and the settings are read from it. From an engine's
name to its files: `adapter`, `cog` and `fake` name the modules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.requests import EngineRequest
from bot.domain.rules import MIDJOURNEY
from bot.language import Sentence, _


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that an engine does; also a command, which is called as the operation.

    Attributes:
        kind: its name within the engine, as requests store it.
        byline: what a card says before the author's name; "" for the name alone.
        takes_prompt: whether its command takes a text, which is kept where it is refused.
        compares: whether /compare asks for it: it needs a prompt and nothing else.
        picture_title: its line in "Use as input for…"; None where it is not offered there.
        asks_prompt: whether it is asked for a prompt there.
        upscaled_by: the operation that makes its pictures larger, as jobs name it; "" where none does.
        default_model: the model that is taken where none is named and the owner's list does not decide.
        command: its command, where that is not called as the engine and the operation.
        is_edited: whether its pictures can go back in to be changed, with the same options.
        repainted_by: the operation that paints a part of its pictures anew, as jobs name it; "" for the same one.
    """

    kind: str
    byline: str = ""
    takes_prompt: bool = True
    compares: bool = False
    picture_title: Sentence | None = None
    asks_prompt: bool = True
    upscaled_by: str = ""
    default_model: str = ""
    command: str = ""
    is_edited: bool = False
    repainted_by: str = ""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """An engine: its name in settings, commands and stored jobs, its name for people, and what it does."""

    name: str
    title: str
    operations: tuple[Operation, ...]
    model_root: str = ""  # with what the names of its models may begin, which means nothing

    def model_named(self, typed: str) -> str:
        """Return a model's name however it was typed; prices and addresses go by it."""
        return typed.strip().strip("/").removeprefix(f"{self.model_root}/")

    @property
    def adapter(self) -> str:
        """The module that talks to it."""
        return f"bot.relay.{self.name}"

    @property
    def cog(self) -> str:
        """The module of its commands; Midjourney's own has its first one."""
        return "cogs.imagine" if self.name == MIDJOURNEY else f"cogs.{self.name}"

    @property
    def fake(self) -> str:
        """The module of the sandbox that plays it."""
        return "sandbox.relay.server" if self.name == MIDJOURNEY else f"sandbox.relay.engines.{self.name}"

    def operation_name(self, operation: Operation) -> str:
        """Return the name by which jobs store an operation and prices name it."""
        return operation.kind if self.name == MIDJOURNEY else f"{self.name}.{operation.kind}"

    def command_name(self, operation: Operation) -> str:
        """Return the whole name of an operation's command."""
        return operation.command or f"{self.name} {operation.kind}"

    @property
    def compared(self) -> Operation | None:
        """The operation that /compare asks for; None where the engine has none."""
        return next((operation for operation in self.operations if operation.compares), None)


ENGINES: Mapping[str, EngineInfo] = {
    info.name: info
    for info in (
        EngineInfo(
            MIDJOURNEY,
            "Midjourney",
            (
                Operation("imagine", compares=True, picture_title=_("Midjourney: image prompt")),
                Operation("blend", "Blend by "),
                Operation("describe", "Description by ", picture_title=_("Midjourney: describe"), asks_prompt=False),
                Operation("shorten"),
                Operation("faceswap", "Face swap by "),
                Operation("animate"),
                Operation("edit", "Edit by "),
            ),
        ),
        EngineInfo(
            "ideogram",
            "Ideogram",
            (
                Operation("generate", compares=True, upscaled_by="ideogram.upscale", repainted_by="ideogram.edit"),
                Operation(
                    "remix",
                    "Remix by ",
                    picture_title=_("Ideogram: remix"),
                    upscaled_by="ideogram.upscale",
                    repainted_by="ideogram.edit",
                ),
                Operation("edit", "Edit by ", upscaled_by="ideogram.upscale", repainted_by="ideogram.edit"),
                Operation(
                    "reframe",
                    "Reframed by ",
                    takes_prompt=False,
                    upscaled_by="ideogram.upscale",
                    repainted_by="ideogram.edit",
                ),
                Operation(
                    "background",
                    "New background by ",
                    picture_title=_("Ideogram: new background"),
                    upscaled_by="ideogram.upscale",
                    repainted_by="ideogram.edit",
                ),
                Operation(
                    "upscale",
                    "Upscaled by ",
                    picture_title=_("Ideogram: upscale"),
                    asks_prompt=False,
                    repainted_by="ideogram.edit",
                ),
                Operation(
                    "describe",
                    "Description by ",
                    takes_prompt=False,
                    picture_title=_("Ideogram: describe"),
                    asks_prompt=False,
                ),
            ),
        ),
        EngineInfo(
            "fal",
            "fal",
            (Operation("generate", compares=True, picture_title=_("fal: edit"), is_edited=True),),
            "fal-ai",
        ),
        EngineInfo(
            "jimeng",
            "Jimeng",
            (Operation("generate", compares=True, picture_title=_("Jimeng: use as reference")),),
        ),
        EngineInfo(
            "kling",
            "Kling",
            (
                Operation(
                    "imagine",
                    compares=True,
                    picture_title=_("Kling: use as reference"),
                ),
                Operation("multi", "Composed by ", default_model="kling-v2-1"),
                Operation("expand", "Expanded by "),
                Operation("tryon", "Try-on by ", takes_prompt=False, default_model="kolors-virtual-try-on-v1"),
            ),
        ),
        EngineInfo(
            "openai",
            "Draw",
            (
                Operation(
                    "generate",
                    compares=True,
                    picture_title=_("Draw: change this picture"),
                    command="draw",
                    is_edited=True,
                ),
            ),
        ),
    )
}
OTHER_ENGINES = tuple(info for info in ENGINES.values() if info.name != MIDJOURNEY)


def build_plain_request(engine: str, prompt: str) -> EngineRequest:
    """Build what /compare and /batch ask another engine for: its picture of a prompt, and nothing else.

    Raises:
        LookupError: it has no operation for that.
    """
    operation = ENGINES[engine].compared
    if operation is None:
        raise LookupError(engine)
    return EngineRequest(engine=engine, kind=operation.kind, prompt=prompt)


def operations_by_name() -> Iterator[tuple[str, Operation]]:
    """Yield every operation of every engine with the name by which jobs store it."""
    return ((info.operation_name(operation), operation) for info in ENGINES.values() for operation in info.operations)


OPERATIONS: Mapping[str, Operation] = dict(operations_by_name())


def get_title(engine: str) -> str:
    """Return an engine's name for people; of one that is not known (any more), the name that jobs have stored."""
    return ENGINES[engine].title if engine in ENGINES else engine
