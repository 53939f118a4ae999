"""The check of prompts: slips put right, doubts asked about with a guess, nothing refused."""

import pytest
from hypothesis import example, given

from bot.prompts import Model, lint, model_of, parse
from bot.text import one_line
from tests.unit.prompts.texts import RANDOM, WRITTEN, steady

SLIPS = [
    ("a cat —ar 16:9", "a cat --ar 16:9"),
    ("a cat \N{EN DASH}ar 16:9 ——v 7", "a cat --ar 16:9 --v 7"),
    ("a cat --ar16:9 --v7 --s250", "a cat --ar 16:9 --v 7 --s 250"),
    ("a cat -- ar 16:9", "a cat --ar 16:9"),
    ("a cat --ar=16:9", "a cat --ar 16:9"),
    ("a cat --ar: 16:9", "a cat --ar 16:9"),
    ("a cat -ar 16:9", "a cat --ar 16:9"),
    ("a cat --ar 16x9", "a cat --ar 16:9"),
    ("a cat --ar 16/9", "a cat --ar 16:9"),
    ("a cat --ar 16 : 9", "a cat --ar 16:9"),
    ("a cat --ar 16\N{FULLWIDTH COLON}9", "a cat --ar 16:9"),
    ("a cat --AR 16:9 --Style RAW", "a cat --ar 16:9 --style raw"),
    ('a cat --style "raw"', "a cat --style raw"),
    ("a cat --tile, --ar 16:9, --v 7,", "a cat --tile --ar 16:9 --v 7"),
    ("a cat --ar 16:9.", "a cat --ar 16:9"),
    ("a cat --s 1,000", "a cat --s 1000"),
    ("a cat --iw 0,5", "a cat --iw 0.5"),
    ("a cat --v 7.0", "a cat --v 7"),
    ("a cat --ar 1:1 --aspect 1:1", "a cat --ar 1:1"),
    ("a cat --ar 16:9 in the rain --v 7", "a cat in the rain --ar 16:9 --v 7"),
    ("--v 7 --tile a cat", "a cat --v 7 --tile"),
    ("a cat --ar 3:2 {in the rain, at night} --v 7", "a cat {in the rain, at night} --ar 3:2 --v 7"),
    ("a cat --tile hot::2 --v 5", "a cat hot::2 --tile --v 5"),
    ("a cat --ar {16x9, 3:2}", "a cat --ar {16:9, 3:2}"),
    ("a cat {--AR 16x9, --v7}", "a cat {--ar 16:9, --v 7}"),
    ("a cat --sref https://a.com/x.png, https://b.com/y.png", "a cat --sref https://a.com/x.png https://b.com/y.png"),
    ("a cat --tile true", "a cat --tile"),
    ("a cat --tile=true --v 7", "a cat --tile --v 7"),
    ("a cat --tile on --v 7", "a cat --tile --v 7"),
    ("a cat --tile Yes, --v 7", "a cat --tile --v 7"),
    ("a cat --tile on the beach", "a cat on the beach --tile"),
    (
        "a cat --ar 16:9\N{CJK UNIFIED IDEOGRAPH-5728}\N{CJK UNIFIED IDEOGRAPH-96E8}",
        "a cat \N{CJK UNIFIED IDEOGRAPH-5728}\N{CJK UNIFIED IDEOGRAPH-96E8} --ar 16:9",
    ),
    ("a cat --s \N{THAI DIGIT FIVE}\N{THAI DIGIT ZERO}\N{THAI DIGIT ZERO}", "a cat --s 500"),
    ("a cat --v \N{MYANMAR DIGIT SIX}.\N{MYANMAR DIGIT ONE}", "a cat --v 6.1"),
]
GUESSES = [
    ("a cat --aspet 16:9", "a cat --aspect 16:9"),
    ("a cat --stlye raw", "a cat --style raw"),
    ("a cat --tiel in the rain", "a cat in the rain --tile"),
    ("a cat --chaos 101", "a cat --chaos 100"),
    ("a cat --chaos -5", "a cat --chaos 0"),
    ("a cat --s 250.5", "a cat --s 250"),
    ("a cat --s 250%", "a cat --s 250"),
    ("a cat --iw 4 --v 5.2", "a cat --iw 2 --v 5.2"),
    ("a cat --q .3 --v 7", "a cat --q 1 --v 7"),
    ("a cat --v 5.5", "a cat --v 5.2"),
    ("a cat --ar 1.85:1", "a cat --ar 37:20"),
    ("a cat --ar 1.5", "a cat --ar 3:2"),
    ("a cat --ar 16.9", "a cat --ar 16:9"),
    ("a cat --ar 9.16", "a cat --ar 9:16"),
    ("a cat --ar 4.3", "a cat --ar 4:3"),
    ("a cat --ar 2.35", "a cat --ar 47:20"),
    ("a cat --ar", "a cat"),
    ("a cat --iw 150%", "a cat --iw 1.5"),
    ("a cat --tile false", "a cat"),
    ("a cat --tile off --v 7", "a cat --v 7"),
    ("a cat --draft 0 --v 7", "a cat --v 7"),
    ("a cat --image-weight 2", "a cat --iw 2"),
    ("a cat --style-weight 200", "a cat --sw 200"),
    ("a cat --stylization 200", "a cat --stylize 200"),
    ("a cat --tile 2", "a cat --tile"),
    ("a cat --tile2 --v 7", "a cat --tile --v 7"),
    ("a cat--ar 16:9 --v 7", "a cat --ar 16:9 --v 7"),
    ("a cat --ar 16:9--v 7", "a cat --ar 16:9 --v 7"),
    ("a cat --niji 6 --v 7", "a cat --niji 6"),
    ("a cat --v 7 --niji 6", "a cat --niji 6"),
    ("a cat --niji --v 6", "a cat --niji 6"),
    ("a cat --fast --relax", "a cat --relax"),
    ("a cat --stealth --public", "a cat --public"),
    ("a cat --v 6 --version 7", "a cat --version 7"),
    ("a cat --aspet 1:1 --ar 3:2", "a cat --ar 3:2"),
    ("a cat --chaos {0, 50, 500}", "a cat --chaos {0, 50, 100}"),
    ("a cat --repeat {2, 3}", "a cat"),
    ("a cat https://a.com/x.png and a dog", "https://a.com/x.png a cat and a dog"),
]
DOUBTS_WITHOUT_GUESS = [
    "a cat --foobarbaz 3",
    "a cat --ar 0:1",
    "a cat --ar wide",
    "a cat --niji on",
    "a cat --style cute --niji 6",
    "a cat --sref sunset",
    "a cat --cref https://a.com/x.png --v 7",
    "a {cat --v 7",
    "a cat} --v 7",
    "hot:: dog::-2 --v 6",
    "a cat --v 6 {--niji 6, --tile}",
]
FINE = [
    "a cat --ar 16:9 --v 7 --s 250",
    "a cat --no birds --no people",
    "a cat {--v 6, --niji 6}",
    "a cat --ar {3:2, 16:9} {--v 6, --v 7}",
    "a dog — no collar, no leash",
    'a sign that says "--help"',
    "a page like https://example.com/about --v 7",
    "hot::2 dog::-1 --v 6",
    "https://a.com/with--v-7.png a cat",
    "a cat --q 0.5",
    "",
]
NOTES = ["a cat --ar 21:9 --v 7", "a cat --v 99", "a cat --tile --v 8", "hot:: dog --v 7", "a cat --turbo --v 4"]


