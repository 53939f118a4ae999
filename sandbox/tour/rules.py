"""The tour's part about a server's rules: Mia sets them, members meet them, and each leaves the server without any."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from sandbox.message_view import Message, is_private
from sandbox.panel import Panel
from sandbox.tour.guide import Guide, Step
from sandbox.tour.jobs import make, sign

MODERATOR = "mia"
ROLE = "Moderator"  # Mia's; Ana and Ben have none
GEESE = "wild geese over a field"
CHANNELS, ROLES, LIMITS, MORE = "channels", "roles", "limits", "more"  # pages of the panel
ASKED_TWICE_S = 600  # a cooldown


async def keep_channels(guide: Guide) -> None:
    """Easel is used in one channel, and nowhere else; a channel stands for its threads."""
    async with rules_for_a_while(guide, CHANNELS) as setup:
        panel = await setup.pick("allow", [channel_id(guide, "after-dark")])
        guide.show(panel.message)
        await refuse(guide, imagine(guide), "Easel may not be used in this channel.")
        await refuse(guide, imagine(guide, channel="side-thread"), "Easel may not be used in this channel.")
        await ask_why(guide, "may not be used in this channel")
        await make_in(guide, "after-dark")


async def keep_roles(guide: Guide) -> None:
    """Easel is for one role; then that role is the one that may not."""
    async with rules_for_a_while(guide, ROLES) as setup:
        panel = await setup.pick("allow", [role_id(guide)])
        await refuse(guide, imagine(guide), "Your roles on this server don't let you use Easel.")
        await ask_why(guide, "Your roles on this server")
        await panel.pick("deny", [role_id(guide)])
        await refuse(guide, imagine(guide, user=MODERATOR), "Your roles on this server don't let you use Easel.")


async def keep_features(guide: Guide) -> None:
    """An engine is for a role, a command too, and a speed for nobody."""
    async with rules_for_a_while(guide, "features") as setup:
        panel = await choose_feature(guide, setup, "Engine: fal")
        panel = await panel.pick("for", [role_id(guide)])
        panel = await choose_feature(guide, panel, "Command: /faceswap")
        panel = await panel.pick("for", [role_id(guide)])
        panel = await choose_feature(guide, panel, "Speed: Turbo")
        panel = await panel.press("Off for everybody")
        guide.show(panel.message)

        painted = guide.slash("fal generate", {"prompt": GEESE})
        await refuse(guide, painted, "On this server fal is only for @Moderator.")
        await refuse(guide, swap_faces(guide), "On this server /faceswap is only for @Moderator.")
        await refuse(guide, imagine(guide, f"{GEESE} --turbo"), "This server has switched Turbo off.")
        await ask_why(guide, "This server has switched Turbo off.", mode="turbo")


async def keep_words_and_ages(guide: Guide) -> None:
    """Words are told to whoever asks for them; with the age rule nothing is made in front of everybody."""
    async with rules_for_a_while(guide, LIMITS) as setup:
        panel = await setup.write("Words...", "geese\n/blood(y|ied)?/")
        refusal = "This server doesn't allow “geese” here. Please leave it out."
        await refuse(guide, imagine(guide, "wild GÈÈSE over a field"), refusal)
        await refuse(guide, imagine(guide, "a bloody field"), "doesn't allow “bloody” here. Please leave it out.")
        panel = await panel.write("Words...", "")

        panel = await (await panel.choose("page", MORE)).press("Age-restricted channels only")
        guide.show(panel.message)
        refusal = "On this server Easel may only be used in age-restricted channels."
        await refuse(guide, imagine(guide), refusal)
        await ask_why(guide, "only be used in age-restricted channels")
        await make_in(guide, "after-dark")


async def keep_to_authors(guide: Guide) -> None:
    """Only authors press buttons, and pictures of people need a member's word."""
    grid = await make(guide, GEESE)
    async with rules_for_a_while(guide, MORE) as setup:
        panel = await setup.press("Only authors press buttons")
        refusal = "On this server only its author may use a picture's buttons."
        await refuse(guide, guide.press(grid, "V1", user="ben"), refusal)
        guide.show(await guide.result(await guide.press(grid, "V1")))

        await panel.press("Ask for consent to face swaps and trying clothes on")
        refusal = (
            "On this server, pictures of people need your word that they agree. If they do, say so once with"
            " `/prefer consent`, and try again."
        )
        await refuse(guide, swap_faces(guide), refusal)
        await guide.slash("prefer consent")
        guide.show(await guide.result(await swap_faces(guide)))
        await guide.slash("prefer consent")  # takes it back
        await ask_why(guide, "need your word that they agree", command="faceswap")


async def wait_between_jobs(guide: Guide) -> None:
    """With a cooldown members wait between two jobs."""
    await make(guide, GEESE)
    async with rules_for_a_while(guide, LIMITS) as setup:
        panel = await setup.write("Budgets and cooldowns...", f"cooldown {ASKED_TWICE_S}")
        guide.show(panel.message)
        await refuse(guide, imagine(guide), "You can start your next job in ")
        await ask_why(guide, "You can start your next job in ")


