"""The families of relays that speak this dialect: what sets one apart from another, as data.

The introduction page's own form, `uniapi`, is the default (docs/relay.md 8). Where another differs, its source is named
beside the value:

- novicezk/midjourney-proxy (Java), the original: `SubmitController`, `TaskController`, `SubmitResultVO`, `Task`,
  `Constants`, `DiscordInstanceImpl`;
- litter-coder/midjourney-proxy-plus: the page about its API, all that is public of it;
- trueai-org/midjourney-proxy (C#), version 11: `SubmitController`, `TaskController`, `TaskService`, `TaskInfo`,
  `CustomComponentModel`;
- QuantumNous/new-api: `router/relay-router.go`, `relay/mjproxy_handler.go`, `relay/constant/relay_mode.go`,
  `controller/midjourney.go`, `dto/midjourney.go`, `router/web-router.go`.
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
    PAGE = "page"  # the front page of the panel, called a success; under FALLBACK_PATHS as OPENAI
    SPRING = "spring"  # {"timestamp", "status", "error", "path"}: the framework of the Java original


@dataclass(frozen=True)
class Wording:
    """How a profile words one cause of refusal."""

    shape: Shape
    status: int
    text: str = ""


FALLBACK_PATHS = ("/v1", "/api", "/assets")  # new-api, router/web-router.go (NoRoute)
BALANCE_PATHS = ("/api/", "/dashboard/", "/v1/dashboard/", "/v1/credits")
UNKNOWN_TASK = Wording(Shape.RELAY, 400, "task_no_found")
NO_BODY = Wording(Shape.EMPTY, 200)
PROXY_WORDINGS = {
    "key": Wording(Shape.EMPTY, 401),  # ApiAuthorizeInterceptor sets the status and nothing else
    "path": Wording(Shape.SPRING, 404, "Not Found"),
    "task": NO_BODY,  # TaskController.fetch returns what the store has, which is null
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
    missing: tuple[str, ...] = ("task/queue", "task/*/cancel")  # shell patterns of operations that it does not serve
    unserved: tuple[str, ...] = ()  # operations that it knows, and has nobody to pass on to
    has_modes: bool = True  # whether paths may begin with /mj-fast and the like
    lists_tasks: bool = False
    takes_number_ids: bool = False
    lists_in_order: bool = False  # of the question; else newest first, so that clients have to go by the ids
    number_result: bool = True  # imagine's `result` is a number, as in the introduction page's first example
    null_result: bool = False  # a banned word comes with `"result": null`; else without any
    tells_rejected: bool = True  # a full queue tells the id of the task that it has thrown away
    instance_codes: tuple[int, ...] = (22, 23)  # codes whose answers tell the account
    wants_index: bool = True  # a change needs its index, even a reroll
    description: str | None = "Submit success"  # of tasks; None = what was asked, as a command
    refused_verbs: tuple[str, ...] = ()  # shell patterns of buttons that it does not relay
    told_modals: tuple[str, ...] = ("*",)  # buttons after which a 21 stays a 21
    tells_queue: bool = True  # or a 22 becomes a 1
    explains_modals: bool = True  # whether a 21 comes with `finalPrompt` and `remix`
    refresh_s: float = 0.0  # tasks are shown from copies that are refreshed this often; 0 = live
    relays_pictures: bool = False  # `imageUrl` is an address of its own
    properties: tuple[str, ...] = ("*",)  # which of a task's `properties` it keeps
    has_zh_prompt: bool = False  # and whether `finalZhPrompt` is one of them: the same text where nobody translates
    first_copy: Mapping[str, Any] = field(default_factory=dict)  # what a task lacks before its first refresh
    string_ids: bool = False  # snowflakes in `properties` as strings, not as rounded numbers
    absent: tuple[str, ...] = ()  # fields that a task does not have
    extras: Mapping[str, Any] = field(default_factory=dict)  # fields that it always has, always the same
    unset_time: int | None = 0
    unset_text: str | None = ""  # of `imageUrl` and `failReason`
    unset_progress: str | None = "0%"  # before the start
    has_engines: bool = True  # whether it serves ideogram, fal, Jimeng and Kling
    wraps_engines: bool = False  # their answers in forms of its own: Kling's nested, ideogram's prompts as pictures
    lists_results: bool = False  # each picture of a grid and each film by itself, and the seed, in the task
    tells_balance: bool = False  # whether a key may ask what is left and what it was used for
    cancels: bool = False  # whether a task's owner may cancel it
    failed_progress: str | None = None  # what a failure makes of the progress; None leaves it

    @property
    def lists_buttons(self) -> bool:
        """Whether a finished task tells its buttons."""
        return "buttons" not in self.absent

    def serves(self, path: str) -> bool:
        """Whether there is such an operation."""
        if path.startswith(BALANCE_PATHS):
            return self.tells_balance
        if not path.startswith(("/mj/", "/mj-")):
            return self.has_engines
        prefix, _, operation = path.partition("/mj/")
        return (self.has_modes or not prefix) and not matches(operation, self.missing)

    def has_channel(self, path: str) -> bool:
        """Whether somebody stands behind the operation."""
        return not matches(path.rpartition("/mj/")[2], self.unserved)

    def relays(self, verb: str) -> bool:
        """Whether a button of this kind is passed on."""
        return not matches(verb, self.refused_verbs)

    def tells_modal(self, verb: str) -> bool:
        """Whether a 21 after this button stays one."""
        return matches(verb, self.told_modals)


def matches(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether any of the shell patterns fits."""
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


