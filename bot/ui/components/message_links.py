"""Addresses of messages, what a message replies to, whom it pings, and nonces by which Discord knows a repeat."""

import base64
import hashlib

import discord

from bot.domain.job import Actor, Job, Place
from bot.language import Sentence
from bot.ui.text import job_lines

NOBODY = discord.AllowedMentions.none()


def ping_only(actor: Actor) -> discord.AllowedMentions:
    """Allow a message to ping one person, and nobody else."""
    return discord.AllowedMentions(users=[discord.Object(actor.id)], replied_user=False)


def nonce(job: Job) -> str:
    """Build the nonce of a result, the same for every try: Discord answers a repeat with the first message."""
    return nonce_of(f"{job.id}:result", job.place)


def nonce_of(what: str, place: Place) -> str:
    """Build a nonce for what must be said once in a place."""
    digest = hashlib.sha256(f"{what}:{place.channel_id}".encode()).digest()
    return base64.b32encode(digest)[:24].decode()


def reply_reference(job: Job) -> discord.MessageReference | None:
    """Refer to what a message about a job in its own place replies to: the pressed message, if it is still there."""
    return reference_to(job.place, job.reply_to)


def reference_to(place: Place, message_id: int | None) -> discord.MessageReference | None:
    """Refer to what a message replies to, whether or not that still stands."""
    if not message_id:
        return None
    return discord.MessageReference(
        message_id=message_id,
        channel_id=place.channel_id,
        guild_id=place.guild_id,
        fail_if_not_exists=False,
    )


def open_link(place: Place, message_id: int | None) -> Sentence:
    """Return a link to a message in Discord that is one word, in the reader's language."""
    return job_lines.open_link(place.guild_id, place.channel_id, message_id)


def linked_message(job: Job) -> int | None:
    """Return the message of a job that links can lead to; None as long as there is none, or its author's eyes only."""
    return None if job.is_ephemeral else job.result_message_id or job.card_id


def job_link(job: Job) -> str:
    """Return the address of a job in Discord: of its message, or of its channel where no link leads to that."""
    return message_link(job.place, linked_message(job))


def message_link(place: Place, message_id: int | None) -> str:
    """Return the address of a message in Discord."""
    return job_lines.message_url(place.guild_id, place.channel_id, message_id)
