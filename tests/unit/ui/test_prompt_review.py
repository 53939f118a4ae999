"""What a typed prompt comes to, and what members read about it."""

import pytest

from bot.prompts import Report, lint
from bot.text import MESSAGE_LIMIT
from bot.ui.text.prompt_review import (
    Decision,
    Doubtful,
    Run,
    Several,
    TooMany,
    completions,
    confirmation_text,
    decide,
    doubts_text,
    marked,
    question_text,
    slips_text,
    too_many_text,
)

EN = "en-US"


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("a cat", Run),
        ("a cat --ar 3:2", Run),
        ("a cat —ar3:2", Run),
        ("a cat --mine", Run),
        ("a cat --stylze 50", Doubtful),
        ("a {red, blue} cat --stylze 50", Doubtful),
        ("a {red, blue} cat", Several),
        ("a cat --repeat 4", Several),
        ("a cat --repeat 1", Run),
        ("a {a, b, c, d, e} cat", TooMany),
        ("{a, b}" * 200, TooMany),
    ],
)
def test_prompt_comes_to(prompt: str, kind: type[Decision]) -> None:
    assert isinstance(decide(lint(prompt, aliases=["mine"]), 4), kind)


@pytest.mark.parametrize(("cap", "fixed"), [(3, "a cat --stylze 5 --repeat 4"), (4, "a cat --stylize 5 --repeat 4")])
def test_fix_that_would_be_too_many_jobs_is_not_offered(cap: int, fixed: str) -> None:
    decision = decide(lint("a cat --stylze 5 --repeat 4"), cap)

    assert isinstance(decision, Doubtful)
    assert decision.report.fixed == fixed


def test_too_many_are_not_called_alternatives() -> None:
    text = too_many_text(TooMany("a cat --repeat 9", 9), 4, EN)

    assert text == "That would be 9 jobs; the limit here is 4 per prompt. Please ask for fewer."


def test_prompt_that_runs_as_it_is_stays_as_it_was_typed() -> None:
    assert decide(Report("a cat --stylze 50 —ar 3:2", "a cat --stylze 50 —ar 3:2"), 4) == Run(
        "a cat --stylze 50 —ar 3:2"
    )


def test_permutation_of_a_checked_prompt_is_expanded() -> None:
    decision = decide(Report("a {red, blue} cat --stylze 5", "a {red, blue} cat --stylze 5"), 4)

    assert isinstance(decision, Several)
    assert decision.prompts == ("a red cat --stylze 5", "a blue cat --stylze 5")


def test_single_prompt_loses_its_repeat() -> None:
    assert decide(lint("a red cat --repeat 1"), 4) == Run("a red cat")


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a cat --stylze 50", "a cat __**--stylze**__ 50"),
        ("a cat --stylze 50 --ar 3:2 --wierd 3", "a cat __**--stylze**__ 50 --ar 3:2 __**--wierd**__ 3"),
        ("a *cat* --stylze 50", "a \\*cat\\* __**--stylze**__ 50"),
        ("--stylze 50", "__**--stylze**__ 50"),
        ("x" * 300 + " --stylze 50", "... " + "x" * 79 + " __**--stylze**__ 50"),
        ("cat --stylze " + "y" * 300, "cat __**--stylze**__ " + "y" * 79 + " ..."),
    ],
)
def test_doubtful_places_are_marked(prompt: str, shown: str) -> None:
    assert marked(prompt, lint(prompt).doubts) == shown


def test_question_points_says_why_and_shows_the_fix() -> None:
    text = question_text(lint("a cat --stylze 5000 —ar 3:2"), EN)

    assert text.split("\n")[1:] == [
        "> a cat __**--stylze**__ 5000 --ar 3:2",
        "- Unknown parameter --stylze. Did you mean --stylize?",
        "-# Corrected: —ar 3:2 → --ar 3:2.",
        "With the fix: **a cat --stylize 1000 --ar 3:2**",
    ]


