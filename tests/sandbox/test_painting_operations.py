"""What the operations do to pixels: a pick is its cell, a zoom holds its parent, a repaint keeps what is black."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.sandbox.relay_bench import Bench, cell_of, data_url

SMALL = "a castle in the desert --seed 5 --ar 4:1"  # cells of 512 x 128 pixels, painted quickly


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench.open(seed=3) as opened:
        yield opened


@pytest.fixture
async def painted() -> AsyncIterator[Bench]:
    """A relay whose scenes are painted: sketches of related scenes are not alike."""
    async with Bench.open(seed=3, sketches=False) as opened:
        yield opened


def same(first: Image.Image, second: Image.Image) -> bool:
    return first.size == second.size and ImageChops.difference(first, second).getbbox() is None


def distance(first: Image.Image, second: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


async def test_pick_has_exactly_the_pixels_of_its_cell(bench: Bench) -> None:
    grid = await bench.imagine(SMALL)
    pixels = await bench.picture(grid)

    for cell in (1, 2, 3, 4):
        assert same(await bench.picture(await bench.pick(grid, cell)), cell_of(pixels, cell))


async def test_seed_paints_the_same_grid_again(painted: Bench) -> None:
    first = await painted.imagine("a robot in the desert --ar 4:1")
    seed = (await painted.get(f"/mj/task/{first['id']}/image-seed")).json()["result"]
    again = await painted.imagine(f"a robot in the desert --ar 4:1 --seed {seed}")
    other = await painted.imagine("a robot in the desert --ar 4:1")

    assert same(await painted.picture(first), await painted.picture(again))
    assert distance(await painted.picture(first), await painted.picture(other)) > 2


async def test_variation_is_a_family_of_its_cell(painted: Bench) -> None:
    grid = await painted.imagine(SMALL)
    child = await painted.picture(await painted.finish(await painted.press(grid, "variation::2")))
    parent = cell_of(await painted.picture(grid), 2)

    cells = [cell_of(child, cell) for cell in (1, 2, 3, 4)]
    assert all(not same(cell, parent) for cell in cells)
    assert len({cell.tobytes() for cell in cells}) == 4
    assert max(distance(cell, parent) for cell in cells) < 30


async def test_reroll_is_a_new_set(bench: Bench) -> None:
    grid = await bench.imagine(SMALL)
    rerolled = await bench.finish(await bench.press(grid, "reroll"))

    assert rerolled["action"] == "REROLL"
    assert not same(await bench.picture(grid), await bench.picture(rerolled))


@pytest.mark.parametrize(
    ("button", "box"),
    [("Outpaint::50", (128, 32, 384, 96)), ("Outpaint::75", (85, 21, 427, 107)), ("Outpaint::100", (0, 192, 512, 320))],
)
async def test_zoom_holds_the_parent_in_the_middle_of_every_cell(
    bench: Bench, button: str, box: tuple[int, int, int, int]
) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    zoomed = await bench.picture(await bench.finish(await bench.press(single, button)))

    parent = await bench.picture(single)
    shrunk = parent.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS)
    assert all(same(cell_of(zoomed, cell).crop(box), shrunk) for cell in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("way", "size", "box"),
    [
        ("left", (768, 128), (256, 0, 768, 128)),
        ("right", (768, 128), (0, 0, 512, 128)),
        ("up", (512, 192), (0, 64, 512, 192)),
        ("down", (512, 192), (0, 0, 512, 128)),
    ],
)
async def test_pan_keeps_the_parents_pixels(
    bench: Bench, way: str, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    panned = await bench.finish(await bench.press(single, f"pan_{way}"))

    cell = cell_of(await bench.picture(panned), 3)
    assert cell.size == size
    assert same(cell.crop(box), await bench.picture(single))


@pytest.mark.parametrize("kind", ["subtle", "creative"])
async def test_upscale_doubles_the_picture(bench: Bench, kind: str) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    large = await bench.picture(await bench.finish(await bench.press(single, f"_{kind}")))

    assert large.size == (1024, 256)
    assert distance(large.resize((512, 128)), await bench.picture(single)) < 6


async def test_repaint_changes_only_the_white_of_the_mask(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    mask = Image.new("L", (512, 128))
    ImageDraw.Draw(mask).ellipse((40, 20, 260, 110), fill=255)
    asked = await bench.press(single, "Inpaint")
    child = await bench.finish(
        await bench.submit("modal", taskId=asked["result"], prompt="a red balloon, desert", maskBase64=data_url(mask))
    )

    parent, grid = await bench.picture(single), await bench.picture(child)
    black = Image.new("RGB", parent.size)
    for cell in (cell_of(grid, number) for number in (1, 2, 3, 4)):
        assert same(Image.composite(black, cell, mask), Image.composite(black, parent, mask))
        assert distance(cell.crop((100, 40, 200, 90)), parent.crop((100, 40, 200, 90))) > 3


async def test_repainted_picture_can_be_zoomed_and_varied(painted: Bench) -> None:
    single = await painted.pick(await painted.imagine(SMALL))
    mask = Image.new("L", (512, 128))
    ImageDraw.Draw(mask).rectangle((0, 0, 256, 128), fill=255)
    asked = await painted.press(single, "Inpaint")
    repainted = await painted.finish(
        await painted.submit("modal", taskId=asked["result"], prompt="a desert at dusk", maskBase64=data_url(mask))
    )
    picked = await painted.pick(repainted)
    varied = await painted.picture(await painted.finish(await painted.press(picked, "low_variation")))
    zoomed = await painted.picture(await painted.finish(await painted.press(picked, "Outpaint::50")))

    parent = await painted.picture(picked)
    assert distance(cell_of(varied, 1), parent) < 30
    shrunk = parent.resize((256, 64), Image.Resampling.LANCZOS)
    assert same(cell_of(zoomed, 2).crop((128, 32, 384, 96)), shrunk)


async def test_custom_zoom_takes_factor_and_ratio_from_the_prompt(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    asked = await bench.press(single, "CustomZoom")
    child = await bench.finish(
        await bench.submit("modal", taskId=asked["result"], prompt="a desert at dusk --ar 2:1 --zoom 1.25")
    )

    cell = cell_of(await bench.picture(child), 4)
    assert cell.size == (512, 256)
    shrunk = (await bench.picture(single)).resize((410, 102), Image.Resampling.LANCZOS)
    assert same(cell.crop((51, 77, 461, 179)), shrunk)


async def test_previews_sharpen_with_progress(bench: Bench) -> None:
    envelope = await bench.submit("imagine", prompt=SMALL)
    previews = []
    for _ in range(3):
        bench.clock.at += 18
        previews.append(await bench.picture(await bench.fetch(envelope["result"])))
    done = (await bench.picture(await bench.finish(envelope))).resize(previews[0].size)

    errors = [distance(preview, done) for preview in previews]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > errors[-1]


async def test_blend_mixes_its_inputs(bench: Bench) -> None:
    inputs = [data_url(Image.new("RGB", (64, 64), shade)) for shade in ("#ff0000", "#0000ff")]
    child = await bench.finish(await bench.submit("blend", base64Array=inputs, dimensions="LANDSCAPE"))

    cell = cell_of(await bench.picture(child), 1)
    red, green, blue = ImageStat.Stat(cell).mean
    assert cell.size == (512, 342)
    assert min(red, blue) > 60
    assert green < 5


async def test_blend_can_be_followed_up(bench: Bench) -> None:
    inputs = [data_url(Image.new("RGB", (64, 64), shade)) for shade in ("#ff8000", "#0040ff")]
    grid = await bench.finish(await bench.submit("blend", base64Array=inputs))
    varied = await bench.picture(await bench.finish(await bench.press(grid, "variation::1")))
    picked = await bench.pick(grid)
    zoomed = await bench.picture(await bench.finish(await bench.press(picked, "Outpaint::50")))

    assert varied.size == zoomed.size == (1024, 1024)
    assert distance(cell_of(varied, 1), await bench.picture(picked)) < 90


async def test_face_swap_changes_only_a_circle_of_the_target(bench: Bench) -> None:
    target = Image.new("RGB", (200, 300), "#204060")
    bodies = {"sourceBase64": data_url(Image.new("RGB", (90, 90), "#ffc8a0")), "targetBase64": data_url(target)}
    child = await bench.finish(await bench.post("/mj/insight-face/swap", bodies))

    swapped = await bench.picture(child)
    assert (child["action"], child["buttons"], swapped.size) == ("SWAP_FACE", [], (200, 300))
    assert swapped.getpixel((100, 106)) == (255, 200, 160)
    assert ImageChops.difference(swapped, target).getbbox() == pytest.approx((60, 66, 140, 146), abs=8)


async def test_animation_is_a_moving_webp(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    film = await bench.finish(await bench.press(single, "animate_high"))
    response = await bench.get(film["imageUrl"])

    image = Image.open(io.BytesIO(response.data))
    assert response.content_type == "image/webp"
    assert getattr(image, "n_frames", 1) > 10
    assert [one["label"] for one in film["buttons"]] == ["Extend (High motion)", "Extend (Low motion)"]


async def test_picture_in_the_prompt_lends_its_colour(painted: Bench) -> None:
    plain = await painted.picture(await painted.imagine("a desert --seed 1 --ar 4:1"))
    reference = data_url(Image.new("RGB", (64, 64), "#1030c0"))
    envelope = await painted.submit("imagine", prompt="a desert --seed 1 --ar 4:1", base64Array=[reference])
    task = await painted.finish(envelope)
    tinted = await painted.picture(task)

    coolness = [mean[2] - mean[0] for mean in (ImageStat.Stat(image).mean for image in (plain, tinted))]
    assert coolness[1] > coolness[0] + 10
    assert task["prompt"].startswith(painted.relay.base_url)
    assert task["properties"]["finalPrompt"].startswith("<https://s.mj.run/")
