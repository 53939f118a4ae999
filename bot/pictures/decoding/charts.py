"""Charts of numbers by day, drawn as pictures: dark, so that they read well in Discord's dark and light themes."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.decoding import encoding

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 64, 44  # around the bars, in pixels
BACK, LINE, TEXT = "#232428", "#3f4147", "#dbdee1"
COLOURS = ("#5865f2", "#3ba55d", "#faa61a", "#eb459e", "#00b0f4", "#ed4245", "#9b84ee", "#99aab5")
SIZE = 17  # of letters, in pixels


def stacked_bars(days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    """Draw a bar for each day, stacked from what each series has, as a PNG.

    Args:
        days: a short label for each day, the oldest first.
        series: names in Latin letters, each with a number for each day.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), BACK)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(SIZE)
    most = max((sum(numbers) for numbers in zip(*(of for _name, of in series), strict=True)), default=0) or 1
    floor, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    for part in (0, most / 2, most):
        y = floor - height * part / most
        draw.line((LEFT, y, WIDTH - RIGHT, y), fill=LINE)
        if part == int(part):
            draw.text((LEFT - 10, y), str(int(part)), fill=TEXT, font=font, anchor="rm")
    step = (WIDTH - LEFT - RIGHT) / len(days)
    for number, label in enumerate(days):
        x, y = LEFT + step * number, float(floor)
        for (_name, of), colour in zip(series, _colours(len(series)), strict=True):
            top = y - height * of[number] / most
            if of[number]:
                draw.rectangle((x + step * 0.15, top, x + step * 0.85, y), fill=colour)
            y = top
        if (len(days) - 1 - number) % max(1, len(days) // 10) == 0:
            draw.text((x + step / 2, floor + 12), label, fill=TEXT, font=font, anchor="mt")
    x = float(LEFT)
    for (name, _of), colour in zip(series, _colours(len(series)), strict=True):
        draw.rectangle((x, 22, x + 16, 38), fill=colour)
        draw.text((x + 24, 30), name, fill=TEXT, font=font, anchor="lm")
        x += 48 + draw.textlength(name, font=font)
    return encoding.png(picture)


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
