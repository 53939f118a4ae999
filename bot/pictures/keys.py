"""The keys of kept pictures: file names made by us, never a path or a name of others."""

import re
from enum import StrEnum
from pathlib import Path

from bot.pictures.decoding.brands import HEAD_BYTES, Brand, brand_of, other_name
from bot.pictures.refusals import gone

# What was paid for and nobody here can read is kept all the same.
_UNREAD = {"TIFF": "tiff", "BMP": "bmp", "SVG": "svg", "PSD": "psd", "PDF": "pdf", "JPEG XL": "jxl", "JPEG 2000": "jp2"}
_KEY = re.compile(rf"[a-z0-9-]{{1,64}}\.({'|'.join([*Brand, *_UNREAD.values(), 'bin'])})")
INPUT = r"[0-9a-f]{16}-(?:input\d+|mask)\.[a-z0-9]+"  # how the files are called that members' pictures are kept as
_INPUT = re.compile(INPUT)
_THUMBNAIL = "-thumb.webp"


class PictureKind(StrEnum):
    """What a kept picture is; `REMOVED` may still lie in the bucket, which did not answer when it was to go."""

    INPUT = "input"
    MASK = "mask"
    RESULT = "result"
    THUMBNAIL = "thumbnail"  # made of one of the others, and gone with it
    REMOVED = "removed"


def is_key(name: str) -> bool:
    """Whether a file may be called so."""
    return _KEY.fullmatch(name) is not None


def checked(key: str) -> str:
    """A key that may be a file's name.

    Raises:
        PictureError: it may not.
    """
    if not is_key(key):
        raise gone()
    return key


def kind_of(key: str) -> PictureKind:
    """What a picture is, by its key."""
    if key.endswith(_THUMBNAIL):
        return PictureKind.THUMBNAIL
    if not _INPUT.fullmatch(key):
        return PictureKind.RESULT
    return PictureKind.MASK if "-mask." in key else PictureKind.INPUT


def thumbnail_of(key: str) -> str:
    """The key under which the thumbnail of a kept picture or film is kept."""
    return f"{key.partition('.')[0]}{_THUMBNAIL}"


def job_of(key: str) -> str:
    """The id under which a picture was kept: its job's, or one that a drawing had before there was a job."""
    return key.partition(".")[0].partition("-")[0]


def extension_of(path: Path) -> str:
    """The ending that fits a file, whatever it is."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return brand_of(head) or _UNREAD.get(other_name(head), "bin")
