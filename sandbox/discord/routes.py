"""All REST routes of the bot's side, group by group."""

from aiohttp import web

from sandbox.discord.rest import VERSIONS
from sandbox.discord.route_group import Parts
from sandbox.discord.routes_answers import AnswerRoutes
from sandbox.discord.routes_application import ApplicationRoutes
from sandbox.discord.routes_channels import ChannelRoutes
from sandbox.discord.routes_guilds import GuildRoutes
from sandbox.discord.routes_messages import MessageRoutes
from sandbox.discord.session_starts import SessionStarts


class Routes:
    """The table of everything that a bot may call."""

    def __init__(self, parts: Parts) -> None:
        self._application = ApplicationRoutes(parts)
        others = (GuildRoutes(parts), ChannelRoutes(parts), MessageRoutes(parts), AnswerRoutes(parts))
        # aiohttp matches in order, so `@me` above `{user}` wins
        self._routes = [route for group in (self._application, *others) for route in group.table()]

    def point_at(self, gateway_url: str, session_starts: SessionStarts) -> None:
        """Name the gateway to those who ask for it, and how often it may be entered."""
        self._application.gateway_url = gateway_url
        self._application.session_starts = session_starts

    def table(self) -> list[web.RouteDef]:
        """Every route; whatever is not here is answered with 404 and recorded."""
        return [
            web.route(method, version + path, handler) for version in VERSIONS for method, path, handler in self._routes
        ]
