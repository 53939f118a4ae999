"""A bot with everything to press, in which a rule can be made to stand."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.job import Actor, Job, JobStatus, Place, Result, ResultImage
from bot.domain.requests import Button, EngineRequest, Imagine, Mode
from bot.services import Services
from bot.ui.components.modals import ModalContext, ModalKind
from bot.ui.flows.batches import KeptOrder, OrderedJob
from bot.ui.flows.drafts import Draft
from tests.support.hands import Hands, Interaction
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, PICK_2, TASK, UUID, VARY_3, make_job, picture
from tests.unit.ui.entry_points.rules import Against

REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
FOUR = "\n".join(f"{number}\ufe0f\u20e3 a cat number {number}" for number in range(1, 5))


@dataclass
class World:
    """A bot with everything to press: what is Ana's anybody may press, what is Ben's he alone."""

    hands: Hands
    services: Services
    against: Against
    folder: Path
    ready: set[str] = field(default_factory=set)

    @property
    def place(self) -> Place:
        return self.against.place

    def _ids(self) -> set[str]:
        with sqlite3.connect(self.folder / "easel.db") as database:
            return {str(row[0]) for row in database.execute("select id from jobs")}

    def made(self) -> set[str]:
        """The jobs that came by the way in."""
        return self._ids() - self.ready

    async def begin(self) -> None:
        """All is ready: from here on the rule stands, and what comes is new."""
        if self.against.arrange is not None:
            await self.against.arrange(self.services)
        self.ready = self._ids()

    async def kept(self, job: Job) -> Job:
        await self.services.store.admissions.admit(job, NO_LIMITS, DAY)
        await self.services.store.update(
            job, result=job.result, task_id=job.task_id, result_message_id=500, failure=job.failure
        )
        return job

    async def grid(self, *buttons: Button, actor: Actor = ANA) -> Job:
        job = make_job(JobStatus.DONE, task_id=TASK, actor=actor, mode=Mode.TURBO)
        return await self.kept(job.with_(result=self._result(job, buttons or (PICK_2, VARY_3))))

    async def described(self) -> Job:
        job = make_job(JobStatus.DONE, task_id=TASK, mode=Mode.TURBO)
        return await self.kept(job.with_(result=Result(text=FOUR, buttons=(VARY_3,))))

    async def painted(self, *, engine: str = "ideogram", kind: str = "generate", text: str = "", shots: int = 0) -> Job:
        options = {"model": "V_9"}
        request = EngineRequest(engine=engine, kind=kind, prompt="a cat", options=options)
        job = make_job(JobStatus.DONE, engine=engine, request=request, task_id=TASK)
        result = self._result(job, ()).model_copy(update={"text": text})
        more = tuple(ResultImage(picture=result.picture) for _number in range(shots))
        return await self.kept(job.with_(result=result.model_copy(update={"more": more})))

    def _result(self, job: Job, buttons: tuple[Button, ...]) -> Result:
        name = f"{job.id}.png"
        (self.folder / "pictures").mkdir(exist_ok=True)
        (self.folder / "pictures" / name).write_bytes(picture())
        return Result(image_url="https://img.example.com/grid.png", picture=name, buttons=buttons)

    async def draft(self, text: str = "a cat", **more: Any) -> str:
        return await self.hands.drafts.keep(Draft(BEN.id, more.pop("ask", ModalKind.IMAGINE), text=text, **more))

    async def order(self) -> str:
        """A checked file with one line."""
        jobs = (OrderedJob(2, "", Imagine(prompt="a cat"), Mode.TURBO),)
        return await self.hands.bot.flows.batches.orders.keep(KeptOrder(BEN.id, "cats.csv", jobs))

    async def press(self, verb: str, about: str, key: int | None = None) -> Interaction:
        await self.begin()
        return await self.hands.press(verb, about, BEN.id, self.place, key)

    async def choose(self, verb: str, about: str, value: str, of: str = "") -> Interaction:
        await self.begin()
        return await self.hands.choose(verb, about, value, BEN.id, self.place, of=of)

    async def answer(self, modal: ModalContext, text: str = "a cat") -> Interaction:
        await self.begin()
        return await self.hands.answer(modal, BEN.id, self.place, text)
