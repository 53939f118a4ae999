"""Text of users and relays made safe and short for Discord messages."""

import re
import unicodedata

MESSAGE_LIMIT = 2000  # characters of content, Discord's limit for bots
ELLIPSIS = "..."

_LINK = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\*_`~|<>\[\]@])")


def one_line(text: str) -> str:
    """Put a text on one line, without control, bidirectional and other invisible characters."""
    visible = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    kept = "".join(c for c in visible if unicodedata.category(c) != "Cf" or c == "\N{ZERO WIDTH JOINER}")
    return " ".join(kept.split())


def shorten(text: str, limit: int) -> str:
    """Cut a plain text to `limit` characters; a cut always shows as "..."."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def show(text: str, limit: int) -> str:
    """A user's text for a message: one line, nothing formats, pings or unfurls, at most `limit` characters.

    Links stand in angle brackets, where Discord shows no preview. A cut never splits a link or an escape.
    """
    pieces = _pieces(one_line(text))
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    shown, room = [], limit - len(ELLIPSIS)
    for piece in pieces:
        if len(piece) > room:
            break
        shown.append(piece)
        room -= len(piece)
    return "".join(shown).rstrip() + ELLIPSIS


def _pieces(text: str) -> list[str]:
    """The smallest parts that may not be cut: bracketed links, escaped marks, single characters."""
    pieces: list[str] = []
    at = 0
    for link in _LINK.finditer(text):
        pieces += [_MARKDOWN.sub(r"\\\1", c) for c in text[at : link.start()]]
        pieces.append(f"<{link[0].replace('*', '%2A')}>")  # two stars would end the bold type around the text
        at = link.end()
    return pieces + [_MARKDOWN.sub(r"\\\1", c) for c in text[at:]]
