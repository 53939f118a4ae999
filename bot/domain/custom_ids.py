"""What a Midjourney custom id asks for. Source: docs/relay.md 6.2 and 6.3."""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """Kinds of buttons that look, read or behave alike."""

    PICK = "pick"  # U1-U4: cuts one picture out of a grid
    VARIATION = "variation"  # V1-V4
    REROLL = "reroll"
    UPSCALE = "upscale"
    VARY = "vary"
    REGION = "region"
    ZOOM = "zoom"
    CUSTOM_ZOOM = "custom_zoom"
    PAN = "pan"
    ANIMATE = "animate"
    DESCRIBE_PICK = "describe_pick"
    DESCRIBE_ALL = "describe_all"
    SHORTEN_PICK = "shorten_pick"
    SHORTEN_DETAILS = "shorten_details"
    BOOKMARK = "bookmark"
    OTHER = "other"


# A press of one of these always opens a modal at the relay.
MODALS = frozenset({Family.REGION, Family.CUSTOM_ZOOM, Family.DESCRIBE_PICK, Family.SHORTEN_PICK})
# A press of one of these opens a modal where the account at the relay is in remix mode.
_REMIXABLE = frozenset({Family.VARIATION, Family.VARY, Family.REROLL, Family.PAN, Family.ANIMATE})
# The relay does a second press of the same one not at all, or for nothing: the first child is the answer.
ONCE_ONLY = frozenset({Family.PICK})
# No relay carries these out.
NOT_OFFERED = frozenset({Family.BOOKMARK, Family.DESCRIBE_ALL})
# How the custom id of a film ends whose prompt is always asked for.
MANUAL = "manual"
# Takes one film out of a set.
FILM_PICK = "video_virtual_upscale"
# Our own ids for tasks that come without buttons: they drive the relay's older change operation.
CHANGE = "change"
# Our own ids for films of a picture that has no task of its own.
FILM_HIGH, FILM_LOW = "film::high", "film::low"
# Before the relay's pick of a picture that was taken out of its grid for nothing: it opens what the relay has for it.
MORE = "more::"
# Our own ids for the lines of a description whose relay lists no buttons: each is imagined as a prompt of its own.
OWN_LINES = tuple(f"line::{number}" for number in range(1, 5))
# Our own id for a region of a single picture whose relay offers none: it drives the edits operation.
EDIT_REGION = "edit::region"


@dataclass(frozen=True, slots=True)
class Kind:
    """A custom id, understood: its family, the verb in lower case, and the number it carries (0 = none)."""

    family: Family
    verb: str = ""
    index: int = 0

    @property
    def is_remixable(self) -> bool:
        """Whether its prompt can be edited before it runs; describing again has none."""
        return self.family in _REMIXABLE and self.verb != "retry"


_BY_VERB = {
    "upsample": Family.PICK,
    FILM_PICK: Family.PICK,
    "variation": Family.VARIATION,
    "reroll": Family.REROLL,
    "retry": Family.REROLL,
    "low_variation": Family.VARY,
    "high_variation": Family.VARY,
    "inpaint": Family.REGION,
    "outpaint": Family.ZOOM,
    "customzoom": Family.CUSTOM_ZOOM,
    "picreader": Family.DESCRIBE_PICK,
    "promptanalyzer": Family.SHORTEN_PICK,
    "promptanalyzerextended": Family.SHORTEN_DETAILS,
    "bookmark": Family.BOOKMARK,
}
_BY_CHANGE = {"upscale": Family.PICK, "variation": Family.VARIATION, "reroll": Family.REROLL}
_BY_PREFIX = (("upsample_", Family.UPSCALE), ("pan_", Family.PAN), ("animate_", Family.ANIMATE))


_OWN = {
    EDIT_REGION: Kind(Family.REGION, "edit", 1),
    FILM_HIGH: Kind(Family.ANIMATE, "animate_high", 1),
    FILM_LOW: Kind(Family.ANIMATE, "animate_low", 1),
    **{line: Kind(Family.DESCRIBE_PICK, "line", number) for number, line in enumerate(OWN_LINES, start=1)},
}


def parse(custom_id: str) -> Kind:
    """Understand a custom id; kinds nobody has seen yet are `OTHER`."""
    parts = [part.casefold() for part in custom_id.split("::")]
    if parts[0] == CHANGE and len(parts) == 3 and parts[2].isdecimal():
        return Kind(_BY_CHANGE.get(parts[1], Family.OTHER), parts[1], int(parts[2]))
    if custom_id in _OWN:
        return _OWN[custom_id]
    if custom_id.startswith(MORE):
        return Kind(Family.PICK, "more", parse(custom_id.removeprefix(MORE)).index)
    if len(parts) < 2 or parts[0] != "mj":
        return Kind(Family.OTHER)
    # Both "MJ::JOB::<verb>::..." and "MJ::<Verb>::..." exist, and "Job" is spelled either way.
    rest = parts[2:] if parts[1] == "job" and len(parts) > 2 else parts[1:]
    if rest[0] == "picread" and len(rest) > 1:
        rest = rest[1:]
    verb, index = rest[0], rest[1] if len(rest) > 1 else ""
    if verb == "picreader" and index == "all":
        return Kind(Family.DESCRIBE_ALL, verb)
    if verb == "video" and parts[-1] == MANUAL:
        verb = "animate_low" if any("low" in part for part in rest) else "animate_high"
    family = _BY_VERB.get(verb) or next((f for start, f in _BY_PREFIX if verb.startswith(start)), Family.OTHER)
    return Kind(family, verb, int(index) if index.isdecimal() else 0)


def change_id(action: str, index: int) -> str:
    """Our own custom id for the change operation: UPSCALE or VARIATION with 1 to 4, or REROLL with 1."""
    return f"{CHANGE}::{action}::{index}"
