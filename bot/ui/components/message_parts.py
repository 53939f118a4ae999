"""What stands in a Discord message, wherever it was put: its components, its files, the pictures that people see."""

import mimetypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import discord
from yarl import URL

SPOILER = "SPOILER_"  # how Discord's clients and libraries mark the name of a file that is covered


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture in a message: its address, its file's name, and what it is said to show.

    `is_attachment` holds where the address is Discord's own for a file that was sent, and nobody's word.
    """

    url: str
    name: str
    description: str = ""
    is_attachment: bool = False


def walk(components: Iterable[Any]) -> Iterator[Any]:
    """Yield every component in reading order, nested ones and the accessories of sections included."""
    for component in components:
        yield component
        accessory = getattr(component, "accessory", None)
        yield from walk([*getattr(component, "children", ()), *([] if accessory is None else [accessory])])


def custom_ids(message: discord.Message) -> list[str]:
    """List the custom ids of a message's buttons and menus."""
    ids = (getattr(component, "custom_id", None) for component in walk(message.components))
    return [custom_id for custom_id in ids if custom_id]


def file_names(message: discord.Message) -> list[str]:
    """List the names of a message's files as they are without the mark of spoilers.

    Files in components and embeds are not among its attachments.
    """
    shown = [*_in_components(message.components), *_in_embeds(message.embeds, is_ours=False)]
    names = [*(file.filename for file in message.attachments), *(picture.name for _type, picture in shown)]
    return [name.removeprefix(SPOILER) for name in names]


def attached_names(message: discord.Message) -> list[str]:
    """List the names of a message's attachments as they are without the mark of spoilers."""
    return [file.filename.removeprefix(SPOILER) for file in message.attachments]


def pictures_of(message: discord.Message, our_id: int = 0) -> list[ShownPicture]:
    """List the pictures that people see in a message, in the order in which they see them, each once.

    They are attached, or stand in components, in embeds and previews of links, or in what was forwarded. In embeds of
    ours (`our_id`) stand files of ours. Source: https://docs.discord.com/developers/resources/message and
    https://docs.discord.com/developers/components/reference#unfurled-media-item.
    """
    found: dict[str, ShownPicture] = {}
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    for part in parts:
        is_ours = isinstance(part, discord.Message) and part.author.id == our_id
        for content_type, picture in _files_in(part, is_ours=is_ours):
            if content_type.startswith("image/"):
                found.setdefault(picture.url.partition("?")[0], picture)  # links to one file differ in signatures
    return list(found.values())


def _files_in(part: discord.Message | discord.MessageSnapshot, *, is_ours: bool) -> Iterator[tuple[str, ShownPicture]]:
    """Everything that is shown, each with its media type."""
    for file in part.attachments:
        picture = ShownPicture(file.url, file.filename, file.description or "", is_attachment=True)
        yield file.content_type or _guessed(file.filename), picture
    yield from _in_components(part.components)
    yield from _in_embeds(part.embeds, is_ours=is_ours)


def _in_components(components: Iterable[Any]) -> Iterator[tuple[str, ShownPicture]]:
    """Galleries, thumbnails and files."""
    for component in walk(components):
        for holder in (component, *getattr(component, "items", ())):
            medium = getattr(holder, "media", None)
            if medium is not None:
                name = _name_of(medium.url)
                description = getattr(holder, "description", None) or ""
                is_attachment = medium.attachment_id is not None
                picture = ShownPicture(medium.url, name, description, is_attachment)
                yield medium.content_type or _guessed(name), picture


def _in_embeds(embeds: Iterable[discord.Embed], *, is_ours: bool) -> Iterator[tuple[str, ShownPicture]]:
    """The large picture of an embed and the small one, which previews of links have; Discord shows nothing else so."""
    for embed in embeds:
        for medium in (embed.image, embed.thumbnail):
            if medium.url:
                is_attachment = is_ours and embed.type == "rich"  # other ones are previews of links
                yield "image/*", ShownPicture(medium.url, _name_of(medium.url), embed.title or "", is_attachment)


def _guessed(name: str) -> str:
    return mimetypes.guess_type(name)[0] or ""


def _name_of(url: str) -> str:
    return URL(url).name
