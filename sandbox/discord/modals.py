"""Fills a modal as a user would, and refuses what a client would not let through."""

from typing import Any

from sandbox.discord.components import ANSWERS, SELECTS, Kind, walk
from sandbox.discord.errors import ActingError
from sandbox.discord.model import Payload
from sandbox.discord.resolving import Resolver


def submit(modal: Payload, values: dict[str, Any], resolver: Resolver) -> list[Payload]:
    """The `components` of a submitted modal; fields that are not named keep what they were opened with."""
    fields = {part["custom_id"] for part in walk(modal["components"]) if part["type"] in ANSWERS}
    unknown = set(values) - fields
    if unknown:
        raise ActingError(400, f"The modal has no field {', '.join(sorted(unknown))}.")
    return [_part(part, values, resolver) for part in modal["components"]]


def check_count(menu: Payload, values: list[Any], *, is_required: bool = True) -> None:
    """Refuse too few or too many values."""
    low, high = menu.get("min_values", 1), menu.get("max_values", 1)
    if not values and not is_required:
        return
    if not low <= len(values) <= high or len(set(map(str, values))) < len(values):
        raise ActingError(400, f"{menu['custom_id']} takes {low} to {high} different values.")


def check_options(menu: Payload, values: list[Any]) -> list[str]:
    """Refuse values that are not among a menu's options."""
    known = {option.get("value", option["label"]) for option in menu.get("options") or []}
    for value in values:
        if value not in known:
            raise ActingError(400, f"{value} is not an option of {menu['custom_id']}.")
    return values


def _part(part: Payload, values: dict[str, Any], resolver: Resolver) -> Payload:
    about = {"type": part["type"], "id": part["id"]}
    if part["type"] == Kind.LABEL:
        return about | {"component": _field(part["component"], values, resolver)}
    if part["type"] == Kind.ROW:
        return about | {"components": [_field(child, values, resolver) for child in part["components"]]}
    return about


def _field(field: Payload, values: dict[str, Any], resolver: Resolver) -> Payload:
    kind, custom_id = field["type"], field["custom_id"]
    given = values.get(custom_id, _prefilled(field))
    answer: Payload = {"type": kind, "id": field["id"], "custom_id": custom_id}
    is_required = field.get("required", True)
    if kind == Kind.CHECKBOX:
        if not isinstance(given, bool):
            raise ActingError(400, f"{custom_id} must be true or false.")
        return answer | {"value": given}
    if is_required and not given:
        raise ActingError(400, f"The field {custom_id} must be filled in.")
    if kind == Kind.TEXT_INPUT:
        return answer | {"value": _text(field, given)}
    if kind == Kind.RADIO:
        return answer | {"value": check_options(field, [given])[0] if given else None}
    chosen = given if isinstance(given, list) else [given]
    limits = {"max_values": len(field.get("options") or [0])} if kind == Kind.CHECKBOXES else {}
    check_count(limits | field, chosen, is_required=is_required)
    return answer | {"values": _chosen(field, chosen, resolver)}


def _chosen(field: Payload, chosen: list[Any], resolver: Resolver) -> list[str]:
    if field["type"] == Kind.UPLOAD:
        return [resolver.attachment(upload_id) for upload_id in chosen]
    if field["type"] in SELECTS - {Kind.STRING_SELECT}:
        return [resolver.picked(field, value) for value in chosen]
    return check_options(field, chosen)


def _text(field: Payload, given: Any) -> str:
    text = "" if given is None else given
    low, high = field.get("min_length", 0), field.get("max_length", 4000)
    if not isinstance(text, str):
        raise ActingError(400, f"The field {field['custom_id']} must be a text.")
    if text and not low <= len(text) <= high:
        raise ActingError(400, f"The field {field['custom_id']} must have {low} to {high} characters.")
    return text


def _prefilled(field: Payload) -> Any:
    kind = field["type"]
    if kind == Kind.TEXT_INPUT:
        return field.get("value", "")
    if kind == Kind.CHECKBOX:
        return field.get("default", False)
    chosen = [o.get("value", o["label"]) for o in field.get("options") or [] if o.get("default")]
    if kind == Kind.RADIO:
        return chosen[0] if chosen else None
    return chosen or [entry["id"] for entry in field.get("default_values") or []]
