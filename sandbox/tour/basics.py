"""The tour's first part: an image, its buttons, a restart, and what can go wrong."""

from sandbox.message_view import cell, faces, is_private
from sandbox.tour.guide import Guide, Step, job_of, likeness

PROMPT = "a lighthouse in a storm --v 7"
GRID_BUTTONS = [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
ALIKE, UNLIKE = 0.5, 0.999  # shares of common colours: a family has more, a copy has all


async def type_imagine(guide: Guide) -> None:
    """Ana asks for a picture."""
    card = await guide.slash("imagine", {"prompt": PROMPT})

    guide.same(
        "the card has prompt, author and state",
        card["content"],
        f"**{PROMPT}** - {guide.mention('ana')} (Waiting to start)",
    )
    guide.same("it has one button", faces(card), [["Cancel Job"]])
    guide.kept["card"] = card


async def watch_stages(guide: Guide) -> None:
    """The card changes until the grid is there."""
    card, pace = guide.kept["card"], guide.sandbox.clock.speed
    guide.relay.clock.change_speed(pace / 4)  # however slow the bot is on a busy machine
    await guide.eventually(lambda: any(stage["attachments"] for stage in guide.states(card["id"])), "a preview")
    guide.relay.clock.change_speed(pace)
    guide.kept["grid"] = await guide.result(card)

    percents = []
    for stage in guide.states(card["id"])[1:]:
        guide.show(stage)
        percents.append(int(stage["content"].rpartition("%")[0].rpartition("(")[2]))
        if stage["attachments"]:
            await guide.pixels(stage, f"preview-{percents[-1]}")
    guide.holds("progress only grows", percents, percents == sorted(set(percents)) and len(percents) > 1)
    guide.holds("the last state has a preview", percents, bool(guide.states(card["id"])[-1]["attachments"]))


async def see_grid(guide: Guide) -> None:
    """The grid is a message of its own."""
    grid = guide.kept["grid"]
    guide.show(grid)
    await guide.pixels(grid, "grid")

    guide.same("its text is the official one", grid["content"], f"**{PROMPT}** - {guide.mention('ana')} (fast)")
    guide.same("it pings its author alone", [user["username"] for user in grid["mentions"]], ["ana"])
    guide.same("it has the nine buttons in two rows", faces(grid), GRID_BUTTONS)
    guide.holds("the card has gone", grid["id"], grid["id"] != guide.kept["card"]["id"])


async def press_u2(guide: Guide) -> None:
    """U2 is the second picture, pixel by pixel."""
    await check_pick(guide, "U2", "u2")


async def press_v3(guide: Guide) -> None:
    """Another member asks for relatives of the third picture."""
    grid = guide.kept["grid"]
    varied = await guide.result(await guide.press(grid, "V3", user="ben"), user="ben")
    guide.show(varied)

    third, picture = cell(await guide.pixels(grid), 3), await guide.pixels(varied, "v3")
    closeness = likeness(third, picture)
    guide.holds("it is a family of the third picture", f"{closeness:.0%} alike", ALIKE < closeness < UNLIKE)
    guide.same("it belongs to who pressed", [user["username"] for user in varied["mentions"]], ["ben"])


async def press_reroll(guide: Guide) -> None:
    """The same prompt once more gives other pictures."""
    grid = guide.kept["grid"]
    rerolled = await guide.result(await guide.press(grid, "🔄"))
    guide.show(rerolled)

    first, second = await guide.pixels(grid), await guide.pixels(rerolled, "reroll")
    guide.holds("it is another grid", "the same pixels", first.tobytes() != second.tobytes())


async def press_u2_again(guide: Guide) -> None:
    """A once-only button that was used leads to what it made."""
    before = len(guide.relay.tasks())
    answer = await guide.press(guide.kept["grid"], "U2", user="ben")

    guide.holds("the answer is private", answer["content"], is_private(answer))
    guide.holds("it links to the picture", answer["content"], guide.kept["u2"]["id"] in answer["content"])
    guide.same("nothing was sent to the relay", len(guide.relay.tasks()), before)


async def restart_half_way(guide: Guide) -> None:
    """The bot is killed in the middle of a job, and started again."""
    card = await guide.slash("imagine", {"prompt": "a red fox in the snow"})
    await guide.with_text(card, "%) (fast)")
    guide.show(guide.states(card["id"])[-1])
    await guide.kill()
    await guide.start()

    grid = await guide.result(card)
    guide.show(grid)
    await guide.pixels(grid, "grid-after-restart")
    guide.same("it was paid once", guide.charged(job_of(card)), [1])
    guide.same("it has its buttons", faces(grid), GRID_BUTTONS)


async def press_old_button(guide: Guide) -> None:
    """A button from before the restart answers."""
    await check_pick(guide, "U4", "u4")


async def meet_banned_word(guide: Guide) -> None:
    """A word that the relay does not accept: the card goes, and its author alone is told."""
    card = await guide.slash("imagine", {"prompt": "a field of gore"})
    sentence = await guide.told("gore")
    guide.show(sentence)

    await guide.eventually(lambda: guide.now(card) is None, "the card gone")
    guide.transcript.fact("the card has gone")
    guide.same("nobody else was told", [m for m in guide.messages(user="ben") if "gore" in m["content"]], [])
    guide.same("nothing was charged", guide.charged(job_of(card)), [])


async def cancel(guide: Guide) -> None:
    """A job is stopped by its author, not by others."""
    card = await guide.slash("imagine", {"prompt": "a paper boat"})
    refusal = await guide.press(card, "Cancel Job", user="ben")
    guide.holds("others may not", refusal["content"], "Only the person who started this job" in refusal["content"])

    answer = await guide.press(card, "Cancel Job")
    guide.show(await guide.with_text(card, "(Stopped)"))
    guide.holds("the author is told privately what it costs", answer["content"], is_private(answer))


async def fail_late(guide: Guide) -> None:
    """The relay gives up on a job: its card says Failed and why, and can be tried again."""
    card = await guide.slash("imagine", {"prompt": "a stubborn mule --sandbox-fail"})
    stopped = await guide.with_text(card, "(Failed)")
    guide.show(stopped)

    guide.same("it can be asked why, and tried again", faces(stopped), [["Why?", "Try again", "Edit and run again"]])
    why = await guide.press(stopped, "Why?", user="ben")
    guide.holds("its card says why", stopped["content"], "could not be finished" in stopped["content"])
    guide.holds("who asks is told alone", why["content"], is_private(why) and "could not be finished" in why["content"])
    again = await guide.press(stopped, "Try again")
    guide.holds("trying again is a new job", job_of(again), job_of(again) != job_of(card))
    await guide.with_text(again, "(Failed)")


BASICS = (
    Step("Ana types /imagine", type_imagine),
    Step("The card follows the relay", watch_stages, "/imagine"),
    Step("The grid arrives", see_grid),
    Step("U2: the second picture alone", press_u2, "U1 to U4"),
    Step("V3: relatives of the third", press_v3, "V1 to V4"),
    Step("🔄: the same prompt once more", press_reroll, "🔄"),
    Step("U2 again: nothing is paid twice", press_u2_again),
    Step("A restart half-way through a job", restart_half_way),
    Step("An old button after the restart", press_old_button),
    Step("A banned word", meet_banned_word),
    Step("Cancel", cancel),
    Step("A failure late in a job", fail_late),
)


async def check_pick(guide: Guide, label: str, name: str) -> None:
    """Press U1 to U4 of the first grid: the answer is exactly that cell."""
    grid, number = guide.kept["grid"], int(label[1])
    single = await guide.result(await guide.press(grid, label))
    guide.show(single)

    whole, picture = await guide.pixels(grid), await guide.pixels(single, name)
    same = cell(whole, number).tobytes() == picture.tobytes()
    guide.holds(f"its pixels are those of cell {number}", "other pixels", same)
    guide.same("it is a reply to the grid", single["message_reference"]["message_id"], grid["id"])
    guide.same(
        "its text is the official one", single["content"], f"**{PROMPT}** - Image #{number} {guide.mention('ana')}"
    )
    guide.kept[name] = single
