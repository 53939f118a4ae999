"""A relay task: what was asked for, how far it is by the clock, and its JSON as the sample shows it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from sandbox.clock import SandboxClock
from sandbox.relay.buttons import Button
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.previews import Film
from sandbox.relay.painting.words import LINKS, plain
from sandbox.relay.prompts import SPEED_FLAGS, has_magic

STEPS = (15, 31, 46, 62, 78, 93)  # percent, as the original reports them
NOT_START_SHARE, SUBMITTED_SHARE = 0.03, 0.08  # of the duration
QUEUED_S = 60.0
LATE_BUTTONS_S = 8.0
LATE_FILMS_S = 40.0
LINK_LIFE_S = 86_400.0
MODE_WORDS = {"relax": "relaxed", "fast": "fast", "turbo": "turbo"}
MODE_FACTORS = {"relax": 2.0, "fast": 1.0, "turbo": 0.5}
MODE_UNITS = {"relax": 1, "fast": 1, "turbo": 2}
# Does an operation once more, with a prompt that may be new and another seed.
Again = Callable[[str, int], "Plan"]
# "[Title] description", copied from the service's message. Source: docs/relay.md 7.
FAIL_REASON = "[Job failed] Sorry! This job could not be finished."
MODERATED_REASON = "[Request cancelled due to output filters] Sorry! The picture did not pass our filters."


@dataclass(frozen=True)
class Plan:
    """What a task will come to; `duration` is in simulated seconds of fast mode."""

    action: str
    prompt: str
    seed: int
    duration: float
    picture: Picture | None = None
    offers: Callable[[str], list[Button]] = lambda _job: []
    again: Again | None = None
    credit: str = ""  # what the original writes between the prompt and the name
    text: str = ""  # the result of describe and shorten
    films: tuple[Film, ...] = ()
    lists_films: bool = False  # each under an address of its own, beside a still picture
    originals: tuple[Picture, ...] = ()  # the pictures of a grid, where the family lists each
    has_previews: bool = True
    pan_axis: str = ""
    fail_reason: str = ""


@dataclass(frozen=True)
class Press:
    """A button of a finished task, pressed."""

    parent: "RelayTask"
    custom_id: str
    strong: bool | None = None


@dataclass(eq=False)
class RelayTask:
    """One task. Nothing runs for it: its state follows from the time since it was submitted."""

    id: str
    job: str  # the uuid in its buttons and file names
    plan: Plan
    mode: str
    state: str
    clock: SandboxClock
    since: float
    press: Press | None = None  # whose modal waits for an answer
    command: str | None = None  # what was asked; None = what the plan tells
    delay_s: float = 0.0
    is_cancelled: bool = False
    children: dict[str, str] = field(default_factory=dict)  # task ids by the custom id pressed

    @property
    def action(self) -> str:
        """What is done, in the relay's words."""
        return self.plan.action

    @property
    def prompt(self) -> str:
        """What is painted."""
        return self.plan.prompt

    @property
    def duration(self) -> float:
        """Simulated seconds from the start to the end."""
        slowness = 10 if has_magic(self.plan.prompt, "slow") else 1
        factor = MODE_FACTORS[self.mode] if self.plan.has_previews else 1
        return self.plan.duration * factor * slowness

    @property
    def elapsed(self) -> float:
        """Simulated seconds since work on it began; negative while it is queued."""
        return self.clock.elapsed(self.since) - self.delay_s

    @property
    def status(self) -> str:
        """Where it stands, in the relay's words."""
        if self.press is not None:
            return "MODAL"
        if self.is_cancelled:
            return "CANCEL"
        share = self.elapsed / self.duration
        if share < NOT_START_SHARE:
            return "NOT_START"
        if share < SUBMITTED_SHARE:
            return "SUBMITTED"
        if share < 1 or has_magic(self.plan.prompt, "stuck"):
            return "IN_PROGRESS"
        return "FAILURE" if self.fail_reason else "SUCCESS"

    @property
    def fail_reason(self) -> str:
        """Why it will fail, if it will."""
        if self.plan.fail_reason:
            return self.plan.fail_reason
        if has_magic(self.plan.prompt, "moderated"):
            return MODERATED_REASON
        return FAIL_REASON if has_magic(self.plan.prompt, "fail") else ""

    @property
    def progress(self) -> int:
        """Percent, in the original's steps; a failed task stays where it failed."""
        if self.status == "SUCCESS":
            return 100
        if self.status in ("IN_PROGRESS", "FAILURE"):
            return max((step for step in STEPS if step <= self.elapsed / self.duration * 100), default=0)
        return 0

    @property
    def charged(self) -> int:
        """Units paid: nothing while a modal waits, and nothing for a failure."""
        return 0 if self.status in ("MODAL", "FAILURE", "CANCEL") else MODE_UNITS[self.mode]

    @property
    def booked(self) -> int:
        """Units paid before anything was given back."""
        return 0 if self.press is not None else MODE_UNITS[self.mode]

    @property
    def buttons(self) -> list[Button]:
        """What can be pressed now."""
        prompt = self.plan.prompt
        is_late = has_magic(prompt, "late") and self.elapsed < self.duration + LATE_BUTTONS_S
        if self.status != "SUCCESS" or is_late or has_magic(prompt, "bare"):
            return []
        return self.plan.offers(self.job)

    @property
    def asked(self) -> str:
        """What was asked, as a command, as the original describes a task."""
        match self.plan.action:
            case _ if self.command is not None:
                return self.command
            case "DESCRIBE":
                return f"/describe {self.id}.png"
            case "BLEND":
                return f"/blend {self.id} {len(LINKS.findall(self.plan.prompt))}"
            case action:
                return f"/{action.lower()} {self.plan.prompt}".rstrip()

    def image_url(self, base_url: str) -> str:
        """Where its picture can be seen now; previews have addresses of their own."""
        if self.plan.picture is None or self.press is not None:
            return ""
        if self.status == "SUCCESS":
            ending = ".png" if not self.plan.films else "_grid_100.png" if self.plan.lists_films else ".webp"
            return self._link(base_url, f"{self.job}{ending}")
        if self.plan.has_previews and self.progress > 0 and self.status == "IN_PROGRESS":
            return self._link(base_url, f"{self.job}_grid_{self.progress}.png")
        return ""

    def film_urls(self, base_url: str) -> list[str]:
        """Where its films are, once they are made; they can be later than its success."""
        is_late = has_magic(self.plan.prompt, "late") and self.elapsed < self.duration + LATE_FILMS_S
        if self.status != "SUCCESS" or is_late:
            return []
        return [self._link(base_url, f"{self.job}_{number}.mp4") for number in range(len(self.plan.films))]

    def original_urls(self, base_url: str) -> list[str]:
        """Where each picture of its grid is by itself, once they are made."""
        if self.status != "SUCCESS":
            return []
        return [self._link(base_url, f"{self.job}_{number}.png") for number in range(len(self.plan.originals))]

    def as_json(self, base_url: str) -> dict[str, Any]:
        """The task object, with every field of the sample."""
        status, begun = self.status, self.status not in ("MODAL", "NOT_START")
        is_over = status in ("SUCCESS", "FAILURE", "CANCEL")
        image = self.plan.picture.size if self.plan.picture is not None and status == "SUCCESS" else (None, None)
        start = self.since + self.clock.real(self.delay_s + self.duration * NOT_START_SHARE)
        finish = self.since + self.clock.real(self.delay_s + self.duration)
        return {
            "id": self.id,
            "action": self.plan.action,
            "prompt": self.plan.prompt,
            "promptEn": self.plan.prompt,
            "description": self.plan.text if self.plan.action == "SHORTEN" and is_over else "",
            "state": self.state,
            "submitTime": int(self.since * 1000),
            "startTime": int(start * 1000) if begun else 0,
            "finishTime": int(finish * 1000) if is_over else 0,
            "imageUrl": self.image_url(base_url),
            "imageWidth": image[0],
            "imageHeight": image[1],
            "status": status,
            "progress": f"{self.progress}%",
            "failReason": self.fail_reason if status == "FAILURE" else "",
            "properties": self._properties(),
            "buttons": self.buttons,
        }

    def final_prompt(self) -> str:
        """The prompt as the original would repeat it: links made short, speed flags gone."""
        short = LINKS.sub(
            lambda link: f"<https://s.mj.run/{sha256(link[0].encode()).hexdigest()[:11]}>", self.plan.prompt
        )
        return SPEED_FLAGS.sub("", short)

    def _properties(self) -> dict[str, Any]:
        number = int(self.id)
        final_prompt = self.plan.text if self.plan.text and self.status == "SUCCESS" else self.final_prompt()
        return {
            "botType": "NIJI_JOURNEY" if "--niji" in self.plan.prompt else "MID_JOURNEY",
            # Snowflakes that went through a floating-point number somewhere, as in the sample.
            "discordChannelId": 8774786694361674000,
            "discordInstanceId": 7415633538733103000,
            "finalPrompt": final_prompt,
            "flags": 0,
            "messageContent": f"**{self.final_prompt()}** - {self.plan.credit}<@1343445981269594182>"
            f" ({MODE_WORDS[self.mode]})",
            "messageHash": self.job,
            "messageId": str(number * 1000 + 789),
            "nonce": str(number * 1000 + 123),
            "notifyHook": "",
            "progressMessageId": str(number * 1000 + 456),
        }

    def _link(self, base_url: str, name: str) -> str:
        slug = re.sub(r"[^A-Za-z0-9]+", "_", plain(self.plan.prompt)).strip("_")[:40] or "picture"
        path = f"/attachments/1320066655572987907/{int(self.id) * 1000 + 789}/easel_{quote(slug)}_{name}"
        return base_url + signed(path, self.since, self.clock)


def signed(path: str, since: float, clock: SandboxClock) -> str:
    """The path with a query that lives for a day, in the form of the chat service's own links."""
    expiry = f"{int(since + clock.real(LINK_LIFE_S)):x}"
    return f"{path}?ex={expiry}&is={int(since):x}&hm={signature(path, expiry)}&"


def signature(path: str, expiry: str) -> str:
    """What `hm` has to be for the link to be good."""
    return sha256(f"{path} {expiry}".encode()).hexdigest()
