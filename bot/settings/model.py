"""The owner's configuration as one value, a section for each concern; `.env.example` says the same for people."""

from collections.abc import Mapping
from typing import Self

from pydantic import AnyHttpUrl, Field, SecretStr, model_validator

from bot.domain.engine_info import ENGINES
from bot.domain.requests import Mode
from bot.settings.alerts import AlertSettings
from bot.settings.bucket import BucketSettings
from bot.settings.discord import DiscordSettings
from bot.settings.engines import Access, EngineAccess, EngineSections
from bot.settings.limits import LimitSettings
from bot.settings.log import LogSettings
from bot.settings.metrics import MetricsSettings
from bot.settings.owner import OwnerSettings
from bot.settings.places import PlaceSettings
from bot.settings.relay import RelaySettings
from bot.settings.relays import Relay, serving
from bot.settings.section import NamePath, Section
from bot.settings.storage import StorageSettings
from bot.settings.web import WebSettings

KEY_LENGTH = 8  # characters; shorter words of a header are its scheme, such as Bearer


class Settings(Section):
    """Every setting."""

    discord: DiscordSettings
    relay: RelaySettings
    storage: StorageSettings
    bucket: BucketSettings
    log: LogSettings
    places: PlaceSettings
    owner: OwnerSettings
    alerts: AlertSettings
    limits: LimitSettings
    web: WebSettings
    metrics: MetricsSettings
    engines: EngineSections
    time_scale: float = Field(
        default=1.0, gt=0, description="Divides waits and lives; for the sandbox, 1 everywhere else."
    )

    @model_validator(mode="after")
    def _mode_is_allowed(self) -> Self:
        if (self.relay.mode or Mode.FAST) not in self.limits.allowed_modes:
            raise ValueError("RELAY_MODE must be one of ALLOWED_MODES")
        return self

    @model_validator(mode="after")
    def _public_url_is_served(self) -> Self:
        if self.web.public_url is not None and self.web.port is None:
            raise ValueError("PUBLIC_URL needs WEB_PORT, the port where Easel answers for it")
        return self

    @model_validator(mode="after")
    def _shards_are_there(self) -> Self:
        ids = self.discord.shard_ids
        if ids != "auto" and max(ids) >= (self.discord.shard_count or 0):
            raise ValueError("SHARD_IDS needs SHARD_COUNT, and its numbers begin with 0 and end below it")
        return self

    @model_validator(mode="after")
    def _key_is_shared(self) -> Self:
        if not self.storage.is_file and not self.storage.secret_key.get_secret_value():
            raise ValueError(
                "SECRET_KEY must be set where DATABASE_URL is a server's: what is kept there outlives DATA_DIR"
            )
        return self

    @model_validator(mode="after")
    def _key_has_its_secret(self) -> Self:
        if not self.bucket.has_whole_key:
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both or neither")
        return self

    @model_validator(mode="after")
    def _engines_have_relays(self) -> Self:
        for engine in self.engines.on:
            if engine in ENGINES and not any(relay.weight for relay in self.relays_of(engine)):
                raise ValueError(
                    f"RELAYS has no entry that takes new jobs for {engine}, which ENGINES has on; name it in one, or "
                    "leave it out of ENGINES"
                )
        return self

    def relays_of(self, engine: str) -> tuple[Relay, ...]:
        """Return the relays that an engine is reached through; one without a name where there is no choice."""
        own, relays = self.engines.of(engine), serving(self.relay.all, engine)
        if own is None or not own.is_apart:
            return tuple(relays)
        return (next(iter(relays), self.relay.all[0]).model_copy(update={"name": "", "weight": 1}),)

    def access(self, engine: str, relay: Relay | None = None) -> Access:
        """Return how to reach an engine that has settings of its own; by its first relay if none is said.

        Raises:
            KeyError: it has none.
        """
        own = self.engines.of(engine)
        if own is None:
            raise KeyError(engine)
        return own.access(relay or self.relays_of(engine)[0])

    def addresses(self) -> list[str]:
        """Return every API that the owner named; their pictures are trusted."""
        own = [value.base_url for _name, value in self.engines if isinstance(value, EngineAccess)]
        relays = [relay.url for relay in self.relay.all]
        return [str(url) for url in (self.discord.api_url, *relays, *own) if url is not None]

    def origins_nearby(self) -> list[str]:
        """Return the APIs' origins that members can open, too, as they sit at this machine: so in the sandbox alone."""
        if self.discord.api_url.host not in ("127.0.0.1", "localhost", "[::1]"):
            return []
        return [f"{url.scheme}://{url.host}:{url.port}" for url in map(AnyHttpUrl, self.addresses())]

    def secrets(self) -> list[str]:
        """Return every secret of the configuration, for the log's redaction."""
        values = list(self.values())
        headers = [
            text.get_secret_value()
            for value in values
            if isinstance(value, dict)
            for text in value.values()
            if isinstance(text, SecretStr)
        ]
        own = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return [
            *own,
            *self.storage.passwords(),
            *(word for text in headers for word in text.replace("{key}", " ").split() if len(word) >= KEY_LENGTH),
        ]


PATHS: Mapping[str, NamePath] = dict(Settings.paths())  # by the name in the environment, in small letters
