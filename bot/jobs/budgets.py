"""Which budgets hold for somebody in a place: those of the owner, and how a used up one is told."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.budgets import EVERYBODY, OWNERS, Budget, Budgets, MemberBudgets, Period, budgets_of
from bot.domain.job import Place
from bot.language import Sentence, _, ngettext
from bot.settings import Settings


def owners_budgets(settings: Settings, roles: Sequence[int], place: Place) -> Budgets:
    """Return the budgets of BUDGETS that units of people with these roles count for in this place."""
    shared: list[Budget] = []
    of_members: list[MemberBudgets] = []
    for (kind, named), amounts in settings.limits.named_budgets.items():
        if kind == "member":
            of_members.append(MemberBudgets("", amounts, only=named))
        else:
            for scope in _scopes(kind, named, roles, place):
                shared.extend(budgets_of(scope, amounts))
    return Budgets(tuple(shared), tuple(of_members))


def _scopes(kind: str, named: int | None, roles: Sequence[int], place: Place) -> Iterable[str]:
    """The scopes that a budget means here, if any."""
    ids: Sequence[int]
    match kind:
        case "role":
            ids = roles
        case "channel":
            ids = channels_of_budgets(place) if named is None else place.channels
        case "server":
            ids = (place.guild_id,) if place.guild_id else ()
        case _:
            return (EVERYBODY,)
    if named is not None:
        return (scope_of(kind, named),) if named in ids else ()
    return [scope_of(kind, one) for one in ids]


def channels_of_budgets(place: Place) -> tuple[int, ...]:
    """Return the channel that a place counts for where each channel has a budget: a thread counts for its own."""
    return (place.parent_channel_id or place.channel_id,)


def scope_of(kind: str, one: int) -> str:
    """Return the scope of one member, role, channel or server."""
    return f"{'guild' if kind == 'server' else kind}:{one}"


def sentence_of(budget: Budget, units: int, day: str) -> Sentence:
    """Why an admission was refused: which budget is used up, and when it renews."""
    return ngettext(
        "This costs {count} unit, more than is left of {budget}. {renewal}",
        "This costs {count} units, more than is left of {budget}. {renewal}",
        count=units,
        budget=name_of(budget),
        renewal=renewal(budget.account.period, day),
    )


def used_up_sentence(budget: Budget, day: str) -> Sentence:
    """Say that nothing is left of a budget, and when it renews."""
    return _(
        "Nothing is left of {budget}. {renewal}", budget=name_of(budget), renewal=renewal(budget.account.period, day)
    )


def renewal(period: Period, day: str) -> Sentence:
    """When the period of a day begins anew."""
    renews = period.renews(day)
    return _("It renews {when}.", when=moment(renews)) if renews else _("It does not renew.")


def moment(at: datetime) -> str:
    """Return a moment as everybody's Discord tells it, in words such as "in 3 hours"."""
    return f"<t:{int(at.timestamp())}:R>"


def name_of(budget: Budget) -> Sentence:
    """Name a budget in words."""
    words = _limit_of(budget)
    match budget.account.period:
        case Period.DAY:
            return _("{budget} for today", budget=words)
        case Period.WEEK:
            return _("{budget} for this week", budget=words)
        case Period.MONTH:
            return _("{budget} for this month", budget=words)
        case Period.EVER:
            return words


def _limit_of(budget: Budget) -> Sentence:
    kind, _colon, one = budget.account.scope.removeprefix(f"{OWNERS}/").partition(":")
    most = budget.most
    match kind:
        case "member":
            return ngettext("your limit of {count} unit", "your limit of {count} units", count=most)
        case "guild" if "/" in one:
            return ngettext(
                "your limit of {count} unit in this server", "your limit of {count} units in this server", count=most
            )
        case "guild":
            return ngettext("this server's limit of {count} unit", "this server's limit of {count} units", count=most)
        case "channel":
            return ngettext(
                "the limit of {count} unit for {channel}",
                "the limit of {count} units for {channel}",
                count=most,
                channel=f"<#{one}>",
            )
        case "role":
            return ngettext(
                "the limit of {count} unit for {role}",
                "the limit of {count} units for {role}",
                count=most,
                role=f"<@&{one}>",
            )
        case "grant":
            return ngettext("the {count} unit granted to you", "the {count} units granted to you", count=most)
        case _:
            return ngettext("this studio's limit of {count} unit", "this studio's limit of {count} units", count=most)
