"""What members type and attach: shown without harm, sent as it is, refused before anything is spent."""

import base64
import io
import os

import pytest
from PIL import Image

from sandbox.message_view import Message, is_private
from sandbox.relay.painting.pictures import Uploaded
from tests.e2e.gestures import run_as_it_is
from tests.e2e.studio import CAT, Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
RELAY_LIMIT = 1_000_000
ANA = "<@1200000000004194304>"
BEN, ROLE = "<@1200000000008388608>", "<@&1200000000046137344>"
NASTY = (
    f"**bold** _soft_ `code` ~~gone~~ ||hidden|| [a link](https://evil.example/x) # @everyone @here {BEN} {ROLE} "
    "https://example.com/a_b.html <https://example.com/two> discord.gg/abc --seed 7"
)
HIDDEN = "@\u200beveryone <@\u200b1200000000008388608> \u202ereversed\u2066 a\nb\u2028c --seed 7"


@pytest.mark.parametrize("prompt", [NASTY, HIDDEN], ids=["markdown", "invisible"])
async def test_a_prompt_pings_nobody_and_unfolds_nothing(studio: Studio, prompt: str) -> None:
    job = await run_as_it_is(studio, prompt)

    shown = [*studio.states(job.card["id"]), await studio.result(job)]

    assert not any(message["mention_everyone"] or message["mention_roles"] for message in shown)
    assert {user["username"] for message in shown for user in message["mentions"]} == {"ana"}
    assert [message["embeds"] for message in shown] == [[]] * len(shown)


async def test_a_prompt_is_shown_without_effect_and_sent_as_it_is_shown(studio: Studio) -> None:
    job = await run_as_it_is(studio, NASTY)

    grid = await studio.result(job)

    assert (
        r"\*\*bold\*\* \_soft\_ \`code\` \~\~gone\~\~ \|\|hidden\|\| <https://evil.example/x> a link" in grid["content"]
    )
    assert r"\@everyone \@here \<\@1200000000008388608\>" in grid["content"]
    assert "<https://example.com/a_b.html>" in grid["content"]
    plain = NASTY.replace("[a link](https://evil.example/x)", "https://evil.example/x a link")
    assert studio.submits(job.id)[0].body["prompt"] == plain.replace(
        "<https://example.com/two>", "https://example.com/two"
    )


async def test_a_prompt_is_shown_on_one_line_without_invisible_characters(studio: Studio) -> None:
    job = await run_as_it_is(studio, HIDDEN)

    text = (await studio.result(job))["content"]

    assert not {"\u200b", "\u202e", "\u2066", "\u2028", "\n"} & set(text)
    assert "reversed a b c" in text


@pytest.mark.parametrize("prompt", ["a very long tale " * 400, "*" * 6000, "https://example.com/" + "a" * 5900])
async def test_a_prompt_of_6000_characters_is_cut_with_dots_and_sent_whole(studio: Studio, prompt: str) -> None:
    prompt = prompt[:5990] + " --seed 7"
    job = await studio.imagine(prompt)

    grid = await studio.result(job)

    assert grid["content"].endswith(f"…** - {ANA} (fast)")
    assert len(grid["content"]) <= 2000
    assert not grid["content"].split("…** - ")[0].endswith("\\")
    assert studio.submits(job.id)[0].body["prompt"] == prompt
    assert len(grid["attachments"][0]["description"]) <= 1024


@pytest.mark.parametrize("prompt", ["   ", "\n\t"])
async def test_a_blank_prompt_is_refused_privately(studio: Studio, prompt: str) -> None:
    answer = await studio.slash("imagine", {"prompt": prompt})

    assert is_private(answer)
    assert answer["content"] == "The prompt is empty. Please describe your picture."


