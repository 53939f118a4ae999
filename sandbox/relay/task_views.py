"""How a relay of a given family shows its tasks: from live state or from copies, with its fields."""

import math
from dataclasses import replace
from typing import Any

from typing_extensions import override

from sandbox.clock import SandboxClock
from sandbox.relay.profiles import Profile, matches
from sandbox.relay.tasks import RelayTask

TIMES = ("submitTime", "startTime", "finishTime")
TEXTS = ("imageUrl", "failReason")
SNOWFLAKES = ("discordChannelId", "discordInstanceId")


class StoppedClock(SandboxClock):
    """A clock that stands at one moment of another."""

    def __init__(self, clock: SandboxClock, at: float) -> None:
        super().__init__(clock.speed)
        self._clock = clock
        self._at = at

    @override
    def now(self) -> float:
        return self._at

    @override
    def elapsed(self, since: float) -> float:
        return self._clock.between(since, self._at)


def shown(relay_task: RelayTask, profile: Profile, base_url: str, opened: float) -> dict[str, Any]:
    """The JSON of a task; `opened` is the moment from which refreshes are counted."""
    seen = last_copy(relay_task, profile, opened)
    is_copied = seen is not None
    fields = (seen or relay_task).as_json(base_url)
    if not is_copied:  # taken down when it was submitted, and not looked at since
        fields |= {"status": "", "state": "", "progress": "0%", "startTime": 0, "finishTime": 0, "imageUrl": ""}
        fields |= {"failReason": "", "buttons": [], "properties": {}, **profile.first_copy}
    if profile.relays_pictures and fields["imageUrl"]:
        is_done = fields["status"] == "SUCCESS"
        rand = "" if is_done else f"?rand={int(relay_task.clock.now() * 1e9)}"
        fields["imageUrl"] = f"{base_url}/mj/image/{relay_task.id}{rand}"
    if profile.failed_progress is not None and fields["status"] == "FAILURE":
        fields["progress"] = profile.failed_progress
    if fields["status"] == "NOT_START":
        fields["progress"] = profile.unset_progress
    if profile.description is None:
        fields["description"] = relay_task.asked
    elif profile.refresh_s or not fields["description"]:  # copies keep the description of the submit
        fields["description"] = profile.description
    if fields["properties"] is not None:
        fields["properties"] = kept_properties(fields["properties"], profile)
    for names, unset in ((TIMES, profile.unset_time), (TEXTS, profile.unset_text)):
        fields |= {name: fields[name] or unset for name in names}
    kept = {name: value for name, value in fields.items() if name not in profile.absent} | dict(profile.extras)
    return kept | (listed(relay_task, profile, base_url) if is_copied else {})


def listed(relay_task: RelayTask, profile: Profile, base_url: str) -> dict[str, Any]:
    """What the family lists of a task's results, each under an address of its own."""
    fields: dict[str, Any] = {}
    films = [{"url": url} for url in relay_task.film_urls(base_url)] if relay_task.plan.lists_films else []
    if relay_task.plan.lists_films:
        fields |= {"videoUrl": films[0]["url"] if films else "", "videoUrls": films or None}
    if profile.lists_results:  # its task has no single `videoUrl`, and no still picture of a film
        is_over = relay_task.status == "SUCCESS"
        fields["imageUrls"] = [{"url": url} for url in relay_task.original_urls(base_url)] or None
        fields["seed"] = str(relay_task.plan.seed) if is_over else None
        fields.pop("videoUrl", None)
        if relay_task.plan.lists_films and is_over:
            fields["imageUrl"] = ""
    return fields


def last_copy(relay_task: RelayTask, profile: Profile, opened: float) -> RelayTask | None:
    """The task as it was at the last refresh; None when there was none since its submit."""
    if not profile.refresh_s:
        return relay_task
    clock = relay_task.clock
    passed = clock.elapsed(opened)
    last = clock.now() - clock.real(math.fmod(passed, profile.refresh_s))
    return replace(relay_task, clock=StoppedClock(clock, last)) if last >= relay_task.since else None


def kept_properties(properties: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """What the family keeps of a task's `properties`."""
    kept = {name: value for name, value in properties.items() if matches(name, profile.properties)}
    if profile.has_zh_prompt:
        kept["finalZhPrompt"] = properties.get("finalPrompt", "")
    if profile.string_ids:
        kept |= {name: str(kept[name]) for name in SNOWFLAKES if name in kept}
    return kept
