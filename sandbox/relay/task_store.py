"""The ledger of tasks and uploads, and what the buttons of a finished task do."""

import re
import uuid
from typing import Any, Protocol

from sandbox.clock import SandboxClock
from sandbox.relay.operations import MODAL_VERBS, OPERATIONS, REMIX_VERBS
from sandbox.relay.orders import Order, parse_custom_id
from sandbox.relay.painting.dials import mix
from sandbox.relay.painting.pictures import Picture, Uploaded
from sandbox.relay.profiles import UNIAPI, Profile
from sandbox.relay.prompts import has_magic
from sandbox.relay.reading import picked_line
from sandbox.relay.replies import ACCEPTED, EXISTS, INVALID, NOT_FOUND, QUEUED, Refusal, named_instance
from sandbox.relay.tasks import QUEUED_S, Plan, Press, RelayTask, signed

MODAL_LIFE_S = 3600.0
PICTURE_KEY = re.compile(r"_([0-9a-f]{8}-[0-9a-f-]{27})(?:_grid_(\d+)|_(\d))?\.(?:png|jpg|webp|mp4)$")
Answer = tuple[int, str, str, dict[str, Any]]  # code, description, result, properties


class Entry(Protocol):
    """A paid call, as the ledger counts it."""

    @property
    def id(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def since(self) -> float: ...
    @property
    def charged(self) -> int: ...
    @property
    def booked(self) -> int: ...
    @property
    def prompt(self) -> str: ...


class TaskStore:
    """Everything that was ever asked for, by id and by the uuid in its picture's address."""

    def __init__(self, clock: SandboxClock, seed: int) -> None:
        self.clock = clock
        self.seed = seed
        self.profile = UNIAPI
        self.base_url = ""
        self.tasks_by_id: dict[str, RelayTask] = {}
        self.shown_by_key: dict[str, RelayTask | Picture] = {}
        self.ledger: list[Entry] = []  # of every engine, oldest first
        self._last_number = 0

    def fresh_seed(self) -> int:
        """The seed of the next task: the same from run to run."""
        return mix(self.seed, len(self.ledger)) % 2**32

    def keep(self, picture: Picture, name: str = "upload", suffix: str = "png") -> str:
        """Give a picture an address; the suffix is `png` or `jpg`."""
        key = self._key(len(self.shown_by_key))
        self.shown_by_key[key] = picture
        path = f"/attachments/1320066655572987907/{self.next_number()}000/{name}_{key}.{suffix}"
        return self.base_url + signed(path, self.clock.now(), self.clock)

    def linked(self, link: str) -> Picture | None:
        """The picture behind one of our own links; the sandbox never looks further."""
        if not link.startswith(self.base_url):
            return None
        match = PICTURE_KEY.search(link.partition("?")[0])
        if match is None:
            return None
        shown = self.shown_by_key.get(match[1])
        if not isinstance(shown, RelayTask):
            return shown
        return shown.plan.originals[int(match[3])] if match[3] and shown.plan.originals else shown.plan.picture

    def add(
        self, plan: Plan, mode: str, state: Any, press: Press | None = None, *, command: str | None = None
    ) -> RelayTask:
        """Accept a plan as a task that starts now, or once the modal of its button is answered.

        `command` words what was asked where the plan does not tell it.
        """
        number = self.next_number()
        delay_s = QUEUED_S if has_magic(plan.prompt, "queued") else 0.0
        relay_task = RelayTask(
            id=str(number),
            job=self._key(number),
            plan=plan,
            mode=mode,
            state=str(state or ""),
            clock=self.clock,
            since=self.clock.now(),
            press=press,
            command=command,
            delay_s=delay_s,
        )
        self.tasks_by_id[relay_task.id] = relay_task
        self.shown_by_key[relay_task.job] = relay_task
        self.ledger.append(relay_task)
        return relay_task

    def finished(self, task_id: Any) -> RelayTask:
        """The task that a follow-up refers to; it has to be known and done."""
        relay_task = self.tasks_by_id.get(str(task_id))
        if relay_task is None:
            raise Refusal(NOT_FOUND, "关联任务不存在或已失效", cause="parent")
        if relay_task.status != "SUCCESS":
            raise Refusal(INVALID, "关联任务状态错误", cause="unfinished")
        return relay_task

    def press(self, press: Press, mode: str, state: Any, *, wants_modal: bool = False) -> Answer:
        """Run a button: at once, or after its modal; a second U points at the task of the first."""
        parent, (verb, argument) = press.parent, parse_custom_id(press.custom_id)
        existing = self.tasks_by_id.get(parent.children.get(press.custom_id, ""))
        if verb == "upsample" and existing is not None and existing.status != "FAILURE":
            return EXISTS, "任务已存在", existing.id, {
                "status": existing.status,
                "imageUrl": existing.image_url(self.base_url),
            }  # fmt: skip
        if verb not in OPERATIONS or argument == "all" or not self.profile.relays(verb):
            raise Refusal(INVALID, f"unknown_action: {press.custom_id}", cause="button")
        is_rewritten = has_magic(parent.plan.prompt, "rewrite")
        is_remix = wants_modal or is_rewritten or has_magic(parent.plan.prompt, "remix")
        if verb in MODAL_VERBS or (verb in REMIX_VERBS and is_remix):
            return self._ask(press, mode, state, code=ACCEPTED if is_rewritten and verb in REMIX_VERBS else EXISTS)
        plan = OPERATIONS[verb](
            Order(
                parent,
                verb,
                argument,
                parent.plan.prompt,
                self.fresh_seed(),
                strong=press.strong,
                profile=self.profile,
            )
        )
        relay_task = self.add(plan, mode, state, command=command_of(press))
        parent.children[press.custom_id] = relay_task.id
        return accepted(relay_task)

    def _ask(self, press: Press, mode: str, state: Any, code: int) -> Answer:
        """A task that waits in MODAL for the answer to its modal."""
        parent, (verb, argument) = press.parent, parse_custom_id(press.custom_id)
        line = picked_line(parent.plan.text, argument) if parent.plan.text else None
        prompt = line or parent.plan.prompt
        waiting = Plan(action=parent.plan.action, prompt=prompt, seed=0, duration=1.0)
        relay_task = self.add(waiting, mode, state, press, command=command_of(press))
        if code == ACCEPTED:
            return ACCEPTED, "提交成功", relay_task.id, {}
        prefill = "" if verb == "inpaint" else relay_task.final_prompt()
        return EXISTS, "Waiting for window confirm", relay_task.id, {"finalPrompt": prefill, "remix": True}

    def answer_modal(self, relay_task: RelayTask, prompt: str, mask: Uploaded | None, state: Any) -> Answer:
        """The modal was answered: the waiting task keeps its id and starts now."""
        press = relay_task.press
        if press is None:
            raise Refusal(INVALID, "任务状态错误")
        if self.clock.elapsed(relay_task.since) > MODAL_LIFE_S:
            raise Refusal(INVALID, "窗口已超时")
        verb, argument = parse_custom_id(press.custom_id)
        if verb == "inpaint" and mask is None:
            raise Refusal(INVALID, "maskBase64不能为空")
        order = Order(
            press.parent,
            verb,
            argument,
            prompt or relay_task.plan.prompt,
            self.fresh_seed(),
            mask,
            press.strong,
            self.profile,
        )
        relay_task.plan = OPERATIONS[verb](order)
        relay_task.press = None
        relay_task.since = self.clock.now()
        relay_task.state = str(state or relay_task.state)
        press.parent.children[press.custom_id] = relay_task.id
        return accepted(relay_task)

    def next_number(self) -> int:
        """Sixteen digits, as the original makes them: milliseconds and three more; never the same twice."""
        self._last_number = max(int(self.clock.now() * 1000) * 1000, self._last_number + 1)
        return self._last_number

    def _key(self, number: int) -> str:
        return str(uuid.UUID(int=(mix(self.seed, "key", number) << 64) | mix(self.seed, "more", number), version=4))


def command_of(press: Press) -> str:
    """What a press asks, in the original's words: "/up ID U2"; plus names other buttons by their label."""
    verb, argument = parse_custom_id(press.custom_id)
    short = {"upsample": f"U{argument}", "variation": f"V{argument}", "reroll": "R"}
    labels = (one["label"] for one in press.parent.buttons if one["customId"] == press.custom_id)
    return f"/up {press.parent.id} {short.get(verb) or next(labels, '') or verb}"


def told(answer: Answer, profile: Profile, verb: str = "") -> Answer:
    """An answer as a relay of this family passes it on; `verb` is the button that it answers."""
    code, description, result, properties = answer
    if code == QUEUED and not profile.tells_queue:
        code = ACCEPTED
    if code == EXISTS and not profile.tells_modal(verb):
        code = ACCEPTED
    if "remix" in properties and not profile.explains_modals:
        properties = {}
    if answer[0] in (ACCEPTED, QUEUED):
        properties = properties | named_instance(answer[0], profile)
    return code, description, result, properties


def accepted(relay_task: RelayTask) -> Answer:
    """The answer for a task that was taken, possibly into the queue."""
    if relay_task.delay_s:
        return QUEUED, "排队中,前面还有1个任务", relay_task.id, {"numberOfQueues": 1}
    return ACCEPTED, "提交成功", relay_task.id, {}