def test_page_shows_why_in_plain_lines() -> None:
    text = doubts_text(lint("a cat --stylze 50 --chaso 3"), EN)

    assert text.splitlines() == [
        "Unknown parameter --stylze. Did you mean --stylize?",
        "Unknown parameter --chaso. Did you mean --chaos?",
    ]


def test_question_names_doubts_in_the_order_in_which_they_stand() -> None:
    text = question_text(lint("a cat --stylze 50 --niji 6 --v 7"), EN)

    assert text.index("Unknown parameter --stylze") < text.index("cannot be combined")


@pytest.mark.parametrize("prompt", ["*" * 6000 + " --stylze 5", "a cat " + "--stylze 5 --foo " * 300, "{" * 6000])
def test_every_text_fits_a_message(prompt: str) -> None:
    report = lint(prompt)
    decision = Several(prompt, (prompt,) * 40, report.slips)

    assert len(question_text(report, EN)) <= MESSAGE_LIMIT
    assert len(confirmation_text(decision, 40, 100, EN)) <= MESSAGE_LIMIT
    assert len(slips_text(lint("a cat" + " —ar3:2 —s50,," * 100).slips, EN)) <= MESSAGE_LIMIT


@pytest.mark.parametrize("beyond", ["\\*_" * 1500, "word " * 900], ids=["escapes", "words"])
def test_of_a_long_question_the_prompt_is_cut_and_never_a_note(beyond: str) -> None:
    report = lint(f"{beyond} --stylze 5 {beyond} --foo 3 {beyond} —ar 3:2")
    several = Several(beyond, (beyond,) * 40, report.slips)

    asked, confirmed = question_text(report, EN), confirmation_text(several, 40, None, EN)

    assert "Unknown parameter --stylze" in asked
    assert "--foo" in asked.split("\n- ", 1)[1]
    assert "Corrected: —ar 3:2" in asked
    assert "Corrected: —ar 3:2" in confirmed
    assert max(len(asked), len(confirmed)) <= MESSAGE_LIMIT


def test_confirmation_says_count_units_rest_and_the_first_five() -> None:
    decision = decide(lint("a {a, b, c, d, e, f, g} cat"), 40)
    assert isinstance(decision, Several)

    lines = confirmation_text(decision, 14, 20, EN).split("\n")

    assert lines[0] == "This will start 7 jobs and cost 14 units. You have 20 left."
    assert lines[1:6] == [f"{number}. a {letter} cat" for number, letter in enumerate("abcde", start=1)]
    assert lines[6:] == ["-# and 2 more"]


def test_confirmation_says_nothing_of_a_rest_without_limits() -> None:
    decision = Several("a {a, b} cat", ("a a cat", "a b cat"))

    assert "left" not in confirmation_text(decision, 2, None, EN)


def test_refusal_of_countless_jobs_can_be_written() -> None:
    decision = decide(lint("{a, b}" * 2000), 4)
    assert isinstance(decision, TooMany)

    assert "> 1000000 jobs" in too_many_text(decision, 4, EN)


RECENT = ["a red cat --ar 3:2", "a blue dog", "a red cat --ar 3:2", "Red wine"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("", ["a red cat --ar 3:2", "a blue dog", "Red wine"]),
        ("red", ["a red cat --ar 3:2", "Red wine"]),
        ("  RED   cat", ["a red cat --ar 3:2"]),
        ("a dog --mi", ["a dog --mine", "a dog --mini"]),
        ("a dog --mine", ["a dog --mine"]),
        ("--", ["--mine", "--mini", "a red cat --ar 3:2"]),
        ("a dog --mi ", []),
        ("a dog--mi", []),
    ],
)
def test_recent_prompts_and_own_options_complete_what_is_typed(typed: str, offered: list[str]) -> None:
    assert completions(typed, RECENT, ["mine", "mini"]) == offered