@pytest.mark.parametrize(("typed", "repaired"), SLIPS)
def test_slips_are_put_right_and_shown(typed: str, repaired: str) -> None:
    report = lint(typed)

    assert report.prompt == report.fixed == repaired
    assert report.slips
    assert report.doubts == ()


@pytest.mark.parametrize(("typed", "fixed"), GUESSES)
def test_doubts_are_asked_about_with_a_guess(typed: str, fixed: str) -> None:
    report = lint(typed)

    assert (report.prompt, report.fixed) == (typed, fixed)
    assert report.doubts


@pytest.mark.parametrize("typed", DOUBTS_WITHOUT_GUESS)
def test_doubts_without_a_guess_change_nothing(typed: str) -> None:
    report = lint(typed)

    assert report.prompt == report.fixed == typed
    assert [doubt.replacement for doubt in report.doubts] == [None]


@pytest.mark.parametrize("typed", NOTES)
def test_remarks_ask_nothing(typed: str) -> None:
    report = lint(typed)

    assert report.prompt == report.fixed == typed
    assert report.doubts == ()
    assert report.notes


@pytest.mark.parametrize("typed", FINE)
def test_what_is_fine_is_left_alone(typed: str) -> None:
    report = lint(typed)

    assert report.prompt == report.fixed == typed
    assert report.slips + report.doubts + report.notes == ()


