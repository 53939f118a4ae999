"""What Discord refuses in the body of a message, with its own codes."""

import re
from collections.abc import Collection
from typing import Any

from sandbox.discord.components import check_message_components, walk
from sandbox.discord.errors import ApiError, Problems
from sandbox.discord.model import Guild, MessageFlag, Payload
from sandbox.wire import UploadedFile

MIB = 1024 * 1024
MAX_CONTENT = 2000
MAX_FILES = 10
MAX_EMBEDS_TOTAL = 6000
MAX_REQUEST = 25 * MIB
MENTION_KINDS = ("roles", "users", "everyone")
# premium tier of a guild -> bytes per file
FILE_LIMITS = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}

LINKS, MEDIA = ("http", "https"), ("http", "https", "attachment")
EMBED_ADDRESSES = {
    "url": LINKS,
    "author.url": LINKS,
    **dict.fromkeys(("image.url", "thumbnail.url", "author.icon_url", "footer.icon_url"), MEDIA),
}
EMBED_PARTS = ("title", "description", "fields", "author", "footer", "image", "thumbnail", "video", "provider")
EMBED_LENGTHS = {"title": 256, "description": 4096, "footer.text": 2048, "author.name": 256}


def file_limit(guild: Guild | None) -> int:
    """The most bytes that one file may have in this place."""
    return FILE_LIMITS[0 if guild is None else guild.premium_tier]


def check_message(
    body: Payload,
    files: dict[int, UploadedFile],
    *,
    size_limit: int,
    is_v2: bool,
    emoji_ids: Collection[int] = (),
) -> None:
    """Refuse a message body that Discord would refuse, before anything happened."""
    sizes = [len(file.data) for file in files.values()]
    # The documents limit the whole request, too; where a boosted server takes a larger file, that holds.
    if max(sizes, default=0) > size_limit or sum(sizes) > max(MAX_REQUEST, size_limit):
        raise ApiError(40005)
    problems = Problems()
    problems.length("content", body.get("content"), 0, MAX_CONTENT)
    if isinstance(body.get("nonce"), str):
        problems.length("nonce", body["nonce"], 0, 25)
    _check_attachments(body.get("attachments"), files, problems)
    _check_embeds(body.get("embeds"), problems)
    _check_allowed_mentions(body.get("allowed_mentions"), problems)
    if is_v2:
        _check_legacy_fields(body, problems)
    if body.get("components"):
        check_message_components(body["components"], problems, is_v2=is_v2, emoji_ids=emoji_ids)
    problems.refuse()


def check_references(body: Payload, filenames: set[str]) -> None:
    """Refuse `attachment://` addresses that name no file of the message."""
    problems = Problems()
    holders = [medium for component in walk(body.get("components") or []) for medium in _media_of(component)]
    holders += [embed[part] for embed in body.get("embeds") or [] for part in ("image", "thumbnail") if embed.get(part)]
    for holder in holders:
        scheme, _, name = (holder.get("url") or "").partition("://")
        if scheme == "attachment" and name not in filenames:
            problems.add(
                "components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", f"No attachment is named {name}"
            )
    problems.refuse()


def _media_of(component: Payload) -> list[Payload]:
    items = [item.get("media") for item in component.get("items") or []]
    return [medium for medium in (component.get("media"), component.get("file"), *items) if medium]


def _check_legacy_fields(body: Payload, problems: Problems) -> None:
    for field in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(field):
            problems.add(
                field,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _check_attachments(entries: Any, files: dict[int, UploadedFile], problems: Problems) -> None:
    total = len(files) if entries is None else len(entries)
    if max(total, len(files)) > MAX_FILES:
        problems.add("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_FILES} or fewer in length.")
    for index, entry in enumerate(entries or []):
        problems.length(f"attachments.{index}.description", entry.get("description"), 0, 1024)


def _check_allowed_mentions(allowed: Any, problems: Problems) -> None:
    for index, kind in enumerate((allowed or {}).get("parse") or ()):
        if kind not in MENTION_KINDS:
            problems.one_of(f"allowed_mentions.parse.{index}", MENTION_KINDS)
    for kind in ("users", "roles"):
        named = (allowed or {}).get(kind) or []
        problems.length(f"allowed_mentions.{kind}", named, 0, 100)
        if named and kind in ((allowed or {}).get("parse") or ()):
            problems.add(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )


def _check_embeds(embeds: Any, problems: Problems) -> None:
    problems.length("embeds", embeds, 0, 10)
    total = 0
    for index, embed in enumerate(embeds or []):
        path = f"embeds.{index}"
        fields = embed.get("fields") or []
        problems.length(f"{path}.fields", fields, 0, 25)
        if not any(embed.get(part) for part in EMBED_PARTS):
            problems.required(f"{path}.description")  # what an embed is that shows nothing
        texts = {name: _dig(embed, name) for name in EMBED_LENGTHS}
        for name, longest in EMBED_LENGTHS.items():
            problems.length(f"{path}.{name}", texts[name], 0, longest)
        for number, field in enumerate(fields):
            problems.length(f"{path}.fields.{number}.name", field.get("name"), 1, 256, required=True)
            problems.length(f"{path}.fields.{number}.value", field.get("value"), 1, 1024, required=True)
        for part, schemes in EMBED_ADDRESSES.items():
            url = _dig(embed, part)
            if url and not re.match(rf"({'|'.join(schemes)})://", url):
                problems.add(f"{path}.{part}", "URL_TYPE_INVALID_SCHEME", f"Scheme must be one of {schemes}.")
        total += sum(len(text or "") for text in texts.values())
        total += sum(len(str(field.get(key, ""))) for field in fields for key in ("name", "value"))
    if total > MAX_EMBEDS_TOTAL:
        problems.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_EMBEDS_TOTAL}")


def _dig(embed: Payload, dotted: str) -> Any:
    value: Any = embed
    for key in dotted.split("."):
        value = (value or {}).get(key)
    return value


def settable_flags(given: Any, *, may_hide: bool) -> int:
    """The flags of a request that a bot may set; all others are ignored, as Discord does."""
    allowed = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
    if may_hide:
        allowed |= MessageFlag.EPHEMERAL
    return int(given or 0) & allowed
