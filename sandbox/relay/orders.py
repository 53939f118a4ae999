"""What a pressed button asks for, and what its custom id says."""

from typing import NamedTuple

from sandbox.relay.painting.pictures import Picture, Uploaded, parts_of
from sandbox.relay.profiles import UNIAPI, Profile
from sandbox.relay.tasks import RelayTask


class Order(NamedTuple):
    """A pressed button with everything that came along."""

    parent: RelayTask
    verb: str
    argument: str
    prompt: str
    seed: int
    mask: Uploaded | None = None
    strong: bool | None = None  # how far V1 to V4 go, where somebody said so
    profile: Profile = UNIAPI  # the family that carries it out: what it makes of it differs

    @property
    def picture(self) -> Picture:
        """The picture that the button is about: one cell of a grid, or the whole single picture."""
        if self.parent.plan.picture is None:
            raise LookupError("this task has no picture")
        parts = parts_of(self.parent.plan.picture)
        return parts[int(self.argument) - 1 if len(parts) > 1 and self.argument.isdecimal() else 0]


def parse_custom_id(custom_id: str) -> tuple[str, str]:
    """Verb (lower case) and argument of a button: `MJ::JOB::variation::2::...` is ("variation", "2")."""
    parts = [*custom_id.split("::")[1:], "", "", ""]
    verb, argument = parts[1:3] if parts[0].lower() == "job" else parts[:2]
    return verb.lower(), argument
