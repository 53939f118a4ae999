"""Where the bot may be used, by whom, and at which speeds: the owner's word holds for old buttons as well."""

import pytest
import pytest_asyncio

from sandbox.discord.acting import ActingError
from sandbox.message_view import Message, is_private
from tests.e2e.studio import CAT, Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 30.0  # a token lives 30 s: time enough on a busy machine
SETTINGS = {"RELAY_MODE": "turbo"}
HALL = "1200000000083886080"  # the guild that stays allowed
STRICT = {
    "ALLOWED_GUILDS": HALL,
    "ALLOW_DM": "false",
    "ALLOW_USER_INSTALL": "false",
    "PRESS": "author",
    "ALLOWED_MODES": "relax,fast",
    "RELAY_MODE": "",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grids(studio: Studio) -> dict[str, Message]:
    """Grids in all kinds of places, made before the owner became strict."""
    jobs = {place: await studio.imagine(channel=place) for place in ("studio", "dm", "lounge", "hall")}
    jobs["fast"] = await studio.imagine(f"{CAT} --fast", channel="hall")
    grids = {place: await studio.result(job) for place, job in jobs.items()}
    follow_up = await studio.follow_up(grids["hall"], "V1")
    await studio.result(follow_up)
    assert studio.submits(jobs["hall"].id)[0].path == "/mj-turbo/mj/submit/imagine"
    assert studio.submits(follow_up.id)[0].path == "/mj-turbo/mj/submit/action"
    await studio.restart(**STRICT)
    return grids


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("studio", "not allowed on this server yet"),
        ("dm", "does not work in direct messages"),
        ("lounge", "only works on its own servers"),
    ],
)
async def test_an_old_button_in_a_place_that_is_not_allowed_is_refused(
    studio: Studio, grids: dict[str, Message], place: str, words: str
) -> None:
    answer = await studio.press(grids[place], "U1")

    assert is_private(answer)
    assert words in answer["content"]


async def test_a_command_in_a_guild_that_is_not_allowed_is_refused(studio: Studio, grids: dict[str, Message]) -> None:
    tasks = len(studio.relay.tasks())

    answer = await studio.slash("imagine", {"prompt": CAT}, channel=grids["studio"]["channel_id"])

    assert is_private(answer)
    assert "not allowed on this server yet" in answer["content"]
    assert len(studio.relay.tasks()) == tasks


@pytest.mark.parametrize("place", ["dm", "lounge"])
async def test_commands_are_not_even_offered_where_no_installation_allows_them(
    studio: Studio, grids: dict[str, Message], place: str
) -> None:
    with pytest.raises(ActingError, match="There is no command imagine here"):
        await studio.slash("imagine", {"prompt": CAT}, channel=grids[place]["channel_id"])


async def test_an_allowed_guild_works(studio: Studio, grids: dict[str, Message]) -> None:
    single = await studio.result(await studio.follow_up(grids["fast"], "U1"))

    assert single["channel_id"] == grids["fast"]["channel_id"]


async def test_buttons_can_be_the_authors_alone(studio: Studio, grids: dict[str, Message]) -> None:
    answer = await studio.press(grids["fast"], "U2", user="ben")

    assert is_private(answer)
    assert "Only the author of this picture can use its buttons" in answer["content"]


async def test_a_speed_that_was_switched_off_is_refused_on_old_buttons(
    studio: Studio, grids: dict[str, Message]
) -> None:
    answer = await studio.press(grids["hall"], "U1")

    assert is_private(answer)
    assert "Turbo mode is switched off here. You can use: /fast, /relax." in answer["content"]
