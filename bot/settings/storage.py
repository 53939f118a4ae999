"""Where jobs and pictures are kept, how long, and what encrypts them."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.settings.section import Section

SECRET_KEY_LENGTH = 16  # characters, at least
LEASE_S = 20.0  # real seconds, where nobody says otherwise
SQLITE = "sqlite+aiosqlite:///"
POSTGRESQL = ("postgresql://", "postgresql+asyncpg://")


class StorageSettings(Section):
    """The data folder, the database, keeping times, and the key of what must stay secret in them."""

    data_dir: Path = Field(default=Path("data"), description="Folder for the database and kept pictures; created.")
    keep_pictures_days: int = Field(
        default=90, ge=0, le=36_500, description="Days that pictures of jobs that are over are kept; 0 = for ever."
    )
    max_pictures_mb: int = Field(
        default=0,
        ge=0,
        description="MB that all kept pictures may take, here or in the bucket; the oldest go first; 0 = no limit.",
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
    keep_prompts_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Days until jobs that are over lose prompt, pictures and author, and only units stay; 0 = never.",
    )
    keep_guild_days: int = Field(
        default=30,
        ge=0,
        le=36_500,
        description="Days after which of a server that the bot left only units stay; 0 = all stays.",
    )
    database_url: str = Field(
        default="sqlite+aiosqlite:///{DATA_DIR}/easel.db",
        repr=False,
        description="Where jobs are stored: a file, or postgresql://USER:PASSWORD@HOST/NAME; {DATA_DIR} is replaced.",
    )
    lease_s: float = Field(
        default=LEASE_S,
        ge=2,
        le=300,
        description="Seconds until another process takes over jobs of one that the PostgreSQL server does not hear.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Encrypts interaction tokens; empty = made once and kept in DATA_DIR.",
    )
    secret_key_old: SecretStr = Field(
        default=SecretStr(""),
        description="The SECRET_KEY before this one, for a week after a change; what it sealed and signed stays good.",
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < SECRET_KEY_LENGTH:
            raise ValueError(f"must have at least {SECRET_KEY_LENGTH} characters; empty, Easel makes one itself")
        return key

    @field_validator("database_url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if not url.startswith((SQLITE, *POSTGRESQL)):
            raise ValueError(f"must begin with {SQLITE} or {POSTGRESQL[0]}")
        return url

    @property
    def is_file(self) -> bool:
        """Whether the database is a file, not one of a server's."""
        return self.database_url.startswith(SQLITE)

    @property
    def database(self) -> str:
        """Return the database's address with the data folder filled in."""
        return self.database_url.replace("{DATA_DIR}", str(self.data_dir.resolve()))

    def passwords(self) -> list[str]:
        """Return the password of the database's address, as it is written there and as it is meant."""
        try:
            written = urlsplit(self.database_url).password
        except ValueError:  # nobody can read it
            return [self.database_url]
        return [written, unquote(written)] if written else []

    def older_secret_keys(self) -> list[str]:
        """Return the keys before this one, under which something may still be encrypted or signed."""
        key = self.secret_key_old.get_secret_value()
        return [key] if key else []
