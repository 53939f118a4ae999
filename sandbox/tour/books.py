"""The tour's part about a server's books, and about what the owner does for all servers by commands."""

from typing import Any

from sandbox.message_view import Message, is_private
from sandbox.tour.guide import Guide, Step
from sandbox.tour.jobs import make

OWNER = "mia"  # who also moderates
HERONS = "two herons at dawn"


async def read_usage(guide: Guide) -> None:
    """What the server spent, by member and by engine, with a chart by day."""
    await make(guide, HERONS)
    for by, who in (("member", guide.mention("ana")), ("engine", "Midjourney")):
        await guide.slash("easel usage", {"by": by}, user=OWNER)
        told = await guide.told(f"### Units of the last 30 days, by {by}", user=OWNER)
        guide.show(told)
        guide.holds("what was spent stands there", told["content"], f"\n{who}: " in told["content"])
        chart = told["attachments"][0]
        guide.holds(
            "the chart is described", chart["description"], "Chart of this server's units" in chart["description"]
        )
        await guide.pixels(told, f"server-usage-by-{by}")


async def read_log(guide: Guide) -> None:
    """What moderators did, and who."""
    await guide.slash("easel pause", user=OWNER)
    paused = await guide.slash("imagine", {"prompt": HERONS})
    guide.holds("nothing new starts", paused["content"], is_private(paused))
    await guide.slash("easel resume", user=OWNER)
    said = await guide.slash("easel log", user=OWNER)
    lines = guide.named(said["content"]).splitlines()
    guide.holds("the newest act stands first", lines[1], "@Mia (moderator) **resume**" in lines[1])


async def ban_everywhere(guide: Guide) -> None:
    """The owner bans Ben on all servers, and lifts the ban."""
    before = len(guide.relay.tasks())
    await owner(guide, "ban", member="ben", reason="spam", days=7)
    refused = await guide.slash("imagine", {"prompt": HERONS}, user="ben")
    guide.holds("Ben alone is told", refused["content"], is_private(refused) and "banned" in refused["content"])
    guide.same("it costs nothing", len(guide.relay.tasks()), before)
    listed = await owner(guide, "bans")
    guide.holds("the reason stands in the list", listed["content"], "spam" in listed["content"])
    await owner(guide, "unban", member="ben")
    listed = await owner(guide, "bans")
    guide.holds("no ban is left", listed["content"], "spam" not in listed["content"])
    guide.show(await guide.result(await guide.slash("imagine", {"prompt": HERONS}, user="ben")))


async def look_after_bot(guide: Guide) -> None:
    """The owner has the settings read again, and looks at the relay's side of the books."""
    reloaded = await guide.slash("easel owner reload", user=OWNER)
    guide.show(await guide.with_text(reloaded, "No setting has changed.", user=OWNER))
    answer = await guide.slash("easel relay", user=OWNER)
    guide.holds("it is for the owner's eyes alone", answer["flags"], is_private(answer))
    refused = await guide.slash("easel owner log", user=OWNER)
    guide.holds("so is the log", refused["flags"], is_private(refused))


BOOKS = (
    Step("What a server spent", read_usage),
    Step("A pause, and the log", read_log),
    Step("A ban everywhere", ban_everywhere),
    Step("Settings read again, and the relay's books", look_after_bot),
)


async def owner(guide: Guide, command: str, **options: Any) -> Message:
    """What the owner is told, privately."""
    answer = await guide.slash(f"easel owner {command}", options, user=OWNER)
    guide.check("an answer for the owner alone", answer["content"], is_private(answer))
    return answer
