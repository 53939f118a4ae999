"""Who owns the application: some things are for its owner, or the members of its team, alone."""

import logging

import discord
from discord import TeamMemberRole, TeamMembershipState

from bot.errors import UserError
from bot.language import _
from bot.ui.components.interactions import NETWORK_ERRORS

logger = logging.getLogger(__name__)

NOT_OWNER = _("Only the owner of Easel can do this.")


def owner_ids(application: discord.AppInfo) -> frozenset[int]:
    """Return who owns an application: its owner, or of a team its owner and all who joined it and may change it."""
    team = application.team
    if team is None:
        return frozenset({application.owner.id})
    joined = (one for one in team.members if one.membership_state is TeamMembershipState.accepted)
    members = {one.id for one in joined if one.role is not TeamMemberRole.read_only}
    return frozenset(members | ({team.owner_id} if team.owner_id else set()))


def told_owner_id(application: discord.AppInfo) -> int | None:
    """Return who is told what only an owner can mend: of a team its owner; None where Discord names nobody."""
    return application.team.owner_id if application.team else application.owner.id


async def check_owner(client: discord.Client, user_id: int) -> frozenset[int]:
    """Refuse whoever does not own the application; return all who do.

    Discord is asked each time, since members leave teams; while it does not answer, what it said at the start counts.

    Raises:
        UserError: they do not own it.
    """
    try:
        application: discord.AppInfo | None = await client.application_info()
    except NETWORK_ERRORS as exc:
        logger.warning("owners not asked for reason=%s", type(exc).__name__)
        application = client.application
    owners = frozenset[int]() if application is None else owner_ids(application)
    if user_id not in owners:
        raise UserError(NOT_OWNER)
    return owners
