"""All checks in their order, said in sentences or as JSON."""

import json
from collections.abc import AsyncIterator, Mapping

from rich.console import Console
from rich.markup import escape

from bot import __version__
from bot.doctor.answers import Answer, Check, Mark
from bot.doctor.discord import look_at_clock, look_at_discord
from bot.doctor.machine import look_at_database, look_at_disk, look_at_pictures, look_at_secrets, look_at_settings
from bot.doctor.relay import look_at_relays
from bot.doctor.reviews import look_at_reviews
from bot.doctor.web import look_at_web
from bot.log import plain
from bot.settings import Settings
from bot.storage.revisions import known

CHECKS: Mapping[str, Check] = {
    "settings": look_at_settings,
    "secrets": look_at_secrets,
    "database": look_at_database,
    "disk": look_at_disk,
    "pictures": look_at_pictures,
    "relay": look_at_relays,
    "discord": look_at_discord,
    "reviews": look_at_reviews,
    "clock": look_at_clock,
    "web": look_at_web,
}
_COLOURS = {Mark.OK: "green", Mark.NOTE: "yellow", Mark.WRONG: "red"}


async def examine(settings: Settings, *, as_json: bool = False) -> bool:
    """Make every check and print what it found; True when nothing is wrong. Nothing is written anywhere."""
    answers = [answer async for answer in _answers(settings, is_told=not as_json)]
    if as_json:
        print(json.dumps(_report(answers), indent=2, ensure_ascii=False))  # noqa: T201 - what was asked for
    return _is_well(answers)


async def _answers(settings: Settings, *, is_told: bool) -> AsyncIterator[tuple[str, Answer]]:
    console = Console(highlight=False, soft_wrap=True)
    for name, check in CHECKS.items():
        async for answer in check(settings):
            if is_told:
                mark = f"[{_COLOURS[answer.mark]}]{answer.mark}[/]{' ' * (5 - len(answer.mark))}"
                console.print(f"{mark} {escape(plain(answer.sentence))}")  # a relay's words may stand in it
            yield name, answer


def _is_well(answers: list[tuple[str, Answer]]) -> bool:
    return all(answer.mark is not Mark.WRONG for _name, answer in answers)


def _report(answers: list[tuple[str, Answer]]) -> dict[str, object]:
    """The same for programs; names of checks and figures are added to, never changed."""
    return {
        "version": __version__,
        "schema": known()[0],
        "is_well": _is_well(answers),
        "checks": [
            {"check": name, "mark": answer.mark, "sentence": plain(answer.sentence), "figures": dict(answer.figures)}
            for name, answer in answers
        ],
    }
