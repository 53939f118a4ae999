"""*Download all*: everything that came of a batch as a ZIP, by a link or, without a web side, as attachments."""

import io
import logging
import zipfile
from collections.abc import Sequence

import discord

from bot.domain.job import GroupState
from bot.domain.upload_limits import limit_of_each
from bot.errors import PictureError, UserError
from bot.jobs import policy
from bot.language import _
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, locale_of, tell
from bot.ui.text.batch_manifest import MANIFEST, PackedFile, manifest, packed_files

logger = logging.getLogger(__name__)

MISSING = discord.utils.MISSING
MOST_PARTS = 5  # messages
ROOM_FOR_LISTS = 64 * 1024  # bytes of a ZIP beside its pictures
SMALLEST = 100_000  # bytes of a picture


class BatchDownloads:
    """Hands out the results of batches to their authors."""

    def __init__(self, services: Services) -> None:
        self._links = services.original_addresses.links
        self._pictures = services.pictures

    async def download_batch(self, interaction: Interaction, state: GroupState) -> None:
        """Give a batch's author all of its pictures that are kept, and the table of its lines.

        Raises:
            UserError: it is somebody else's, or nothing is kept.
        """
        policy.check_group_author(actor_of(interaction), state.group)
        files = packed_files(state)
        if not files:
            raise UserError(_("There is nothing to download: no picture of this batch is kept."))
        if self._links is not None:
            url = self._links.write_batch(state.group.id)
            link = _("[Download {count} files as a ZIP](<{url}>). The link works for a day.", count=len(files), url=url)
            await tell(interaction, link)
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._attach(interaction, state, files)

    async def _attach(self, interaction: Interaction, state: GroupState, files: Sequence[PackedFile]) -> None:
        """Send the pictures in as many ZIPs as are needed, each as large as may be attached; the last has the table."""
        limit = limit_of_each(interaction.filesize_limit, 1) - ROOM_FOR_LISTS
        each = min(limit, max(SMALLEST, limit * MOST_PARTS // len(files)))
        parts, left_out, is_smaller = _Parts(state.group.id, limit), set[str](), False
        for file in files:
            try:
                upload = await self._pictures.fit(file.key, each, of=interaction.user.id)
            except PictureError:
                left_out.add(file.name)
                continue
            is_smaller |= not upload.is_original
            if full := parts.add(f"{file.name.rpartition('.')[0]}.{upload.extension}", upload.data):
                await interaction.followup.send(file=full, ephemeral=True)
        parts.add(MANIFEST, manifest(state, files, left_out))
        notes = _notes(is_smaller=is_smaller, left_out=len(left_out), locale=locale_of(interaction))
        await interaction.followup.send(notes or MISSING, file=parts.last(), ephemeral=True)


def _notes(*, is_smaller: bool, left_out: int, locale: str) -> str:
    """Tell what does not stand in the ZIP as it was made."""
    told = []
    if is_smaller:
        told.append(_("Some pictures were made smaller to fit here; their messages have them as they were made."))
    if left_out:
        told.append(_("{count} files are too large to attach, or not kept any more.", count=left_out))
    return " ".join(one.render(locale) for one in told)


class _Parts:
    """ZIPs that are filled one after the other, each up to a limit in bytes."""

    def __init__(self, group_id: str, limit: int) -> None:
        self._group_id = group_id
        self._limit = limit
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._packed = io.BytesIO()
        self._archive = zipfile.ZipFile(self._packed, "w", zipfile.ZIP_STORED)

    def add(self, name: str, data: bytes) -> discord.File | None:
        """Pack a file; returns the ZIP before it where there is no room left in that one."""
        is_full = self._archive.namelist() and self._packed.tell() + len(data) > self._limit
        full = self.last() if is_full else None
        if full is not None:
            self._begin()
        self._archive.writestr(name, data)
        return full

    def last(self) -> discord.File:
        """Close the ZIP that is being filled."""
        self._archive.close()
        self._packed.seek(0)
        return discord.File(self._packed, f"easel-batch-{self._group_id}-{self._number}.zip")
