"""Files: what they are, where they live, signed addresses, and drawn avatars."""

import hashlib
import hmac
import io
import mimetypes
import secrets

from PIL import Image, ImageDraw

from sandbox.clock import SandboxClock
from sandbox.discord.model import Attachment

LINK_LIFE_S = 24 * 3600
INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"}
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
# Source: https://www.iana.org/assignments/media-types; browsers and phones send these, and Discord tells them.
CONTAINERS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
}
FORMATS = {"png": "PNG", "webp": "WEBP", "jpg": "JPEG", "jpeg": "JPEG", "gif": "GIF"}  # by ending
PALETTE = ["#5865f2", "#757e8a", "#3ba55c", "#faa61a", "#ed4245", "#eb459e"]  # Discord's default avatars


class Media:
    """All files by id, and the addresses under which they are served."""

    def __init__(self, clock: SandboxClock) -> None:
        self.origin = ""
        self.files: dict[int, Attachment] = {}
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def add(self, attachment: Attachment) -> Attachment:
        """Keep a file and find out what it is."""
        attachment.content_type = sniff(attachment.filename, attachment.data)
        attachment.width, attachment.height = picture_size(attachment)
        self.files[attachment.id] = attachment
        return attachment

    def url(self, attachment: Attachment) -> str:
        """A fresh address, good for a simulated day."""
        path = f"/attachments/{attachment.place_id}/{attachment.id}/{attachment.filename}"
        issued = int(self._clock.now())
        expires = int(issued + self._clock.real(LINK_LIFE_S))
        return f"{self.origin}{path}?ex={expires:x}&is={issued:x}&hm={self._sign(path, expires, issued)}&"

    def is_signed(self, path: str, query: dict[str, str]) -> bool:
        """Whether an address is one of ours that has not run out."""
        try:
            expires, issued = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return False
        expected = self._sign(path, expires, issued)
        return hmac.compare_digest(expected, query.get("hm", "")) and self._clock.now() <= expires

    def _sign(self, path: str, expires: int, issued: int) -> str:
        return hmac.new(self._key, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()


def sniff(filename: str, data: bytes) -> str:
    """The media type by content, else by name; the label in the request says nothing (clients send none)."""
    for magic, media_type in MAGIC.items():
        if data.startswith(magic):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return CONTAINERS.get(data[8:12], "video/mp4")
    guessed = mimetypes.guess_type(filename)[0]
    if guessed and guessed.startswith("text/"):
        return f"{guessed}; charset=utf-8"
    return guessed or "application/octet-stream"


def picture_size(attachment: Attachment) -> tuple[int | None, int | None]:
    """Width and height of a picture, read from its header; nothing for other files."""
    if not attachment.content_type.startswith("image/"):
        return None, None
    try:
        with Image.open(io.BytesIO(attachment.data)) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None


def draw_avatar(seed: int, letter: str = "", kind: str = "png") -> bytes:
    """A round face in a colour of its own, in one of the formats that libraries ask for."""
    image = Image.new("RGB", (128, 128), PALETTE[seed % len(PALETTE)])
    draw = ImageDraw.Draw(image)
    if letter:
        draw.text((64, 64), letter, fill="white", anchor="mm", font_size=72)
    else:
        draw.ellipse((34, 24, 94, 84), fill="white")
        draw.ellipse((14, 84, 114, 184), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, FORMATS[kind])
    return buffer.getvalue()
