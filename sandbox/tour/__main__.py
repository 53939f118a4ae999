"""`python -m sandbox.tour`: every feature once, without a screen; the transcript and the pictures are kept."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sandbox.bot_process import BotStartError
from sandbox.tour import tour

FOLDER = Path("build/tour")


def main(
    folder: Annotated[Path, typer.Option(help="Where the transcript and the pictures go.")] = FOLDER,
    speed: Annotated[float, typer.Option(min=0.01, help="How many times faster than life.")] = tour.SPEED,
) -> None:
    """Walk through every feature of the bot once."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("preview-*"):
        old.unlink()  # an earlier tour may have seen other stages
    try:
        failure = asyncio.run(tour.walk(folder, speed=speed))
    except BotStartError as error:
        failure = str(error)
    typer.echo(failure or f"\nEvery step held. Read {folder / 'transcript.md'}.", err=failure is not None)
    raise typer.Exit(1 if failure else 0)


if __name__ == "__main__":
    typer.run(main)
