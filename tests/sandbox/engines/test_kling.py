"""The fake of Kling."""

from typing import Any

import pytest

from sandbox.relay.profiles import NEW_API
from tests.sandbox.engines.caller import KLING, Caller, plain, raw

TRY_ON = "/kling/v1/images/kolors-virtual-try-on"


async def test_kling_walks_through_its_states(caller: Caller) -> None:
    status, body = await caller.post(KLING, {"prompt": "a cat", "external_task_id": "job-5", "n": 2})
    looked, seen = body, [body["data"]["task_status"]]
    for seconds in (5, 20):
        caller.clock.at += seconds
        _, looked = await caller.ask("GET", f"{KLING}/{body['data']['task_id']}")
        seen.append(looked["data"]["task_status"])

    assert (status, body["code"], body["message"], seen) == (200, 0, "SUCCEED", ["submitted", "processing", "succeed"])
    assert [one["index"] for one in looked["data"]["task_result"]["images"]] == [0, 1]
    assert looked["data"]["updated_at"] - looked["data"]["created_at"] == 20_000
    (task,) = caller.relay.tasks()
    assert (task["id"], task["state"], task["charged"]) == (body["data"]["task_id"], "job-5", 2)


@pytest.mark.parametrize(
    ("wanted", "size"),
    [({}, (1360, 768)), ({"aspect_ratio": "2:3"}, (832, 1248)), ({"resolution": "2k"}, (2736, 1536))],
)
async def test_kling_honours_shape_and_resolution(caller: Caller, wanted: Any, size: tuple[int, int]) -> None:
    done = await caller.kling(prompt="a cat", **wanted)

    assert (await caller.image(done["task_result"]["images"][0]["url"])).size == size


async def test_kling_dresses_the_person_in_the_cloth(caller: Caller) -> None:
    person, cloth = plain("#c0c0c0", (400, 600)), plain("#d01020", (300, 300))
    done = await caller.kling(TRY_ON, human_image=raw(person), cloth_image=raw(cloth))

    image = await caller.image(done["task_result"]["images"][0]["url"])
    assert image.size == person.size
    assert (image.getpixel((200, 350)), image.getpixel((200, 40))) == ((208, 16, 32), (192, 192, 192))
    assert caller.relay.tasks()[0]["action"] == "KLING_TRYON"


@pytest.mark.parametrize(
    ("word", "message"), [("fail", "Service internal error"), ("unsafe", "Failure to pass the risk control system")]
)
async def test_kling_fails_with_a_reason(caller: Caller, word: str, message: str) -> None:
    done = await caller.kling(prompt=f"a cat --sandbox-{word}")

    assert (done["task_status"], done["task_status_msg"]) == ("failed", message)
    assert "task_result" not in done


async def test_kling_stays_stuck(caller: Caller) -> None:
    assert (await caller.kling(prompt="a cat --sandbox-stuck", seconds=90_000))["task_status"] == "processing"


PICTURE = raw(plain("red"))


@pytest.mark.parametrize(
    "wanted",
    [
        {"prompt": ""},
        {"prompt": "x" * 2501},
        {"model_name": "kling-v9"},
        {"aspect_ratio": "5:4"},
        {"resolution": "4k"},
        {"n": 10},
        {"image_fidelity": 1.5},
        {"image": f"data:image/png;base64,{PICTURE}"},
        {"image": "no base64!"},
        {"image": raw(plain("red", (200, 400)))},
        {"image": raw(plain("red", (300, 800)))},
        {"image": PICTURE, "negative_prompt": "blur"},
        {"image": PICTURE, "model_name": "kling-v1-5"},
        {"image": PICTURE, "model_name": "kling-v2", "image_reference": "face"},
        {"image": PICTURE, "model_name": "kling-v1-5", "image_reference": "face", "human_fidelity": 0.3},
    ],
)
async def test_kling_refuses_bad_fields_with_its_code(caller: Caller, wanted: dict[str, Any]) -> None:
    status, body = await caller.post(KLING, {"prompt": "a cat"} | wanted)

    assert (status, body["code"], set(body)) == (400, 1201, {"code", "message", "request_id"})
    assert caller.relay.tasks() == []


async def test_kling_refuses_the_second_use_of_an_own_id(caller: Caller) -> None:
    await caller.kling(prompt="a cat", external_task_id="job-6")

    status, body = await caller.post(KLING, {"prompt": "a cat", "external_task_id": "job-6"})

    assert (status, body["code"], len(caller.relay.tasks())) == (400, 1201, 1)


async def test_kling_makes_twenty_pictures_at_once_and_no_more(caller: Caller) -> None:
    for _ in range(2):
        await caller.post(KLING, {"prompt": "a cat", "n": 9})
    crowded = await caller.post(KLING, {"prompt": "a cat", "n": 3})
    caller.clock.at += 60
    later = await caller.post(KLING, {"prompt": "a cat", "n": 3})

    assert (crowded[0], crowded[1]["code"], later[1]["code"]) == (429, 1303, 0)


async def test_kling_does_not_know_a_task_under_the_other_path(caller: Caller) -> None:
    done = await caller.kling(prompt="a cat")

    status, body = await caller.ask("GET", f"{TRY_ON}/{done['task_id']}")

    assert (status, body["code"]) == (404, 1203)


async def test_kling_has_odd_forms(caller: Caller) -> None:
    _, flat = await caller.prompt(KLING, "a cat --sandbox-odd")
    caller.relay.profile = NEW_API
    _, nested = await caller.prompt(KLING, "a cat")
    caller.clock.at += 60
    _, flat_end = await caller.ask("GET", f"{KLING}/{flat['data']['task_id']}")
    _, nested_end = await caller.ask("GET", f"{KLING}/{nested['data']['task_id']}")

    assert (flat_end["code"], flat_end["data"]["status"]) == ("success", "succeeded")
    assert (await caller.image(flat_end["data"]["url"])).size == (1360, 768)
    assert (nested["data"]["status"], nested_end["data"]["status"]) == ("SUBMITTED", "SUCCESS")
    (image,) = nested_end["data"]["data"]["data"]["task_result"]["images"]
    assert (image["id"], image["url"].startswith("http")) == ("", True)
