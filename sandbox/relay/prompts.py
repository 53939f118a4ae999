"""What the loopback relay understands of a prompt: its words, a few parameters, banned words, magic words.

Magic words are parameters of our own with which people and tests provoke trouble:

--sandbox-fail      the task fails late, at 93%, and is refunded
--sandbox-moderated the task is moderated late, at 93%, after its previews
--sandbox-stuck     the task stays at 93% for ever
--sandbox-slow      the task takes ten times as long
--sandbox-queued    the submit answers 22 and the task waits a minute of simulated time before it starts
--sandbox-full      the submit is refused with 23, naming an id that was never kept
--sandbox-quote     the submit is refused with 4 and a text that repeats the whole prompt
--sandbox-unknown   the task is taken, and the submit answers 4, accepted_state_unknown
--sandbox-remix     variations, rerolls and pans of this task ask for a modal (an account in remix mode)
--sandbox-rewrite   like --sandbox-remix, but behind a gateway that rewrites 21 to 1: only status MODAL tells
--sandbox-noremix   remix on request is refused, as on an account without it
--sandbox-bare      the finished task has no buttons at all (change and simple-change drive it)
--sandbox-late      the buttons arrive a few simulated seconds after SUCCESS, and listed films still later

The other engines (`sandbox.relay.engines`) know fail, stuck, slow and full, and of their own:

--sandbox-unsafe    a policy outcome, refunded: ideogram's empty addresses, a refusal, or a failed task
--sandbox-nsfw      the first picture alone is flagged: ideogram leaves its address empty, fal blackens it
--sandbox-b64       fal, Jimeng and the OpenAI format send the picture itself, whatever was asked for
--sandbox-pending, --sandbox-listed, --sandbox-accepted
                    the OpenAI format answers at once with a task, as evolink, apimart or HopBase do
--sandbox-words     a chat answers in words alone
--sandbox-poor      Jimeng is out of credit
--sandbox-odd       a form that some gateways use: see docs/sandbox.md
"""

import re
from fractions import Fraction

from sandbox.relay.painting.canvas import Size
from sandbox.relay.painting.words import words_of

MAX_SIDE = 512  # pixels of a cell's longer side
BANNED_WORDS = ("gore", "nude", "behead", "porn")
SPEED_FLAGS = re.compile(r"\s*--(fast|relax|turbo)\b")


def parameter(prompt: str, *names: str) -> str | None:
    """The text after the last `--name` of these, if there is one."""
    found = re.findall(rf"(?:^|\s)(?:--|—)(?:{'|'.join(names)})\s+(\S+)", prompt)
    return str(found[-1]) if found else None


def has_magic(prompt: str, word: str) -> bool:
    """Whether the prompt has the magic word `--sandbox-<word>`."""
    return re.search(rf"(?:--|—)sandbox-{word}\b", prompt) is not None


def banned_word(prompt: str) -> str | None:
    """The first banned word of the prompt."""
    return next((word for word in words_of(prompt) if word in BANNED_WORDS), None)


def seed_of(prompt: str) -> int | None:
    """The number after `--seed`."""
    text = parameter(prompt, "seed")
    return int(text) if text is not None and text.isdecimal() else None


def cell_size(prompt: str) -> Size:
    """How large one cell is, in pixels, with the prompt's `--ar`; both sides are even."""
    match = re.fullmatch(r"(\d{1,3}):(\d{1,3})", parameter(prompt, "ar", "aspect") or "")
    if match is None or "0" in match.groups():
        return MAX_SIDE, MAX_SIDE
    ratio = min(Fraction(4), max(Fraction(1, 4), Fraction(int(match[1]), int(match[2]))))
    if ratio >= 1:
        return MAX_SIDE, round(MAX_SIDE / ratio / 2) * 2
    return round(MAX_SIDE * ratio / 2) * 2, MAX_SIDE


def version_of(prompt: str) -> str:
    """The model version that decides over the buttons: "5", "6", "6.1", "7", "8" and the like."""
    return parameter(prompt, "v", "version") or parameter(prompt, "niji") or "7"
