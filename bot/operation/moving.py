"""Leaving SQLite: the database of the settings into an empty one of a PostgreSQL server, with all that is in it."""

from bot.crypto import KEY_FILE
from bot.errors import SettingsError
from bot.settings import Settings
from bot.settings.storage import POSTGRESQL
from bot.storage.inspection import file_of
from bot.storage.transfer import transfer


async def move(settings: Settings, url: str) -> str:
    """Copy all that the file has; returns a sentence about it, and what is to be set then.

    Raises:
        DatabaseBusyError: a bot works on the file.
        SettingsError: it cannot be moved; in a sentence, and nothing was changed.
    """
    path = file_of(settings.storage.database)
    if path is None:
        raise SettingsError("DATABASE_URL names a server's database already; only a file of SQLite's is moved.")
    if not url.startswith(POSTGRESQL):
        raise SettingsError(f"--to must begin with {POSTGRESQL[0]}; it names an empty database of a server.")
    moved = await transfer(path, url)
    rows = sum(content.rows for content in moved.values())
    return (
        f"{rows} rows of {len(moved)} tables arrived as they were, {moved['jobs'].rows} of them jobs. {path} was not"
        f" changed. Now set DATABASE_URL to that address{_key(settings)}, and start; never start on the file again."
    )


def _key(settings: Settings) -> str:
    """What has to be said of the key: a server's database has no folder in which one could be made."""
    if settings.storage.secret_key.get_secret_value():
        return ", leave SECRET_KEY as it is"
    return f" and SECRET_KEY to what stands in {settings.storage.data_dir / KEY_FILE}"
