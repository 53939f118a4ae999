"""Signed links: what they carry, and what is refused."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from bot.links import (
    DRAWING_LIFE_S,
    ORIGINAL_LIFE_S,
    CallbackLinks,
    GalleryLinks,
    LinkRefusedError,
    Links,
    NoLink,
    NoOriginal,
    Original,
    OriginalLinks,
    Ticket,
    Why,
)
from tests.support.makers import TASK, UUID
from tests.support.ports import ManualClock

TICKET = Ticket("6921a0c0deadbeefdeadbeef", 1200000000004194304, "26d56b924ed645e2", 6)


@pytest.fixture
def links(clock: ManualClock) -> Links:
    return Links("the owner's key", clock)


def refusal(links: Links | OriginalLinks | GalleryLinks, token: str) -> Why:
    with pytest.raises(LinkRefusedError) as caught:
        links.read(token)
    return caught.value.why


def resigned(key: str, fields: Any, salt: str = "easel-drawing") -> str:
    return str(URLSafeSerializer(key, salt=salt).dumps(fields))


def test_a_ticket_comes_back_as_it_was(links: Links) -> None:
    assert links.read(links.write(TICKET)) == TICKET


@pytest.mark.parametrize(
    "change", [{"id": "6921a0c0feedfeedfeedfeed"}, {"member_id": 902}, {"job_id": "0123456789abcdef"}, {"key": 7}]
)
def test_no_part_can_be_exchanged(links: Links, change: dict[str, Any]) -> None:
    mine, other = links.write(TICKET), links.write(replace(TICKET, **change))
    forged = f"{other.rpartition('.')[0]}.{mine.rpartition('.')[2]}"

    assert refusal(links, forged) is NoLink.DAMAGED


def test_every_changed_character_is_noticed(links: Links) -> None:
    token = links.write(TICKET)
    payload = token.rpartition(".")[0]

    for at in range(len(payload)):
        other = "A" if token[at] != "A" else "B"
        assert refusal(links, token[:at] + other + token[at + 1 :]) is NoLink.DAMAGED


def test_a_link_of_another_key_is_refused(clock: ManualClock, links: Links) -> None:
    assert refusal(links, Links("another key", clock).write(TICKET)) is NoLink.DAMAGED


def test_a_text_signed_for_something_else_is_no_link(links: Links) -> None:
    token = resigned("the owner's key", [TICKET.id, 901, "job", 1, 9e15], salt="easel-callback")

    assert refusal(links, token) is NoLink.DAMAGED


@pytest.mark.parametrize("fields", [[], "text", None, [1], [1, 2, 3, 4, 5, 6], ["a", 1, "b", 2, "soon"], {"id": 1}])
def test_signed_nonsense_is_damaged(links: Links, fields: Any) -> None:
    assert refusal(links, resigned("the owner's key", fields)) is NoLink.DAMAGED


@pytest.mark.parametrize("token", ["", ".", "a.b", "\x00", "é" * 40, "../../etc/passwd", "x" * 100_000])
def test_what_is_no_token_is_damaged(links: Links, token: str) -> None:
    assert refusal(links, token) is NoLink.DAMAGED


def test_a_link_lives_thirty_minutes(clock: ManualClock, links: Links) -> None:
    token = links.write(TICKET)

    clock.pass_by(DRAWING_LIFE_S)
    assert links.read(token) == TICKET
    clock.pass_by(0.01)
    assert refusal(links, token) is NoLink.EXPIRED


def test_its_life_is_scaled() -> None:
    clock = ManualClock(scale=60.0)
    links = Links("k", clock)
    token = links.write(TICKET)

    clock.pass_by(31.0)

    assert refusal(links, token) is NoLink.EXPIRED


def test_a_link_fits_into_a_button_and_names_only_ids_of_ours(links: Links) -> None:
    token = links.write(TICKET)
    raw = json.dumps(URLSafeSerializer("the owner's key", salt="easel-drawing").loads(token))

    assert len(token) < 200
    assert TASK not in raw
    assert UUID not in raw


def test_refusals_say_what_to_do() -> None:
    assert all("Discord" in str(why.value) for why in NoLink)


def test_links_need_no_encoding_in_addresses(links: Links) -> None:
    alphabet = set(base64.urlsafe_b64encode(bytes(range(256))).decode()) | set(".")

    assert set(links.write(TICKET)) <= alphabet


def test_a_link_of_an_older_key_opens_while_that_key_is_named(clock: ManualClock) -> None:
    written = Links("old", clock).write(TICKET)

    assert Links("new", clock, ["old"]).read(written) == TICKET
    assert refusal(Links("new", clock), written) is NoLink.DAMAGED
    assert refusal(Links("old", clock), Links("new", clock, ["old"]).write(TICKET)) is NoLink.DAMAGED


@pytest.fixture
def callbacks() -> CallbackLinks:
    return CallbackLinks("the owner's key", "https://x.example")


@pytest.mark.parametrize(
    "token",
    [
        resigned("the owner's key", "job-1"),
        resigned("the owner's key", ["job-1"], salt="easel-callback"),
        resigned("another key", "job-1", salt="easel-callback"),
    ],
    ids=["a drawing", "no job", "another key"],
)
def test_callback_is_a_signed_job_and_nothing_else(token: str, callbacks: CallbackLinks) -> None:
    assert callbacks.read(token) is None
    assert callbacks.read(resigned("the owner's key", "job-1", salt="easel-callback")) == "job-1"


def test_callbacks_are_signed_with_the_newest_key(callbacks: CallbackLinks) -> None:
    address = CallbackLinks("new", "https://x.example", ["the owner's key"]).write("job-1")

    assert callbacks.read(address.rpartition("/")[2]) is None


# Originals.


@pytest.fixture
def originals(clock: ManualClock) -> OriginalLinks:
    return OriginalLinks("the owner's key", "https://x.example/easel/", clock)


def test_original_s_address_stands_below_the_public_one_and_comes_back(originals: OriginalLinks) -> None:
    base, _slash, token = originals.write("26d56b924ed645e2", 2).rpartition("/")

    assert base == "https://x.example/easel/original"
    assert originals.read(token) == Original("26d56b924ed645e2", 2)
    assert len(f"/original/{token}") < 150


def test_original_s_address_ends(clock: ManualClock, originals: OriginalLinks) -> None:
    token = originals.write("job-1", 0).rpartition("/")[2]

    clock.pass_by(ORIGINAL_LIFE_S - 1)
    assert originals.read(token) == Original("job-1", 0)
    clock.pass_by(2)
    assert refusal(originals, token) is NoOriginal.EXPIRED


@pytest.mark.parametrize(
    "token",
    [
        resigned("the owner's key", ["job-1", 0, 9e15]),
        resigned("another key", ["job-1", 0, 9e15], salt="easel-original"),
        resigned("the owner's key", ["job-1"], salt="easel-original"),
        resigned("the owner's key", ["job-1", "x", 9e15], salt="easel-original"),
        resigned("the owner's key", None, salt="easel-original"),
        "../../etc/passwd",
    ],
    ids=["a drawing", "another key", "short", "no number", "nothing", "a path"],
)
def test_what_was_not_signed_for_an_original_opens_none(token: str, originals: OriginalLinks) -> None:
    assert refusal(originals, token) is NoOriginal.DAMAGED


def test_original_of_an_older_key_opens_while_that_key_is_named(clock: ManualClock) -> None:
    token = OriginalLinks("old", "https://x.example", clock).write("job-1", 0).rpartition("/")[2]

    assert OriginalLinks("new", "https://x.example", clock, ["old"]).read(token) == Original("job-1", 0)
