"""What relays tell of their keys, and what takes nothing now: for the owner."""

import json
from collections.abc import Mapping

from bot.clock import Clock
from bot.domain.engine_info import get_title
from bot.domain.job import Wait
from bot.language import Sentence, _
from bot.operation.relay_books import Books
from bot.text import escape_inline, shorten

LIMIT = 2000  # characters, Discord's
PRICES = 12  # that are listed of one relay
_REASONS: dict[Wait, Sentence] = {
    Wait.QUEUE_FULL: _("its queue is full"),
    Wait.UNREACHABLE: _("it cannot be reached"),
    Wait.CREDIT: _("the account is out of credit"),
    Wait.KEY: _("the key is refused"),
}


def relays_text(kept: Mapping[str, Books], held: Mapping[str, Wait], clock: Clock, locale: str) -> str:
    """Return what each relay tells, and which engines take nothing now; of several relays behind "@"."""
    told = [_relay_text(relay, books, clock, locale) for relay, books in sorted(kept.items()) if books.readings]
    if not told:
        told = [
            _("Your relay does not say what its key has left. Gateways of the new-api family do.").render(locale),
        ]
    return shorten("\n".join([*told, *_holds(held, locale)]), LIMIT)


def _relay_text(relay: str, books: Books, clock: Clock, locale: str) -> str:
    last, days, today = books.readings[-1], books.days_left(clock), books.used_today(clock)
    lines = [
        _("**{left}** left, read {when}", left=f"{last.left:.2f}", when=f"<t:{int(last.at.timestamp())}:R>"),
        _("Used today (UTC): {used}", used=f"{today or 0:.2f}"),
        _("Not used for long enough to say how many days that lasts.")
        if days is None
        else _("Enough for {days} days at this week's pace.", days=f"{days:.1f}"),
        *_comparison(books),
    ]
    head = f"### {escape_inline(relay, 60)}"
    return "\n".join([head, *(f"- {line.render(locale)}" for line in lines), *_prices(books, locale)])


def _comparison(books: Books) -> list[Sentence]:
    if books.charges is None:
        return [_("Its charges have not been compared with the jobs yet; that is done once a day.")]
    when = f"<t:{int(books.compared_until.timestamp())}:R>" if books.compared_until else "-"
    compared = _(
        "Charges compared {when}: {count}, of which no job stands for {strangers}.",
        when=when,
        count=books.charges,
        strangers=books.strangers,
    )
    if books.drift is None:
        return [compared]
    return [compared, _("Charged beside what was expected: {drift}.", drift=f"{books.drift:+.1%}")]


def _prices(books: Books, locale: str) -> list[str]:
    """What jobs cost there, and PRICES that would follow; of long lists the beginning."""
    if not books.costs:
        return []
    costs = dict(sorted(books.costs.items())[:PRICES])
    learnt = ", ".join(f"{escape_inline(entry, 60)} {cost:.4g}" for entry, cost in costs.items())
    proposed = {entry: units for entry, units in books.proposed_prices().items() if entry in costs}
    head = _("Prices learnt: {prices}. Where a unit is a hundredth, they would be:", prices=learnt).render(locale)
    return [f"- {head}", f"```\nPRICES={json.dumps(proposed)}\n```"]


def _holds(held: Mapping[str, Wait], locale: str) -> list[str]:
    lines = []
    for lane, wait in sorted(held.items()):
        engine, _at, relay = lane.partition("@")
        name = get_title(engine) + (f" ({escape_inline(relay, 30)})" if relay else "")
        reason = _REASONS.get(wait, wait.value)
        lines.append(_("{engine} takes nothing right now: {reason}.", engine=name, reason=reason).render(locale))
    return lines
