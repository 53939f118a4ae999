"""The personal language and the private panels: suffix and options, /settings, /build, /info and /history."""

import io
import re
import zipfile
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.discord.acting import ActingError
from sandbox.message_view import Message, is_private
from sandbox.panel import Panel, open_panel
from tests.e2e.gestures import send_for_job
from tests.e2e.studio import Ordered, Studio, ordered
from tests.support.rows import change, rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"UNITS_PER_MEMBER_DAY": "500", "MAX_JOBS_PER_PROMPT": "4"}
KEPT_HERON = "SELECT id FROM jobs WHERE request LIKE '%private heron%'"
SMALL = "--ar 4:1 --seed 7"  # a small picture that is painted once


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _everything_forgotten(studio: Studio) -> AsyncIterator[None]:
    """Nobody keeps anything from test to test."""
    yield
    await (await open_panel(studio, "settings")).click("Reset Settings")
    await studio.slash("prefer suffix")
    for name in ("mine", "oil"):
        await studio.slash("prefer option set", {"option": name})


async def prompt_sent(studio: Studio, job: Ordered) -> str:
    """The prompt that reached the relay for a job."""
    (submit,) = await studio.eventually(lambda: studio.submits(job.id), "the submit")
    return str(submit.body["prompt"])


async def sent_export(studio: Studio) -> Message:
    """The export among Ana's direct messages."""

    def newest() -> Message | None:
        found = [m for m in studio.messages("dm", "ana") if [a["filename"] for a in m["attachments"]] == ["easel.zip"]]
        return found[-1] if found else None

    return await studio.eventually(newest, "the export")


async def card_after(studio: Studio, panel: Panel, label: str) -> Ordered:
    """The job that a panel's button starts."""
    card = await studio.answer(await panel.click(label))
    assert not is_private(card)
    return ordered(card, panel.user, card["channel_id"])


async def test_suffix_and_option_are_in_the_prompt_sent(studio: Studio) -> None:
    said = await studio.slash("prefer suffix", {"text": "--chaos 5 --seed 7"})
    assert is_private(said)
    assert "`--chaos 5 --seed 7`" in said["content"]
    await studio.slash("prefer option set", {"option": "--mine", "value": "in thick oil paint --ar 4:1"})

    job = await studio.imagine("a heron --mine")

    assert "**a heron in thick oil paint --ar 4:1 --chaos 5 --seed 7**" in job.card["content"]
    assert await prompt_sent(studio, job) == "a heron in thick oil paint --ar 4:1 --chaos 5 --seed 7"
    await studio.result(job)


async def test_a_typed_flag_beats_the_suffix(studio: Studio) -> None:
    await studio.slash("prefer suffix", {"text": "--chaos 5 --ar 1:1"})

    assert await prompt_sent(studio, await studio.imagine(f"a heron {SMALL}")) == f"a heron {SMALL} --chaos 5"


async def test_another_engines_picture_goes_on_in_the_members_own_language(studio: Studio) -> None:
    await studio.slash("prefer suffix", {"text": "--chaos 5"})
    card = await studio.slash("ideogram generate", {"prompt": "a poster"})
    poster = await studio.result(ordered(card, "ana", "studio"))

    job = await send_for_job(studio, await studio.open(poster, "Use in Midjourney"), prompt=f"in snow {SMALL}")

    assert await prompt_sent(studio, job) == f"in snow {SMALL} --chaos 5"
    await studio.result(job)


async def test_options_are_listed_privately_and_forgotten(studio: Studio) -> None:
    await studio.slash("prefer option set", {"option": "oil", "value": "in oil"})
    await studio.slash("prefer option set", {"option": "mine", "value": "--ar 4:1"})
    listed = await studio.slash("prefer option list")
    assert (listed["content"], is_private(listed)) == ("`--mine` `--ar 4:1`\n`--oil` `in oil`", True)
    assert "no shortcuts" in (await studio.slash("prefer option list", user="ben"))["content"]

    await studio.slash("prefer option set", {"option": "oil"})
    assert (await studio.slash("prefer option list"))["content"] == "`--mine` `--ar 4:1`"


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("prefer suffix", {"text": "in oil"}, "only hold parameters"),
        ("prefer option set", {"option": "ar", "value": "3:2"}, "is a Midjourney parameter"),
        ("prefer option set", {"option": "oil", "value": "--oil"}, "cannot contain your shortcut"),
    ],
)
async def test_what_cannot_work_is_refused_in_a_sentence(
    command: str, options: dict[str, str], why: str, studio: Studio
) -> None:
    refusal = await studio.slash(command, options)

    assert why in refusal["content"]
    assert is_private(refusal)


