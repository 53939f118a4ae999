"""`easel privacy-text`: a privacy policy to begin with, as the settings are. It is no legal advice."""

from collections.abc import Iterable, Iterator

from pydantic import AnyHttpUrl

from bot.language import Sentence, _, ngettext
from bot.settings import Settings


def privacy_policy(settings: Settings, locale: str) -> str:
    """Return the text in Markdown; what its owner has to fill in stands in square brackets.

    Args:
        settings: the owner's; what they do not keep or send is not named.
        locale: its language, as Discord names it; English where there is no catalogue.
    """
    return "\n\n".join(part.render(locale) for part in _parts(settings))


def _parts(settings: Settings) -> Iterator[Sentence]:
    kept = settings.storage
    yield _("# Privacy policy")
    yield _(
        "This bot makes pictures and videos on Discord from what people ask for. It is run by [your name "
        "and address]; ask there about anything below."
    )
    yield _("## What is kept, and why")
    yield _(
        "- Your Discord id, what you typed, the pictures you sent, the server and channel where you asked, "
        "and when: to make what you asked for, to post it there, and so that its buttons work later.\n"
        "- The pictures and videos that were made: so that they can be changed, enlarged and shown again.\n"
        "- How many units each job cost: so that budgets hold, and for the books.\n"
        "- Your settings, and drafts for a day.\n"
        "- Moderators' and the owner's decisions: who is blocked or banned, where, and who decided it."
    )
    yield _("Messages that are not meant for the bot are not kept. Nothing is used for advertising or to train models.")
    yield _("## How long")
    yield _(
        "- Prompts and results: {prompts}.\n- Pictures: {pictures}.\n- What is known of a server after the bot has left"
        " it: {guilds}.\n- Units stay in the books, without a name.",
        prompts=_days(first_of(kept.keep_prompts_days, kept.keep_jobs_days)),
        pictures=_days(first_of(kept.keep_pictures_days, kept.keep_prompts_days, kept.keep_jobs_days)),
        guilds=_days(kept.keep_guild_days),
    )
    yield _("## Who else gets it")
    yield from _recipients(settings)
    yield _("## What you can do")
    yield _(
        "- `/privacy` in Discord shows what is kept of you, gives you a copy, and erases it.\n"
        "- *Remove* on one of your pictures deletes it from Discord and here, with its prompt.\n"
        "- Or ask the address above. What still counts in a budget of the running day, week or month follows when that"
        " is over; backups [say how long you keep them] hold it until they are deleted."
    )
    if settings.owner.terms_url is not None:
        yield _("The terms of use are at {url}.", url=str(settings.owner.terms_url))
    yield _("As of [date]. Changes are told at this address.")


def _recipients(settings: Settings) -> Iterator[Sentence]:
    yield _("- Discord, where you ask and where results are posted.")
    yield _(
        "- Service providers that make the pictures for the owner, and get your prompts and the pictures that you"
        " sent for it, not your name: {hosts}.",
        hosts=", ".join((*relay_hosts(settings), *engine_hosts(settings))),
    )
    if settings.bucket.url:
        yield _("- Pictures are stored at {host}.", host=settings.bucket.host)
    else:
        yield _("- Pictures are stored on the bot's own machine.")


def relay_hosts(settings: Settings) -> list[str]:
    """Return the hosts of the relays, each once."""
    return _hosts(relay.url for relay in settings.relay.all)


def engine_hosts(settings: Settings) -> list[str]:
    """Return the hosts that engines in use are asked at beside the relays, each once."""
    accesses = (settings.engines.of(name) for name in settings.engines.on)
    relays = relay_hosts(settings)
    return [host for host in _hosts(access.base_url for access in accesses if access) if host not in relays]


def _hosts(addresses: Iterable[AnyHttpUrl | None]) -> list[str]:
    return list(dict.fromkeys(url.host for url in addresses if url is not None and url.host))


def first_of(*days: int) -> int:
    """Which of some numbers of days comes first; 0 = none does."""
    return min((number for number in days if number), default=0)


def _days(days: int) -> Sentence:
    return ngettext("{count} day", "{count} days", count=days) if days else _("until you erase them")
