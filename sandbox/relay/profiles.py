"""The families of relays that speak this dialect: what sets one apart from another, as data.

upstream-api.md sections 2 to 6 tell who does what; the introduction page's own form, `uniapi`, is the default.
"""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any


class Shape(Enum):
    """The bodies in which relays refuse; the envelope of the protocol itself needs no entry here."""

    RELAY = "relay"  # {"description", "type", "code"}: the gateway's own refusal
    OPENAI = "openai"  # {"error": {...}}: keys and routing
    EMPTY = "empty"  # no body at all


@dataclass(frozen=True)
class Wording:
    """How a profile words one cause of refusal."""

    shape: Shape
    status: int
    text: str = ""


UNKNOWN_TASK = Wording(Shape.RELAY, 400, "task_no_found")
NO_BODY = Wording(Shape.EMPTY, 200)
PROXY_WORDINGS = {
    "key": Wording(Shape.EMPTY, 401),
    "path": Wording(Shape.EMPTY, 404),
    "task": NO_BODY,
}


@dataclass(frozen=True)
class Profile:
    """One family; the defaults are the introduction page's."""

    name: str
    summary: str
    # Refusals by their cause (`Refusal.cause`); any other is the protocol's envelope.
    wordings: Mapping[str, Wording] = field(
        default_factory=lambda: MappingProxyType(
            {
                "key": Wording(Shape.OPENAI, 401, "Invalid token"),
                "path": Wording(Shape.OPENAI, 404, "Invalid URL"),
                "task": UNKNOWN_TASK,
            }
        )
    )
    missing: tuple[str, ...] = ()  # shell patterns of operations that it does not serve
    has_modes: bool = True  # whether paths may begin with /mj-fast and the like
    lists_tasks: bool = False
    takes_number_ids: bool = False
    refused_verbs: tuple[str, ...] = ()  # shell patterns of buttons that it does not relay
    told_dialogs: tuple[str, ...] = ("*",)  # buttons after which a 21 stays a 21
    tells_queue: bool = True  # or a 22 becomes a 1
    explains_dialogs: bool = True  # whether a 21 comes with `finalPrompt` and `remix`
    refresh_s: float = 0.0  # tasks are shown from copies that are refreshed this often; 0 = live
    relays_pictures: bool = False  # `imageUrl` is an address of its own
    properties: tuple[str, ...] = ("*",)  # which of a task's `properties` it keeps
    string_ids: bool = False  # snowflakes in `properties` as strings, not as rounded numbers
    absent: tuple[str, ...] = ()  # fields that a task does not have
    extras: Mapping[str, Any] = field(default_factory=dict)  # fields that it always has, always the same
    unset_time: int | None = 0
    unset_text: str | None = ""  # of `imageUrl` and `failReason`
    has_engines: bool = True  # whether it serves ideogram, fal, Jimeng and Kling
    wraps_engines: bool = False  # their answers in forms of its own: Kling's nested, ideogram's prompts as pictures
    failed_progress: str | None = None  # what a failure makes of the progress; None leaves it

    def serves(self, path: str) -> bool:
        """Whether there is such an operation."""
        if not path.startswith(("/mj/", "/mj-")):
            return self.has_engines
        prefix, _, operation = path.partition("/mj/")
        return (self.has_modes or not prefix) and not matches(operation, self.missing)

    def relays(self, verb: str) -> bool:
        """Whether a button of this kind is passed on."""
        return not matches(verb, self.refused_verbs)

    def tells_dialog(self, verb: str) -> bool:
        """Whether a 21 after this button stays one."""
        return matches(verb, self.told_dialogs)


def matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether any of the shell patterns fits."""
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


UNIAPI = Profile(
    "uniapi", "UniAPI as its introduction page documents it: live tasks, codes 21 and 22, full properties."
)
PLAIN = Profile(
    "plain",
    "The original midjourney-proxy: no buttons, no dialogs, no modes; U, V and reroll go through change.",
    wordings=PROXY_WORDINGS,
    missing=("submit/action", "submit/modal", "submit/shorten", "submit/upload-*", "insight-face/*", "*/image-seed"),
    has_modes=False,
    has_engines=False,
    lists_tasks=True,
    takes_number_ids=True,
    string_ids=True,
    absent=("buttons", "imageWidth", "imageHeight"),
    unset_time=None,
    unset_text=None,
    failed_progress="",
)
PLUS = Profile(
    "plus",
    "midjourney-proxy-plus: buttons and dialogs, whose prompt is not told; nulls for what is not set.",
    wordings=PROXY_WORDINGS,
    has_engines=False,
    lists_tasks=True,
    takes_number_ids=True,
    explains_dialogs=False,
    string_ids=True,
    absent=("imageWidth", "imageHeight"),
    unset_time=None,
    unset_text=None,
    failed_progress="",
)
NEW_API = Profile(
    "new-api",
    "A new-api gateway: copies refreshed every 15 s, codes 21 and 22 rewritten, its own errors and picture addresses.",
    wordings={
        "key": Wording(Shape.OPENAI, 401, "Invalid token"),
        "path": Wording(Shape.OPENAI, 404, "Invalid URL"),
        "task": UNKNOWN_TASK,
        "parent": Wording(Shape.RELAY, 400, "task_not_found"),
        "unfinished": Wording(Shape.RELAY, 400, "task_status_not_success"),
        "custom_id": Wording(Shape.RELAY, 400, "custom_id_is_required"),
        "prompt": Wording(Shape.RELAY, 400, "prompt_is_required"),
        "faces": Wording(Shape.RELAY, 400, "sour_base64_and_target_base64_is_required"),
        "button": Wording(Shape.OPENAI, 400, "unknown_action"),
    },
    refused_verbs=("picreader", "picread", "promptanalyzer*", "animate_*", "video_*", "bookmark"),
    told_dialogs=("inpaint", "customzoom"),
    tells_queue=False,
    refresh_s=15.0,
    relays_pictures=True,
    properties=("finalPrompt", "finalZhPrompt"),
    wraps_engines=True,
    absent=("imageWidth", "imageHeight"),
    extras=MappingProxyType({"customId": "", "botType": "", "maskBase64": ""}),
    failed_progress="100%",
)
PROFILES = MappingProxyType({profile.name: profile for profile in (UNIAPI, PLAIN, PLUS, NEW_API)})