async def test_the_settings_panel_changes_the_next_prompt_and_a_typed_flag_beats_it(studio: Studio) -> None:
    await studio.slash("prefer suffix", {"text": "--seed 7"})
    panel = await open_panel(studio, "settings")
    assert "Current suffix: `--seed 7`" in panel.text
    assert panel.is_on == {"Fast mode"}
    panel = await panel.choose("model", "v 6.1")
    for label in ("RAW Mode", "Stylize high", "Relax mode"):
        panel = await panel.press(label)
    assert panel.chosen("model") == "Midjourney 6.1"
    assert panel.is_on == {"RAW Mode", "Stylize high", "Relax mode"}
    assert "`--v 6.1 --raw --stylize 250`" in panel.text

    plain = await studio.imagine("a heron --ar 4:1")
    typed = await studio.imagine(f"a heron --v 7 --s 50 --fast {SMALL}")

    assert await prompt_sent(studio, plain) == "a heron --ar 4:1 --seed 7 --v 6.1 --raw --stylize 250"
    assert await prompt_sent(studio, typed) == f"a heron --v 7 --s 50 {SMALL} --raw"
    assert [studio.submits(job.id)[0].path.split("/")[1] for job in (plain, typed)] == ["mj-relax", "mj-fast"]


async def test_settings_survive_a_restart_and_reset(studio: Studio) -> None:
    panel = await (await open_panel(studio, "settings")).press("Stylize low")
    panel = await panel.press("Personalization")
    await studio.restart()

    panel = await panel.press("Remix mode")  # an old panel answers
    assert panel.is_on == {"Stylize low", "Personalization", "Remix mode", "Fast mode"}
    panel = await panel.press("Stylize low")
    assert panel.is_on == {"Personalization", "Remix mode", "Fast mode"}
    assert "`--p`" in panel.text
    panel = await panel.press("Reset Settings")
    assert panel.is_on == {"Fast mode"}
    assert "Added to your prompts: none" in panel.text


async def test_variability_says_how_far_variations_go(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(f"a heron {SMALL}"))
    assert "Low variability" in (await studio.slash("prefer variability"))["content"]
    near = await studio.follow_up(grid, "V2")
    panel = await open_panel(studio, "settings")
    assert panel.is_on == {"Fast mode", "Low Variation Mode"}
    await panel.press("High Variation Mode")
    far = await studio.follow_up(grid, "V2")
    as_usual = await studio.follow_up(grid, "V2", user="ben")

    posted = [(await studio.result(job))["content"] for job in (near, far)]
    assert ["Variations (Subtle) by" in posted[0], "Variations (Strong) by" in posted[1]] == [True, True]
    assert [studio.submits(job.id)[0].body["strong"] for job in (near, far)] == [False, True]
    await studio.result(as_usual)
    assert "strong" not in studio.submits(as_usual.id)[0].body


async def test_the_builder_leads_from_empty_to_a_picture(studio: Studio) -> None:
    panel = await open_panel(studio, "build")
    assert panel.button("Imagine").get("disabled")
    assert "Press “Prompt…”" in panel.text
    panel = await panel.choose("aspect", "2:3")
    panel = await panel.write("Prompt…", "a heron --seed 7")
    assert not panel.button("Imagine").get("disabled")
    panel = await panel.choose("model", "niji 6")
    panel = await panel.choose("style", "raw")
    panel = await panel.choose("stylize", "250")
    panel = await panel.choose("chaos", "10")
    panel = await panel.write("Leave out…", "fog, birds")
    assert "-# 1 unit · " in panel.text

    built = "a heron --seed 7 --ar 2:3 --niji 6 --style raw --stylize 250 --chaos 10 --no fog, birds"
    assert f"**{built}**" in panel.text
    job = await card_after(studio, panel, "Imagine")
    assert await prompt_sent(studio, job) == built
    await studio.result(job)


async def test_the_builders_texts_can_be_changed_and_all_cleared(studio: Studio) -> None:
    panel = await (await open_panel(studio, "build")).write("Prompt…", "a heron")
    panel = await panel.write("Leave out…", "fog")
    modal = await panel.open("Prompt…")
    assert (modal.title, modal.text) == ("Describe your picture", "a heron")
    panel = await panel.write("Prompt…", "a stork")
    panel = await panel.write("Leave out…", "")
    assert "**a stork**" in panel.text
    panel = await panel.choose("aspect", "16:9")
    panel = await panel.choose("aspect", "-")
    assert "**a stork**" in panel.text

    panel = await panel.press("Clear")
    assert "Press “Prompt…”" in panel.text


async def test_a_text_that_cannot_stand_there_is_refused_and_kept(studio: Studio) -> None:
    panel = await (await open_panel(studio, "build")).write("Prompt…", "a heron")
    refusal = await studio.submit(await panel.open("Leave out…"), prompt="fog --ar 3:2")
    assert "is not a value for --no" in refusal["content"]

    modal = await Panel(studio, refusal).open("Open again")
    assert modal.text == "fog --ar 3:2"


