"""What a message shows: its components and embeds, with the addresses of its files filled in."""

from sandbox.discord.media import Media
from sandbox.discord.model import Message, MessageFlag, Payload


class Shown:
    """Fills in the media of messages."""

    def __init__(self, media: Media) -> None:
        self._media = media

    def embeds(self, message: Message) -> list[Payload]:
        """Embeds and previews, unless they are suppressed."""
        if message.flags & MessageFlag.SUPPRESS_EMBEDS:
            return []
        return [self._with_media(embed, message) for embed in message.embeds] + message.previews

    def _with_media(self, embed: Payload, message: Message) -> Payload:
        filled = dict(embed)
        for part in ("image", "thumbnail"):
            if part in filled:
                shown = self._medium(filled[part], message)
                filled[part] = {key: value for key, value in shown.items() if key != "attachment_id"}  # ours alone
        return filled

    def component(self, component: Payload, message: Message) -> Payload:
        """A component with all that it holds."""
        filled = {key: value for key, value in component.items() if key != "required"}  # means something in modals
        for part in ("media", "file"):
            if part in filled:
                filled[part] = self._medium(filled[part], message)
        for part in ("components", "items"):
            if part in filled:
                filled[part] = [self.component(child, message) for child in filled[part]]
        if "accessory" in filled:
            filled["accessory"] = self.component(filled["accessory"], message)
        return filled

    def _medium(self, medium: Payload, message: Message) -> Payload:
        file_id = medium.get("attachment_id")
        file = next((file for file in message.attachments if str(file.id) == file_id), None)
        if file is None:
            return {"proxy_url": medium.get("url"), "content_type": None} | medium
        url = self._media.url(file)
        return medium | {
            "url": url,
            "proxy_url": url,
            "width": file.width,
            "height": file.height,
            "content_type": file.content_type,
        }


def inline_ids(message: Message) -> set[int]:
    """The files that components or embeds show; these are not listed among the attachments."""
    media = [embed.get(part) for embed in message.embeds for part in ("image", "thumbnail")]
    pending = list(message.components)
    while pending:
        component = pending.pop()
        media += [component.get("media"), component.get("file")]
        pending += component.get("components", []) + component.get("items", [])
        pending += [component["accessory"]] if "accessory" in component else []
    return {int(medium["attachment_id"]) for medium in media if medium and "attachment_id" in medium}
