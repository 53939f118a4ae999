"""A size in pixels, as other programs take it: "--width 1024 --height 768", "--w 1024 --h 768", "-W 512 -H 512".

Midjourney knows shapes only. "--w" alone is its own parameter, and stays that.
"""

import re
from collections.abc import Iterator
from math import gcd

from bot.language import _
from bot.prompts.findings import Finding
from bot.prompts.folding import fold
from bot.prompts.parts import MARK, Prompt

_SIDE = re.compile(
    r"(?<![a-z0-9-])-+ ?(?P<name>width|height|w|h)\s*[=:]?\s*(?P<pixels>[0-9]{2,5})(?:px)?(?![a-z0-9.:])", re.IGNORECASE
)


def size_doubts(prompt: Prompt) -> Iterator[Finding]:
    """What to ask about a width and a height: whether their ratio is meant."""
    text = fold(prompt.text)
    sides = {side["name"][0].lower(): side for side in _SIDE.finditer(text)} if "-" in text else {}
    width, height = sides.get("w"), sides.get("h")
    named = [side for side in sides.values() if len(side["name"]) > 1]
    if width is None or height is None:
        for side in named:
            flag = f"{MARK}{side['name'].lower()}"
            sentence = _("Midjourney has no {flag}. Set the shape with --ar, for example --ar 3:2.", flag=flag)
            yield Finding(*side.span(), sentence, None)
        return
    first, second = sorted((width, height), key=lambda side: side.start())
    across, down = int(width["pixels"]), int(height["pixels"])
    common = gcd(across, down)
    is_free = common > 0 and across > 0 and down > 0 and not prompt.find("ar")
    ratio = f"--ar {across // common}:{down // common}" if is_free else None
    sentence = _("Midjourney takes no size in pixels. Set the shape with --ar, for example --ar 3:2.")
    yield Finding(*first.span(), sentence, ratio)
    yield Finding(*second.span(), sentence, None if ratio is None else "")
