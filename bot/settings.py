"""The owner's configuration, read once from the environment and `.env`."""

import json
import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BeforeValidator,
    Field,
    SecretStr,
    UrlConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import Url
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from typing_extensions import override

from bot.complaints import complaints
from bot.domain.engine_info import ENGINES, OPERATIONS, OTHER_ENGINES
from bot.domain.requests import Mode
from bot.errors import SettingsError

SECRET_KEY_LENGTH = 16  # characters, at least
KEY_LENGTH = 8  # characters; shorter words of a header are its scheme, such as Bearer


class Press(StrEnum):
    """Who may press the buttons of a result."""

    ANYONE = "anyone"
    AUTHOR = "author"


class Access(NamedTuple):
    """Where an engine is reached, and the headers that carry its key."""

    base_url: str
    headers: dict[str, str]


class MidjourneyAuth(StrEnum):
    """Which header carries the relay key."""

    SECRET = "secret"  # noqa: S105 - the name of a header style
    BEARER = "bearer"
    BOTH = "both"


def _split(value: object) -> object:
    """Lists are written with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _json(value: object) -> object:
    """Tables are written as JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as exc:
        raise ValueError("is not JSON; .env.example shows how it is written") from exc


def _on_one_line(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    texts = [text for name, value in headers.items() for text in (name, value.get_secret_value())]
    if any("\n" in text or "\r" in text for text in texts):
        raise ValueError("must have its headers on one line each")
    return headers


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
# The values are secret, since a key may stand in one literally.
Headers = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_json), AfterValidator(_on_one_line)]
PictureField = Literal["", "image_url", "image_urls"]
WebSocketUrl = Annotated[Url, UrlConstraints(allowed_schemes=["ws", "wss"])]


# What prices can name. A test holds them against the requests and the kinds of buttons that there are.
FAMILIES = (
    *("pick", "variation", "reroll", "upscale", "vary", "region", "zoom", "custom_zoom", "pan", "animate"),
    *("describe_pick", "describe_all", "shorten_pick", "bookmark", "other"),
)
PAINTED = tuple(info.operation_name(operation) for info in OTHER_ENGINES for operation in info.operations)
PRICED = (*OPERATIONS, "action", *(f"action.{family}" for family in FAMILIES))


