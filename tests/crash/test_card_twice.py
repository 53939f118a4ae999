"""The card became the result, and the bot died before it could note that; its token is dead when it comes back."""

from pathlib import Path

from sandbox.discord.interactions import TOKEN_LIFE_S
from sandbox.message_view import Message
from tests.crash.judge import unsettled
from tests.e2e.studio import Studio, open_studio
from tests.support.rows import rows

SPEED = 120.0  # a token lives 7.5 s
PLACE = "no-posting"


async def test_a_card_that_became_the_result_is_not_followed_by_a_direct_message(tmp_path: Path) -> None:
    async with open_studio(tmp_path, speed=SPEED) as studio:
        job = await studio.imagine(channel=PLACE)
        studio.discord_fault("PATCH", "/webhooks/*", drop="after", times=1000)

        def became_result() -> list[Message]:
            return studio.results(job.id, PLACE)

        await studio.eventually(became_result, "the result on the card")

        await studio.kill()
        studio.clear_faults()
        await studio.eventually(lambda: token_is_dead(studio), "the death of the token")
        await studio.start()
        await studio.eventually(lambda: not unsettled(studio.database), "all settled")

        status = rows(studio.database, f"SELECT status FROM jobs WHERE id = '{job.id}'")
        assert [dict(row) for row in status] == [{"status": "done"}]
        assert studio.results(job.id, "dm-ana") == []


def token_is_dead(studio: Studio) -> bool:
    state = studio.sandbox.discord.state
    return all(state.clock.elapsed(one.created_at) > TOKEN_LIFE_S * 1.1 for one in state.interactions.values())
