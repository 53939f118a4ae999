"""Which budgets hold for somebody in a place: those of the owner, and how a used up one is told."""

from collections.abc import Iterator
from datetime import datetime

from bot.domain.budgets import EVERYBODY, Account, Budget, Period, member_scope
from bot.domain.job import Actor, Place
from bot.language import Sentence, _
from bot.settings import Settings


def owners_budgets(settings: Settings, actor: Actor, place: Place) -> tuple[Budget, ...]:
    """Return the budgets of BUDGETS that units of this person in this place count for."""
    return tuple(
        Budget(Account(scope, Period(period)), most)
        for name, most in settings.limits.budgets.items()
        for what, _slash, period in (name.partition("/"),)
        for scope in _scopes(what, actor, place)
    )


def _scopes(what: str, actor: Actor, place: Place) -> Iterator[str]:
    """The scope that the name of a budget means here, if any."""
    kind, _colon, named = what.partition(":")
    ids: tuple[int, ...]
    match kind:
        case "member":
            ids = (actor.id,)
        case "role":
            ids = actor.roles
        case "channel":
            ids = place.channels if named else channels_of_budgets(place)
        case "server":
            ids = (place.guild_id,) if place.guild_id else ()
        case _:
            yield EVERYBODY
            return
    for one in ids:
        if not named or int(named) == one:
            yield scope_of(kind, one)


def channels_of_budgets(place: Place) -> tuple[int, ...]:
    """Return the channel that a place counts for where each channel has a budget: a thread counts for its own."""
    return (place.parent_channel_id or place.channel_id,)


def scope_of(kind: str, one: int) -> str:
    """Return the scope of one member, role, channel or server."""
    return member_scope(one) if kind == "member" else f"{'guild' if kind == 'server' else kind}:{one}"


def sentence_of(budget: Budget, units: int, day: str) -> Sentence:
    """Why an admission was refused: which budget is used up, and when it renews."""
    return _(
        "This costs {units} units, more than is left of {budget}. {renewal}",
        units=units,
        budget=name_of(budget),
        renewal=renewal(budget.account.period, day),
    )


def renewal(period: Period, day: str) -> Sentence:
    """When the period of a day begins anew."""
    renews = period.renews(day)
    return _("That renews {when}.", when=moment(renews)) if renews else _("That does not renew.")


def moment(at: datetime) -> str:
    """Return a moment as everybody's Discord tells it, in words such as "in 3 hours"."""
    return f"<t:{int(at.timestamp())}:R>"


def name_of(budget: Budget) -> Sentence:
    """Name a budget in words."""
    scope, period = budget.account
    kind, _colon, one = scope.partition(":")
    of_all = _("the {units} units of this studio", units=budget.most)
    match kind:
        case "member":
            words = _("your {units} units", units=budget.most)
        case "guild" if "/" in one:
            words = _("your {units} units in this server", units=budget.most)
        case "guild":
            words = _("the {units} units of this server", units=budget.most)
        case "channel":
            words = _("the {units} units of {channel}", units=budget.most, channel=f"<#{one}>")
        case "role":
            words = _("the {units} units of {role}", units=budget.most, role=f"<@&{one}>")
        case "grant":
            words = _("the {units} units granted to you", units=budget.most)
        case _:
            words = of_all
    match period:
        case Period.DAY:
            return _("{budget} for today", budget=words)
        case Period.WEEK:
            return _("{budget} for this week", budget=words)
        case Period.MONTH:
            return _("{budget} for this month", budget=words)
        case Period.EVER:
            return words
