"""The rules around answers: which fits which interaction, how often, how long, and who sees what of it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.discord.errors import ActingError
from sandbox.discord.model import InteractionType, MessageFlag
from tests.sandbox.discord_caller import FIELD, V2, Caller, button, label, modal, row, text
from tests.sandbox.discord_studio import Watch, open_loopback

EPHEMERAL = 64
MESSAGE = {"type": 4, "data": {"content": "x"}}
THINKING: dict[str, Any] = {"type": 5}
SILENT = {"type": 6}
UPDATE = {"type": 7, "data": {"content": "y"}}
CHOICES = {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}}
MODAL = modal(label(FIELD))
BODIES = {4: MESSAGE, 5: THINKING, 6: SILENT, 7: UPDATE, 8: CHOICES, 9: MODAL}

# what a user did -> the answers that fit; the table of Discord's documentation
FITTING = {
    "slash": {4, 5, 9},
    "menu": {4, 5, 9},
    "button": {4, 5, 6, 7, 9},
    "typing": {8},
    "modal of a slash command": {4, 5, 6},
    "modal of a button": {4, 5, 6, 7},
}


class Bench(Caller):
    """A caller that knows how to make every kind of interaction."""

    async def sync_all(self) -> None:
        option = {"type": 3, "name": "style", "description": "x", "autocomplete": True}
        slash = {"name": "do", "description": "x", "options": [option], "integration_types": [0, 1]}
        await self.call(
            "PUT",
            f"/applications/{self.loopback.state.application_id}/commands",
            [slash, {"name": "Look", "type": 3}],
        )

    async def answer(self, interaction_id: str, body: Any) -> tuple[int, Any]:
        token = self.token(interaction_id)
        return await self.call("POST", f"/interactions/{interaction_id}/{token}/callback", body)

    def token(self, interaction_id: str) -> str:
        return self.loopback.state.interactions[int(interaction_id)].token

    async def written(self, interaction_id: str, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        """A call by the interaction's token."""
        application = self.loopback.state.application_id
        return await self.call(method, f"/webhooks/{application}/{self.token(interaction_id)}{path}", body)

    async def slash(self, channel: str = "studio") -> str:
        return await self.loopback.actor.slash("ana", channel, "do", {})

    async def button(self) -> str:
        path = self.channel_path("studio") + "/messages"
        _, sent = await self.call("POST", path, {"content": "x", "components": [row(button())]})
        return await self.loopback.actor.click("ana", sent["id"], "a")

    async def make(self, kind: str) -> str:
        """A pending interaction of this kind."""
        actor = self.loopback.actor
        match kind:
            case "slash":
                return await self.slash()
            case "menu":
                said = await actor.say("ben", "studio", "hm")
                return await actor.context("ana", "studio", "Look", said["id"])
            case "button":
                return await self.button()
            case "typing":
                return self.type_something()
            case _:
                opener = await (self.slash() if "slash" in kind else self.button())
                await self.answer(opener, MODAL)
                return await actor.modal("ana", opener, {"f": "x"})

    def type_something(self) -> str:
        state = self.loopback.state
        user, channel = state.user("ana"), state.channel("studio")
        assert user is not None
        assert channel is not None
        interaction = self.loopback._interactions.start(
            InteractionType.AUTOCOMPLETE, user, channel, {}, locale="en-US", owners={"0": "1"}, size_limit=1
        )
        return str(interaction.id)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_loopback() as loopback, aiohttp.ClientSession() as session:
        opened = Bench(loopback, session)
        await opened.sync_all()
        yield opened


@pytest.mark.parametrize("kind", FITTING)
@pytest.mark.parametrize("answer", BODIES)
async def test_an_answer_fits_its_interaction(bench: Bench, kind: str, answer: int) -> None:
    interaction_id = await bench.make(kind)

    status, told = await bench.answer(interaction_id, BODIES[answer])

    if answer in FITTING[kind]:
        assert status == 204
    else:
        assert (status, told["code"]) == (400, 50035)
        assert told["errors"]["type"]["_errors"][0]["code"] == "BASE_TYPE_CHOICES"


@pytest.mark.parametrize("first", [4, 5, 9])
@pytest.mark.parametrize("second", [4, 5, 9])
async def test_there_is_one_first_answer(bench: Bench, first: int, second: int) -> None:
    interaction_id = await bench.slash()
    await bench.answer(interaction_id, BODIES[first])

    status, told = await bench.answer(interaction_id, BODIES[second])

    assert (status, told["code"]) == (400, 40060)


async def test_an_answer_after_three_seconds_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.discord.interactions.ANSWER_WITHIN_S", 0.01)
    with Watch(bench.loopback) as watch:
        interaction_id = await bench.slash()
        assert (await watch.settled(interaction_id))["state"] == "failed"

    status, told = await bench.answer(interaction_id, MESSAGE)

    assert (status, told["code"]) == (404, 10062)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"content": "x"}),
        ("GET", "/messages/@original", None),
        ("PATCH", "/messages/@original", {"content": "x"}),
        ("DELETE", "/messages/@original", None),
    ],
)
async def test_a_token_lives_for_fifteen_minutes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: Any
) -> None:
    interaction_id = await bench.slash()
    await bench.answer(interaction_id, MESSAGE)
    created = bench.loopback.state.interactions[int(interaction_id)].created_at

    monkeypatch.setattr(bench.loopback.state.clock, "now", lambda: created + 899)
    alive, _ = await bench.written(interaction_id, "GET", "/messages/@original")
    monkeypatch.setattr(bench.loopback.state.clock, "now", lambda: created + 901)
    status, told = await bench.written(interaction_id, method, path, body)

    assert (alive, status, told["code"]) == (200, 401, 50027)


