"""Every way in, and what it asks of whoever comes by it before anything else happens.

A way in that stands in none of these tables asks the most. Whatever starts a job meets all the owner's rules again
where it is admitted; here people and places are refused before they are shown a modal or a question in vain.
"""

from collections.abc import Collection
from enum import StrEnum

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.review import Decision
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, place_of
from bot.ui.components.job_actions import JobAction, PictureQuestion, RegionAction
from bot.ui.components.modals import ModalKind


class Rule(StrEnum):
    """What a way in asks."""

    STARTS = "starts"  # leads to jobs: the place is allowed, the member is not blocked, the server is not paused
    TEXT = "text"  # the same, asked where a text is taken, so that a refusal keeps it (`bot.ui.flows.prompt_flow`)
    FREE = "free"  # work that costs no units: the place is allowed, the member is not blocked, and it is bounded
    ALWAYS = "always"  # only tells, stops or changes what is one's own: the server is not banned
    OPEN = "open"  # the same even where it is: one's own data, and what is for the owner alone


CONTEXT_MENUS = frozenset({"Describe", "Use as image prompt", "Swap a face into this", "Details and files", "Remove"})
# Commands and context menus, by their full names.
COMMANDS = {
    **{
        info.command_name(operation): Rule.TEXT if operation.takes_prompt else Rule.STARTS
        for info in OTHER_ENGINES
        for operation in info.operations
    },
    **dict.fromkeys(
        (
            "imagine",
            "shorten",
            "compare",
            "animate",
            "edit",
        ),
        Rule.TEXT,
    ),
    **dict.fromkeys(
        (
            "blend",
            "describe",
            "faceswap",
            "batch",
            "build",
            "Describe",
            "Use as image prompt",
            "Swap a face into this",
        ),
        Rule.STARTS,
    ),
    **dict.fromkeys(("show", "usage", "Details and files"), Rule.FREE),
    **dict.fromkeys(
        (
            "jobs",
            "history",
            "gallery",
            "info",
            "help",
            "settings",
            "fast",
            "relax",
            "turbo",
            "prefer remix",
            "prefer auto_dm",
            "prefer private",
            "prefer spoiler",
            "prefer consent",
            "prefer variability",
            "prefer suffix",
            "prefer option set",
            "prefer option list",
            "easel pause",
            "easel resume",
            "easel block",
            "easel unblock",
            "easel jobs",
            "easel wall",
            "easel usage",
            "easel log",
            "easel rules",
            "easel setup",
            "easel import",
            "easel grant",
            "easel why",
            "easel welcome",
            "Remove",
        ),
        Rule.ALWAYS,
    ),
    **dict.fromkeys(
        (
            "privacy",
            "easel web",
            "easel relay",
            "easel owner setup",
            "easel owner rules",
            "easel owner import",
            "easel owner ban",
            "easel owner unban",
            "easel owner bans",
            "easel owner log",
            "easel owner reload",
        ),
        Rule.OPEN,
    ),
}
# Buttons of messages.
BUTTONS: dict[str, Rule] = {
    **dict.fromkeys(
        (
            JobAction.PRESS,
            JobAction.TRY_AGAIN,
            JobAction.EDIT_JOB,
            JobAction.ANSWER,
            JobAction.CONFIRM_ALL,
            JobAction.IMAGINE_ALL,
            JobAction.RERUN,
            JobAction.RUN_AGAIN,
            JobAction.USE_SEED,
            JobAction.REWORD,
            JobAction.UPSCALE,
            JobAction.EDIT_THIS,
            JobAction.TO_MIDJOURNEY,
            JobAction.USE_AS,
            JobAction.IMAGINE_PROMPT,
            JobAction.REOPEN,
            JobAction.FIX_AND_RUN,
            JobAction.RUN_AS_IS,
            JobAction.EDIT_DRAFT,
            JobAction.START_ALL,
            JobAction.RETRY_FAILED,
            JobAction.RETRY_ALL,
            JobAction.START_BATCH,
            JobAction.RESUME_BATCH,
        ),
        Rule.STARTS,
    ),
    **dict.fromkeys(
        (
            JobAction.SHOW_RESULT,
            JobAction.SHOW_HERE,
            JobAction.POST_HERE,
            JobAction.FILES,
            JobAction.STAR,
            JobAction.DOWNLOAD_BATCH,
        ),
        Rule.FREE,
    ),
    **dict.fromkeys(
        (
            JobAction.CANCEL,
            JobAction.CANCEL_REST,
            JobAction.DISMISS,
            JobAction.RETRY_RECOVERY,
            JobAction.CHECK,
            JobAction.EXPLAIN,
            JobAction.DETAILS,
            JobAction.NEVER_MIND,
            JobAction.PAUSE_BATCH,
            JobAction.DROP_BATCH,
        ),
        Rule.ALWAYS,
    ),
}
# Buttons of the Region panel; marking a cell is less than other work that costs nothing, and its handler counts it.
REGION = {
    RegionAction.REPAINT: Rule.STARTS,
    RegionAction.UPLOAD: Rule.STARTS,
    RegionAction.CELL: Rule.ALWAYS,
}
# Buttons in review channels; their handler asks who may decide.
REVIEWS = dict.fromkeys(Decision, Rule.ALWAYS)
# Menus about pictures.
MENUS: dict[str, Rule] = dict.fromkeys(PictureQuestion, Rule.STARTS)
# Answers of modals; the words of the prompt builder start nothing yet.
_OF_MODERATORS = (ModalKind.SETUP_WORDS, ModalKind.SETUP_NUMBERS, ModalKind.REJECT)
_START_NOTHING = (ModalKind.BUILD_TEXT, ModalKind.BUILD_NO, *_OF_MODERATORS)
MODALS = {ask: Rule.ALWAYS if ask in _START_NOTHING else Rule.STARTS for ask in ModalKind} | {
    ModalKind.ERASE: Rule.OPEN
}
# Private panels; the one button of theirs that starts something goes the way of every typed prompt.
PANELS = {
    **dict.fromkeys(("settings", "build", "history", "help", "gallery", "setup"), Rule.ALWAYS),
    **dict.fromkeys(("privacy", "ownersetup", "web"), Rule.OPEN),
}
# What comes without an interaction: replies that press a button, and reactions.
EVENTS = {"on_message": Rule.STARTS, "on_raw_reaction_add": Rule.FREE, "on_raw_reaction_remove": Rule.FREE}


async def check_entry(services: Services, interaction: Interaction, rule: Rule) -> None:
    """Hold who comes, and from where, against what a way in asks.

    Raises:
        UserError: one of its rules stands against it.
    """
    actor, place = actor_of(interaction), place_of(interaction)
    match rule:
        case Rule.STARTS:
            await services.jobs.access.check(actor, place)
        case Rule.FREE:
            await services.jobs.unpaid.admit(actor, place)
        case Rule.ALWAYS:
            services.jobs.bans.check_server(place)
        case Rule.TEXT | Rule.OPEN:
            pass


def top_level_names(engines: Collection[str]) -> set[str]:
    """Name the commands and context menus that Discord lists while these engines are on; groups count once."""
    names = {name if name in CONTEXT_MENUS else name.partition(" ")[0] for name in COMMANDS}
    off = (info for info in OTHER_ENGINES if info.name not in engines)
    return names - {info.command_name(operation).partition(" ")[0] for info in off for operation in info.operations}
