"""`python -m sandbox.tour`: every feature once, without a screen; the transcript and the pictures are kept.

With `--profile NAME` it walks Midjourney's part at one family of relays, with `--profile all` at each, one after
another, and then writes docs/relays.md.
"""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sandbox.bot_process import BotStartError
from sandbox.relay.profiles import PROFILES
from sandbox.tour import relays, tour

FOLDER = Path("build/tour")
ALL = "all"
FAMILIES = (*PROFILES, ALL)


def main(
    folder: Annotated[Path, typer.Option(help="Where the transcript and the pictures go.")] = FOLDER,
    speed: Annotated[float, typer.Option(min=0.01, help="How many times faster than life.")] = tour.SPEED,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Take only the steps whose title has this in it; may be repeated.", metavar="WORDS"),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(help=f"Midjourney's part at a family of relays: {', '.join([*PROFILES, ALL])}.", metavar="NAME"),
    ] = "",
) -> None:
    """Walk through every feature of the bot once."""
    if profile and profile not in FAMILIES:
        raise typer.BadParameter(f"There is no relay profile {profile}; there are {', '.join(FAMILIES)}.")
    steps = [step for step in tour.STEPS if not only or any(one.casefold() in step.title.casefold() for one in only)]
    if not steps:
        raise typer.BadParameter(f"No step is called {' or '.join(only or [])}.")
    try:
        if profile:
            failures = walk_relays(folder / "relays", list(PROFILES) if profile == ALL else [profile], speed)
        else:
            empty(folder)
            failures = list(filter(None, [asyncio.run(tour.walk(folder, speed=speed, steps=steps))]))
    except BotStartError as error:
        failures = [str(error)]
    typer.echo("\n".join(failures) or f"\nEvery step held. Read {folder}.", err=bool(failures))
    raise typer.Exit(1 if failures else 0)


def walk_relays(folder: Path, names: list[str], speed: float) -> list[str]:
    """Walk at each of these families; once all have held, the page about them is written."""
    failures: list[str] = []
    for name in names:
        typer.echo(f"\n== {name} ==")
        empty(folder / name)
        found, outcomes = asyncio.run(tour.walk_at(PROFILES[name], folder / name, speed=speed))
        failures += [f"{name}: {failure}" for failure in found]
        if not found:
            relays.keep(folder / name, outcomes)
    held = relays.kept(folder)
    if len(held) == len(PROFILES):
        relays.write_page(held)
    return failures


def empty(folder: Path) -> None:
    """Make the folder, without what an earlier walk left that this one may not write."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("preview-*"), *folder.glob("outcomes.json")]:
        old.unlink()


if __name__ == "__main__":
    typer.run(main)
