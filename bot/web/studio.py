"""The owner's page, and what its scripts ask for: jobs, units, servers, the audit, settings; and acts of the owner.

The link's token stands behind "#" in the address and travels as a header, so that no other site can use it; an act must
come from the page's own origin beside that. Every answer is bounded.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.domain.job import Actor, Subject
from bot.errors import UserError
from bot.language import Sentence, _
from bot.links import OwnerPass
from bot.operation.open_alerts import read_open_alerts
from bot.operation.relay_books import read_kept_books
from bot.services import Services
from bot.settings.telling import told_settings
from bot.storage.library import Spot
from bot.storage.overview import Overview
from bot.storage.usage import Span, Usage, UsageBy, days_by_engine
from bot.ui.components.names import Names
from bot.ui.flows.owner_page import OwnerPage
from bot.web.door import Door
from bot.web.requests import PAGE, answer_json, short_text, words
from bot.web.studio_data import (
    LISTS,
    act_data,
    alert_data,
    ban_data,
    days_data,
    job_data,
    relay_data,
    server_data,
    setting_data,
    usage_data,
)
from bot.web.studio_texts import TEXTS

BURST, REFILL_PER_S = 120.0, 4.0  # requests of one owner; the page asks twice in ten seconds by itself
AT_ONCE = 50  # rows of one answer, and names
MOST_DAYS = 366
LONGEST_BODY = 4 * 1024  # bytes: a reason
LONGEST_ID, MOST_ID = 19, 2**63 - 1  # digits, and what databases hold
MOST_DECIDED = 200  # blocks, and bans
SERVER_DAYS = 30  # by which servers are listed
Handler = Callable[[web.Request, OwnerPass], Awaitable[web.StreamResponse]]
Act = Callable[[OwnerPass, web.Request], Awaitable[Sentence]]


class StudioPage:
    """The web side of `OwnerPage`."""

    def __init__(self, page: OwnerPage, services: Services, names: Names, clock: Clock) -> None:
        self._page = page
        self._names = names
        self._clock = clock
        self._settings = services.settings
        self._store = services.store
        self._moderation = services.jobs.moderation
        self._bans = services.jobs.bans
        self._overview = Overview(services.store.database)
        self._door = Door(page.admit, TEXTS, clock, BURST, REFILL_PER_S)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /studio/; addresses in the page are relative, so a sub-path in front needs no setting."""
        page, job, server = self._page, r"/studio/api/jobs/{id:\w{1,32}}", r"/studio/api/servers/{server:\d{1,20}}"
        person = r"/studio/api/people/{member:\d{1,20}}"
        member = server + r"/members/{member:\d{1,20}}"
        acts: dict[str, Act] = {
            f"{job}/cancel": lambda admitted, request: page.cancel(admitted, request.match_info["id"]),
            f"{job}/give_up": lambda admitted, request: page.give_up(admitted, request.match_info["id"]),
            f"{job}/look": lambda admitted, request: page.look(admitted, request.match_info["id"]),
            f"{server}/pause": lambda admitted, request: page.pause(admitted, _server(request)),
            f"{server}/resume": lambda admitted, request: page.resume(admitted, _server(request)),
            f"{member}/block": lambda admitted, request: page.block(admitted, _server(request), _member(request)),
            f"{member}/unblock": lambda admitted, request: page.unblock(admitted, _server(request), _member(request)),
            f"{server}/lift": lambda admitted, request: page.lift(admitted, Subject.GUILD, _server(request)),
            f"{person}/lift": lambda admitted, request: page.lift(admitted, Subject.MEMBER, _member(request)),
            f"{person}/ban": self._ban,
            "/studio/api/settings/reload": lambda admitted, _request: page.reload(admitted),
        }
        reads = {
            "overview": self._glance,
            "jobs": self._jobs,
            "units": self._units,
            "servers": self._servers,
            "audit": self._audit,
            "settings": self._told_settings,
            "names": self._told_names,
        }
        return [
            web.get("/studio", self._redirect),
            web.get("/studio/", self._html),
            web.static("/studio/assets", PAGE / "assets"),
            *(
                web.get(f"/studio/api/{name}", self._door.admitted(read), allow_head=False)
                for name, read in reads.items()
            ),
            *(web.post(path, self._door.admitted(self._acting(act))) for path, act in acts.items()),
        ]

    async def _redirect(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPPermanentRedirect("studio/")

    async def _html(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "studio.html")

    def _acting(self, act: Act) -> Handler:
        async def handle(request: web.Request, admitted: OwnerPass) -> web.StreamResponse:
            if request.headers.get("Origin") != self._page.origin:
                raise UserError(_("This was not pressed on the owner's page. Please press it there."))
            said = await act(admitted, request)
            return answer_json({"text": said.render(admitted.locale)})

        return handle

    async def _ban(self, admitted: OwnerPass, request: web.Request) -> Sentence:
        reason = await short_text(request, LONGEST_BODY)
        return await self._page.ban(admitted, _member(request), reason.strip())

    async def _glance(self, request: web.Request, admitted: OwnerPass) -> web.Response:
        counts = await self._overview.counts()
        own = Actor(admitted.member_id)
        _mine, today = await self._store.spent(own, self._clock.now().date().isoformat())
        said = {} if "known" in request.query else words(admitted.locale, TEXTS)
        return answer_json(
            {
                "counts": {
                    name: sum(counts.get(status, 0) for status in statuses)
                    for name, statuses in LISTS.items()
                    if name != "recent"
                },
                "units_today": today,
                "units_per_day": self._settings.limits.units_per_day,
                "relays": await self._relays(),
                "alerts": [alert_data(alert) for alert in await read_open_alerts(self._store.notes)],
                "ends_at": admitted.ends_at,
                **said,
            }
        )

    async def _relays(self) -> list[dict[str, Any]]:
        kept = await read_kept_books(self._store.notes, self._settings)
        return [relay_data(name, books, books.days_left(self._clock)) for name, books in kept.items()]

    async def _jobs(self, request: web.Request, admitted: OwnerPass) -> web.Response:
        name, before = request.query.get("list", ""), request.query.get("before", "")
        if name == "recent":
            numbered = await self._overview.ended(AT_ONCE + 1, _number(before))
            found = [job for _number, job in numbered[:AT_ONCE]]
            more = str(numbered[AT_ONCE - 1][0]) if len(numbered) > AT_ONCE else ""
        else:
            standing = await self._overview.standing(LISTS.get(name, frozenset()), AT_ONCE + 1, _spot(before))
            found = standing[:AT_ONCE]
            last = found[-1] if len(standing) > AT_ONCE else None
            more = f"{last.created_at.isoformat()} {last.id}" if last else ""
        blocked = self._moderation.blocked
        banned = {ban.subject_id for ban in self._bans.standing() if ban.subject is Subject.MEMBER}
        listed = [job_data(job, admitted.locale, blocked, banned) for job in found]
        return answer_json({"jobs": listed, "more": more})

    async def _units(self, request: web.Request, admitted: OwnerPass) -> web.Response:
        count = min(max(_number(request.query.get("days", "")) or SERVER_DAYS, 1), MOST_DAYS)
        today, span = self._clock.now().date(), Span.of_last(count, self._clock.now())
        spent = await days_by_engine(self._store.database, span)
        by = {
            what.value: usage_data(what, await self._overview.usage(what, span), admitted.locale)
            for what in (UsageBy.ENGINE, UsageBy.MEMBER, UsageBy.SERVER)
        }
        return answer_json({**days_data(spent, today, count), "by": by, "relays": await self._relays()})

    async def _servers(self, _request: web.Request, admitted: OwnerPass) -> web.Response:
        used = await self._overview.usage(UsageBy.SERVER, Span.of_last(SERVER_DAYS, self._clock.now()))
        spent = {int(one.name): one for one in used if one.name.isdecimal()}
        paused, blocked = self._moderation.paused, sorted(self._moderation.blocked)[:MOST_DECIDED]
        decided = sorted({*paused, *(server for server, _who in blocked)})[:AT_ONCE]
        listed = list(dict.fromkeys([*decided, *list(spent)[:AT_ONCE]]))
        return answer_json(
            {
                "servers": [
                    server_data(
                        server,
                        spent.get(server, Usage(str(server), 0, 0)),
                        admitted.locale,
                        is_paused=server in paused,
                        blocked=[who for where, who in blocked if where == server],
                    )
                    for server in listed
                ],
                "bans": [ban_data(ban) for ban in self._bans.standing()[:MOST_DECIDED]],
            }
        )

    async def _audit(self, request: web.Request, admitted: OwnerPass) -> web.Response:
        acts = await self._overview.acts(AT_ONCE + 1, _number(request.query.get("before", "")))
        more = str(acts[AT_ONCE - 1].id) if len(acts) > AT_ONCE else ""
        return answer_json({"acts": [act_data(act, admitted.locale) for act in acts[:AT_ONCE]], "more": more})

    async def _told_settings(self, _request: web.Request, _admitted: OwnerPass) -> web.Response:
        return answer_json({"settings": [setting_data(setting) for setting in told_settings(self._settings)]})

    async def _told_names(self, request: web.Request, _admitted: OwnerPass) -> web.Response:
        people, servers = (_ids(request.query.get(what, "")) for what in ("people", "servers"))
        return answer_json(
            {
                "people": {str(one): name for one, name in (await self._names.people(people)).items()},
                "servers": {str(one): name for one, name in (await self._names.servers(servers)).items()},
            }
        )


def _server(request: web.Request) -> int:
    return _known(request.match_info["server"])


def _member(request: web.Request) -> int:
    return _known(request.match_info["member"])


def _known(text: str) -> int:
    number = _number(text)
    if number is None:
        raise web.HTTPNotFound
    return number


def _number(text: str) -> int | None:
    """A number that the database can hold; None where there is none."""
    number = int(text) if text.isdecimal() and len(text) <= LONGEST_ID else None
    return None if number is None or number > MOST_ID else number


def _ids(text: str) -> list[int]:
    """The ids in a list with commas, as many as one answer takes; what is none is left out."""
    numbers = map(_number, text.split(","))
    return list(dict.fromkeys(one for one in numbers if one is not None))[:AT_ONCE]


def _spot(text: str) -> Spot | None:
    """Where the page before ended; None at the first one."""
    moment, _space, job_id = text.partition(" ")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return Spot(at, job_id) if at.tzinfo else None
