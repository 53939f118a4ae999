"""What answers in the OpenAI format hold: pictures by address or as bytes, a chat's words, a task.

Source: docs/relay.md 11 and 13.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from bot.relay.answers import find_pictures, unwrap
from bot.relay.engine_base import Answer, Objects, Text, read_answer
from bot.relay.task_status import HELD_BACK, as_status

# Of a chat that ended without its picture, what held it back. Source: docs/relay.md 13.4.
STOPPED = HELD_BACK | {"CONTENT_FILTER", "SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "RECITATION"}
_DRAWN = re.compile(r"!\[[^\]]*\]\(\s*(data:image/[^\s)]+|https?://[^\s)]+)[^)]*\)")
_ADDRESS = re.compile(
    r"data:image/[\w.+-]+;base64,[\w+/=-]+|https?://[^\s)\"'<>\]]+\.(?:png|jpe?g|webp|gif)[^\s)\"'<>\]]*"
)


class Picture(Answer):
    """One picture of an answer: its address, or its bytes."""

    url: Text = ""
    b64_json: Text = ""
    revised_prompt: Text = ""
    size: Text = ""
    seed: Text = ""

    @property
    def source(self) -> str:
        """Return its address; a data URL where there is no other."""
        bare = f"data:;base64,{self.b64_json}" if self.b64_json else ""
        return self.url or (self.b64_json if self.b64_json.startswith("data:") else bare)


class Pictures(Answer):
    """The format's own list."""

    data: Annotated[list[Picture], Objects] = Field(default_factory=list)
    seed: Text = ""
    size: Text = ""

    @property
    def first(self) -> Picture:
        """The first picture; one without anything where there is none."""
        return self.data[0] if self.data else Picture()


class Message(Answer):
    """What a model says in a chat; `content` is a text, or a list of parts."""

    content: Any = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            parts = (part.get("text") if isinstance(part, dict) else part for part in self.content)
            return "\n".join(part for part in parts if isinstance(part, str))
        return self.content if isinstance(self.content, str) else ""


def _message(value: object) -> object:
    return value if isinstance(value, dict) else {"content": value}


class Choice(Answer):
    """One answer of a chat."""

    message: Annotated[Message, BeforeValidator(_message)] = Message()
    finish_reason: Text = ""


class Task(Answer):
    """Where an asynchronous task stands."""

    status: Annotated[Text, Field(validation_alias=AliasChoices("status", "task_status", "state"))] = ""
    progress: Text = ""


def find_sources(answer: object) -> list[str]:
    """Find the pictures of an answer: those of the format's own list, of a chat, else those that stand anywhere."""
    listed = [picture.source for picture in read_answer(Pictures, answer).data if picture.source]
    return listed or find_pictures(answer) or list(dict.fromkeys(_in_words(answer)))


def _in_words(answer: object) -> Iterator[str]:
    """The pictures that a chat puts into its text: in Markdown, else bare."""
    for choice in choices(answer):
        text = choice.message.text
        yield from _DRAWN.findall(text) or _ADDRESS.findall(text)


def choices(answer: object) -> list[Choice]:
    """Read the answers of a chat; none where it is no chat."""
    inner = next((one for one in unwrap(answer) if isinstance(one.get("choices"), list)), None)
    listed = inner["choices"] if inner else []
    return [read_answer(Choice, one) for one in listed if isinstance(one, dict)]


def find_task(answer: Mapping[str, Any]) -> Task | None:
    """Find the task of an answer to a look, bare or wrapped; None where it says nothing of one."""
    for one in unwrap(answer):
        task = read_answer(Task, one)
        if task.status:
            return task
    return Task() if find_sources(answer) else None


def is_held_back(chat: list[Choice]) -> bool:
    """Tell whether a chat says that a safety check held its picture back."""
    return any(as_status(choice.finish_reason) in STOPPED for choice in chat)