class Settings(BaseSettings):
    """Every setting; `.env.example` says the same for people."""

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        env_ignore_empty=True,
        env_file_encoding="utf-8",
    )

    discord_token: SecretStr = Field(description="The bot's token from the developer portal.", min_length=1)
    discord_api_url: AnyHttpUrl = Field(
        default=AnyHttpUrl("https://discord.com/api/v10"), description="Discord's REST API."
    )
    discord_gateway_url: WebSocketUrl | None = Field(
        default=None, description="Discord's gateway; empty = ask the API."
    )
    relay_base_url: AnyHttpUrl = Field(description="The relay's address, with or without a trailing /mj.")
    relay_api_key: SecretStr = Field(description="The relay key.", min_length=1)
    relay_mj_auth: MidjourneyAuth = Field(
        default=MidjourneyAuth.SECRET, description="Header of the key: secret, bearer or both."
    )
    relay_mode: Mode | None = Field(
        default=None,
        description="Default speed: relax, fast or turbo; empty = the relay's own, shown as fast.",
    )
    data_dir: Path = Field(default=Path("data"), description="Folder for the database and kept pictures; created.")
    keep_pictures_days: int = Field(
        default=90, ge=0, le=36_500, description="Days that pictures of jobs that are over are kept; 0 = for ever."
    )
    keep_free_mb: int = Field(
        default=500,
        ge=0,
        description="MB that stay free on the disk of DATA_DIR; below it members' pictures are refused.",
    )
    max_input_mb_per_member: int = Field(
        default=500, ge=0, description="MB that one member's own pictures may take; the oldest go first; 0 = no limit."
    )
    max_input_mb: int = Field(
        default=5000, ge=0, description="MB that all members' own pictures may take; the oldest go first; 0 = no limit."
    )
    keep_jobs_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days that prompts and all else that is known of jobs that are over is kept; 0 = for ever.",
    )
    database_url: str = Field(
        default="sqlite+aiosqlite:///{DATA_DIR}/easel.db",
        description="Where jobs are stored; {DATA_DIR} is replaced.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Encrypts interaction tokens; empty = made once and kept in DATA_DIR.",
    )
    secret_key_old: SecretStr = Field(
        default=SecretStr(""),
        description="The SECRET_KEY before this one, for the day after a change; what it sealed can still be read.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    log_format: Literal["console", "json"] = Field(default="console", description="How it is logged.")
    time_scale: float = Field(
        default=1.0, gt=0, description="Divides waits and lives; for the sandbox, 1 everywhere else."
    )
    allowed_guilds: Annotated[frozenset[int], NoDecode, BeforeValidator(_split)] = Field(
        default=frozenset(), description="Ids of the servers that may use the bot, with commas; empty = all."
    )
    allowed_users: Annotated[frozenset[int], NoDecode, BeforeValidator(_split)] = Field(
        default=frozenset(),
        description="Ids of people served outside of servers although they are in none of ALLOWED_GUILDS.",
    )
    allow_dm: bool = Field(default=False, description="Whether members may use the bot in direct messages.")
    allow_user_install: bool = Field(
        default=False, description="Whether people may install the bot for themselves and use it anywhere."
    )
    allowed_modes: Annotated[frozenset[Mode], NoDecode, BeforeValidator(_split)] = Field(
        default=frozenset(Mode), description="Speeds that may be used, with commas."
    )
    press: Press = Field(default=Press.ANYONE, description="Who may press a result's buttons: anyone or author.")
    message_replies: bool = Field(
        default=False,
        description="Whether a reply like U2 or R to a result presses its button; needs the Message Content intent.",
    )
    max_running_per_member: int = Field(default=3, ge=1, description="Jobs of one member at the relay at once.")
    max_running: int = Field(default=50, ge=1, description="Jobs of all members at the relay at once.")
    max_waiting_per_member: int = Field(
        default=10, ge=1, description="Jobs of one member that may wait for a place; more are refused."
    )
    max_jobs_per_prompt: int = Field(
        default=4, ge=1, le=40, description="Jobs that one prompt with {a, b} or --repeat may start, 1 to 40."
    )
    extra_parameters: Words = Field(
        default=(),
        description="Parameters that the relay knows beyond Midjourney's, with commas; not asked about.",
    )
    units_per_member_day: int | None = Field(
        default=None, ge=0, description="Units one member may spend in a day (UTC); empty = no limit."
    )
    units_per_day: int | None = Field(
        default=None, ge=0, description="Units all members may spend in a day (UTC); empty = no limit."
    )
    prices: Annotated[dict[str, int], NoDecode, BeforeValidator(_json)] = Field(
        default={"*": 1, "*/turbo": 2},
        description='Units as JSON: "operation/mode", "operation", "*/mode" or "*", where an operation may be a kind of'
        ' button ("action.animate") or have a model ("fal.generate/MODEL"); the most exact entry counts.',
    )
    stop_limit_s: float = Field(
        default=15.0, ge=0, le=60, description="Seconds to wait, when stopping, for paid requests on their way."
    )
    max_image_bytes: int = Field(
        default=1_000_000, ge=10_000, description="The relay's limit for a picture sent along, in bytes."
    )

    public_url: AnyHttpUrl | None = Field(
        default=None, description="Where browsers reach the web side from outside; empty = no drawing of regions."
    )
    web_host: str = Field(default="127.0.0.1", min_length=1, description="Address that the web side listens on.")
    web_port: int | None = Field(default=None, ge=1, le=65535, description="Port of the web side; empty = none.")

    engines: Words = Field(
        default=tuple(ENGINES),
        description="The engines that are on, with commas.",
    )
    ideogram_base_url: AnyHttpUrl | None = Field(default=None, description="Ideogram's address; empty = the relay's.")
    ideogram_api_key: SecretStr = Field(default=SecretStr(""), description="Ideogram's key; empty = the relay's.")
    ideogram_headers: Headers = Field(
        default={"Api-Key": SecretStr("{key}")}, description="Headers for Ideogram as JSON; {key} is replaced."
    )
    ideogram_models: Words = Field(
        default=("V_2", "V_2_TURBO", "V_2A", "V_2A_TURBO", "V_1", "V_1_TURBO"),
        description="Ideogram's models that may be used, with commas.",
        min_length=1,
    )
    ideogram_any_model: bool = Field(default=False, description="Whether members may type other models of Ideogram.")
    fal_base_url: AnyHttpUrl | None = Field(default=None, description="fal's address; empty = the relay's.")
    fal_api_key: SecretStr = Field(default=SecretStr(""), description="fal's key; empty = the relay's.")
    fal_headers: Headers = Field(
        default={"Authorization": SecretStr("Key {key}")}, description="Headers for fal as JSON; {key} is replaced."
    )
    fal_models: Words = Field(
        default=(
            "flux-pro/kontext/text-to-image",
            "flux-pro/kontext",
            "flux-pro/kontext/max/text-to-image",
            "flux-pro/kontext/max",
            "flux-pro/kontext/multi",
            "flux-pro/kontext/max/multi",
        ),
        description="fal's models that may be used, with commas; the first that fits is taken where none is named.",
        min_length=1,
    )
    fal_any_model: bool = Field(
        default=False, description="Whether members may type other models of fal than those, at whatever price."
    )
    fal_picture_fields: Annotated[dict[str, PictureField], NoDecode, BeforeValidator(_json)] = Field(
        default={
            "*/text-to-image": "",
            "*/multi": "image_urls",
            "*/edit": "image_urls",
            "*/kontext": "image_url",
            "*/kontext/max": "image_url",
            "*/image-to-image": "image_url",
            "*/redux": "image_url",
            "*upscaler": "image_url",
        },
        description="Which of fal's models take pictures, as JSON: pattern and field; the first that fits counts.",
    )
    jimeng_base_url: AnyHttpUrl | None = Field(default=None, description="Jimeng's address; empty = the relay's.")
    jimeng_api_key: SecretStr = Field(default=SecretStr(""), description="Jimeng's key; empty = the relay's.")
    jimeng_headers: Headers = Field(
        default={"Authorization": SecretStr("Bearer {key}")},
        description="Headers for Jimeng as JSON; {key} is replaced.",
    )
    jimeng_models: Words = Field(
        default=("jimeng-4.5", "jimeng-4.0", "jimeng-3.0"),
        description="Jimeng's models that may be used, with commas; the first is taken where none is named.",
        min_length=1,
    )
    jimeng_any_model: bool = Field(
        default=False, description="Whether members may type other models, any that the gateway has, at any price."
    )
    jimeng_sizes: Words = Field(
        default=("1024x1024", "1152x864", "864x1152", "1280x720", "720x1280", "2048x2048"),
        description="Jimeng's sizes to suggest, with commas, as the relay spells them.",
    )
    kling_base_url: AnyHttpUrl | None = Field(default=None, description="Kling's address; empty = the relay's.")
    kling_api_key: SecretStr = Field(default=SecretStr(""), description="Kling's key; empty = the relay's.")
    kling_headers: Headers = Field(
        default={"Authorization": SecretStr("Bearer {key}")},
        description="Headers for Kling as JSON; {key} is replaced.",
    )
    kling_models: Words = Field(
        default=("kling-v1", "kling-v1-5", "kling-v2", "kling-v2-new", "kling-v2-1", "kling-v3"),
        description="Kling's models that may be used, with commas.",
        min_length=1,
    )
    kling_tryon_models: Words = Field(
        default=("kolors-virtual-try-on-v1", "kolors-virtual-try-on-v1-5"),
        description="Kling's models for trying clothes on that may be used, with commas.",
        min_length=1,
    )
    kling_any_model: bool = Field(default=False, description="Whether members may type other models of Kling.")

    @field_validator("prices")
    @classmethod
    def _no_negative_price(cls, prices: dict[str, int]) -> dict[str, int]:
        if any(units < 0 for units in prices.values()):
            raise ValueError("must be 0 or more in each entry")
        return prices

    @field_validator("prices")
    @classmethod
    def _known_operations(cls, prices: dict[str, int]) -> dict[str, int]:
        for key in prices:
            name, _slash, rest = key.partition("/")
            has_model = name in PAINTED and rest
            if name not in {"*", *PRICED} or not (has_model or not _slash or rest in set(Mode)):
                raise ValueError(f"has no operation “{key[:60]}”; .env.example lists them")
        return prices

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < SECRET_KEY_LENGTH:
            raise ValueError(f"must have at least {SECRET_KEY_LENGTH} characters; empty, Easel makes one itself")
        return key

    @model_validator(mode="after")
    def _mode_is_allowed(self) -> Self:
        if (self.relay_mode or Mode.FAST) not in self.allowed_modes:
            raise ValueError("RELAY_MODE must be one of ALLOWED_MODES")
        return self

    @model_validator(mode="after")
    def _public_url_is_served(self) -> Self:
        if self.public_url is not None and self.web_port is None:
            raise ValueError("PUBLIC_URL needs WEB_PORT, the port where Easel answers for it")
        return self

    @property
    def database(self) -> str:
        """The database address with the data folder filled in."""
        return self.database_url.replace("{DATA_DIR}", str(self.data_dir.resolve()))

    def access(self, engine: str) -> Access:
        """How to reach an engine that has settings of its own; what it does not name is the relay's."""
        key = getattr(self, f"{engine}_api_key").get_secret_value() or self.relay_api_key.get_secret_value()
        headers: dict[str, SecretStr] = getattr(self, f"{engine}_headers")
        base_url = getattr(self, f"{engine}_base_url") or self.relay_base_url
        return Access(
            str(base_url), {name: value.get_secret_value().replace("{key}", key) for name, value in headers.items()}
        )

    def addresses(self) -> list[str]:
        """Every API that the owner named; their pictures are trusted."""
        own = (getattr(self, name) for name in Settings.model_fields if name.endswith("_base_url"))
        return [str(url) for url in (self.discord_api_url, *own) if url is not None]

    def origins_nearby(self) -> list[str]:
        """The APIs' origins that members can open because they sit at this machine, too: so in the sandbox alone."""
        if self.discord_api_url.host not in ("127.0.0.1", "localhost", "[::1]"):
            return []
        return [f"{url.scheme}://{url.host}:{url.port}" for url in map(AnyHttpUrl, self.addresses())]

    def units(self, operation: str, mode: Mode, *, wider: Sequence[str] = ()) -> int:
        """What one job costs, in units; `wider` are names for it that are less exact, the most exact one first.

        Large letters are as good as small ones: gateways take models either way.
        """
        prices = {key.casefold(): price for key, price in self.prices.items()}
        names = (operation.casefold(), *wider, "*")
        for key in (key for name in names for key in (f"{name}/{mode}", name)):
            if key in prices:
                return prices[key]
        return 1

    def older_secret_keys(self) -> list[str]:
        """The keys before this one, under which something may still be sealed or signed."""
        key = self.secret_key_old.get_secret_value()
        return [key] if key else []

    def secrets(self) -> list[str]:
        """Every secret of the configuration, for the log's redaction."""
        values = [getattr(self, name) for name in Settings.model_fields]
        headers = [
            text.get_secret_value() for value in values if isinstance(value, dict) for text in _secrets_of(value)
        ]
        own = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        return [
            *own,
            *(word for text in headers for word in text.replace("{key}", " ").split() if len(word) >= KEY_LENGTH),
        ]


def _secrets_of(table: dict[str, object]) -> list[SecretStr]:
    return [value for value in table.values() if isinstance(value, SecretStr)]


def env_file() -> Path | None:
    """The file that `ENV_FILE` names, else `.env`; None when `ENV_FILE` is empty."""
    name = os.environ.get("ENV_FILE", ".env")
    return Path(name) if name else None


def unknown_names(path: Path | None) -> list[str]:
    """Names in the file that no setting has: most likely typing errors."""
    if path is None or not path.is_file():
        return []
    known = {name.upper() for name in Settings.model_fields}
    return sorted(name for name in dotenv_values(path) if name.upper() not in known)


def near_name(name: str) -> str | None:
    """The setting that was most likely meant by a name that none has."""
    known = [field.upper() for field in Settings.model_fields]
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.75)), None)


def load_settings() -> Settings:
    """Read the configuration.

    Raises:
        SettingsError: something is missing or wrong, in one line each for the owner.
    """
    path = env_file()
    if "ENV_FILE" in os.environ and path is not None and not path.is_file():
        raise SettingsError(f"ENV_FILE names {path}, which does not exist.")
    try:
        return Settings(_env_file=path)
    except ValidationError as exc:
        raise SettingsError("\n".join(complaints(exc, path))) from exc


class GivenSettings(Settings):
    """Settings that come from what is given alone, whatever stands in the environment."""

    @classmethod
    @override
    def settings_customise_sources(
        cls, settings_cls: object, init_settings: PydanticBaseSettingsSource, *_others: object, **_more: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def settings_from(values: Mapping[str, str]) -> Settings:
    """The configuration that these variables make, without the environment and any file.

    Raises:
        SettingsError: as `load_settings` does.
    """
    given: dict[str, Any] = {name.lower(): value for name, value in values.items() if value}
    try:
        return GivenSettings(**{name: value for name, value in given.items() if name in Settings.model_fields})
    except ValidationError as exc:
        raise SettingsError("\n".join(complaints(exc, None))) from exc
