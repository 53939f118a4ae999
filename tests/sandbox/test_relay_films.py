"""Films, edits and what else midjourney-proxy 11 tells: the wire as its source and its clients show it."""

import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image, ImageChops

from sandbox.relay.profiles import MIDJOURNEY_PROXY, NEW_API, PLUS
from tests.sandbox.relay_bench import Bench, data_url

SMALL = "a small boat --ar 4:1 --v 8.2"
STILL = data_url(Image.new("RGB", (64, 48), "#2060c0"))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench.open() as opened:
        opened.relay.profile = MIDJOURNEY_PROXY
        yield opened


async def test_grid_lists_its_four_pictures_and_its_seed(bench: Bench) -> None:
    grid = await bench.imagine(SMALL)

    whole = await bench.picture(grid)
    cells = [Image.open(io.BytesIO((await bench.get(one["url"])).data)) for one in grid["imageUrls"]]
    wide, high = whole.width // 2, whole.height // 2
    assert [cell.size for cell in cells] == [(wide, high)] * 4
    second = whole.crop((wide, 0, 2 * wide, high))
    assert ImageChops.difference(second, cells[1].convert("RGB")).getbbox() is None
    assert grid["seed"].isdecimal()


async def test_picture_of_version_8_has_no_upscale_zoom_pan_and_region(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL), 3)

    labels = [one["label"] or one["emoji"] for one in single["buttons"]]
    assert labels == ["Vary (Subtle)", "Vary (Strong)", "Animate (High motion)", "Animate (Low motion)", "🔄"]
    assert all("::3::" in one["customId"] for one in single["buttons"][:-1])


async def test_animate_tells_four_films_and_no_picture(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    films = await bench.finish(await bench.press(single, "animate_low"))

    assert (films["action"], films["imageUrl"], len(films["videoUrls"])) == ("VIDEO", "", 4)
    assert "--video 1" in films["prompt"]
    assert [one["label"] or one["emoji"] for one in films["buttons"]] == ["U1", "U2", "U3", "U4", "🔄"]
    first, second = [await bench.get(one["url"]) for one in films["videoUrls"][:2]]
    assert first.content_type == "video/mp4"
    assert first.data[4:8] == b"ftyp"
    assert first.data != second.data


async def test_one_film_of_a_set_can_be_taken_and_extended(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(SMALL))
    films = await bench.finish(await bench.press(single, "animate_high"))

    taken = await bench.finish(await bench.press(films, "video_virtual_upscale::2"))
    longer = await bench.finish(await bench.press(taken, "animate_low_extend"))

    assert [one["label"] for one in taken["buttons"]] == ["Extend (High motion)", "Extend (Low motion)"]
    whole, set_of_four = await bench.get(taken["videoUrls"][0]["url"]), await bench.get(films["videoUrls"][1]["url"])
    assert whole.data == set_of_four.data
    assert (longer["action"], len(longer["videoUrls"])) == ("VIDEO", 4)


async def test_films_can_come_later_than_their_success(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine(f"{SMALL} --sandbox-late"))
    pressed = await bench.press(single, "animate_low")
    bench.clock.at += 61

    early = await bench.fetch(pressed["result"])
    bench.clock.at += 60
    late = await bench.fetch(pressed["result"])

    assert (early["status"], early["imageUrl"], early["videoUrls"]) == ("SUCCESS", "", None)
    assert len(late["videoUrls"]) == 4


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"prompt": "", "image": STILL}, "prompt不能为空"),
        ({"prompt": "waves"}, "base64格式错误"),
        ({"prompt": "waves", "image": STILL, "motion": "wild"}, "参数错误"),
        ({"prompt": "waves", "action": "extend", "taskId": "1", "index": 0}, "关联任务不存在或已失效"),
    ],
)
async def test_video_submit_refuses_what_it_cannot_film(bench: Bench, body: dict[str, Any], says: str) -> None:
    answer = await bench.submit("video", **body)

    assert (answer["code"] in (3, 4), answer["description"]) == (True, says)
    assert bench.relay.tasks() == []


async def test_video_submit_films_a_picture_and_goes_to_the_last_one(bench: Bench) -> None:
    film = await bench.finish(
        await bench.submit("video", prompt="waves", image=STILL, endImage=STILL, motion="high", batchSize=1)
    )

    assert len(film["videoUrls"]) == 1
    assert [one["label"] for one in film["buttons"]] == ["Extend (High motion)", "Extend (Low motion)"]


async def test_video_cannot_be_had_in_turbo(bench: Bench) -> None:
    answer = await bench.post("/mj-turbo/mj/submit/video", {"prompt": "waves", "image": STILL})
    task = await bench.finish(answer)

    assert task["failReason"] == "[Invalid parameter] Turbo mode isn't supported for video jobs"


async def test_new_api_tells_the_first_film_by_itself_as_well(bench: Bench) -> None:
    bench.relay.profile = NEW_API
    film = await bench.finish(await bench.submit("video", prompt="waves", image=STILL))

    assert film["videoUrl"] == film["videoUrls"][0]["url"]
    assert film["imageUrl"]


async def test_edit_changes_the_marked_region_alone(bench: Bench) -> None:
    picture = Image.new("RGBA", (64, 64), "#2060c0")
    picture.paste((0, 0, 0, 0), (0, 0, 32, 32))
    by_hole = await bench.finish(await bench.submit("edits", prompt="a red house", image=data_url(picture)))
    mask = Image.new("L", (64, 64))
    mask.paste(255, (0, 0, 32, 32))
    body = {"image": data_url(picture.convert("RGB")), "maskBase64": data_url(mask)}
    by_mask = await bench.finish(await bench.submit("edits", prompt="a red house", **body))

    for grid in (by_hole, by_mask):
        assert grid["action"] == "EDIT"
        cell = (await bench.picture(grid)).crop((0, 0, 64, 64))
        assert cell.crop((32, 0, 64, 64)).getcolors() == [(32 * 64, (0x20, 0x60, 0xC0))]
        assert len(cell.crop((0, 0, 32, 32)).getcolors(4096) or ()) > 1


async def test_remix_on_request_is_refused_on_an_account_without_it(bench: Bench) -> None:
    grid = await bench.imagine(f"{SMALL} --sandbox-noremix")

    answer = await bench.press(grid, "variation::1", enableRemix=True)

    assert (answer["code"], "不支持 remix" in answer["description"]) == (4, True)


async def test_owner_can_cancel_what_is_not_over(bench: Bench) -> None:
    submitted = await bench.submit("imagine", prompt=SMALL)
    await bench.post(f"/mj/task/{submitted['result']}/cancel", {})

    assert (await bench.fetch(submitted["result"]))["status"] == "CANCEL"
    assert bench.relay.tasks()[0]["charged"] == 0


async def test_relays_that_do_not_name_films_do_not_make_them(bench: Bench) -> None:
    bench.relay.profile = PLUS

    answer = await bench.submit("video", prompt="waves", image=STILL)

    assert answer["status"] == 404


async def test_uploaded_picture_can_be_named_by_its_address(bench: Bench) -> None:
    address = (await bench.submit("upload-discord-images", base64Array=[STILL]))["result"][0]

    film = await bench.finish(await bench.submit("video", prompt="waves", image=address, batchSize=2))

    assert len(film["videoUrls"]) == 2
