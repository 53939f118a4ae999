"""The loopback relay: the HTTP side of the midjourney-proxy dialect, with pictures that mean something.

Shapes follow the relay's own introduction page, odd ones included; `sandbox.relay.prompts` lists the magic words
with which a prompt provokes trouble.
"""

import secrets
from typing import Any

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.relay.gallery import Gallery
from sandbox.relay.intake import read_body
from sandbox.relay.pictures import Uploaded
from sandbox.relay.replies import (
    ACCEPTED,
    INVALID,
    NOT_FOUND,
    Refusal,
    answer,
    envelope,
    openai_error,
    refused,
    relay_error,
)
from sandbox.relay.studio import Studio
from sandbox.relay.submits import PICTURE_KEY, Submits
from sandbox.relay.tasks import signature
from sandbox.wire import Handler, Wire

PREFIXES = ("", "/mj-relax", "/mj-fast", "/mj-turbo")
MAX_BODY_BYTES = 16 * 2**20
LISTED_TASKS = 100
SEED_S = 8.0  # the original asks its bot by direct message


class LoopbackRelay:
    """A relay on a port of this machine, with one key, a clock, and a ledger."""

    def __init__(self, clock: SandboxClock, *, seed: int = 0) -> None:
        self.clock = clock
        self.wire = Wire()
        self.key = f"sk-sandbox-{secrets.token_hex(16)}"
        self.base_url = ""
        self.offers_task_list = False
        self._gallery = Gallery()
        self._studio = Studio(clock, seed)
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one."""
        app = web.Application(middlewares=[self.wire.middleware(), self._guard()], client_max_size=MAX_BODY_BYTES)
        submits = Submits(self._studio, self._gallery)
        for prefix in PREFIXES:
            submits.add_routes(app.router, prefix)
            app.router.add_get(f"{prefix}/mj/task/{{id}}/fetch", self._fetch)
            app.router.add_get(f"{prefix}/mj/task/{{id}}/image-seed", self._image_seed)
            app.router.add_post(f"{prefix}/mj/task/list-by-condition", self._list_by_condition)
            app.router.add_get(f"{prefix}/mj/task/list", self._list)
        app.router.add_get("/attachments/{channel}/{message}/{name}", self._attachment)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.base_url = self._studio.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    def tasks(self) -> list[dict[str, Any]]:
        """Every task so far, oldest first, as the ledger shows it."""
        return [
            {
                "id": relay_task.id,
                "state": relay_task.state,
                "action": relay_task.plan.action,
                "status": relay_task.status,
                "charged": relay_task.charged,
            }
            for relay_task in self._studio.tasks_by_id.values()
        ]

    def _guard(self) -> Any:
        @web.middleware
        async def check_and_translate(request: web.Request, handler: Handler) -> web.StreamResponse:
            is_picture = request.path.startswith("/attachments/")
            if not is_picture and not self._has_key(request):
                return openai_error(401, "Invalid token", "invalid_api_key")
            try:
                return await handler(request)
            except Refusal as refusal:
                return refused(refusal)
            except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
                return openai_error(error.status, f"Invalid URL ({request.method} {request.path})", "invalid_url")

        return check_and_translate

    def _has_key(self, request: web.Request) -> bool:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        offered = (request.headers.get("mj-api-secret", ""), bearer)
        return any(secrets.compare_digest(key.encode(), self.key.encode()) for key in offered)

    async def _fetch(self, request: web.Request) -> web.Response:
        relay_task = self._studio.tasks_by_id.get(request.match_info["id"])
        return answer(relay_task.as_json(self.base_url)) if relay_task else relay_error("task_no_found")

    async def _image_seed(self, request: web.Request) -> web.Response:
        relay_task = self._studio.tasks_by_id.get(request.match_info["id"])
        if relay_task is None:
            raise Refusal(NOT_FOUND, "关联任务不存在或已失效", status=404)
        if relay_task.plan.picture is None or relay_task.status != "SUCCESS":
            raise Refusal(INVALID, "关联任务状态错误", status=400)
        await self.clock.sleep(SEED_S)
        return envelope(ACCEPTED, "成功", str(relay_task.plan.seed))

    async def _list_by_condition(self, request: web.Request) -> web.Response:
        ids = (await read_body(request)).get("ids") or []
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            return relay_error("do_request_failed")
        # Newest first, whatever the order of the question: clients have to go by the ids.
        found = [self._studio.tasks_by_id[one] for one in set(ids) & self._studio.tasks_by_id.keys()]
        found.sort(key=lambda relay_task: relay_task.id, reverse=True)
        return answer([relay_task.as_json(self.base_url) for relay_task in found])

    async def _list(self, _request: web.Request) -> web.Response:
        if not self.offers_task_list:
            raise web.HTTPNotFound
        newest = list(reversed(self._studio.tasks_by_id.values()))[:LISTED_TASKS]
        return answer([relay_task.as_json(self.base_url) for relay_task in newest])

    async def _attachment(self, request: web.Request) -> web.Response:
        match = PICTURE_KEY.search(request.path)
        shown = self._studio.shown_by_key.get(match[1]) if match else None
        expiry = request.query.get("ex", "")
        is_signed = request.query.get("hm") == signature(request.path, expiry)
        if match is None or shown is None or not is_signed or int(expiry, 16) < self.clock.now():
            return web.Response(status=404, text="This content is no longer available.")
        if isinstance(shown, Uploaded):
            return web.Response(body=await self._gallery.png(shown), content_type="image/png")
        if shown.plan.picture is None:
            return web.Response(status=404, text="This content is no longer available.")
        if shown.plan.film_reach and match[2] is None:
            film = await self._gallery.film(shown.plan.picture, shown.plan.film_reach)
            return web.Response(body=film, content_type="image/webp")
        png = await self._gallery.png(shown.plan.picture, int(match[2] or 100))
        return web.Response(body=png, content_type="image/png")
