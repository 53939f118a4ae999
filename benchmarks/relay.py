"""A relay without any weight of its own: tasks that run for a set time, and one picture for all."""

import itertools
import random
import time
from dataclasses import dataclass

from aiohttp import web

BUTTONS = [{"customId": f"MJ::JOB::upsample::{n}::uuid", "label": f"U{n}", "style": 2} for n in range(1, 5)]
MAX_BODY_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class BenchTask:
    """One task; `duration_s` None = it never ends."""

    id: str
    state: str
    since: float
    duration_s: float | None

    @property
    def finished_at(self) -> float:
        """When it is over, in seconds of `time.time()`."""
        return float("inf") if self.duration_s is None else self.since + self.duration_s


class BenchRelay:
    """Answers submits, lists and single fetches; counts what it was asked."""

    def __init__(self, *, shortest_s: float | None, longest_s: float | None = None, picture: bytes = b"") -> None:
        self.tasks: dict[str, BenchTask] = {}
        self.seen: set[str] = set()
        self.all_seen_at = float("inf")
        self.looks = 0
        self.looked_at = 0  # tasks, in all looks
        self.base_url = ""
        self.finish_at: float | None = None  # all at once, whatever their durations
        self.span = (shortest_s, longest_s or shortest_s)  # of tasks from now on
        self._picture = picture
        self._numbers = itertools.count(10**15)
        self._chance = random.Random(1)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port of this machine."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/mj/submit/{kind}", self._submit)
        app.router.add_post("/mj/task/list-by-condition", self._list)
        app.router.add_get("/mj/task/{id}/fetch", self._fetch)
        app.router.add_get("/picture.png", self._image)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    def add(self, state: str = "") -> BenchTask:
        """A task that starts now."""
        shortest_s, longest_s = self.span
        duration_s = None if shortest_s is None else self._chance.uniform(shortest_s, longest_s or shortest_s)
        task = BenchTask(str(next(self._numbers)), state, time.time(), duration_s)
        self.tasks[task.id] = task
        return task

    def forget(self) -> None:
        """Count from now on what was looked at."""
        self.seen.clear()
        self.all_seen_at = float("inf")

    async def _submit(self, request: web.Request) -> web.Response:
        task = self.add(str((await request.json()).get("state") or ""))
        return web.json_response({"code": 1, "description": "ok", "result": task.id})

    async def _list(self, request: web.Request) -> web.Response:
        ids = (await request.json())["ids"]
        self.looks += 1
        self.looked_at += len(ids)
        self.seen.update(ids)
        if len(self.seen) == len(self.tasks):
            self.all_seen_at = min(self.all_seen_at, time.time())
        return web.json_response([self._as_json(self.tasks[one]) for one in ids if one in self.tasks])

    async def _fetch(self, request: web.Request) -> web.Response:
        self.looks += 1
        return web.json_response(self._as_json(self.tasks[request.match_info["id"]]))

    async def _image(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._picture, content_type="image/png")

    def _as_json(self, task: BenchTask) -> dict[str, object]:
        is_over = time.time() >= (task.finished_at if self.finish_at is None else self.finish_at)
        return {
            "id": task.id,
            "action": "IMAGINE",
            "state": task.state,
            "status": "SUCCESS" if is_over else "IN_PROGRESS",
            "progress": "100%" if is_over else "31%",
            "prompt": "a cat",
            "promptEn": "a cat",
            "imageUrl": f"{self.base_url}/picture.png" if is_over else "",
            "buttons": BUTTONS if is_over else [],
            "properties": {"finalPrompt": "a cat"},
        }
