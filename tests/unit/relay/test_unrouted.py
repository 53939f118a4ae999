"""What a relay says at every path that it does not route is a clear no; what others say for it is not."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind
from bot.domain.outcomes import Accepted, NoList, Refused, Uncertain
from bot.domain.requests import Mode
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError
from bot.relay.http import RelayHttp
from bot.relay.unrouted import NOWHERE, ROUTED
from tests.support.loopback import Fault, Reply, ScriptedRelay, Seen
from tests.support.makers import make_job
from tests.support.relay_calls import midjourney

FRONT = Reply(b"<!doctype html><html><title>Panel</title></html>", headers={"Content-Type": "text/html"})
MODELS = {"object": "list", "data": []}
ORDER = "/ideogram/generate"


def moved(seen: Seen) -> Reply:
    return Reply(b"", 301, {"Location": f"https://panel.example{seen.raw_path}"})


def routed(otherwise: Any, models: Any = MODELS) -> Callable[[Seen], Any]:
    """A relay that has nothing but its models, and answers `otherwise` at every other path."""

    def answer(seen: Seen) -> Any:
        chosen = models if seen.path == ROUTED else otherwise
        return _as_reply(chosen(seen) if callable(chosen) else chosen)

    return answer


def _as_reply(value: Any) -> Any:
    return value if isinstance(value, Reply | Fault) else Reply(value)


@pytest.mark.parametrize("otherwise", [FRONT, moved], ids=["page", "redirect"])
async def test_a_paid_path_that_is_not_routed_is_not_offered(otherwise: Any) -> None:
    async with ScriptedRelay.serving(routed(otherwise)) as relay, RelayHttp.opened(relay.url, {}) as client:
        with pytest.raises(RelayRefusedError) as refused:
            await client.submit(ORDER, {"prompt": "cat"})

    assert (refused.value.kind, refused.value.status) == (RefusalKind.UNSUPPORTED, 404)
    assert [(seen.method, seen.path) for seen in relay.seen] == [("POST", ORDER), ("GET", ROUTED), ("GET", NOWHERE)]


async def test_it_is_compared_where_the_relay_has_a_path_of_its_own() -> None:
    def gate(seen: Seen) -> Any:
        return Reply(MODELS) if seen.path == f"/gate{ROUTED}" else moved(seen)

    async with ScriptedRelay.serving(gate) as relay, RelayHttp.opened(f"{relay.url}/gate", {}) as client:
        with pytest.raises(RelayRefusedError):
            await client.submit(ORDER, {})


def only_at_the_order(seen: Seen) -> Any:
    return FRONT if seen.path == ORDER else Reply(b"<html>Another page</html>")


def named_page(seen: Seen) -> Any:
    return Reply(f"<html>{seen.path} is being looked after</html>".encode())


def back_at_work(seen: Seen) -> Any:
    return FRONT if seen.path == ORDER else Reply({"error": "Not Found"}, 404)


def elsewhere(seen: Seen) -> Any:
    return Reply(b"", 302, {"Location": "/maintenance" if seen.path == ORDER else "/login"})


@pytest.mark.parametrize(
    "answer",
    [
        routed(FRONT, models=FRONT),
        routed(moved, models=moved),
        routed(FRONT, models=Fault.RESET),
        routed(FRONT, models=Reply(b"", 502)),
        routed(only_at_the_order),
        routed(named_page),
        routed(back_at_work),
        routed(elsewhere),
        routed(Reply(b"OK")),
        routed(Reply(b"<html>502 Bad Gateway</html>", 502)),
    ],
    ids=["page for all", "redirect for all", "gone", "away", "own page", "page by path", "back", "two", "text", "502"],
)
async def test_what_something_in_front_of_a_relay_says_is_of_unknown_outcome(answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, RelayHttp.opened(relay.url, {}) as client:
        with pytest.raises(RelayUnclearError):
            await client.submit(ORDER, {"prompt": "cat"})

    assert [seen.path for seen in relay.seen if seen.method == "POST"] == [ORDER]


async def test_a_relay_without_a_list_says_so_by_its_front_page() -> None:
    async with ScriptedRelay.serving(routed(FRONT)) as relay, midjourney(relay) as engine:
        assert await engine.find(make_job()) == NoList()


async def test_a_front_page_instead_of_a_speed_is_asked_without_it() -> None:
    def without_speeds(seen: Seen) -> Any:
        return Reply({"code": 1, "result": "7"}) if seen.path == "/mj/submit/imagine" else FRONT

    async with ScriptedRelay.serving(routed(without_speeds)) as relay, midjourney(relay) as engine:
        assert await engine.submit(make_job(mode=Mode.FAST, task_id=None)) == Accepted("7")


async def test_an_operation_without_a_path_is_refused_and_no_unknown_outcome() -> None:
    async with ScriptedRelay.serving(routed(FRONT)) as relay, midjourney(relay) as engine:
        outcome = await engine.submit(make_job(mode=None, task_id=None))

    assert not isinstance(outcome, Uncertain)
    assert isinstance(outcome, Refused)
    assert outcome.failure == Failure(kind=FailureKind.UNSUPPORTED)
