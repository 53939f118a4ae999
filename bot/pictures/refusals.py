"""The sentences for files that are no use."""

from collections.abc import Mapping

from bot.errors import PictureError
from bot.language import Sentence, _
from bot.pictures.decoding.bounds import Why

_SENTENCES = {
    Why.NO_PICTURE: _("I can't read this file. Please send a PNG, JPEG, WebP, GIF, AVIF or HEIC."),
    Why.OTHER_FORMAT: _("I can't read this file: its format is {format}. Please save it as PNG or JPEG and send that."),
    Why.DAMAGED: _("I can't read this file: the {format} is damaged or cut off. Please send it again, or as PNG."),
    Why.TOO_LARGE: _("The picture is larger than {limit} megapixels. Please send a smaller one."),
    Why.TOO_MUCH: _("This picture takes too long to read. Please save it as an ordinary PNG or JPEG and send that."),
    Why.NOTHING_FITS: _("The picture is too large to post here, even when made smaller."),
    Why.OTHER_SIZE: _(
        "The drawing is {got} pixels, but the picture is {wanted}. Please reload the page and draw again."
    ),
}


class RefusedPictureError(PictureError):
    """A file that is no use, for the reason in `why`."""

    def __init__(self, why: Why, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.why = why


def refusal(why: Why, values: Mapping[str, object] | None = None) -> RefusedPictureError:
    """The error that says why a file is no use."""
    return RefusedPictureError(why, Sentence(_SENTENCES[why].text, tuple((values or {}).items())))


def gone() -> PictureError:
    """The error for a file that is not there."""
    return PictureError(_("This picture is no longer stored. Please send it again."))
