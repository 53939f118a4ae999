"""What commands that take pictures share."""

from dataclasses import replace

import discord

from bot.errors import UserError
from bot.language import _
from bot.pictures.folder import MAX_INPUT_BYTES
from bot.pictures.sources import Source
from bot.text import escape_inline
from bot.ui.flows.drafts import Draft

UNKNOWN_TYPE = "application/octet-stream"
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".avif", ".heic", ".heif", ".hif")


def with_pictures(draft: Draft, *images: discord.Attachment | None) -> Draft:
    """Put the given pictures into a draft; raises as `checked` does."""
    return replace(draft, picture_urls=tuple(checked(*images)), lacks_pictures=False)


def checked(*images: discord.Attachment | None) -> list[Source]:
    """Check the given pictures and return their addresses.

    What Discord says of a file is checked at once; its bytes are checked before anything is spent.

    Raises:
        UserError: not a picture, or too large.
    """
    given = [image for image in images if image is not None]
    for image in given:
        name = escape_inline(image.filename, 100)
        if not _may_be_picture(image):
            raise UserError(
                _(
                    "“{name}” is not a picture, but {type}. Please send a PNG, JPEG, WebP, GIF, AVIF or HEIC.",
                    name=name,
                    type=escape_inline(image.content_type or "", 60),
                )
            )
        if image.size > MAX_INPUT_BYTES:
            limit = MAX_INPUT_BYTES // 1024**2
            raise UserError(
                _("“{name}” is larger than {limit} MB. Please send a smaller picture.", name=name, limit=limit)
            )
    return [Source(image.url, is_attachment=True) for image in given]


def _may_be_picture(image: discord.Attachment) -> bool:
    """Tell whether the bytes are worth a look; Discord does not know the type of every picture."""
    kind = (image.content_type or UNKNOWN_TYPE).partition(";")[0]
    return kind.startswith("image/") or kind == UNKNOWN_TYPE or image.filename.lower().endswith(PICTURE_ENDINGS)
