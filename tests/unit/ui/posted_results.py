"""Finished jobs to be posted, and what stands of them afterwards."""

from typing import Any

from bot.domain.job import Job, JobStatus, Result
from sandbox.discord.model import Message
from tests.support.discord_bench import DiscordBench
from tests.support.makers import PICK_2


async def finished(bench: DiscordBench, key: str, channel: str = "studio", **changes: Any) -> Job:
    result = Result(picture=key, image_url="https://img.example.com/grid.png", buttons=(PICK_2,))
    return await bench.job(JobStatus.POSTING, channel, **({"result": result} | changes))


def names(message: Message) -> list[str]:
    return [file.filename for file in message.attachments]


def edits_of(bench: DiscordBench, job: Job) -> list[str]:
    return [call for call in bench.calls if call.startswith("PATCH") and f"/messages/{job.card_id}" in call]


def labels(message: Message) -> list[str | None]:
    return [button.get("label") for row in message.components for button in row["components"]]
