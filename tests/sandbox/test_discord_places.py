"""Forums and their posts, voice chats, stages, announcements; polls, forwards and previews of links."""

from typing import Any

import discord
import pytest

from sandbox.discord.acting import ActingError
from tests.sandbox.discord_studio import make_picture, open_loopback, open_studio

TEXTS = ["news", "voice-chat", "stage", "first-post"]


async def test_a_library_sees_each_kind_of_channel() -> None:
    async with open_studio() as studio:
        kinds = {channel.name: type(channel).__name__ for channel in studio.bot.get_all_channels()}
        (guild,) = [guild for guild in studio.bot.guilds if guild.name == "Easel Studio"]

        assert kinds["showcase"] == "ForumChannel"
        assert kinds["voice-chat"] == "VoiceChannel"
        assert kinds["stage"] == "StageChannel"
        assert kinds["news"] == "TextChannel"
        assert {thread.name for thread in guild.threads} == {"side-thread", "first-post"}


@pytest.mark.parametrize("channel", TEXTS)
async def test_commands_are_answered_in_each_kind(channel: str) -> None:
    async with open_studio() as studio:
        studio.bot.handler = answer_here
        await studio.do(channel=channel)

        assert studio.seen(channel=channel)[-1]["content"] == "here"


async def answer_here(interaction: discord.Interaction[Any], **_options: Any) -> None:
    await interaction.response.send_message("here")


async def test_a_forum_takes_posts_and_no_messages() -> None:
    async with open_studio() as studio:
        forum = discord.utils.get(studio.bot.get_all_channels(), name="showcase")
        assert isinstance(forum, discord.ForumChannel)
        made = await forum.create_thread(name="A harbour", content="look", applied_tags=forum.available_tags)
        opened = await studio.loopback.actor.post("ana", "showcase", "Mine", "and this")

        with pytest.raises(ActingError, match="open a post"):
            await studio.loopback.actor.say("ana", "showcase", "hello")
        with pytest.raises(ActingError, match="open a post"):
            await studio.loopback.actor.slash("ana", "showcase", "do", {})
        with pytest.raises(discord.HTTPException) as refused:
            await studio.bot.get_partial_messageable(forum.id).send("hello")

        assert refused.value.code == 50008
        assert (made.message.id, made.message.content) == (made.thread.id, "look")
        assert [tag.name for tag in made.thread.applied_tags] == ["harbours"]
        assert studio.seen(channel=opened["id"])[0]["id"] == opened["id"]


async def test_a_post_that_cannot_begin_is_not_there() -> None:
    async with open_studio() as studio:
        forum = discord.utils.get(studio.bot.get_all_channels(), name="showcase")
        assert isinstance(forum, discord.ForumChannel)

        with pytest.raises(discord.HTTPException):
            await forum.create_thread(name="Empty", content=" ")

        assert studio.loopback.state.channel("Empty") is None


async def test_a_forward_shows_what_was_said_then() -> None:
    async with open_loopback() as loopback:
        upload = loopback.actor.upload("ana", "a.png", make_picture())
        said = await loopback.actor.say("ana", "studio", "look", attachments=[upload])
        copy = await loopback.actor.forward("ben", said["id"], "news")
        await loopback.actor.delete_message("studio", said["id"], "ana")
        (now,) = loopback.actor.messages("news", "mia")

        (snapshot,) = now["message_snapshots"]
        assert now["id"] == copy["id"]
        assert now["message_reference"]["type"] == 1
        assert (now["content"], snapshot["message"]["content"]) == ("", "look")
        assert snapshot["message"]["attachments"][0]["filename"] == "a.png"
        assert now["flags"] & 1 << 14


async def test_previews_come_with_a_later_update() -> None:
    async with open_loopback() as loopback:
        upload = loopback.actor.upload("ana", "a.png", make_picture())
        loopback.actor.preview("https://a.test/page", title="A page", image=upload)
        loopback.actor.preview("https://a.test/cat.png", image=upload)
        events = loopback.subscribe()
        said = await loopback.actor.say("ana", "studio", "https://a.test/page https://a.test/cat.png")
        told = [events.get_nowait() for _ in range(events.qsize())]

        created, updated = [data for event, data in told if event.startswith("MESSAGE_")]
        assert (created["id"], created["embeds"]) == (said["id"], [])
        assert [embed["type"] for embed in updated["embeds"]] == ["link", "image"]
        assert updated["embeds"][0]["thumbnail"]["width"] == 9
        assert updated["edited_timestamp"] is None


async def test_people_ask_and_answer_polls() -> None:
    async with open_loopback() as loopback:
        poll = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "a"}}, {"poll_media": {"text": "b"}}]}
        said = await loopback.actor.say("ana", "studio", "", poll=poll)

        voted = await loopback.actor.vote("ben", said["id"], [2])
        with pytest.raises(ActingError, match="one answer"):
            await loopback.actor.vote("ben", said["id"], [1, 2])
        with pytest.raises(ActingError, match="no such answer"):
            await loopback.actor.vote("ben", said["id"], [3])

        assert voted["poll"]["results"]["answer_counts"] == [{"id": 2, "count": 1, "me_voted": True}]


async def test_news_can_be_published() -> None:
    async with open_studio() as studio:
        news = studio.text_channel("news")
        message = await news.send("hello")

        await message.publish()

        assert studio.seen(channel="news")[0]["flags"] & 1