async def test_large_pictures_of_every_kind_reach_the_relay_within_its_limit(studio: Studio) -> None:
    kept_before = len(kept_by_relay(studio))
    forms = ("PNG", "JPEG", "WEBP", "GIF")
    uploads = {f"image{n}": studio.upload(f"noise.{form}", noise(form)) for n, form in enumerate(forms, start=1)}

    await studio.result(await studio.imagine(CAT, **uploads))

    kept = kept_by_relay(studio)[kept_before:]
    assert [picture.size for picture in kept] == [(1200, 1200)] * 4
    assert max(len(picture.data) for picture in kept) <= RELAY_LIMIT


async def test_small_pictures_are_sent_as_data_urls_in_the_order_of_the_options(studio: Studio) -> None:
    colours = ["red", "green", "blue"]
    uploads = {f"image{n}": studio.upload(f"{n}.png", flat(colour)) for n, colour in enumerate(colours, start=1)}
    job = await studio.imagine(CAT, **uploads)

    await studio.result(job)

    sent = [url.partition(";base64,") for url in studio.submits(job.id)[0].body["base64Array"]]
    assert {kind for kind, _, _ in sent} == {"data:image/png"}
    assert [base64.b64decode(data) for _, _, data in sent] == [flat(colour) for colour in colours]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("note.png", b"this is no picture at all", "I can't read this file"),
        ("half.png", None, "I can't read this file"),
        ("empty.png", b"", "I can't read this file"),
        ("vast.png", b"vast", "larger than 50 megapixels"),
    ],
)
async def test_a_file_that_is_no_use_is_told_privately_and_costs_nothing(
    studio: Studio, name: str, data: bytes | None, reason: str
) -> None:
    data = noise("PNG")[:20_000] if data is None else vast() if data == b"vast" else data
    told_before = studio.whispers("ben")
    job = await studio.imagine(CAT, user="ben", image1=studio.upload(name, data))

    await studio.gone(job)

    (told,) = studio.whispers("ben")[len(told_before) :]
    assert reason in told
    assert studio.submits(job.id) == []
    assert studio.units(job) == "released"


@pytest.mark.parametrize(("name", "size", "reason"), [("note.txt", 100, "is not a picture"), ("big.png", 26, "25 MB")])
async def test_a_file_that_cannot_be_a_picture_is_refused_at_once(
    studio: Studio, name: str, size: int, reason: str
) -> None:
    data = b"x" * (size if size > 26 else size * 1024**2)

    answer = await studio.slash("imagine", {"prompt": CAT, "image1": studio.upload(name, data)}, channel="hall")

    assert is_private(answer)
    assert reason in answer["content"]


async def test_the_name_of_a_file_is_shown_without_harm(studio: Studio) -> None:
    upload = studio.upload("@everyone **x**.txt", b"text")

    answer = await studio.slash("imagine", {"prompt": CAT, "image1": upload})

    assert r"\@everyone" in answer["content"]
    assert mentions(answer) == []


def kept_by_relay(studio: Studio) -> list[Uploaded]:
    """The pictures that the relay was sent."""
    return [shown for shown in studio.relay._tasks.shown_by_key.values() if isinstance(shown, Uploaded)]


def mentions(message: Message) -> list[str]:
    """Whom a message pings."""
    return [user["username"] for user in message["mentions"]]


def noise(form: str) -> bytes:
    """A picture that does not compress: well above the relay's limit as it is."""
    image = Image.frombytes("RGB", (1200, 1200), os.urandom(3 * 1200 * 1200))
    return encoded(image, form)


def flat(colour: str) -> bytes:
    """A small picture of one colour."""
    return encoded(Image.new("RGB", (8, 8), colour), "PNG")


def vast() -> bytes:
    """60 megapixels in a few kilobytes."""
    return encoded(Image.new("1", (10_000, 6_000)), "PNG")


def encoded(image: Image.Image, form: str) -> bytes:
    """The bytes of a picture."""
    file = io.BytesIO()
    image.save(file, form, quality=100)
    return file.getvalue()
