"""Pictures into words and long prompts into short ones: describe and shorten."""

import re
from collections import Counter
from fractions import Fraction

from PIL import Image, ImageStat

from sandbox.relay.buttons import describe_buttons, shorten_buttons
from sandbox.relay.painting.dials import Dials, mix
from sandbox.relay.painting.palettes import colour_name, main_colours
from sandbox.relay.painting.pictures import Picture
from sandbox.relay.painting.words import PARAMETERS, plain
from sandbox.relay.tasks import Plan

DESCRIBE_S, SHORTEN_S = 12.0, 8.0
FILLERS = "a an and as at by for from in into is it its of on or over that the to under very with really quite"
SMALL_WORDS = frozenset(FILLERS.split(" "))
KEYCAP = "\ufe0f\u20e3"
MEDIA = ("layered paper-cut illustration", "gouache landscape", "flat vector poster", "cinematic matte painting",
         "storybook illustration", "screen print", "soft pastel drawing", "digital art")  # fmt: skip
LIGHTS = ("soft light", "long shadows", "gentle haze", "rim light", "clear air", "warm glow")


def describe(picture: Picture, image: Image.Image, seed: int) -> Plan:
    """Four prompts for a picture, each on a line of its own behind its number."""
    ratio = Fraction(*image.size).limit_denominator(20)
    dials = Dials(mix(seed, "describe"))
    start = int(dials("medium", 0, len(MEDIA)))
    subject = subject_of(image)
    first, second = [*(colour_name(shade) for shade in main_colours(image, 2)), "grey"][:2]
    lines = [
        f"{line}{KEYCAP} {subject}, {first} and {second}, "
        f"{MEDIA[(start + line * 3) % len(MEDIA)]}, {dials.pick(f'light.{line}', LIGHTS)}"
        f" --ar {ratio.numerator}:{ratio.denominator}"
        for line in range(1, 5)
    ]
    text = "\n\n".join(lines)
    return Plan(
        action="DESCRIBE",
        prompt=text,
        seed=seed,
        duration=DESCRIBE_S,
        picture=picture,
        offers=lambda _job: describe_buttons(),
        text=text,
        has_previews=False,
    )


def subject_of(image: Image.Image) -> str:
    """What is to be seen, judged from light and colour in the upper, lower and middle part."""
    small = image.convert("RGB").resize((48, 48), Image.Resampling.BOX)
    upper = ImageStat.Stat(small.crop((0, 0, 48, 20))).mean
    lower = ImageStat.Stat(small.crop((0, 32, 48, 48))).mean
    middle = ImageStat.Stat(small.crop((16, 16, 32, 40))).mean
    sides = ImageStat.Stat(small.crop((0, 16, 8, 40))).mean
    if sum(upper) < 210:
        time = "night"
    elif upper[0] > upper[2] + 12:
        time = "sunset"
    else:
        time = "a clear day" if sum(upper) > 420 else "dusk"
    if lower[2] > max(lower[0], lower[1]) + 6:
        place = "the sea"
    elif lower[1] > max(lower[0], lower[2]) + 6:
        place = "a meadow"
    else:
        place = "mountains" if sum(lower) < 330 else "desert dunes"
    contrast = sum(abs(a - b) for a, b in zip(middle, sides, strict=True))
    if contrast < 60:
        return f"{place} at {time}"
    red, green, blue = (int(part) for part in middle)
    return f"a {colour_name((red, green, blue))} figure in the middle of {place} at {time}"


def shorten(prompt: str, seed: int, *, has_details: bool = False) -> Plan:
    """The weight of each word, and up to five shorter prompts."""
    weights = token_weights(prompt)
    parameters = match[0].strip() if (match := PARAMETERS.search(prompt)) else ""
    strong = [token for token, weight in weights if weight >= 0.3]
    marked = [f"**{token}**" if weight >= 0.3 else f"~~{token}~~" for token, weight in weights]
    text = f"## Important tokens\n{' '.join(marked)}\n\n## Shortened prompts\n"
    if has_details:
        ranked = sorted(weights, key=lambda pair: -pair[1])
        text = "## Important tokens\n" + "\n".join(f"**{token}** ({weight:+.2f})" for token, weight in ranked)
        text += "\n\n## Shortened prompts\n"
    shorter = shorter_prompts([token for token, _ in weights], strong, parameters)
    text += "\n\n".join(f"{line}{KEYCAP} {one}" for line, one in enumerate(shorter, start=1))
    return Plan(
        action="SHORTEN",
        prompt=prompt,
        seed=seed,
        duration=SHORTEN_S,
        offers=lambda _job: shorten_buttons(len(shorter), has_details=has_details),
        text=text,
        has_previews=False,
    )


def token_weights(prompt: str) -> list[tuple[str, float]]:
    """Words in their order with a weight: long and rare ones weigh more, small words almost nothing."""
    tokens = re.findall(r"[^\s,]+", plain(prompt))
    counts = Counter(token.lower() for token in tokens)
    return [
        (token, 0.02 if token.lower() in SMALL_WORDS else round(min(1.0, 0.12 * len(token)) / counts[token.lower()], 2))
        for token in tokens
    ]


def shorter_prompts(tokens: list[str], strong: list[str], parameters: str) -> list[str]:
    """From all that matters to a word or two, without repeats."""
    base = [token for token in tokens if token.lower() not in SMALL_WORDS] or tokens
    keep = [token for token in base if token in strong] or base
    counts = [max(1, round(len(keep) * share)) for share in (0.8, 0.6, 0.4, 0.2)]
    found = [" ".join(base), *(" ".join(keep[:count]) for count in counts)]
    return [f"{one} {parameters}".strip() for one in dict.fromkeys(found)]


def picked_line(text: str, number: str) -> str | None:
    """The prompt behind the number."""
    match = re.search(rf"^{re.escape(number)}{KEYCAP} (.+)$", text, re.MULTILINE)
    return match[1].strip() if match else None
