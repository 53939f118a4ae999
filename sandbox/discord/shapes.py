"""What the bodies of requests are made of, so that odd ones are refused before anyone looks into them.

A shape is `str`, `int`, `bool`, `Id`, a list with the shape of its entries, or a dict of its fields' shapes (`...`
as the key stands for every field). Fields that a shape does not name pass, as they do at Discord; so do nulls.
"""

from typing import Any

from sandbox.discord.errors import Problems

Shape = Any


class Id:
    """A snowflake: digits, or an integer as some clients write it."""


_MEDIUM: Shape = {"url": str}
_EMOJI: Shape = {"id": Id, "name": str}
_COMPONENT: Shape = {
    **dict.fromkeys(("custom_id", "label", "description", "placeholder", "url", "content", "value"), str),
    **dict.fromkeys(("type", "id", "style", "min_values", "max_values", "min_length", "max_length", "spacing"), int),
    **dict.fromkeys(("disabled", "required", "spoiler", "divider"), bool),
    "accent_color": int,
    "emoji": _EMOJI,
    "media": _MEDIUM,
    "file": _MEDIUM,
    "items": [{"media": _MEDIUM, "description": str}],
    "options": [{"label": str, "value": str, "description": str, "emoji": _EMOJI}],
}
_COMPONENT |= {"components": [_COMPONENT], "component": _COMPONENT, "accessory": _COMPONENT}
_EMBED: Shape = {
    **dict.fromkeys(("title", "description", "url"), str),
    "color": int,
    "author": {"name": str},
    "footer": {"text": str},
    "image": _MEDIUM,
    "thumbnail": _MEDIUM,
    "fields": [{"name": str, "value": str}],
}
MESSAGE: Shape = {
    "content": str,
    "flags": int,
    "embeds": [_EMBED],
    "components": [_COMPONENT],
    "attachments": [{"id": Id, "filename": str, "description": str}],
    "allowed_mentions": {"parse": [str], "users": [Id], "roles": [Id], "replied_user": bool},
    "message_reference": {"message_id": Id, "fail_if_not_exists": bool},
}
ANSWER: Shape = {
    "type": int,
    "data": {"custom_id": str, "title": str, "choices": [{"name": str}]} | MESSAGE,
}
_NAMED: Shape = {
    "type": int,
    "name": str,
    "description": str,
    "name_localizations": {...: str},
    "description_localizations": {...: str},
}
_OPTION: Shape = _NAMED | {
    "required": bool,
    "autocomplete": bool,
    "min_length": int,
    "max_length": int,
    "choices": [{"name": str, "name_localizations": {...: str}}],
}
_OPTION["options"] = [_OPTION]
COMMANDS: Shape = [
    _NAMED
    | {
        "options": [_OPTION],
        "contexts": [int],
        "integration_types": [int],
        "default_member_permissions": Id,
        "nsfw": bool,
    }
]
THREAD: Shape = {"name": str}
DM: Shape = {"recipient_id": Id}


def check_shape(value: Any, shape: Shape) -> None:
    """Refuse a body of another make."""
    problems = Problems()
    _check("", value, shape, problems)
    problems.refuse()


def _check(path: str, value: Any, shape: Shape, problems: Problems) -> None:
    if isinstance(shape, list):
        if not isinstance(value, list):
            problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        for index, entry in enumerate(value):
            if entry is None:
                problems.required(_inside(path, index))
            else:
                _check(_inside(path, index), entry, shape[0], problems)
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for name, inner in value.items():
            at = _inside(path, name)
            if inner is None and ... in shape:
                problems.required(at)
            elif inner is not None and (name in shape or ... in shape):
                _check(at, inner, shape.get(name, shape.get(...)), problems)
    else:
        _check_scalar(path, value, shape, problems)


def _check_scalar(path: str, value: Any, shape: Shape, problems: Problems) -> None:
    if shape is str and not isinstance(value, str):
        problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
    elif shape is bool and not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    elif shape is int and (not isinstance(value, int) or isinstance(value, bool)):
        problems.add(path, "NUMBER_TYPE_COERCE", "The value could not be understood as a number.")
    elif shape is Id and (isinstance(value, bool) or not str(value).isdecimal()):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def _inside(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)
