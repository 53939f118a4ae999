"""Charts of numbers by day, drawn as pictures: dark, so that they read well in Discord's dark and light themes."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.decoding import encoding

WIDTH, HEIGHT = 960, 540
LEFT, RIGHT, TOP, BOTTOM = 108, 40, 28, 64  # around bars and names, in pixels
BACK, LINE, TEXT = "#232428", "#3f4147", "#dbdee1"
COLOURS = ("#5865f2", "#3ba55d", "#faa61a", "#eb459e", "#00b0f4", "#ed4245", "#9b84ee", "#99aab5")
SIZE = 30  # of letters, in pixels: a phone shows the picture at a third of its width
ROW = 44  # of names
SWATCH = 24
LABELS = 6  # days that are named, about


def stacked_bars(days: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    """Draw a bar for each day, stacked from what each series has, as a PNG.

    Args:
        days: a short label for each day, the oldest first.
        series: names in Latin letters, each with a number for each day.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), BACK)
    draw = ImageDraw.Draw(picture)
    draw.font = ImageFont.load_default(SIZE)
    most = max((sum(numbers) for numbers in zip(*(of for _name, of in series), strict=True)), default=0) or 1
    floor = HEIGHT - BOTTOM
    height = floor - _draw_names(draw, [name for name, _of in series])
    for part in (0, most / 2, most):
        y = floor - height * part / most
        draw.line((LEFT, y, WIDTH - RIGHT, y), fill=LINE)
        if part == int(part):
            draw.text((LEFT - 12, y), str(int(part)), fill=TEXT, anchor="rm")
    step = (WIDTH - LEFT - RIGHT) / len(days)
    for number, label in enumerate(days):
        x, y = LEFT + step * number, float(floor)
        for (_name, of), colour in zip(series, _colours(len(series)), strict=True):
            top = y - height * of[number] / most
            if of[number]:
                draw.rectangle((x + step * 0.15, top, x + step * 0.85, y), fill=colour)
            y = top
        if (len(days) - 1 - number) % max(1, len(days) // LABELS) == 0:
            draw.text((x + step / 2, floor + 14), label, fill=TEXT, anchor="mt")
    return encoding.png(picture)


def _draw_names(draw: ImageDraw.ImageDraw, names: Sequence[str]) -> float:
    """Write the names beside their colours, in as many rows as they need; returns where the bars may begin."""
    x, y = float(LEFT), float(TOP)
    for name, colour in zip(names, _colours(len(names)), strict=True):
        wide = SWATCH + 12 + draw.textlength(name)
        if x > LEFT and x + wide > WIDTH - RIGHT:
            x, y = float(LEFT), y + ROW
        draw.rectangle((x, y, x + SWATCH, y + SWATCH), fill=colour)
        draw.text((x + SWATCH + 12, y + SWATCH / 2), name, fill=TEXT, anchor="lm")
        x += wide + 32
    return y + ROW + SIZE / 2


def _colours(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
