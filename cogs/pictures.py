"""What commands that take pictures share."""

from dataclasses import replace

import discord

from bot.errors import UserError
from bot.language import _
from bot.pictures.folder import MAX_INPUT_BYTES
from bot.pictures.sources import Source
from bot.text import show
from bot.ui.desk import Draft


def with_pictures(draft: Draft, *images: discord.Attachment | None) -> Draft:
    """A draft with the pictures that were given; raises as `checked` does."""
    return replace(draft, picture_urls=tuple(checked(*images)), lacks_pictures=False)


def checked(*images: discord.Attachment | None) -> list[Source]:
    """The addresses of those that were given.

    What Discord says of a file is checked at once; its bytes are checked before anything is spent.

    Raises:
        UserError: not a picture, or too large.
    """
    given = [image for image in images if image is not None]
    for image in given:
        name = show(image.filename, 100)
        if image.content_type is not None and not image.content_type.startswith("image/"):
            raise UserError(_("“{name}” is not a picture. Please send a PNG, JPEG, WebP or GIF.", name=name))
        if image.size > MAX_INPUT_BYTES:
            limit = MAX_INPUT_BYTES // 1024**2
            raise UserError(
                _("“{name}” is larger than {limit} MB. Please send a smaller picture.", name=name, limit=limit)
            )
    return [Source(image.url, is_attachment=True) for image in given]