async def test_several_pictures_from_the_builder_are_confirmed_first(studio: Studio) -> None:
    panel = await (await open_panel(studio, "build")).write("Prompt…", f"a heron {SMALL}")
    panel = await panel.choose("repeat", "2")
    assert "2 jobs · 2 units" in panel.text
    before = len(studio.requests_to("/mj/submit/imagine"))

    question = await studio.answer(await panel.click("Imagine"))

    assert is_private(question)
    assert "2 jobs" in question["content"]
    assert len(studio.requests_to("/mj/submit/imagine")) == before


async def test_the_builder_shows_what_suffix_and_settings_add(studio: Studio) -> None:
    await studio.slash("prefer suffix", {"text": "--chaos 5"})
    await (await open_panel(studio, "settings")).press("Stylize high")

    panel = await (await open_panel(studio, "build")).write("Prompt…", f"a heron {SMALL}")

    assert f"**a heron {SMALL} --chaos 5 --stylize 250**" in panel.text


async def test_the_builder_survives_a_restart(studio: Studio) -> None:
    panel = await (await open_panel(studio, "build")).write("Prompt…", f"a heron {SMALL}")
    modal = await panel.open("Prompt…")
    await studio.restart()

    panel = await panel.choose("chaos", "25")
    assert f"**a heron {SMALL} --chaos 25**" in panel.text
    await studio.actor.modal("ana", modal.interaction_id, {"prompt": f"a stork {SMALL}"})
    panel = await panel.shows(lambda now: "a stork" in now.text)
    assert await prompt_sent(studio, await card_after(studio, panel, "Imagine")) == f"a stork {SMALL} --chaos 25"


async def test_a_builder_that_was_swept_says_that_it_has_lapsed(studio: Studio) -> None:
    panel = await open_panel(studio, "build")
    await studio.kill()
    change(studio.database, "DELETE FROM notes WHERE name LIKE 'build:%'")
    await studio.start()

    refusal = await studio.answer(await panel.click("Prompt…"))

    assert "has expired after a day. Please open a new one with /build" in refusal["content"]
    assert is_private(refusal)


async def test_a_panel_is_for_its_own_member(studio: Studio) -> None:
    panel = await open_panel(studio, "build")

    with pytest.raises(ActingError):
        await Panel(studio, panel.message, "ben").click("Clear")


async def test_info_tells_how_a_member_stands(studio: Studio) -> None:
    await studio.slash("prefer suffix", {"text": "--chaos 5"})
    await studio.slash("relax")
    job = await studio.imagine(f"a heron {SMALL} --sandbox-late")
    await studio.running(job)

    info = await studio.slash("info")

    assert is_private(info)
    (embed,) = info["embeds"]
    assert embed["title"] == "Your info"
    assert "**Job Mode**: Relaxed" in embed["description"]
    assert "**Suffix**: `--chaos 5`" in embed["description"]
    assert "**Waiting jobs**: 0" in embed["description"]
    assert f"/{job.card['id']}" in embed["description"].rpartition("**Running jobs**")[2]
    used, left = (line.rpartition(" ")[2] for line in embed["description"].split("\n") if "Units" in line)
    assert (int(used) > 0, int(used) + int(left)) == (True, 500)


async def test_what_was_spent_is_a_chart_for_oneself(studio: Studio) -> None:
    await studio.result(await studio.imagine(f"a heron {SMALL}"))

    await studio.slash("usage")

    told = await studio.told("Units today: **")
    (chart,) = told["attachments"]
    assert chart["content_type"] == "image/png"
    assert chart["description"].startswith("Chart of your units by day: ")
    assert (await studio.picture(told)).size == (960, 540)


async def test_a_member_exports_and_erases_what_is_kept(studio: Studio) -> None:
    job = await studio.imagine(f"a private heron {SMALL}")
    await studio.result(job)
    panel = await open_panel(studio, "privacy")
    assert "### Your data" in panel.text

    answered = await studio.whole_answer(await panel.click("Export my data"))
    assert is_private(answered)
    assert answered["content"] == "Sent to your direct messages."
    with zipfile.ZipFile(io.BytesIO(await studio.download(await sent_export(studio)))) as archive:
        assert f"a private heron {SMALL}" in archive.read("data.json").decode()
        packed = archive.read(f"pictures/easel-{job.id}.png")
    assert packed == (studio.sandbox.data / "pictures" / f"{job.id}.png").read_bytes()

    question = await panel.press("Erase my data…")
    refusal = await studio.submit(await question.open("Erase"), prompt="yes")
    assert "Nothing was erased" in refusal["content"]
    assert len(rows(studio.database, KEPT_HERON)) == 1
    erased = await question.write("Erase", " Erase ")

    assert re.search("with (its|their) pictures, and your settings", erased.text)
    assert rows(studio.database, KEPT_HERON) == []
