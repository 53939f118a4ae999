"""The bodies of the acting API's calls, and what is said about a wrong one."""

import json
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from sandbox.discord.acting import ActingError

MAX_DELAY_S = 3600.0
Values = dict[str, str | bool | list[str]]
HeaderText = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]+$")]  # what HTTP can carry
Options = dict[str, str | bool | int | float]


class Call(BaseModel):
    """The body of a call; a misspelt field is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ActingCall(Call):
    """A call made in somebody's name."""

    user: str
    locale: str = "en-US"


class SlashCall(ActingCall):
    """Run a slash command."""

    channel: str
    command: str
    options: Options = {}


class ContextCall(ActingCall):
    """Run a message context menu command."""

    channel: str
    command: str
    message_id: str


class AutocompleteCall(SlashCall):
    """Ask for the choices of an option while it is typed."""

    focused: str


class ClickCall(ActingCall):
    """Press a button."""

    message_id: str
    custom_id: str


class SelectCall(ClickCall):
    """Choose in a select menu."""

    values: list[str]


class ModalCall(ActingCall):
    """Send a modal."""

    interaction_id: str
    values: Values = {}


class PollPart(Call):
    """What a message asks."""

    question: str = Field(min_length=1)
    answers: list[str] = Field(min_length=1, max_length=10)
    multiple: bool = False
    hours: int = Field(default=24, ge=1, le=768)

    def as_body(self) -> dict[str, Any]:
        """As Discord's API takes it."""
        return {
            "question": {"text": self.question},
            "answers": [{"poll_media": {"text": answer}} for answer in self.answers],
            "allow_multiselect": self.multiple,
            "duration": self.hours,
        }


class SayCall(Call):
    """Write a message."""

    user: str
    channel: str
    content: str = ""
    reply_to: str | None = None
    attachments: list[str] = []
    poll: PollPart | None = None


class PostCall(Call):
    """Open a post in a forum."""

    user: str
    channel: str
    title: str
    content: str = ""
    attachments: list[str] = []


class ForwardCall(Call):
    """Forward a message."""

    user: str
    message_id: str
    channel: str


class VoteCall(Call):
    """Answer a poll; the numbers begin at 1, and none takes back what was said."""

    user: str
    message_id: str
    answers: list[int]


class PreviewCall(Call):
    """What a link unfolds into from now on; `image` is an upload's id or an address."""

    url: str = Field(pattern=r"^https?://")
    title: str = ""
    description: str = ""
    image: str | None = None


class ReactCall(Call):
    """React to a message."""

    user: str
    message_id: str
    emoji: str


class FaultCall(Call):
    """Make something go wrong on purpose."""

    side: Literal["discord", "relay"]
    relay: str = ""  # one of several, by its name
    method: str = Field(min_length=1)
    path: str = Field(min_length=1)
    times: int = Field(ge=1, le=1_000_000)
    status: int | None = Field(default=None, ge=200, le=599)
    body: Any = None
    headers: dict[HeaderText, HeaderText] = {}
    delay_s: float = Field(default=0.0, ge=0, le=MAX_DELAY_S)
    drop: Literal["before", "after"] | None = None
    takes_effect: bool = False


class TroubleCall(Call):
    """Make a ready-made trouble, in somebody's name where it takes somebody."""

    trouble: str
    user: str
    channel: str


class RelayCall(Call):
    """Change the pace of the loopback relay, or the family that it plays."""

    speed: float | None = Field(default=None, ge=0.1, le=1000)
    profile: str | None = None


class BotCall(Call):
    """Steer the bot, or of several processes one: end it hard or in order, start it, hold it still, cut it off."""

    action: Literal["kill", "stop", "start", "restart", "freeze", "thaw", "cut", "mend"]
    process: int | None = Field(default=None, ge=1, le=1000)


CallT = TypeVar("CallT", bound=Call)


async def read(request: web.Request, model: type[CallT]) -> CallT:
    """The body of a call, or a refusal that names what is wrong with it."""
    try:
        body = json.loads(await request.read(), parse_constant=no_constant)
        json.dumps(body, ensure_ascii=False).encode()  # half a character could be sent nowhere
    except (ValueError, RecursionError) as error:
        raise ActingError(400, "The body is not JSON.") from error
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise ActingError(400, complaint(error)) from error


def no_constant(name: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`, which Python reads but JSON does not have."""
    raise ValueError(name)


def complaint(error: ValidationError) -> str:
    """The first thing wrong with a body, as a sentence."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"][:2])
    match first["type"]:
        case "missing":
            return f"{name!r} is missing."
        case "extra_forbidden":
            return f"{name!r} is not a field of this call."
        case "string_pattern_mismatch":
            return f"{name!r} has characters that HTTP cannot carry."
        case "model_type":
            return "The body must be an object."
        case _:
            return f"{name!r} is wrong: {first['msg'].lower()}."
