"""`python -m sandbox.first_picture COMMAND...`: whether an installation of Easel comes to its first picture.

The command starts the bot in whichever way it was installed, and gets the sandbox's settings in its environment; where
it has `{env_file}`, a file with them is named there, for containers:

    python -m sandbox.first_picture /opt/easel/bin/easel run
    python -m sandbox.first_picture docker run --rm --network host --env-file {env_file} --env DATA_DIR=/data easel
"""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import is_setting
from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess, BotStartError
from sandbox.driver import Driver, ExpectationError

SPEED = 20.0
ENV_FILE = "{env_file}"
ORDERLY = (0, 128 + 15, -15)  # what a bot ends with that was asked to, and those that start it for us


def started(command: list[str], environment: Mapping[str, str], log: Path) -> BotProcess:
    """Make a process of the command, with the settings in its environment and in a file."""
    env_file = log.with_name("bot.env")
    settings = {name: value for name, value in environment.items() if is_setting(name)}  # PATH is another one there
    env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    words = [word.replace(ENV_FILE, str(env_file)) for word in command]
    return BotProcess(environment, log, command=words)


async def come_to_a_picture(command: list[str]) -> None:
    """Start the bot, ask for a picture as a member does, and stop it.

    Raises:
        BotStartError: it did not start.
        ExpectationError: no picture came, or it did not stop in order.
    """
    begun = time.monotonic()
    async with Sandbox(speed=SPEED, make_bot=partial(started, command)) as sandbox:
        await sandbox.wait_ready()
        typer.echo(f"ready after {time.monotonic() - begun:.1f} s")
        driver = Driver(sandbox)
        await driver.slash("imagine", {"prompt": "a red fox --seed 7"})
        name = await driver.eventually(lambda: posted(driver), "a picture")
        typer.echo(f"posted {name}")
        begun = time.monotonic()
        await driver.bot.terminate()
        if driver.bot.exit_code not in ORDERLY or not driver.bot.last_line.endswith("stopped"):
            raise ExpectationError(f"It ended with {driver.bot.exit_code}: {driver.bot.last_line}")
        typer.echo(f"stopped after {time.monotonic() - begun:.1f} s with {driver.bot.exit_code}")


def posted(driver: Driver) -> str | None:
    """Find the name of a picture that was posted."""
    files = [str(file["filename"]) for message in driver.messages() for file in message["attachments"]]
    return next((name for name in files if name.startswith("easel-")), None)


def main(command: Annotated[list[str], typer.Argument(help="What starts the bot.")]) -> None:
    """Try an installation against the sandbox: it must post a picture and stop when told to."""
    try:
        asyncio.run(come_to_a_picture(command))
    except (BotStartError, ExpectationError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app = typer.Typer(add_completion=False)
    app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(main)
    app()
