"""The tour in writing."""

import re
from collections.abc import Callable
from pathlib import Path


class Transcript:
    """The tour in writing: on the terminal while it goes on, as Markdown at its end."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say
        self._blocks = ["# The tour of Easel"]

    def heading(self, number: int, title: str) -> None:
        """A step begins."""
        self._say(f"\n{number}. {title}")
        self._blocks.append(f"## {number}. {title}")

    def act(self, text: str) -> None:
        """What a person did, or what was done to the bot."""
        self._say(f"   > {text}")
        self._blocks.append(f"*{text}*")

    def chat(self, speaker: str, note: str, text: str, rows: list[list[str]]) -> None:
        """A message, with its buttons by rows."""
        lines = [f"{note} {text}".strip(), *(" ".join(f"[{label}]" for label in row) for row in rows)]
        self._say("\n".join(f"   {line}" for line in (f"{speaker}: {lines[0]}", *lines[1:])).replace("\n-#", "\n   -#"))
        quoted = [f"**{speaker}** {note}".strip(), *text.splitlines()]
        quoted += [" ".join(f"`{label}`" for label in row) for row in rows]
        self._blocks.append("\n".join(f"> {line}  " for line in quoted))

    def fact(self, text: str) -> None:
        """Something that was checked."""
        self._say(f"   ok: {text}")
        self._blocks.append(f"- {text}")

    def picture(self, name: str, data: bytes) -> None:
        """A picture, kept beside the transcript and shown in it."""
        (self.folder / name).write_bytes(data)
        self._say(f"   picture: {name}")
        self._blocks.append(f"![{name}]({name})")

    def failure(self, text: str) -> None:
        """Why a step did not hold."""
        self._say(f"   did not hold: {text}")
        self._blocks.append(f"**Failed:** {text}")

    def write(self) -> None:
        """Put the Markdown beside the pictures."""
        text = "\n\n".join(self._blocks) + "\n"
        (self.folder / "transcript.md").write_text(re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text), encoding="utf-8")
