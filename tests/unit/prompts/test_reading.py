"""The one way in for every text that becomes a prompt."""

# ruff: noqa: RUF001

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.prompts import MAX_PROMPT, Own, read
from tests.unit.prompts.texts import steps


def test_own_language_is_put_in_and_what_is_typed_counts_more() -> None:
    options = {"mine": "oil on canvas --s 250", "film": "--raw"}
    own = Own(options, suffix="--ar 3:2 --film", defaults="--v 7 --ar 1:1")

    assert read("a cat --mine", own).prompt == "a cat oil on canvas --s 250 --ar 3:2 --raw --v 7"


def test_names_that_the_owner_knows_are_not_asked_about() -> None:
    assert read("a cat --fresh 3", Own(known=["fresh"])).doubts == ()


@pytest.mark.parametrize("length", [MAX_PROMPT + 1, 1_000_000])
def test_length_is_looked_at_before_all_else(length: int) -> None:
    text = ("--zq " * length)[:length]

    def refused() -> None:
        with suppress(UserError):
            read(text)
            raise AssertionError

    refused()  # sentences are loaded once

    assert steps(refused) < 100


def test_one_job_is_asked_for_where_one_is_meant() -> None:
    for text in ("a {red, blue} cat", "a cat --repeat 4"):
        assert read(text).doubts == ()
        (doubt,) = read(text, single=True).doubts
        assert "Only one job" in str(doubt.sentence)
    assert read("a cat --repeat 1", single=True).doubts == ()


ENDS = datetime(2024, 2, 24, 6, 31, 6, tzinfo=UTC)  # 65d98d0a
QUERY = "?ex=65d98d0a&is=65c7180a&hm=79027d"


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net", "CDN.discordapp.com"])
@pytest.mark.parametrize("form", ["{} a girl", "<{}> a girl", "a girl --sref {}", "a --cref {} --v 6", "{}::2 a girl"])
def test_links_that_say_that_they_are_over_are_asked_about(host: str, form: str) -> None:
    text = form.format(f"https://{host}/attachments/1/2/girl.jpg{QUERY}")

    (doubt,) = read(text, now=ENDS).doubts
    assert "attach the picture" in str(doubt.sentence)
    assert read(text, now=ENDS).fixed == read(text, now=ENDS).prompt
    assert read(text, now=ENDS.replace(year=2023)).doubts == ()
    assert read(text).doubts == ()


OWN = Own({"mine": "oil on canvas --s 250"}, suffix="--v 7")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("a cat ——mine", "a cat oil on canvas --s 250 --v 7"),
        ("a cat —Mine", "a cat oil on canvas --s 250 --v 7"),
        ("一只猫，——ｍｉｎｅ", "一只猫， oil on canvas --s 250 --v 7"),
        ("一只猫—mine", "一只猫 oil on canvas --s 250 --v 7"),
        ("a cat--mine", "a cat oil on canvas --s 250 --v 7"),
        ("gold—mine", "gold—mine --v 7"),
        ("gold-mine —mineral", "gold-mine —mineral --v 7"),
        ('"a cat --ar 16:9"', "a cat --ar 16:9 --v 7"),
        ("/imagine prompt: a cat", "a cat --v 7"),
    ],
)
def test_own_options_are_understood_as_parameters_are(typed: str, sent: str) -> None:
    report = read(typed, OWN)

    assert (report.prompt, report.fixed, report.doubts) == (sent, sent, ())
    assert bool(report.slips) == (f"{typed} --v 7" != sent)


def test_fix_has_the_text_of_an_own_option_that_was_meant() -> None:
    assert read("a cat --mien", OWN).fixed == "a cat oil on canvas --s 250 --v 7"


def test_no_fix_is_offered_that_is_too_long_or_leaves_something_to_ask() -> None:
    long = Own({"mine": "x " * 499})
    text = "x" * (MAX_PROMPT - 100) + " --mien"
    assert read(text, long).fixed == read(text, long).prompt

    asking = Own({"mine": "--stylze wildly"})
    assert read("a cat --mien", asking).fixed == "a cat --mien"
