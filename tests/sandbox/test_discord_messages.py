"""Messages of an unmodified discord.py: edits, files, nonces, replies, mentions, direct messages, permissions."""

import asyncio

import discord
import pytest

from tests.sandbox.discord_studio import Studio, picture_file


async def test_edits_replace_or_keep_files(studio: Studio) -> None:
    message = await studio.text_channel("studio").send("a", file=picture_file("a.png"))

    message = await message.edit(content="b")
    assert [file.filename for file in message.attachments] == ["a.png"]
    message = await message.edit(attachments=[message.attachments[0], picture_file("b.png")])
    assert [file.filename for file in message.attachments] == ["a.png", "b.png"]
    message = await message.edit(attachments=[picture_file("c.png")])
    assert [file.filename for file in message.attachments] == ["c.png"]


async def test_layout_hides_its_files_from_the_attachments(studio: Studio) -> None:
    layout = discord.ui.LayoutView()
    file = picture_file()
    gallery = discord.ui.MediaGallery[discord.ui.LayoutView](discord.MediaGalleryItem(file))
    layout.add_item(discord.ui.Container(discord.ui.TextDisplay("# Hi"), gallery))
    message = await studio.text_channel("studio").send("plain")

    await message.edit(content=None, embeds=[], view=layout, attachments=[file])

    shown = studio.seen()[-1]
    medium = shown["components"][0]["components"][1]["items"][0]["media"]
    assert shown["attachments"] == []
    assert (medium["width"], medium["height"]) == (9, 7)
    assert medium["url"].startswith(studio.loopback.origin)
    with pytest.raises(discord.HTTPException, match="content"):
        await message.edit(content="no way back")


async def test_same_nonce_returns_the_earlier_message(studio: Studio) -> None:
    channel = studio.text_channel("studio")

    first = await channel.send("once", nonce="job-1")
    second = await channel.send("once", nonce="job-1")

    assert first.id == second.id
    assert len(studio.seen()) == 1


async def test_reply_survives_its_target(studio: Studio) -> None:
    channel = studio.text_channel("studio")
    target = await channel.send("target")
    reply = await channel.send("reply", reference=target)
    await target.delete()

    late = await channel.send("late", reference=target.to_reference(fail_if_not_exists=False))
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send("no", reference=target.to_reference())

    assert caught.value.code == 50035
    assert late.reference is None
    shown = studio.seen()[0]
    assert shown["id"] == str(reply.id)
    assert shown["referenced_message"] is None


async def test_only_allowed_mentions_ping(studio: Studio) -> None:
    ana, ben = (user["id"] for user in studio.loopback.actor.state()["users"][1:3])
    channel, text = studio.text_channel("studio"), f"<@{ana}> <@{ben}> @everyone"

    await channel.send(text)
    await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
    await channel.send(text, allowed_mentions=discord.AllowedMentions(users=[discord.Object(int(ana))]))

    pinged = [[user["username"] for user in message["mentions"]] for message in studio.seen()]
    assert pinged == [["ana", "ben"], [], ["ana"]]


async def test_links_unfold_unless_wrapped_or_suppressed(studio: Studio) -> None:
    channel = studio.text_channel("studio")

    await channel.send("https://a.test/x <https://b.test> `https://c.test`")
    await channel.send("https://a.test", suppress_embeds=True)

    assert [message["embeds"] for message in studio.seen()] == [[{"type": "link", "url": "https://a.test/x"}], []]


async def test_direct_messages_go_both_ways(studio: Studio) -> None:
    heard: asyncio.Queue[discord.Message] = asyncio.Queue()
    studio.bot.add_listener(heard.put, "on_message")
    ben = await studio.bot.fetch_user(int(studio.loopback.actor.state()["users"][2]["id"]))

    await ben.send("hello")
    await studio.loopback.actor.say("ben", "dm", "hi")

    assert [(await heard.get()).content, (await heard.get()).content] == ["hello", "hi"]
    assert "dm-ben" in {channel["name"] for channel in studio.loopback.actor.state()["channels"]}


async def test_closed_direct_messages_are_refused(studio: Studio) -> None:
    ben = studio.loopback.state.user("ben")
    assert ben is not None
    ben.accepts_dms = False

    with pytest.raises(discord.Forbidden) as caught:
        await (await studio.bot.fetch_user(ben.id)).send("hello")
    assert caught.value.code == 50007


@pytest.mark.parametrize(("channel", "code"), [("no-posting", 50013), ("lounge", 50001)])
async def test_sends_need_permission(studio: Studio, channel: str, code: int) -> None:
    found = studio.loopback.state.channel(channel)
    assert found is not None

    with pytest.raises(discord.Forbidden) as caught:
        await studio.bot.get_partial_messageable(found.id).send("hi")
    assert caught.value.code == code
