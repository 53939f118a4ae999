"""How the relay's own buttons look on Discord: their rows, labels and emoji. Pure functions."""

import re

from bot.domain.custom_ids import Family, parse
from bot.domain.requests import Button
from bot.text import one_line, shorten
from bot.ui.text.describe_text import KEYCAPS

ROWS, PER_ROW = 5, 5
LABEL_LIMIT = 80
_PICKS = (Family.PICK, Family.DESCRIBE_PICK, Family.SHORTEN_PICK)
_ROW_OF_FAMILY = {
    **dict.fromkeys(_PICKS, 0),
    Family.VARIATION: 1,
    Family.UPSCALE: 0,
    Family.VARY: 1,
    Family.REGION: 1,
    Family.ZOOM: 2,
    Family.CUSTOM_ZOOM: 2,
    Family.PAN: 3,
    Family.ANIMATE: 4,
    Family.REROLL: 4,
    Family.BOOKMARK: 4,
    Family.DESCRIBE_ALL: 4,
    Family.SHORTEN_DETAILS: 4,
    Family.OTHER: 4,
}


def place_in_rows(buttons: tuple[Button, ...]) -> list[list[int]]:
    """Place the buttons by rows, each row about one thing. Source: docs/look.md 2.4.

    What meaning cannot place in five rows of five is packed in order.
    """
    families = [parse(button.custom_id).family for button in buttons]
    by_meaning: dict[int, list[int]] = {}
    for key, family in enumerate(families):
        by_meaning.setdefault(_ROW_OF_FAMILY[family], []).append(key)
    rerolls = [key for key, family in enumerate(families) if family is Family.REROLL]
    picks = by_meaning.get(0, [])
    if any(families[key] in _PICKS for key in picks) and len(picks) + len(rerolls) <= PER_ROW:
        by_meaning[0] = [*picks, *rerolls]  # behind the pictures or lines that it makes anew
        by_meaning[4] = [key for key in by_meaning.get(4, []) if key not in rerolls]
    placed = [row for _number, keys in sorted(by_meaning.items()) for row in _in_fives(keys)]
    return placed if len(placed) <= ROWS else _in_fives(list(range(len(buttons)))[: ROWS * PER_ROW])


def _in_fives(keys: list[int]) -> list[list[int]]:
    return [keys[at : at + PER_ROW] for at in range(0, len(keys), PER_ROW)]


# Relays send names of the original bot's own emoji, or nothing at all: what is known gets its own face.
_FACES: dict[str, tuple[str | None, str | None]] = {
    "reroll": (None, "🔄"),
    "retry": (None, "🔄"),
    "pan_left": (None, "⬅️"),
    "pan_right": (None, "➡️"),
    "pan_up": (None, "⬆️"),
    "pan_down": (None, "⬇️"),
    "low_variation": ("Vary (Subtle)", "🪄"),
    "high_variation": ("Vary (Strong)", "🪄"),
    "inpaint": ("Vary (Region)", "🖌️"),
    "customzoom": ("Custom Zoom", "🔍"),
    "more": ("More actions", "🔓"),
}


def choose_face(button: Button) -> tuple[str | None, str | None]:
    """Choose label and emoji of a relay button, safe to send; never both empty."""
    kind = parse(button.custom_id)
    if kind.verb in _FACES:
        return _FACES[kind.verb]
    if kind.family is Family.PICK:
        return f"U{kind.index}", None
    if kind.family is Family.VARIATION:
        return f"V{kind.index}", None
    if kind.family in (Family.DESCRIBE_PICK, Family.SHORTEN_PICK) and 0 < kind.index <= len(KEYCAPS):
        return None, KEYCAPS[kind.index - 1]
    label = shorten(one_line(button.label), LABEL_LIMIT) or None
    emoji = button.emoji if is_emoji(button.emoji) else None
    return (label, emoji) if label or emoji else (kind.verb.replace("_", " ").title()[:LABEL_LIMIT] or "?", None)


# What Unicode knows as pictographs, as far as Discord takes them.
_PICTOGRAPH = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f004\U0001f0cf\U0001f170-\U0001f1e5\U0001f201-\U0001faff]"
)
_LOOK = "(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"  # in colour, or a tone of skin
_EMOJI = re.compile(
    rf"[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTOGRAPH}{_LOOK}(?:\u200d{_PICTOGRAPH}{_LOOK})*"
)


def choose_label(button: Button) -> tuple[str, None]:
    """Choose a label alone, for when Discord does not take the emoji."""
    kind = parse(button.custom_id)
    return choose_face(button)[0] or f"{kind.verb.replace('_', ' ').title()} {kind.index or ''}".strip()[
        :LABEL_LIMIT
    ] or "?", None


def is_emoji(text: str) -> bool:
    """Tell whether a text is one pictograph that Discord takes; a wrong one would cost the whole message."""
    return _EMOJI.fullmatch(text) is not None
