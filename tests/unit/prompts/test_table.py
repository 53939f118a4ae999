"""Every entry of the table, at, under and over its range; made from the table, so that new entries are covered."""

import pytest
from _pytest.mark import ParameterSet

from bot.prompts import TABLE, Kind, Model, Report, Severity, Spec, lint
from bot.prompts.table import Use

LINK = "https://a.com/x.png"
MODELS = [
    *(Model("v", version) for version in TABLE.versions["v"]),
    *(Model("niji", version) for version in TABLE.versions["niji"]),
]


def cases(*kinds: Kind) -> list[ParameterSet]:
    """Each use of each parameter of some kinds, with each model that it covers."""
    return [
        pytest.param(spec, use, model, id=f"{spec.name}-{model.family}{model.version}")
        for spec in TABLE.parameter
        for use in spec.uses
        for model in MODELS
        if use.covers(model) and spec.kind in kinds
    ]


USES = cases(*Kind)
NUMBERS = cases(Kind.INTEGER, Kind.NUMBER)


def written(number: float) -> str:
    return f"{number:g}" if number < 1e6 else f"{number:.0f}"


def fitting(spec: Spec, use: Use) -> list[str]:
    """Values at both ends of what a parameter takes."""
    optional = [""] if spec.optional else []
    match spec.kind:
        case Kind.FLAG:
            return [""]
        case Kind.TEXT:
            return ["birds", "birds, people", '"red hats"']
        case Kind.INTEGER | Kind.NUMBER:
            assert use.min is not None
            assert use.max is not None
            return [written(use.min), written(use.max), written((use.min + use.max) // 2)]
        case Kind.RATIO:
            assert use.max is not None
            return ["1:1", f"{use.max:g}:1", f"1:{use.max:g}"]
        case Kind.CHOICE:
            assert use.choices
            return [*optional, *use.choices]
        case Kind.LINKS:
            return [*use.choices, LINK, *([f"{LINK} {LINK}"] if use.max is None else [])]
        case Kind.CODES:
            return [*optional, *use.choices, LINK, "123456", f"{LINK} 123456::2"]


def unfitting(spec: Spec, use: Use) -> list[str]:
    """Values just under and over."""
    missing = [] if spec.optional else [""]
    match spec.kind:
        case Kind.FLAG:
            return ["2"]
        case Kind.TEXT:
            return missing
        case Kind.INTEGER | Kind.NUMBER:
            assert use.min is not None
            assert use.max is not None
            step = 1 if spec.kind is Kind.INTEGER else 0.1
            return [*missing, written(use.min - step), written(use.max + step), "many"]
        case Kind.RATIO:
            assert use.max is not None
            return [*missing, "0:1", "1:0", "wide", f"{use.max * 100 + 1:g}:100", f"100:{use.max * 100 + 1:g}"]
        case Kind.CHOICE:
            return [*missing, "0", "99"]
        case Kind.LINKS:
            return [*missing, "sunset", *([" ".join([LINK] * (int(use.max) + 1))] if use.max else [])]
        case Kind.CODES:
            return [*missing, *(["sunset"] if use.choices else [])]


def check(spec: Spec, value: str, model: Model) -> Report:
    names_model = "" if spec.excludes == "model" else f" {model}"
    return lint(f"a cat{names_model} {spec.flag} {value}".rstrip())


@pytest.mark.parametrize(("spec", "use", "model"), USES)
def test_what_fits_is_left_alone(spec: Spec, use: Use, model: Model) -> None:
    for value in fitting(spec, use):
        report = check(spec, value, model)

        assert (report.slips, report.doubts, report.notes) == ((), (), ()), value
        assert report.prompt == report.fixed


@pytest.mark.parametrize(("spec", "use", "model"), USES)
def test_what_does_not_fit_is_found(spec: Spec, use: Use, model: Model) -> None:
    for value in unfitting(spec, use):
        report = check(spec, value, model)

        assert len(report.doubts) + len(report.notes) == 1, value
        (finding,) = report.doubts + report.notes
        assert spec.name in str(finding.sentence) or spec.kind is Kind.FLAG
        assert report.prompt[finding.start : finding.end].strip() in f"{spec.flag} {value}"


@pytest.mark.parametrize(("spec", "use", "model"), NUMBERS)
def test_numbers_outside_of_a_range_are_brought_to_its_end(spec: Spec, use: Use, model: Model) -> None:
    assert use.min is not None
    assert use.max is not None
    assert spec.outside is Severity.ASK

    for wrong, right in ((use.min - 1, use.min), (use.max + 1, use.max)):
        is_for_another = any(other.min <= wrong <= other.max for other in spec.uses)  # type: ignore[operator]
        fixed = check(spec, written(wrong), model).fixed
        assert fixed == f"a cat {model} {spec.flag} {written(wrong if spec.arbitrary or is_for_another else right)}"


VALUES_OF_OTHERS = [
    pytest.param(spec, value, model, id=f"{spec.name}-{value}-{model.family}{model.version}")
    for spec in TABLE.parameter
    if spec.excludes != "model" and spec.kind is not Kind.RATIO
    for model in MODELS
    for value in sorted({value for use in spec.uses for value in fitting(spec, use)} - {""})
    if not any(use.covers(model) and value in fitting(spec, use) for use in spec.uses)
]


@pytest.mark.parametrize(("spec", "value", "model"), VALUES_OF_OTHERS)
def test_a_fix_never_changes_what_another_model_takes(spec: Spec, value: str, model: Model) -> None:
    report = check(spec, value, model)

    assert f"{spec.flag} {value}" in report.fixed


@pytest.mark.parametrize("spec", TABLE.parameter, ids=lambda spec: spec.name)
def test_every_entry_names_its_source_and_the_day_on_which_it_was_read(spec: Spec) -> None:
    assert TABLE.sources[spec.source].page
    assert TABLE.sources[spec.source].read.year >= 2026


def test_no_source_is_left_over() -> None:
    assert set(TABLE.sources) == {spec.source for spec in TABLE.parameter}


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("a cat --v 8.2", []),
        ("a cat --sd --v 8.1", []),
        ("a cat --ar 10:1 --sd --v 8.1", []),
        ("a cat --ar 10:1 --hd --v 8.1", ["ar"]),
        (f"a cat --edit {LINK} {LINK} {LINK} {LINK} --v 8.2", []),
        (f"a cat --edit {LINK} --tile --v 8.2", ["edit"]),
        ("a cat --sv 7 --v 8.1", []),
        ("a cat --no birds --tile --weird 3000 --v 8.1", []),
        (f"a cat --oref {LINK} --v 8.1", ["oref"]),
        ("a cat --turbo --v 8.2", ["turbo"]),
        ("a cat::2 dog --niji 7", ["::"]),
        ("a cat --iw 3 --niji 7", ["iw"]),
        ("a cat --personalize --v 7", []),
        ("a cat --personalize abc123 --v 8.2", []),
        ("a cat --bs 3 --video 1", ["bs"]),
    ],
)
def test_what_the_pages_of_2026_say(prompt: str, says: list[str]) -> None:
    """Source: docs/look.md 8."""
    report = lint(prompt)

    found = [str(finding.sentence) for finding in (*report.doubts, *report.notes)]
    assert len(found) == len(says), found
    assert all(word in sentence for word, sentence in zip(says, found, strict=True))


