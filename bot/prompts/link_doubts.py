"""Doubts about links in a prompt: pictures that are not in front, words that hang on them, links that are over."""

import re
from collections.abc import Iterator
from datetime import datetime

from bot.language import _
from bot.prompts.findings import Finding, quoted
from bot.prompts.parts import Prompt, Words

LINK = re.compile(r"<?https?://\S+", re.IGNORECASE)
_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_PICTURE_HOSTS = ("s.mj.run/", "cdn.midjourney.com/", "cdn.discordapp.com/", "media.discordapp.net/")
_DISCORD_LINK = re.compile(
    r"https?://(?:cdn|media|images-ext-[0-9])\.discordapp\.(?:com|net)/[^\s<>{}\"]+", re.IGNORECASE
)
_ENDS = re.compile(r"[?&]ex=([0-9a-f]{1,12})(?![0-9a-f])", re.IGNORECASE)  # seconds since 1970, hexadecimal
_WORD_BEHIND_PICTURE = re.compile(r"(\.(?:png|jpe?g|webp|gif))([a-z]+)", re.IGNORECASE)


def is_picture_link(link: str) -> bool:
    """Tell whether an address looks like a picture's: by its ending, or by a host that holds nothing else."""
    if not LINK.fullmatch(link):
        return False
    address = link.strip("<>").lower().partition("?")[0].partition("#")[0]
    return address.endswith(_PICTURE_ENDINGS) or address.partition("://")[2].startswith(_PICTURE_HOSTS)


def words_behind_links(prompt: Prompt) -> Iterator[Finding]:
    """Links in front whose picture's ending goes on as a word: "a.pnga cat"."""
    for image in prompt.images:
        found = _WORD_BEHIND_PICTURE.search(image.text)
        if found and found.end() == len(image.text) and found[0].lower() not in _PICTURE_ENDINGS:
            start = image.start + found.start(2)
            sentence = _("A space is missing after {part}.", part=quoted(prompt.text[image.start : start]))
            yield Finding(start, image.end, sentence, f" {found[2]}")


def ended_links(text: str, now: datetime) -> Iterator[Finding]:
    """Discord's links to attachments, which say when they end; wherever they stand, since they can only fail."""
    for link in _DISCORD_LINK.finditer(text):
        ends = _ENDS.search(link[0])
        if ends and int(ends[1], 16) <= now.timestamp():
            sentence = _("This Discord link has expired. Please attach the picture instead.")
            yield Finding(link.start(), link.end(), sentence, None)


def misplaced_pictures(words: Words) -> Iterator[Finding]:
    """Picture links among or behind the words, where they count for nothing."""
    for link in LINK.finditer(words.text):
        address = link[0].rstrip(",;.")
        if is_picture_link(address):
            start = words.start + link.start()
            end = start + len(address)
            yield Finding(start, end, _("Picture links only work in front of the text."), "")
