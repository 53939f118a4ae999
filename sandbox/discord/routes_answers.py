"""Routes of interactions: the first answer, and what their tokens reach afterwards."""

from aiohttp import web

from sandbox.discord.errors import ApiError
from sandbox.discord.model import Interaction
from sandbox.discord.rest import answer_json, no_content, read_object
from sandbox.discord.route_group import Route, RouteGroup


class AnswerRoutes(RouteGroup):
    """Everything whose secret is a token in the address."""

    def table(self) -> list[Route]:
        """Every route of this group."""
        webhook = "/webhooks/{application:[0-9]+}/{token}"
        written = [webhook + "/messages/@original", webhook + "/messages/{message:[0-9]+}"]
        return [
            ("POST", "/interactions/{interaction:[0-9]+}/{token}/callback", self.callback),
            ("POST", webhook, self.follow_up),
            ("GET", webhook, self.webhook),
            *(("GET", place, self.written) for place in written),
            *(("PATCH", place, self.edit_written) for place in written),
            *(("DELETE", place, self.delete_written) for place in written),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        body, files = await read_object(request)
        interaction_id, token = int(request.match_info["interaction"]), request.match_info["token"]
        response = self._interactions.respond(interaction_id, token, body, files)
        wants = request.query.get("with_response", "").lower() in ("1", "true")
        return answer_json(response) if wants else no_content()

    async def webhook(self, request: web.Request) -> web.Response:
        """A token of an interaction is no webhook that could be read."""
        self._of_token(request)
        raise ApiError(10015)

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        body, files = await read_object(request)
        message = self._interactions.follow_up(interaction, body, files)
        return answer_json(self._shown(message))

    async def written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        return answer_json(self._shown(self._interactions.message_of(interaction, _reference(request))))

    async def edit_written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        body, files = await read_object(request)
        message = self._interactions.message_of(interaction, _reference(request))
        return answer_json(self._shown(self._interactions.edit(interaction, message, body, files)))

    async def delete_written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        message = self._interactions.message_of(interaction, _reference(request))
        self._interactions.delete(interaction, message)
        return no_content()

    def _of_token(self, request: web.Request) -> Interaction:
        return self._interactions.of_token(int(request.match_info["application"]), request.match_info["token"])


def _reference(request: web.Request) -> str:
    return request.match_info.get("message", "@original")