async def live_on_a_budget(guide: Guide) -> None:
    """A budget ends, and says when it renews; granted units let its member go on."""
    async with rules_for_a_while(guide, LIMITS) as setup:
        panel = await setup.write("Budgets and cooldowns...", "member.day 1")
        guide.show(panel.message)
        await make(guide, GEESE)
        left = "This costs 1 unit, more than is left of your limit of 1 unit in this server for today. It renews in "
        await refuse(guide, imagine(guide), left)
        await ask_why(guide, "Nothing is left of your limit of 1 unit in this server for today.")

        granted = await guide.slash("easel grant", {"member": "ana", "units": 1, "days": 1}, user=MODERATOR)
        guide.holds("it is told privately", granted["flags"], is_private(granted))
        await ask_why(guide, "Nothing stands against")
        await make(guide, GEESE)
        await refuse(guide, imagine(guide), left)


async def carry_rules_as_file(guide: Guide) -> None:
    """A file replaces all rules, or none where one of them is wrong."""
    async with rules_for_a_while(guide, CHANNELS) as setup:
        said = await import_rules(guide, '{"server": {"member.day": 20, "only.mode.turbo": []}}')
        guide.same("both hold", said, "Imported: 2 rules.")
        said = await import_rules(guide, '{"server": {"member.day": -20}}')
        guide.holds("a wrong one changes nothing", said, said.endswith("Nothing was changed."))
        handed = await guide.slash("easel rules", user=MODERATOR)
        rules = (await guide.download(handed)).decode()
        guide.holds("they stand in the file", rules, '"member.day": 20' in rules)
        panel = await setup.choose("page", ROLES)
        guide.show(panel.message)


RULES = (
    Step("A rule for channels", keep_channels),
    Step("A rule for roles", keep_roles),
    Step("Rules for engines, commands and speeds", keep_features),
    Step("Rules for words and ages", keep_words_and_ages),
    Step("Rules for buttons and consent", keep_to_authors),
    Step("A rule for cooldowns", wait_between_jobs),
    Step("A budget rule, and a grant", live_on_a_budget),
    Step("Rules as a file", carry_rules_as_file),
)


@asynccontextmanager
async def rules_for_a_while(guide: Guide, page: str) -> AsyncIterator[Panel]:
    """A page of the panel of rules; afterwards none holds, so that later steps are not held back."""
    panel = Panel(guide, await guide.slash("easel setup", user=MODERATOR), MODERATOR)
    yield panel if page == CHANNELS else await panel.choose("page", page)
    guide.same("no rule holds any more", await import_rules(guide, "{}"), "Imported: 0 rules.")


async def import_rules(guide: Guide, rules: str) -> str:
    """Replace all rules with those of a file; returns what Mia is told."""
    file = guide.upload("rules.json", rules.encode())
    guide.transcript.act(f"Mia (moderator) types /easel import with {rules}")
    answer = await guide.whole_answer(
        await guide.actor.slash(MODERATOR, "studio", "easel import", {"file": file}), user=MODERATOR
    )
    guide.show(answer)
    return str(answer["content"])


async def refuse(guide: Guide, act: Awaitable[Message], sentence: str) -> None:
    """See something refused: its member alone is told why, and the relay has no task of it."""
    before = len(guide.relay.tasks())
    answer = await act
    read = guide.named(answer["content"])
    guide.check(f"a refusal for one person's eyes with {sentence!r}", read, is_private(answer) and sentence in read)
    guide.same("it is refused and costs nothing", len(guide.relay.tasks()), before)


async def ask_why(guide: Guide, sentence: str, *, command: str = "imagine", mode: str = "fast") -> None:
    """See Mia told what stands against Ana."""
    options = {"member": "ana", "command": command} | ({"mode": mode} if mode != "fast" else {})
    answer = await guide.slash("easel why", options, user=MODERATOR)
    guide.holds("Mia is told which rule decides", answer["content"], sentence in guide.named(answer["content"]))


async def choose_feature(guide: Guide, panel: Panel, label: str) -> Panel:
    """The page of features once one of them was chosen in one of its menus."""
    await guide.choose(panel.message, label, user=MODERATOR)
    return await panel.shows(lambda now: label in str(now.message["components"]) and now.message != panel.message)


async def imagine(guide: Guide, prompt: str = GEESE, *, user: str = "ana", channel: str = "studio") -> Message:
    """Ask for a picture."""
    return await guide.slash("imagine", {"prompt": prompt}, user=user, channel=channel)


async def make_in(guide: Guide, channel: str) -> None:
    """See a picture made in a channel where that may be."""
    guide.show(await guide.result(await imagine(guide, channel=channel)))


async def swap_faces(guide: Guide) -> Message:
    """Ask for a face swap between two pictures."""
    pictures = {
        name: guide.upload(f"{name}.png", sign(colour)) for name, colour in (("source", "coral"), ("target", "navy"))
    }
    return await guide.slash("faceswap", pictures)


def channel_id(guide: Guide, name: str) -> str:
    """The id of a channel."""
    return next(str(one.id) for one in guide.sandbox.discord.state.channels.values() if one.name == name)


def role_id(guide: Guide) -> str:
    """The id of the moderators' role on the server of the studio."""
    state = guide.sandbox.discord.state
    place = state.channels[int(channel_id(guide, "studio"))]
    return next(str(role.id) for role in state.guilds[place.guild_id or 0].roles if role.name == ROLE)
