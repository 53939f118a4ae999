"""The wire of every further operation: modals, blend, describe, shorten, upload, change, swap, seed."""

import re
from typing import Any

import pytest
from PIL import Image

from tests.sandbox.relay_bench import Bench, data_url

RED = data_url(Image.new("RGB", (60, 40), "#c02020"))
BLUE = data_url(Image.new("RGB", (60, 40), "#2020c0"))


async def test_single_picture_offers_sixteen_buttons_with_a_null_custom_id(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))

    labels = [one["label"] or one["emoji"] for one in single["buttons"]]
    assert labels == [
        *("Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Vary (Strong)", "Vary (Region)"),
        *("Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "⬅️", "➡️", "⬆️", "⬇️"),
        *("Animate (High motion)", "Animate (Low motion)", "❤️", "Web"),
    ]
    assert single["buttons"][-1] == {"customId": None, "emoji": "", "label": "Web", "style": 5, "type": 2}
    assert {one["emoji"] for one in single["buttons"][:2]} == {"upscale_1"}


@pytest.mark.parametrize(
    ("prompt", "has", "lacks"),
    [
        ("cat --ar 3:2", "Outpaint::100", "BOOKMARK"),
        ("cat --v 6.1", "upsample_v6r1_2x_creative", "v7"),
        ("cat --v 5.2", "upsample_v5_4x", "v7"),
        ("cat --v 8.1", "Inpaint", "pan_left"),
        ("cat --niji 6", "upsample_v6_2x_subtle", "v7"),
    ],
)
async def test_buttons_depend_on_version_and_shape(bench: Bench, prompt: str, has: str, lacks: str) -> None:
    single = await bench.pick(await bench.imagine(prompt))

    custom_ids = " ".join(one["customId"] or "" for one in single["buttons"])
    assert has in custom_ids
    assert lacks not in custom_ids
    assert len(single["buttons"]) <= 16


async def test_panned_picture_goes_on_along_its_axis_only(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    panned = await bench.pick(await bench.finish(await bench.press(single, "pan_up")))

    found = re.findall(r"pan_\w+|variation", " ".join(one["customId"] or "" for one in panned["buttons"]))
    assert found == ["pan_up", "pan_down"]


async def test_upscaled_picture_offers_a_redo_and_no_pan(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    large = await bench.finish(await bench.press(single, "_2x_subtle"))
    again = await bench.finish(await bench.press(large, "_2x_creative"))

    labels = [one["label"] or one["emoji"] for one in large["buttons"]]
    assert labels[:2] == ["Redo Upscale (Subtle)", "Redo Upscale (Creative)"]
    assert "⬅️" not in labels
    assert again["imageWidth"] == large["imageWidth"] == 1024


async def test_rating_and_imagine_all_are_refused(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    described = await bench.finish(await bench.submit("describe", base64=RED))

    codes = [(await bench.press(single, "BOOKMARK"))["code"], (await bench.press(described, "PicReader::all"))["code"]]
    assert codes == [4, 4]


@pytest.mark.parametrize(("button", "prefill"), [("Inpaint", ""), ("CustomZoom", "cat --v 7")])
async def test_modal_waits_in_modal_and_keeps_its_id(bench: Bench, button: str, prefill: str) -> None:
    single = await bench.pick(await bench.imagine("cat --v 7 --fast"))
    asked = await bench.press(single, button, state="job-5")
    waiting = await bench.fetch(asked["result"])
    answered = await bench.submit("modal", taskId=asked["result"], prompt="dog --zoom 2", maskBase64=BLUE)
    done = await bench.finish(answered)

    assert (asked["code"], asked["properties"]) == (21, {"finalPrompt": prefill, "remix": True})
    assert (waiting["status"], waiting["imageUrl"], waiting["buttons"]) == ("MODAL", "", [])
    assert answered["result"] == asked["result"]
    assert (done["status"], done["prompt"], done["state"]) == ("SUCCESS", "dog --zoom 2", "job-5")


async def test_waiting_modal_costs_nothing(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    await bench.press(single, "CustomZoom")

    assert bench.relay.tasks()[-1]["charged"] == 0


async def test_modal_refuses_what_it_cannot_use(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    asked = (await bench.press(single, "Inpaint"))["result"]

    unknown = await bench.submit("modal", taskId="1111111111111111", prompt="dog")
    maskless = await bench.submit("modal", taskId=asked, prompt="dog")
    banned = await bench.submit("modal", taskId=asked, prompt="gore", maskBase64=RED)
    finished = await bench.submit("modal", taskId=single["id"], prompt="dog")
    bench.clock.at += 3601
    late = await bench.submit("modal", taskId=asked, prompt="dog", maskBase64=RED)

    assert [one["code"] for one in (unknown, maskless, banned, finished, late)] == [3, 4, 24, 4, 4]


async def test_zoom_out_of_range_fails_later(bench: Bench) -> None:
    single = await bench.pick(await bench.imagine("cat"))
    asked = await bench.press(single, "CustomZoom")
    task = await bench.finish(await bench.submit("modal", taskId=asked["result"], prompt="cat --zoom 3"))

    assert task["status"] == "FAILURE"
    assert "--zoom: 3" in task["failReason"]


async def test_remix_is_asked_for_by_the_client_or_by_the_account(bench: Bench) -> None:
    plain, remix = await bench.imagine("cat"), await bench.imagine("cat --sandbox-remix")

    answers = [
        await bench.press(plain, "variation::1"),
        await bench.press(plain, "variation::1", enableRemix=True),
        await bench.press(remix, "reroll"),
        await bench.press(remix, "upsample::1"),
    ]
    assert [one["code"] for one in answers] == [1, 21, 21, 1]
    assert answers[1]["properties"]["finalPrompt"] == "cat"


async def test_remix_changes_the_prompt(bench: Bench) -> None:
    grid = await bench.imagine("cat")
    asked = await bench.press(grid, "variation::1", enableRemix=True)
    task = await bench.finish(await bench.submit("modal", taskId=asked["result"], prompt="a robot"))

    assert (task["prompt"], task["action"]) == ("a robot", "VARIATION")


async def test_rewritten_modal_shows_only_in_the_status(bench: Bench) -> None:
    grid = await bench.imagine("cat --sandbox-rewrite")
    answer = await bench.press(grid, "variation::1")

    assert answer["code"] == 1
    assert (await bench.fetch(answer["result"]))["status"] == "MODAL"


@pytest.mark.parametrize(
    "body",
    [
        {"base64Array": [RED]},
        {"base64Array": [RED] * 6},
        {"base64Array": [RED, BLUE], "dimensions": None},
        {"base64Array": [RED, "bm90IGEgdXJs"]},
    ],
)
async def test_blend_refuses_wrong_counts_and_shapes(bench: Bench, body: dict[str, Any]) -> None:
    assert (await bench.submit("blend", **body))["code"] == 4


async def test_describe_writes_four_numbered_prompts(bench: Bench) -> None:
    task = await bench.finish(await bench.submit("describe", base64=RED))

    lines = task["properties"]["finalPrompt"].split("\n\n")
    assert [line[:3] for line in lines] == ["1️⃣", "2️⃣", "3️⃣", "4️⃣"]
    assert all(line.endswith("--ar 3:2") and "red" in line for line in lines)
    assert len(set(lines)) == 4
    assert (await bench.picture(task)).size == (60, 40)
    assert [one["emoji"] for one in task["buttons"]] == ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "🔄", "🎉"]


async def test_described_line_becomes_a_picture_through_its_modal(bench: Bench) -> None:
    described = await bench.finish(await bench.submit("describe", base64=BLUE))
    asked = await bench.press(described, "PicReader::2")
    grid = await bench.finish(await bench.submit("modal", taskId=asked["result"]))

    line = described["prompt"].split("\n\n")[1][3:].strip()
    assert (asked["code"], asked["properties"]["finalPrompt"], grid["prompt"]) == (21, line, line)
    assert len(grid["buttons"]) == 9


async def test_describe_again_finds_other_words(bench: Bench) -> None:
    described = await bench.finish(await bench.submit("describe", base64=BLUE))
    again = await bench.finish(await bench.press(described, "Picread::Retry"))

    assert again["action"] == "DESCRIBE"
    assert again["prompt"] != described["prompt"]


async def test_describe_takes_a_link_of_its_own(bench: Bench) -> None:
    grid = await bench.imagine("cat")

    codes = [
        (await bench.submit("describe", link=link))["code"] for link in (grid["imageUrl"], "https://example.com/a.png")
    ]
    assert codes == [1, 4]


async def test_shorten_marks_tokens_and_offers_shorter_prompts(bench: Bench) -> None:
    prompt = "a very beautiful castle on the mountain in the evening with really magnificent towers --ar 3:2"
    task = await bench.finish(await bench.submit("shorten", prompt=prompt))

    text = task["properties"]["finalPrompt"]
    assert text == task["description"]
    assert "**castle**" in text
    assert "~~very~~" in text
    assert "## Shortened prompts\n1️⃣ " in text
    assert (task["imageUrl"], len(task["buttons"])) == ("", 6)
    assert task["buttons"][-1]["label"] == "Show Details"


async def test_shortened_prompt_can_be_picked_and_detailed(bench: Bench) -> None:
    task = await bench.finish(await bench.submit("shorten", prompt="a tall castle, mountains, evening light --ar 3:2"))
    asked = await bench.press(task, "PromptAnalyzer::1")
    details = await bench.finish(await bench.press(task, "PromptAnalyzerExtended"))

    assert asked["properties"]["finalPrompt"] == "tall castle mountains evening light --ar 3:2"
    assert re.search(r"\*\*mountains\*\* \(\+\d\.\d\d\)", details["properties"]["finalPrompt"])


async def test_upload_answers_with_links_in_order(bench: Bench) -> None:
    answer = await bench.submit("upload-discord-images", base64Array=[RED, BLUE])
    task = {"imageUrl": answer["result"][1]}

    assert (answer["code"], len(answer["result"])) == (1, 2)
    assert (await bench.picture(task)).getpixel((5, 5)) == (32, 32, 192)
    assert (await bench.submit("upload-discord-images", base64Array=[]))["code"] == 4


async def test_bare_task_is_driven_by_change_and_simple_change(bench: Bench) -> None:
    grid = await bench.imagine("cat --sandbox-bare")

    changed = await bench.finish(await bench.submit("change", taskId=grid["id"], action="UPSCALE", index=2))
    varied = await bench.finish(await bench.submit("simple-change", content=f"{grid['id']} v3"))
    rerolled = await bench.finish(await bench.submit("simple-change", content=f"{grid['id']} R"))

    assert grid["buttons"] == []
    assert [one["action"] for one in (changed, varied, rerolled)] == ["UPSCALE", "VARIATION", "REROLL"]
    assert (await bench.submit("simple-change", content=f"{grid['id']} U2"))["code"] == 21


@pytest.mark.parametrize(
    "body", [{"action": "REROLL"}, {"action": "UPSCALE", "index": 5}, {"action": "ZOOM", "index": 1}]
)
async def test_change_refuses_what_it_does_not_know(bench: Bench, body: dict[str, Any]) -> None:
    grid = await bench.imagine("cat")

    assert (await bench.submit("change", taskId=grid["id"], **body))["code"] == 4


async def test_face_swap_needs_two_different_pictures(bench: Bench) -> None:
    bodies = [{"sourceBase64": RED}, {"sourceBase64": RED, "targetBase64": RED}]

    assert [(await bench.post("/mj/insight-face/swap", body))["code"] for body in bodies] == [4, 4]


async def test_seed_of_unknown_and_pictureless_tasks_is_refused(bench: Bench) -> None:
    shortened = await bench.finish(await bench.submit("shorten", prompt="a cat"))

    unknown = await bench.get("/mj/task/1111111111111111/image-seed")
    wordy = await bench.get(f"/mj/task/{shortened['id']}/image-seed")

    assert (unknown.status, unknown.json()["code"]) == (404, 3)
    assert (wordy.status, wordy.json()["code"]) == (400, 4)


@pytest.mark.parametrize("prefix", ["/mj-relax", "/mj-fast", "/mj-turbo"])
async def test_every_path_exists_behind_a_mode_prefix(bench: Bench, prefix: str) -> None:
    grid = await bench.finish(await bench.post(f"{prefix}/mj/submit/imagine", {"prompt": "cat"}))
    listed = await bench.post(f"{prefix}/mj/task/list-by-condition", {"ids": [grid["id"]]})

    assert listed == [grid]


async def test_unknown_path_is_an_error_in_openai_style(bench: Bench) -> None:
    answer = await bench.submit("retexture")

    assert "/mj/submit/retexture" in answer["error"]["message"]
