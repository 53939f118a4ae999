"""Components of messages and modals: what is allowed where, and the defaults that Discord fills in."""

import re
from collections.abc import Callable, Collection, Iterator
from enum import IntEnum
from typing import Any

from sandbox.discord.emoji import is_unicode_emoji
from sandbox.discord.errors import Problems
from sandbox.discord.model import Payload


class Kind(IntEnum):
    """Discord's numbers for component types."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    UPLOAD = 19
    RADIO = 21
    CHECKBOXES = 22
    CHECKBOX = 23


SELECTS = {Kind.STRING_SELECT, Kind.USER_SELECT, Kind.ROLE_SELECT, Kind.MENTIONABLE_SELECT, Kind.CHANNEL_SELECT}
ANSWERS = SELECTS | {Kind.TEXT_INPUT, Kind.UPLOAD, Kind.RADIO, Kind.CHECKBOXES, Kind.CHECKBOX}
CONTENTS = {Kind.ROW, Kind.TEXT, Kind.SECTION, Kind.GALLERY, Kind.SEPARATOR, Kind.FILE}
LINK_STYLE, PREMIUM_STYLE = 5, 6

MAX_ROWS = 5
MAX_COMPONENTS = 40
MAX_TEXT = 4000  # characters over all text displays of one message

# kind -> field -> (shortest, longest, required); texts in characters, lists in entries
LENGTHS: dict[Kind, dict[str, tuple[int, int, bool]]] = {
    Kind.ROW: {"components": (1, 5, True)},
    Kind.BUTTON: {"label": (0, 80, False), "url": (1, 512, False)},
    Kind.TEXT_INPUT: {"value": (0, 4000, False), "placeholder": (0, 100, False)},
    Kind.SECTION: {"components": (1, 3, True)},
    Kind.TEXT: {"content": (1, 4000, True)},
    Kind.THUMBNAIL: {"description": (0, 1024, False)},
    Kind.GALLERY: {"items": (1, 10, True)},
    Kind.CONTAINER: {"components": (1, 40, True)},
    Kind.LABEL: {"label": (1, 45, True), "description": (0, 100, False)},
    Kind.STRING_SELECT: {"options": (1, 25, True)},
    Kind.RADIO: {"options": (2, 10, True)},
    Kind.CHECKBOXES: {"options": (1, 10, True)},
}
# kind -> field -> (lowest, highest)
RANGES: dict[Kind, dict[str, tuple[int, int]]] = {
    Kind.TEXT_INPUT: {"min_length": (0, 4000), "max_length": (1, 4000), "style": (1, 2)},
    Kind.UPLOAD: {"min_values": (0, 10), "max_values": (1, 10)},
    Kind.CHECKBOXES: {"min_values": (0, 10), "max_values": (1, 10)},
    Kind.SEPARATOR: {"spacing": (1, 2)},
    Kind.CONTAINER: {"accent_color": (0, 0xFFFFFF)},
}
# kind -> what Discord fills in
DEFAULTS: dict[Kind, Payload] = {
    Kind.CONTAINER: {"accent_color": None, "spoiler": False},
    Kind.SEPARATOR: {"spacing": 1, "divider": True},
    Kind.THUMBNAIL: {"description": None, "spoiler": False},
    Kind.FILE: {"name": None, "size": None, "spoiler": False},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS | {Kind.UPLOAD}},
}


def walk(components: list[Payload]) -> Iterator[Payload]:
    """Every component, nested ones included, in reading order."""
    for component in components:
        yield component
        nested = component.get("components") or []
        extra = [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk([*nested, *extra])


def check_message_components(
    components: Any, problems: Problems, *, is_v2: bool, emoji_ids: Collection[int] = ()
) -> None:
    """Collect what Discord would refuse in a message's components; `emoji_ids` are those that the bot may use."""
    check = _Check(problems, emoji_ids=emoji_ids)
    if not is_v2:
        problems.length("components", components, 0, MAX_ROWS)
    check.children("components", components, CONTENTS | {Kind.CONTAINER} if is_v2 else {Kind.ROW})
    check.totals("components")


def check_modal(modal: Payload, emoji_ids: Collection[int] = ()) -> None:
    """Refuse a modal that Discord would refuse."""
    problems = Problems()
    problems.length("data.custom_id", modal.get("custom_id"), 1, 100, required=True)
    problems.length("data.title", modal.get("title"), 1, 45, required=True)
    parts = modal.get("components")
    problems.length("data.components", parts, 1, 5, required=True)
    check = _Check(problems, is_modal=True, emoji_ids=emoji_ids)
    check.children("data.components", parts or [], {Kind.LABEL, Kind.TEXT, Kind.ROW})
    check.totals("data.components")
    problems.refuse()