UNIAPI = Profile(
    "uniapi", "UniAPI as its introduction page documents it: live tasks, codes 21 and 22, full properties."
)
PLAIN = Profile(
    "plain",
    "The original midjourney-proxy: no buttons, no modals, no modes; U, V and reroll go through change.",
    wordings=PROXY_WORDINGS,
    missing=(
        *("submit/action", "submit/modal", "submit/shorten", "submit/upload-*", "insight-face/*", "*/image-seed"),
        *("submit/video", "submit/edits", "task/*/cancel"),
    ),
    has_modes=False,
    has_engines=False,
    lists_tasks=True,
    takes_number_ids=True,
    lists_in_order=True,  # TaskController.listByIds maps over the ids
    number_result=False,  # SubmitResultVO: String result
    null_result=True,  # SubmitResultVO.fail; Jackson writes nulls
    tells_rejected=False,
    instance_codes=(1, 22, 23),  # DiscordInstanceImpl.submitTask
    wants_index=False,  # SubmitController.change reads it for U and V alone
    description=None,  # "/imagine ...", "/up ID U2", "/describe ID.png", "/blend ID 2"
    # Constants.TASK_PROPERTY_*
    properties=(
        *("notifyHook", "finalPrompt", "messageId", "messageHash", "progressMessageId", "flags", "nonce"),
        "discordInstanceId",
    ),
    string_ids=True,
    absent=("buttons", "imageWidth", "imageHeight"),
    unset_time=None,
    unset_text=None,
    unset_progress=None,  # Task.start sets the first one
    failed_progress="",  # Task.fail
)
PLUS = Profile(
    "plus",
    "midjourney-proxy-plus: buttons and modals, whose prompt is not told; nulls for what is not set.",
    wordings=PROXY_WORDINGS,
    missing=("submit/video", "submit/edits", "task/*/cancel"),  # its page names none of them
    has_engines=False,
    lists_tasks=True,
    takes_number_ids=True,
    lists_in_order=True,
    # All of its answers show a string, a 22 tells `numberOfQueues` alone, and every description is a command; what the
    # page does not show is the original's, of which it is a fork.
    number_result=False,
    null_result=True,
    tells_rejected=False,
    instance_codes=(),
    wants_index=False,
    description=None,
    has_zh_prompt=True,
    explains_modals=False,
    string_ids=True,
    absent=("imageWidth", "imageHeight"),
    unset_time=None,
    unset_text=None,
    unset_progress=None,
    failed_progress="",
)
NEW_API = Profile(
    "new-api",
    "A new-api gateway: copies refreshed every 15 s, codes 21 and 22 rewritten, its own errors and picture addresses.",
    wordings={
        "key": Wording(Shape.OPENAI, 401, "Invalid token"),
        "path": Wording(Shape.PAGE, 404, "Invalid URL"),
        "channel": Wording(Shape.OPENAI, 503, "model_not_found"),
        "task": UNKNOWN_TASK,
        "index": Wording(Shape.RELAY, 400, "index_is_required"),
        "parent": Wording(Shape.RELAY, 400, "task_not_found"),
        "unfinished": Wording(Shape.RELAY, 400, "task_status_not_success"),
        "custom_id": Wording(Shape.RELAY, 400, "custom_id_is_required"),
        "prompt": Wording(Shape.RELAY, 400, "prompt_is_required"),
        "faces": Wording(Shape.RELAY, 400, "sour_base64_and_target_base64_is_required"),
        "button": Wording(Shape.OPENAI, 400, "unknown_action"),
    },
    # Path2RelayModeMidjourney takes simple-change for a change, which has no action here: no channel has a model "mj_".
    unserved=("submit/simple-change",),
    number_result=False,  # dto.MidjourneyResponse: Result string; a number could not be read
    null_result=True,  # RelayMidjourneySubmit passes on the body of a proxy like the two above
    tells_rejected=False,
    description="提交成功",  # of the submit's answer; UpdateMidjourneyTaskBulk never refreshes it
    refused_verbs=("picreader", "picread", "promptanalyzer*", "animate_*", "video_*", "bookmark"),
    told_modals=("inpaint", "customzoom"),
    tells_queue=False,
    refresh_s=15.0,
    relays_pictures=True,
    tells_balance=True,
    properties=("finalPrompt",),
    has_zh_prompt=True,  # dto.Properties: both, always
    first_copy=MappingProxyType({"buttons": None, "properties": None}),  # dto.MidjourneyDto: any, and a pointer
    wraps_engines=True,
    absent=("imageWidth", "imageHeight"),
    # dto.MidjourneyDto; of a film both are filled: VideoUrl, and VideoUrls as a list of objects with `url`
    extras=MappingProxyType({"customId": "", "botType": "", "maskBase64": "", "videoUrl": "", "videoUrls": None}),
    failed_progress="100%",
)
MIDJOURNEY_PROXY = Profile(
    "midjourney-proxy",
    "midjourney-proxy 11 (C#): every picture of a grid and every film listed, remix on request, edits, cancel.",
    wordings=PROXY_WORDINGS | {"task": Wording(Shape.EMPTY, 204)},
    missing=("submit/change", "submit/simple-change"),
    has_engines=False,
    lists_tasks=True,
    lists_in_order=True,
    number_result=False,  # SubmitResultVO.Result of a submit is the task's id, a string
    null_result=True,
    tells_rejected=False,
    instance_codes=(1, 22, 23),
    wants_index=False,
    description=None,  # "/imagine ...", "/video ...", "/up ID U2"
    refused_verbs=("promptanalyzer*", "bookmark", "video"),  # a manual video goes through submit/video alone
    string_ids=True,
    unset_time=None,
    unset_text="",
    lists_results=True,
    cancels=True,
    failed_progress="",  # TaskInfo.Fail
)
PROFILES = MappingProxyType({profile.name: profile for profile in (UNIAPI, PLAIN, PLUS, NEW_API, MIDJOURNEY_PROXY)})