@pytest.mark.parametrize("spec", TABLE.parameter, ids=lambda spec: spec.name)
def test_other_models_are_told_and_nothing_is_changed(spec: Spec) -> None:
    for model in MODELS:
        if spec.excludes == "model" or any(use.covers(model) for use in spec.uses):
            continue
        report = check(spec, fitting(spec, spec.uses[0])[0], model)

        found = report.doubts if spec.elsewhere is Severity.ASK else report.notes
        assert [str(finding.sentence) for finding in found] == [f"{spec.flag} may not work with {model}."]
        assert report.fixed == report.prompt


@pytest.mark.parametrize("spec", TABLE.parameter, ids=lambda spec: spec.name)
def test_newer_models_may_know_more(spec: Spec) -> None:
    for use in spec.uses:
        for value in unfitting(spec, use):
            if not value or spec.excludes == "model" or spec.kind is Kind.FLAG:
                continue
            for model in (Model("v", "99"), Model("niji", "99")):
                report = check(spec, value, model)
                assert report.doubts == ()
                assert report.fixed == report.prompt


@pytest.mark.parametrize("spec", TABLE.parameter, ids=lambda spec: spec.name)
def test_aliases_and_capitals_mean_the_same(spec: Spec) -> None:
    for name in (spec.name, *spec.aliases):
        assert TABLE.find(name.upper()) is spec


@pytest.mark.parametrize("spec", TABLE.parameter, ids=lambda spec: spec.name)
def test_names_that_people_try_instead_are_suggested(spec: Spec) -> None:
    for name in spec.mistaken:
        assert TABLE.find(name) is None
        assert TABLE.nearest(name) == spec.name


def test_no_name_stands_twice() -> None:
    names = [name for spec in TABLE.parameter for name in (spec.name, *spec.aliases, *spec.mistaken)]

    assert len(names) == len(set(names))


def test_names_of_groups_are_no_names_of_parameters() -> None:
    assert not {spec.excludes for spec in TABLE.parameter} & set(TABLE.specs_by_name)


@pytest.mark.parametrize("family", ["v", "niji"])
def test_versions_are_the_choices_of_their_parameter(family: str) -> None:
    assert TABLE.specs_by_name[family].choices == set(TABLE.versions["v" if family == "v" else "niji"])


@pytest.mark.parametrize(
    ("span", "inside", "outside"),
    [
        ("-", ["1", "8.1", "99"], []),
        ("6-", ["6", "6.1", "8.1"], ["5.2"]),
        ("-6.1", ["1", "6.1"], ["7"]),
        ("5.1-6", ["5.1", "5.2", "6"], ["5", "6.1"]),
        ("7", ["7"], ["6.1", "8"]),
    ],
)
def test_spans_of_versions(span: str, inside: list[str], outside: list[str]) -> None:
    use = Use(v=span)

    assert all(use.covers(Model("v", version)) for version in inside)
    assert not any(use.covers(Model("v", version)) for version in outside)
    assert not use.covers(Model("niji", "6"))
