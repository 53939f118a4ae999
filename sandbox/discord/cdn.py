"""The content side: attachments behind signed addresses, and avatars."""

from aiohttp import web

from sandbox.discord.media import FORMATS, INLINE_TYPES, Media, draw_avatar
from sandbox.discord.state import State

SAFETY = {"X-Content-Type-Options": "nosniff"}


class Cdn:
    """Serves files to the bot, to the page, and to anyone who has the link."""

    def __init__(self, state: State, media: Media, seed: int) -> None:
        self._seed = seed
        self._state = state
        self._media = media

    def table(self) -> list[web.RouteDef]:
        """Every route of this side."""
        avatars = f"/avatars/{{user:[0-9]+}}/{{avatar}}.{{kind:{'|'.join(FORMATS)}}}"
        return [
            web.get("/attachments/{place:[0-9]+}/{file:[0-9]+}/{name}", self.attachment),
            web.get(avatars, self.avatar),
            web.get("/cdn" + avatars, self.avatar),
            web.get("/embed/avatars/{number:[0-9]+}.png", self.default_avatar),
            web.get("/cdn/embed/avatars/{number:[0-9]+}.png", self.default_avatar),
        ]

    async def attachment(self, request: web.Request) -> web.Response:
        """A file, if the address is signed, has not run out, and the file was not removed."""
        file = self._media.files.get(int(request.match_info["file"]))
        if file is None or not self._media.is_signed(request.path, dict(request.query)):
            raise web.HTTPNotFound(text="This content is no longer available.")
        disposition = "inline" if file.content_type in INLINE_TYPES else "attachment"
        headers = SAFETY | {
            "Content-Type": file.content_type,
            "Content-Disposition": f'{disposition}; filename="{file.filename}"',
            "Access-Control-Allow-Origin": "*",
        }
        return web.Response(body=file.data, headers=headers)

    async def avatar(self, request: web.Request) -> web.Response:
        """A user's drawn face."""
        user = self._state.users.get(int(request.match_info["user"]))
        if user is None or user.avatar != request.match_info["avatar"]:
            raise web.HTTPNotFound
        number = self._seed + list(self._state.users).index(user.id)
        kind = request.match_info["kind"]
        face = draw_avatar(number, user.global_name[0], kind)
        return web.Response(body=face, content_type=f"image/{FORMATS[kind].lower()}", headers=SAFETY)

    async def default_avatar(self, request: web.Request) -> web.Response:
        """One of the six faces of accounts without a picture."""
        picture = draw_avatar(int(request.match_info["number"]))
        return web.Response(body=picture, content_type="image/png", headers=SAFETY)
