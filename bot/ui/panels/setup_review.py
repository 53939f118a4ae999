"""The page of /easel setup about results that moderators look at first."""

from collections.abc import Mapping
from typing import Any

from bot.domain.review import MINUTES, NOBODY_LOOKED, Decision
from bot.domain.server_rules import Key, Name, ServerRules
from bot.language import Sentence, _
from bot.ui.components.client import PanelInput
from bot.ui.components.panel_items import PanelButton, PanelChannels, PanelMenu, PanelRoles, Row, Style, choices, row_of

SERVER = "server"
WHAT = frozenset({"held", "heldall", "reviewchannel", "reviewtime", "reviewafter"})
_TIMES: dict[int, Sentence] = {
    60: _("Undecided after 1 hour"),
    6 * 60: _("Undecided after 6 hours"),
    MINUTES: _("Undecided after 1 day"),
    3 * MINUTES: _("Undecided after 3 days"),
    7 * MINUTES: _("Undecided after 7 days"),
}
_AFTER: dict[Decision, Sentence] = {
    Decision.POST: _("... it is posted"),
    Decision.SPOILER: _("... it is posted as a spoiler"),
    Decision.REJECT: _("... it is rejected"),
}


def review_rows(panel: str, rules: ServerRules, locale: str) -> list[Row]:
    """Build the controls of the page."""
    channel = _of_server(rules, Name.REVIEW_CHANNEL)
    is_for_all = bool(_of_server(rules, Name.REVIEW))
    minutes = _of_server(rules, Name.REVIEW_MINUTES) or MINUTES
    otherwise = _of_server(rules, Name.REVIEW_AFTER) or NOBODY_LOOKED
    times = [(str(time), label.render(locale)) for time, label in _TIMES.items()]
    after = [(decision.value, label.render(locale)) for decision, label in _AFTER.items()]
    label = _("All results wait for a moderator").render(locale)
    style = Style.success if is_for_all else Style.secondary
    channels = _("Results of these channels wait").render(locale)
    return [
        row_of(
            PanelChannels(
                panel, "reviewchannel", "", [channel] if channel else [], _("Review channel").render(locale), most=1
            )
        ),
        row_of(PanelButton(panel, "heldall", "" if is_for_all else "on", label=label, style=style)),
        row_of(PanelChannels(panel, "held", "channel", _held(rules, "channel"), channels)),
        row_of(
            PanelRoles(panel, "held", "role", _held(rules, "role"), _("Results of these roles wait").render(locale))
        ),
        row_of(PanelMenu(panel, "reviewtime", "", choices(times, str(minutes), unnamed="{} min"))),
        row_of(PanelMenu(panel, "reviewafter", "", choices(after, str(otherwise)))),
    ]


def review_changes(rules: ServerRules, given: PanelInput) -> Mapping[Key, Any]:
    """Return what a press or a choice on the page changes."""
    ids = [int(one) for one in given.value.split() if one.isdigit()]
    match given.what:
        case "held":
            gone = {Key(f"{given.about}:{one}", Name.REVIEW): None for one in _held(rules, given.about)}
            return gone | {Key(f"{given.about}:{one}", Name.REVIEW): True for one in ids}
        case "heldall":
            return {Key(SERVER, Name.REVIEW): True if given.about == "on" else None}
        case "reviewchannel":
            return {Key(SERVER, Name.REVIEW_CHANNEL): ids[0] if ids else None}
        case "reviewtime":
            return {Key(SERVER, Name.REVIEW_MINUTES): ids[0] if ids else None}
        case _:
            return {Key(SERVER, Name.REVIEW_AFTER): given.value}


def _of_server(rules: ServerRules, name: str) -> Any:
    return rules.values.get(Key(SERVER, name))


def _held(rules: ServerRules, kind: str) -> list[int]:
    return [one for one, is_held in rules.of(Name.REVIEW, kind) if is_held]
