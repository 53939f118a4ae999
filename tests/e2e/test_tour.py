"""The tour itself: it holds on the real thing, and it fails when a step does not hold."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from sandbox.tour import __main__ as command_line
from sandbox.tour import basics, tour
from sandbox.tour.guide import Guide, Step
from sandbox.wire import Fault

PICTURES = ("grid.png", "u2.png", "v3.png", "reroll.png", "grid-after-restart.png", "u4.png")

SPEED = 15.0
UNHURRIED = (basics.type_imagine, basics.watch_stages, basics.restart_half_way)  # they look at a job while it runs


def hurried(step: Step) -> Step:
    """The step at a relay that works four times as fast, unless it needs the time."""

    async def walk(guide: Guide) -> None:
        guide.relay.clock.change_speed(SPEED if step.walk in UNHURRIED else 4 * SPEED)
        await step.walk(guide)

    return Step(step.title, walk)


def impatient(step: Step) -> Step:
    """The step with hardly any patience; those before it keep theirs."""

    async def walk(guide: Guide) -> None:
        guide.patience_s = 2.0
        await step.walk(guide)

    return Step(step.title, walk)


async def test_the_main_part_holds_and_leaves_a_transcript_with_pictures(tmp_path: Path) -> None:
    # The operations have end-to-end tests of their own, step by step; `make tour` takes the whole way.
    failure = await tour.walk(tmp_path, speed=SPEED, steps=[hurried(step) for step in basics.BASICS])

    assert failure is None
    transcript = (tmp_path / "transcript.md").read_text()
    assert [step.title for step in basics.BASICS if f". {step.title}\n" not in transcript] == []
    assert [name for name in PICTURES if f"({name})" not in transcript or not (tmp_path / name).exists()] == []


async def test_the_tour_ends_at_the_step_that_does_not_hold(tmp_path: Path) -> None:
    async def refuse_everything(guide: Guide) -> None:
        guide.relay.wire.faults.append(Fault("POST", "/mj/submit/imagine", status=400, body={"code": 4}))

    first, *others = tour.STEPS
    steps = (Step("A fault", refuse_everything), first, *(impatient(step) for step in others))

    failure = await tour.walk(tmp_path, speed=60.0, steps=steps)

    assert failure is not None
    assert failure.startswith("Step 3, 'The card follows the relay', did not hold: expected a preview")
    assert f"**Failed:** {failure.partition('hold: ')[2]}" in (tmp_path / "transcript.md").read_text()


async def test_a_step_that_breaks_is_a_step_that_does_not_hold(tmp_path: Path) -> None:
    async def stumble(guide: Guide) -> None:
        await guide.slash("paint")

    failure = await tour.walk(tmp_path, steps=[Step("Stumble", stumble)])

    assert failure == "Step 1, 'Stumble', did not hold: ActingError: There is no command paint here."


def test_a_failed_tour_says_so_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(_folder: Path, *, speed: float, steps: Sequence[Step]) -> str:
        return f"Step 4 of {len(steps)} did not hold at speed {speed:g}"

    monkeypatch.setattr(tour, "walk", fail)

    with pytest.raises(typer.Exit) as ended:
        command_line.main(tmp_path, 12.0)

    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == f"Step 4 of {len(tour.STEPS)} did not hold at speed 12\n"
