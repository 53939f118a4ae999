"""The loopback relay: the HTTP side of the midjourney-proxy dialect, with pictures that mean something.

Shapes follow the relay's own introduction page, odd ones included; `sandbox.relay.prompts` lists the magic words
with which a prompt provokes trouble.
"""

import secrets
from typing import Any

from aiohttp import web
from yarl import URL

from sandbox.clock import SandboxClock
from sandbox.relay.balance import Balance
from sandbox.relay.engines.ledger import Declined, EngineLedger
from sandbox.relay.engines.registry import FAKES, offered_keys
from sandbox.relay.gallery import Gallery
from sandbox.relay.intake import read_body
from sandbox.relay.profiles import UNIAPI, Profile, Shape, Wording
from sandbox.relay.replies import (
    ACCEPTED,
    INVALID,
    NOT_FOUND,
    Refusal,
    answer,
    envelope,
    refused,
    worded,
)
from sandbox.relay.submits import Submits
from sandbox.relay.task_store import PICTURE_KEY, TaskStore
from sandbox.relay.task_views import shown
from sandbox.relay.tasks import RelayTask, signature
from sandbox.wire import Handler, Wire

PREFIXES = ("", "/mj-relax", "/mj-fast", "/mj-turbo")
MAX_BODY_BYTES = 16 * 2**20
LISTED_TASKS = 100
SHUTDOWN_S = 1.0  # for calls that are still waiting, as those of synchronous engines do
UNREADABLE = Wording(Shape.RELAY, 400, "do_request_failed")
SEED_S = 8.0  # the original asks its bot by direct message


