"""Where the pictures, files and buttons of a message are found, whatever it is made of."""

from typing import Any

import pytest

from bot.ui.components.message_parts import custom_ids, file_names, pictures_of
from tests.support.messages import (
    BEN,
    US,
    address,
    attached,
    boxed,
    button,
    gallery,
    medium,
    read_message,
    row,
    section,
)

EMBED = {"type": "rich", "title": "A picture", "image": {"url": address("e.png"), "proxy_url": address("e.png")}}
THUMBNAIL = {"type": 11, "id": 3, "media": medium("t.png"), "description": None, "spoiler": False}
FILE = {"type": 13, "id": 4, "file": medium("f.webp"), "spoiler": False, "name": "f.webp", "size": 9}
PREVIEW = {"type": "link", "url": "https://a.example/page", "thumbnail": {"url": "https://a.example/p?id=3"}}
PICTURE_LINK = {"type": "image", "url": "https://a.example/cat.png", "thumbnail": {"url": "https://a.example/cat.png"}}


def forwarded(**fields: Any) -> dict[str, Any]:
    said = {"type": 0, "content": "", "timestamp": "2026-11-22T12:00:00+00:00", "edited_timestamp": None, "flags": 0}
    rest: dict[str, Any] = {"mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": []}
    return {
        "message_reference": {"type": 1, "channel_id": "302", "message_id": "400"},
        "message_snapshots": [{"message": said | rest | fields}],
        "flags": 1 << 14,
    }


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"attachments": [attached("a.png"), attached("b.jpg", "image/jpeg")]}, ["a.png", "b.jpg"]),
        ({"attachments": [attached("a.png", None)]}, ["a.png"]),
        ({"attachments": [attached("a.heic", "image/heic")]}, ["a.heic"]),
        ({"components": [gallery("a.png", "b.png")]}, ["a.png", "b.png"]),
        ({"components": [boxed(gallery("a.png"))]}, ["a.png"]),
        ({"components": [boxed(section("x", THUMBNAIL))]}, ["t.png"]),
        ({"components": [FILE]}, ["f.webp"]),
        ({"embeds": [EMBED]}, ["e.png"]),
        ({"embeds": [PREVIEW]}, ["p"]),
        ({"embeds": [PICTURE_LINK]}, ["cat.png"]),
        (forwarded(attachments=[attached("a.png")]), ["a.png"]),
        (forwarded(components=[boxed(gallery("a.png"))]), ["a.png"]),
        (forwarded(embeds=[EMBED]), ["e.png"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "-".join(value),
)
def test_what_people_see_is_a_picture(fields: dict[str, Any], names: list[str]) -> None:
    assert [picture.name for picture in pictures_of(read_message(**fields))] == names


@pytest.mark.parametrize(
    "fields",
    [
        {"attachments": [attached("a.mp4", "video/mp4"), attached("b.txt", "text/plain"), attached("c", None)]},
        {"components": [{"type": 12, "items": [{"media": medium("a.mp4", "video/mp4")}]}]},
        {"components": [FILE | {"file": medium("f.zip", "application/zip")}]},
        {"embeds": [{"type": "rich", "description": "x"}]},
    ],
)
def test_what_is_no_picture_is_none(fields: dict[str, Any]) -> None:
    assert pictures_of(read_message(**fields)) == []


def test_a_picture_that_stands_twice_is_offered_once() -> None:
    shown = {"type": "rich", "image": {"url": address("a.png", ex="1", hm="2")}}

    pictures = pictures_of(read_message(attachments=[attached("a.png", url=address("a.png", ex="3"))], embeds=[shown]))

    assert [picture.url for picture in pictures] == [address("a.png", ex="3")]


def test_a_picture_is_named_by_what_is_said_of_it() -> None:
    (shown,) = pictures_of(read_message(components=[gallery("a.png", description="Kling")]))

    assert shown.description == "Kling"


def test_files_and_buttons_are_found_inside_of_components() -> None:
    message = read_message(
        attachments=[attached("a.png")],
        components=[boxed(gallery("b.png"), section("x", button("one")), row(button("two"))), row(button("three"))],
        embeds=[EMBED],
    )

    assert file_names(message) == ["a.png", "b.png", "e.png"]
    assert custom_ids(message) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("fields", "author", "is_trusted"),
    [
        ({"attachments": [attached("a.png")]}, BEN, True),
        ({"components": [{"type": 12, "items": [{"media": medium("a.png") | {"attachment_id": "77"}}]}]}, BEN, True),
        ({"components": [gallery("a.png")]}, BEN, False),
        ({"embeds": [EMBED]}, BEN, False),
        ({"embeds": [EMBED]}, US, True),
        ({"embeds": [PREVIEW]}, US, False),
    ],
)
def test_only_files_that_were_sent_are_trusted(fields: dict[str, Any], author: int, is_trusted: bool) -> None:
    (picture,) = pictures_of(read_message(author=author, **fields), our_id=US)

    assert picture.is_attachment is is_trusted