class _Check:
    """Walks one tree of components and remembers what must be unique or summed up."""

    def __init__(self, problems: Problems, *, is_modal: bool = False, emoji_ids: Collection[int] = ()) -> None:
        self._problems = problems
        self._is_modal = is_modal
        self._emoji_ids = emoji_ids
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()
        self._count = 0
        self._text = 0

    def children(self, path: str, components: list[Any], allowed: set[Kind]) -> None:
        for index, component in enumerate(components):
            self.component(f"{path}.{index}", component, allowed)

    def component(self, path: str, component: Any, allowed: set[Kind]) -> None:
        kind = (component or {}).get("type")
        if kind not in allowed:
            self._problems.one_of(f"{path}.type", tuple(sorted(map(int, allowed))))
            return
        kind = Kind(kind)
        self._count += 1
        self._identity(path, component, kind)
        for field, (low, high, required) in LENGTHS.get(kind, {}).items():
            self._problems.length(f"{path}.{field}", component.get(field), low, high, required=required)
        for field, (lowest, highest) in RANGES.get(kind, {}).items():
            self._problems.between(f"{path}.{field}", component.get(field), lowest, highest)
        specific: dict[Kind, Callable[[str, Payload], None]] = {
            Kind.ROW: self._row,
            Kind.BUTTON: self._button,
            Kind.SECTION: self._section,
            Kind.TEXT: self._count_text,
            Kind.THUMBNAIL: self._medium,
            Kind.GALLERY: self._gallery,
            Kind.FILE: self._file,
            Kind.LABEL: self._label,
            Kind.TEXT_INPUT: self._text_input,
            Kind.CONTAINER: lambda at, c: self.children(f"{at}.components", c.get("components") or [], CONTENTS),
        }
        if kind in specific:
            specific[kind](path, component)
        self._order(path, component)
        if kind in SELECTS | {Kind.CHECKBOXES, Kind.RADIO, Kind.UPLOAD}:
            self._choices(path, component, kind)

    def totals(self, path: str) -> None:
        if self._problems.tree:
            return  # sums are looked at once every part is right
        if self._count > MAX_COMPONENTS:
            self._problems.add(
                path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Components exceed {MAX_COMPONENTS} in total."
            )
        if self._text > MAX_TEXT:
            self._problems.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"Text exceeds {MAX_TEXT} characters.")

    def _identity(self, path: str, component: Payload, kind: Kind) -> None:
        own_id = component.get("id")
        if own_id:
            if own_id in self._ids:
                self._problems.add(f"{path}.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            self._ids.add(own_id)
        is_plain_button = kind == Kind.BUTTON and component.get("style") not in (LINK_STYLE, PREMIUM_STYLE)
        if not is_plain_button and kind not in ANSWERS:
            return
        custom_id = component.get("custom_id")
        self._problems.length(f"{path}.custom_id", custom_id, 1, 100, required=True)
        if custom_id in self._custom_ids:
            self._problems.add(
                f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        self._custom_ids.add(str(custom_id))

    def _row(self, path: str, row: Payload) -> None:
        nested = row.get("components") or []
        self.children(f"{path}.components", nested, {Kind.TEXT_INPUT} if self._is_modal else {Kind.BUTTON, *SELECTS})
        for index, field in enumerate(nested if self._is_modal else []):
            self._problems.length(f"{path}.components.{index}.label", field.get("label"), 1, 45, required=True)
        has_wide = any(child.get("type") != Kind.BUTTON for child in nested)
        if has_wide and len(nested) > 1:
            self._problems.add(
                path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
            )

    def _button(self, path: str, button: Payload) -> None:
        style = button.get("style")
        self._emoji(path, button)
        if style not in range(1, 7):
            self._problems.one_of(f"{path}.style", (1, 2, 3, 4, 5, 6))
        if style == LINK_STYLE:
            if not re.match(r"(https?|discord)://", button.get("url") or ""):
                self._problems.add(f"{path}.url", "URL_TYPE_INVALID_URL", "Not a well formed URL.")
            if "custom_id" in button:
                self._problems.add(
                    path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "A custom id and url cannot both be set"
                )
        elif style != PREMIUM_STYLE:
            if button.get("url"):
                self._problems.add(path, "BUTTON_COMPONENT_INVALID_URL", "Only link buttons may have a url")
            if not button.get("label") and not button.get("emoji"):
                self._problems.add(
                    path, "BUTTON_COMPONENT_MISSING_LABEL_OR_EMOJI", "A button needs a label or an emoji"
                )

    def _emoji(self, path: str, holder: Payload) -> None:
        """An emoji by its id has to be known, whatever its name; one by name has to be Unicode's.

        The code is a button's wherever it stands. Source: discord-api-docs issue 8071, discordgo issue 1479.
        """
        emoji = holder.get("emoji")
        if emoji is None:
            return
        given_id = emoji.get("id")
        if given_id is not None:
            is_known, field = int(given_id) in self._emoji_ids, "id"
        else:
            is_known, field = is_unicode_emoji(emoji.get("name") or ""), "name"
        if not is_known:
            self._problems.add(f"{path}.emoji.{field}", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")

    def _text_input(self, path: str, field: Payload) -> None:
        if field.get("style") is None:
            self._problems.required(f"{path}.style")

    def _order(self, path: str, component: Payload) -> None:
        for what in ("length", "values"):
            low, high = component.get(f"min_{what}"), component.get(f"max_{what}")
            if low is not None and high is not None and low > high:
                self._problems.add(
                    f"{path}.max_{what}", "NUMBER_TYPE_MIN", f"The value should be greater than or equal to {low}."
                )

    def _section(self, path: str, section: Payload) -> None:
        self.children(f"{path}.components", section.get("components") or [], {Kind.TEXT})
        if section.get("accessory") is None:
            self._problems.required(f"{path}.accessory")
        else:
            self.component(f"{path}.accessory", section["accessory"], {Kind.BUTTON, Kind.THUMBNAIL})

    def _count_text(self, _path: str, text: Payload) -> None:
        self._text += len(text.get("content") or "")

    def _medium(self, path: str, holder: Payload) -> None:
        url = (holder.get("media") or {}).get("url")
        if not url:
            self._problems.required(f"{path}.media.url")
        elif not re.match(r"(https?|attachment)://", url):
            self._problems.add(
                f"{path}.media.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be http, https, attachment."
            )

    def _gallery(self, path: str, gallery: Payload) -> None:
        for index, item in enumerate(gallery.get("items") or []):
            self._medium(f"{path}.items.{index}", item)
            self._problems.length(f"{path}.items.{index}.description", item.get("description"), 0, 1024)

    def _file(self, path: str, component: Payload) -> None:
        url = (component.get("file") or {}).get("url") or ""
        if not url.startswith("attachment://"):
            self._problems.add(f"{path}.file.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be attachment.")

    def _label(self, path: str, label: Payload) -> None:
        child = label.get("component")
        self.component(f"{path}.component", child, ANSWERS)
        if (child or {}).get("disabled"):
            self._problems.add(
                f"{path}.component.disabled", "COMPONENT_DISABLED_IN_MODAL", "Cannot be disabled in a modal"
            )

    def _choices(self, path: str, component: Payload, kind: Kind) -> None:
        low, high = component.get("min_values"), component.get("max_values")
        if kind in SELECTS:
            self._problems.length(f"{path}.placeholder", component.get("placeholder"), 0, 150)
            self._problems.between(f"{path}.min_values", low, 0, 25)
            self._problems.between(f"{path}.max_values", high, 1, 25)
        if self._is_modal and low == 0 and component.get("required", True):
            self._problems.add(f"{path}.min_values", "NUMBER_TYPE_MIN", "Must be at least 1 when required.")
        options = component.get("options") or []
        values = [option.get("value", option.get("label")) for option in options]
        if len(set(values)) < len(values):
            self._problems.add(
                f"{path}.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is taken"
            )
        if options and isinstance(high, int) and high > len(options) and kind == Kind.STRING_SELECT:
            self._problems.add(
                f"{path}.max_values", "BASE_TYPE_MAX", f"Only {len(options)} options are there to choose."
            )
        for index, option in enumerate(options):
            at = f"{path}.options.{index}"
            self._problems.length(f"{at}.label", option.get("label"), 1, 100, required=True)
            self._problems.length(f"{at}.value", option.get("value"), 1, 100, required=kind != Kind.CHECKBOXES)
            self._problems.length(f"{at}.description", option.get("description"), 0, 100)
            self._emoji(at, option)


def complete(components: list[Payload], find_file: Callable[[str], int | None]) -> list[Payload]:
    """Number the components and fill in defaults, as they come back from Discord.

    `find_file` tells the file that an address means (`attachment://...` or a link to a kept file).
    """
    taken = {component["id"] for component in walk(components) if component.get("id")}
    numbers = (number for number in range(1, 1000) if number not in taken)

    def medium(given: Payload) -> Payload:
        file_id = find_file(given["url"])
        known = {} if file_id is None else {"attachment_id": str(file_id)}
        return {"id": str(file_id or 0), "url": given["url"]} | known

    def one(component: Payload) -> Payload:
        given: Payload = without_nulls(component)
        filled = DEFAULTS.get(Kind(given["type"]), {}) | given
        filled["id"] = given.get("id") or next(numbers)
        for part in ("media", "file"):
            if part in given:
                filled[part] = medium(given[part])
        if "items" in given:
            filled["items"] = [
                {"description": None, "spoiler": False} | item | {"media": medium(item["media"])}
                for item in given["items"]
            ]
        if "default_values" in given:  # discord.py sends numbers, which Discord takes; it answers with strings
            filled["default_values"] = [entry | {"id": str(entry["id"])} for entry in given["default_values"]]
        if "components" in given:
            filled["components"] = [one(child) for child in given["components"]]
        for part in ("accessory", "component"):
            if given.get(part):
                filled[part] = one(given[part])
        return filled

    return [one(component) for component in components]


def without_nulls(value: Any) -> Any:
    """The same without the nulls that discord.py writes for what was not set (in an emoji, an option)."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value