def test_findings_point_and_say_what_is_wrong() -> None:
    report = lint("a cat —v 7 --chaos 500")
    (slip,), (doubt,) = report.slips, report.doubts

    assert (slip.start, slip.end, str(slip.sentence)) == (6, 10, "—v 7 → --v 7.")
    assert report.prompt[doubt.start : doubt.end] == "--chaos 500"
    assert str(doubt.sentence) == "With --v 7, --chaos takes 0 to 100, not 500."
    assert doubt.replacement == "--chaos 100"


def test_sentences_come_in_the_reader_s_language() -> None:
    (doubt,) = lint("a cat --chaso 5").doubts

    assert doubt.sentence.render("zh-CN") != doubt.sentence.render("en-US")
    assert "--chaos" in doubt.sentence.render("zh-CN")


def test_prompts_in_sentences_cannot_format_or_ping() -> None:
    (doubt,) = lint("a cat --sref **@everyone**").doubts

    assert "\\*\\*\\@everyone" in str(doubt.sentence)


def test_the_owner_s_model_counts_where_none_is_named() -> None:
    assert lint("a cat --iw 3").doubts == ()
    assert lint("a cat --iw 3", model=Model("v", "5.2")).doubts
    assert lint("a cat --iw 3 --v 7", model=Model("v", "5.2")).doubts == ()


def test_own_options_are_known_and_suggested() -> None:
    assert lint("a cat --mine", aliases=["mine"]).doubts == ()
    assert lint("a cat --mien", aliases=["mine"]).fixed == "a cat --mine"


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("a cat", None),
        ("a cat --version 6.1", Model("v", "6.1")),
        ("a cat —niji 6", Model("niji", "6")),
        ("a cat --niji", Model("niji", "7")),
        ("a cat --v 6 --niji 6", Model("niji", "6")),
        ("a cat --v {6, 7}", None),
        ("a cat {--v 6, --v 7}", None),
        ("a cat --v big", None),
    ],
)
def test_the_model_that_a_prompt_asks_for(text: str, model: Model | None) -> None:
    assert model_of(parse(text)) == model


def check_report(text: str) -> None:
    report = lint(text)
    repaired, fixed = lint(report.prompt), lint(report.fixed)

    assert (repaired.prompt, repaired.slips) == (report.prompt, ()), "what is put right needs no second time"
    assert (fixed.fixed, fixed.slips) == (report.fixed, ()), "nor do the guesses"
    assert bool(report.slips) or report.prompt == " ".join(text.split()), "no change without saying so"
    assert report.prompt == one_line(report.prompt), "what is sent is what the card shows"
    assert report.doubts or report.fixed == report.prompt
    for finding in report.doubts + report.notes:
        assert 0 <= finding.start < finding.end <= len(report.prompt)
        assert finding.sentence.render("zh-CN")


@pytest.mark.parametrize("text", WRITTEN)
def test_written_prompts_are_settled_at_once(text: str) -> None:
    check_report(text)


@steady
@given(RANDOM)
@example("--s=--v")
def test_random_prompts_are_settled_at_once(text: str) -> None:
    check_report(text)