@pytest.mark.parametrize(("channel", "codes"), [("lounge", [200] * 5 + [400]), ("studio", [200] * 6)])
async def test_guests_have_five_follow_ups(bench: Bench, channel: str, codes: list[int]) -> None:
    interaction_id = await bench.slash(channel)
    await bench.answer(interaction_id, MESSAGE)

    answers = [await bench.written(interaction_id, "POST", "", {"content": "x"}) for _ in range(6)]
    edited, _ = await bench.written(interaction_id, "PATCH", "/messages/@original", {"content": "y"})

    assert [status for status, _ in answers] == codes
    assert channel == "studio" or answers[-1][1]["code"] == 40094
    assert edited == 200  # edits are not counted


async def test_secrecy_is_decided_by_the_first_answer_alone(bench: Bench) -> None:
    interaction_id = await bench.slash()
    await bench.answer(interaction_id, THINKING)

    _, filled = await bench.written(interaction_id, "POST", "", {"content": "x", "flags": EPHEMERAL})
    _, edited = await bench.written(interaction_id, "PATCH", "/messages/@original", {"flags": EPHEMERAL})

    assert not filled["flags"] & EPHEMERAL
    assert not edited["flags"] & EPHEMERAL
    assert len(bench.loopback.actor.messages("studio", "ben")) == 1


async def test_channel_sends_are_never_secret(bench: Bench) -> None:
    _, sent = await bench.call(
        "POST", bench.channel_path("studio") + "/messages", {"content": "x", "flags": EPHEMERAL | MessageFlag.LOADING}
    )

    assert sent["flags"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"content": "x"}),
        ("DELETE", "", None),
        ("PUT", "/reactions/%F0%9F%91%8D/@me", None),
        ("POST", "/threads", {"name": "x"}),
    ],
)
async def test_secret_messages_are_out_of_reach_of_channel_routes(
    bench: Bench, method: str, path: str, body: Any
) -> None:
    interaction_id = await bench.slash()
    await bench.answer(interaction_id, {"type": 4, "data": {"content": "psst", "flags": EPHEMERAL}})
    message_id = bench.loopback.actor.messages("studio", "ana")[0]["id"]

    status, told = await bench.call(method, f"{bench.channel_path('studio')}/messages/{message_id}{path}", body)

    assert (status, told["code"]) == (404, 10008)
    assert bench.loopback.actor.messages("studio", "ben") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"content": None, "embeds": [], "components": [text()], "flags": V2}, 200),
        ({"components": [text()], "flags": V2}, 400),
        ({"content": "", "components": [text()], "flags": V2}, 200),
    ],
)
async def test_a_message_becomes_a_layout_once_its_old_parts_are_reset(
    bench: Bench, body: dict[str, Any], status: int
) -> None:
    path = bench.channel_path("studio") + "/messages"
    _, sent = await bench.call("POST", path, {"content": "plain"})

    answered, _ = await bench.call("PATCH", f"{path}/{sent['id']}", body)

    assert answered == status


@pytest.mark.parametrize("body", [{"content": "x", "flags": 0}, {"flags": 0, "components": [], "embeds": [{}]}])
async def test_a_layout_stays_a_layout(bench: Bench, body: dict[str, Any]) -> None:
    path = bench.channel_path("studio") + "/messages"
    _, sent = await bench.call("POST", path, {"components": [text()], "flags": V2})

    status, told = await bench.call("PATCH", f"{path}/{sent['id']}", body)

    assert (status, told["code"]) == (400, 50035)


@pytest.mark.parametrize(
    ("nonces", "count"), [(["n", "n"], 1), (["n", "m"], 2), ([7, 7], 1), ([None, None], 2)], ids=str
)
async def test_an_enforced_nonce_is_sent_once(bench: Bench, nonces: list[Any], count: int) -> None:
    path = bench.channel_path("studio") + "/messages"
    sent = [
        (await bench.call("POST", path, {"content": "x", "nonce": nonce, "enforce_nonce": True}))[1]["id"]
        for nonce in nonces
    ]

    assert len(set(sent)) == count
    assert len(bench.loopback.actor.messages("studio", "ana")) == count


async def test_a_dead_message_has_no_buttons(bench: Bench) -> None:
    path = bench.channel_path("studio") + "/messages"
    _, sent = await bench.call("POST", path, {"content": "x", "components": [row(button())]})
    await bench.call("PATCH", f"{path}/{sent['id']}", {"components": []})

    with pytest.raises(ActingError) as caught:
        await bench.loopback.actor.click("ana", sent["id"], "a")

    assert caught.value.status == 404


async def test_places_of_commands_are_for_global_ones_alone(bench: Bench) -> None:
    guild_id = bench.loopback.state.bot_guilds()[0].id
    path = f"/applications/{bench.loopback.state.application_id}/guilds/{guild_id}/commands"

    command = {"name": "do", "description": "x", "contexts": [0], "integration_types": [0]}
    status, told = await bench.call("PUT", path, [command])

    assert status == 200
    assert not {"contexts", "integration_types"} & set(told[0])  # libraries send them; they mean nothing here