class LoopbackRelay:
    """A relay on a port of this machine, with one key, a clock, and a ledger; `sketches` as the gallery has it."""

    def __init__(
        self, clock: SandboxClock, *, seed: int = 0, profile: Profile = UNIAPI, sketches: bool = False
    ) -> None:
        self.clock = clock
        self._opened = clock.now()
        self.wire = Wire()
        self.key = f"sk-sandbox-{secrets.token_hex(16)}"
        self.base_url = ""
        self.offers_task_list = False
        self._gallery = Gallery(sketches=sketches)
        self._tasks = TaskStore(clock, seed)
        self.balance = Balance(self._tasks)
        self._tasks.profile = profile
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one."""
        app = web.Application(middlewares=[self.wire.middleware(), self._guard()], client_max_size=MAX_BODY_BYTES)
        submits = Submits(self._tasks, self._gallery)
        for prefix in PREFIXES:
            submits.add_routes(app.router, prefix)
            app.router.add_get(f"{prefix}/mj/task/{{id}}/fetch", self._fetch)
            app.router.add_get(f"{prefix}/mj/task/{{id}}/image-seed", self._image_seed)
            app.router.add_post(f"{prefix}/mj/task/list-by-condition", self._list_by_condition)
            app.router.add_get(f"{prefix}/mj/task/list", self._list)
            app.router.add_get(f"{prefix}/mj/task/queue", self._queue)
            app.router.add_get(f"{prefix}/mj/image/{{id}}", self._image)
            app.router.add_post(f"{prefix}/mj/task/{{id}}/cancel", self._cancel)
        self.balance.add_routes(app.router)
        ledger = EngineLedger(self._tasks, self._gallery)
        for fake in FAKES:
            fake(ledger).add_routes(app.router)
        app.router.add_get("/attachments/{channel}/{message}/{name}", self._attachment)
        self._runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base_url = self._tasks.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def profile(self) -> Profile:
        """Which family of relays it plays; may be changed at any time."""
        return self._tasks.profile

    @profile.setter
    def profile(self, profile: Profile) -> None:
        self._tasks.profile = profile

    def tasks(self) -> list[dict[str, Any]]:
        """Every task of every engine so far, oldest first, as the ledger shows it."""
        return [
            {
                "id": entry.id,
                "state": entry.state,
                "action": entry.action,
                "status": entry.status,
                "charged": entry.charged,
                "prompt": entry.prompt,
            }
            for entry in self._tasks.ledger
        ]

    def _guard(self) -> Any:
        @web.middleware
        async def check_and_translate(request: web.Request, handler: Handler) -> web.StreamResponse:
            wordings = self.profile.wordings
            is_picture = request.path.startswith(("/attachments/", "/mj/image/"))
            if not is_picture and not self._has_key(request):
                return worded(wordings["key"])
            if not is_picture and not self.profile.serves(request.path):
                return worded(wordings["path"], f"{request.method} {request.path}")
            if not self.profile.has_channel(request.path):
                return worded(wordings["channel"], request.path)
            try:
                return await handler(request)
            except Refusal as refusal:
                wording = wordings.get(refusal.cause)
                if wording:
                    return worded(wording, str(refusal))
                return refused(refusal, self.profile, str(self._tasks.next_number()))
            except Declined as declined:
                return answer(declined.body, declined.status)
            except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
                return worded(wordings["path"], f"{request.method} {request.path}")

        return check_and_translate

    def _has_key(self, request: web.Request) -> bool:
        return any(secrets.compare_digest(key.encode(), self.key.encode()) for key in offered_keys(request))

    async def _fetch(self, request: web.Request) -> web.Response:
        relay_task = self._tasks.tasks_by_id.get(request.match_info["id"])
        return answer(self._shown(relay_task)) if relay_task else worded(self.profile.wordings["task"])

    async def _image_seed(self, request: web.Request) -> web.Response:
        relay_task = self._tasks.tasks_by_id.get(request.match_info["id"])
        if relay_task is None:
            raise Refusal(NOT_FOUND, "关联任务不存在或已失效", status=404)
        if relay_task.plan.picture is None or relay_task.status != "SUCCESS":
            raise Refusal(INVALID, "关联任务状态错误", status=400)
        await self.clock.sleep(SEED_S)
        return envelope(ACCEPTED, "成功", str(relay_task.plan.seed))

    async def _cancel(self, request: web.Request) -> web.Response:
        """End a task that is not over (C# proxy, `TaskController.Cancel`: its owner, or an administrator)."""
        relay_task = self._tasks.tasks_by_id.get(request.match_info["id"])
        if relay_task is None:
            raise Refusal(NOT_FOUND, "关联任务不存在或已失效", status=404)
        relay_task.is_cancelled |= relay_task.status not in ("SUCCESS", "FAILURE")
        return envelope(ACCEPTED, "成功", None)

    async def _list_by_condition(self, request: web.Request) -> web.Response:
        ids = (await read_body(request)).get("ids") or []
        allowed = (str, int) if self.profile.takes_number_ids else str
        if not isinstance(ids, list) or not all(isinstance(one, allowed) for one in ids):
            return worded(UNREADABLE)
        known = self._tasks.tasks_by_id
        found = [known[one] for one in dict.fromkeys(map(str, ids)) if one in known]
        if not self.profile.lists_in_order:
            found.sort(key=lambda relay_task: relay_task.id, reverse=True)
        return answer([self._shown(relay_task) for relay_task in found])

    async def _list(self, _request: web.Request) -> web.Response:
        if not (self.offers_task_list or self.profile.lists_tasks):
            raise web.HTTPNotFound
        newest = list(reversed(self._tasks.tasks_by_id.values()))[:LISTED_TASKS]
        return answer([self._shown(relay_task) for relay_task in newest])

    async def _queue(self, _request: web.Request) -> web.Response:
        """What waits or runs, oldest first; a modal that waits for its answer holds no place."""
        over = ("SUCCESS", "FAILURE", "MODAL")
        waiting = [relay_task for relay_task in self._tasks.tasks_by_id.values() if relay_task.status not in over]
        return answer([self._shown(relay_task) for relay_task in waiting])

    async def _image(self, request: web.Request) -> web.StreamResponse:
        """The picture of a task under the relay's own address, which needs no key."""
        relay_task = self._tasks.tasks_by_id.get(request.match_info["id"])
        address = relay_task.image_url(self.base_url) if relay_task else ""
        if not self.profile.relays_pictures or not address:
            return answer({"error": "midjourney_task_not_found"}, 400)
        return await self._picture(URL(address))

    def _shown(self, relay_task: RelayTask) -> dict[str, Any]:
        return shown(relay_task, self.profile, self.base_url, self._opened)

    async def _attachment(self, request: web.Request) -> web.Response:
        return await self._picture(request.url)

    async def _picture(self, url: URL) -> web.Response:
        match = PICTURE_KEY.search(url.path)
        found = self._tasks.shown_by_key.get(match[1]) if match else None
        expiry = url.query.get("ex", "")
        is_signed = url.query.get("hm") == signature(url.path, expiry)
        if match is None or found is None or not is_signed or int(expiry, 16) < self.clock.now():
            return web.Response(status=404, text="This content is no longer available.")
        if not isinstance(found, RelayTask):
            if url.path.endswith(".jpg"):
                return web.Response(body=await self._gallery.jpeg(found), content_type="image/jpeg")
            return web.Response(body=await self._gallery.png(found), content_type="image/png")
        if found.plan.picture is None:
            return web.Response(status=404, text="This content is no longer available.")
        number = int(match[3] or 0)
        if found.plan.films and match[2] is None:
            form = url.path.rpartition(".")[2]
            film = await self._gallery.film(found.plan.films[number], form)
            return web.Response(body=film, content_type="video/mp4" if form == "mp4" else "image/webp")
        picture = found.plan.picture if match[3] is None else found.plan.originals[number]
        png = await self._gallery.png(picture, int(match[2] or 100))
        return web.Response(body=png, content_type="image/png")
