"""Rules may name any channel by its id; what they lead to stays in their own server."""

import json

from bot.domain.server_rules import Key, Name, imported
from bot.services import Services
from bot.storage.audit import ActKind
from bot.ui.delivery.audit_mirror import AuditMirror
from bot.ui.delivery.review_posts import ReviewPosts
from tests.support.discord_bench import DiscordBench
from tests.support.makers import BEN
from tests.support.walk import finished, work_off

GUILD, MODERATOR = 201, 903


async def test_results_for_review_stay_in_their_own_server(bench: DiscordBench, services: Services) -> None:
    file = json.dumps({"server": {"review": True, "review_channel": bench.channel("hall").id}})
    await services.jobs.rulebook.set(GUILD, imported(file), MODERATOR, ActKind.IMPORT)
    await finished(services)
    await work_off(services)

    await ReviewPosts(bench.client, services).keep_once()

    assert bench.messages("hall") == []


async def test_what_moderators_did_is_told_in_their_own_server_alone(bench: DiscordBench, services: Services) -> None:
    mirror = AuditMirror(bench.client, services.store, services.jobs.rulebook)
    await mirror.tell_once()
    await services.jobs.rulebook.set(GUILD, {Key("server", Name.LOG): bench.channel("hall").id}, MODERATOR)
    await services.jobs.moderation.block(GUILD, BEN.id, MODERATOR)

    await mirror.tell_once()

    assert bench.messages("hall") == []


async def test_a_server_is_told_in_its_own_channel(bench: DiscordBench, services: Services) -> None:
    hall = bench.channel("hall")
    assert hall.guild_id is not None
    mirror = AuditMirror(bench.client, services.store, services.jobs.rulebook)
    await mirror.tell_once()
    await services.jobs.rulebook.set(hall.guild_id, {Key("server", Name.LOG): hall.id}, MODERATOR)

    await mirror.tell_once()

    assert len(bench.messages("hall")) == 1
