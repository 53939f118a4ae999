"""The pictures that a job goes by: how each is fetched and kept, once the job's card stands."""

from collections.abc import Sequence

from bot.domain.job import FailureKind, Job, JobStatus
from bot.domain.requests import FaceSwap
from bot.errors import PictureError
from bot.jobs.intake import Prepare, Prepared
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.masks import Mask
from bot.pictures.sources import Source
from bot.ui.delivery.original_pictures import OriginalPictures

NO_PICTURE = _("A mask says which part of a picture is repainted. Please add the picture.")
NOT_KEPT = _("This picture is no longer stored. Please send it again.")


def doubt_of(mask: Mask) -> FailureKind | None:
    """Tell what is to be asked about a mask before anything is spent."""
    return FailureKind.MASK_EMPTY if mask.is_empty else FailureKind.MASK_FULL if mask.is_full else None


class InputPictures:
    """Says how pictures are made ready; nothing is fetched before somebody does what it says."""

    def __init__(self, pictures: Pictures, originals: OriginalPictures) -> None:
        self._pictures = pictures
        self._originals = originals

    def from_addresses(self, sources: Sequence[Source]) -> Prepare:
        """Fetch and keep the pictures behind these addresses."""

        async def prepare(job: Job) -> Prepared:
            keys = await self.keep(job.id, sources, of=job.actor.id)
            if isinstance(job.request, FaceSwap):
                await self._check_faces(keys)
            return Prepared(keys)

        return prepare

    async def _check_faces(self, keys: Sequence[str]) -> None:
        """Refuse a face that would be put where it is."""
        face, *others = [await self._pictures.read(key) for key in keys]
        if face in others:
            raise PictureError(_("Both pictures are the same. Please choose another one for the face."))

    async def keep(self, name: str, sources: Sequence[Source], *, of: int, start: int = 1) -> list[str]:
        """Fetch and keep pictures of a member's under numbers of a name, from `start` on; returns their keys.

        Raises:
            PictureError: one is not to be had, or no picture.
        """
        keep = self._pictures.keep_input
        return [await keep(f"{name}-input{number}", one, of=of) for number, one in enumerate(sources, start=start)]

    async def keep_result(self, name: str, parent: Job, number: int, *, of: int) -> str:
        """Keep one of a finished job's pictures (0 is the first) as the first of a name's; returns its key.

        Raises:
            PictureError: it is gone.
        """
        more = parent.result.more if parent.result else ()
        key = more[number - 1].picture if 0 < number <= len(more) else await self._originals.key(parent)
        if key is None or not await self._pictures.has(key):
            raise PictureError(NOT_KEPT)
        return await self._pictures.keep_again(f"{name}-input1", key, of=of)

    def from_masked(self, sources: Sequence[Source]) -> Prepare:
        """Do the same where the last is a mask, which is made as large as the first picture."""

        async def prepare(job: Job) -> Prepared:
            plain, masks = sources[:-1], sources[-1:]
            return await self._masked(job, (await self.from_addresses(plain)(job)).keys, masks)

        return prepare

    async def _masked(self, job: Job, keys: Sequence[str], masks: Sequence[Source]) -> Prepared:
        if not keys or not masks:  # a text was sent once more, and not all that goes with it
            raise PictureError(_("This needs a picture and a mask. Please add both."))
        kept = await self._pictures.keep_uploaded_mask(f"{job.id}-mask", masks[0], keys[0], of=job.actor.id)
        return Prepared([*keys, kept.key], doubt_of(kept))

    def from_job(self, earlier: Job) -> Prepare:
        """Take the pictures that an earlier job went by."""

        async def prepare(job: Job) -> Prepared:
            if not await self.has_inputs(earlier):
                raise PictureError(NOT_KEPT)
            keys, keep = enumerate(earlier.request.pictures, start=1), self._pictures.keep_again
            return Prepared([await keep(f"{job.id}-input{number}", key) for number, key in keys])

        return prepare

    def from_result(
        self, parent: Job, number: int, sources: Sequence[Source] = (), *, is_masked: bool = False
    ) -> Prepare:
        """Take one of a finished job's pictures (0 is the first), and what else is behind these addresses.

        Where it `is_masked`, the last of those is a mask over it.
        """

        async def prepare(job: Job) -> Prepared:
            kept = [await self.keep_result(job.id, parent, number, of=job.actor.id)]
            if is_masked:
                return await self._masked(job, kept, sources[-1:])
            return Prepared([*kept, *await self.keep(job.id, sources, of=job.actor.id, start=2)])

        return prepare

    async def has_inputs(self, job: Job) -> bool:
        """Tell whether the pictures that a job went by are all kept."""
        if job.status is JobStatus.REMOVED or job.lacks_pictures:
            return False
        return all([await self._pictures.stock.is_listed(key) for key in job.request.pictures])
