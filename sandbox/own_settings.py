"""Settings of one's own for the bot: what `--set NAME=VALUE` may say."""

from collections.abc import Iterable

from bot.errors import SettingsError
from bot.settings import is_setting, near_name, settings_from
from bot.settings.storage import POSTGRESQL
from sandbox.app import OPEN_HOUSE
from sandbox.several_relays import NAME as RELAYS
from sandbox.several_relays import loopback_names, with_addresses

# What leads the bot out of the sandbox, or past what the sandbox watches.
ELSEWHERE = {
    "DISCORD_TOKEN": "the sandbox makes it itself",
    "DISCORD_API_URL": "the bot must stay in the sandbox",
    "DISCORD_GATEWAY_URL": "the bot must stay in the sandbox",
    "RELAY_BASE_URL": "use --relay-url",
    "RELAY_API_KEY": "use --relay-key",
    "DATA_DIR": "use --data",
    "TIME_SCALE": "use --speed",
    "DATABASE_URL": "use --database-url",
}
# Stands for what the sandbox knows only once it runs, so that values can be checked before.
PLACEHOLDERS = {
    "DISCORD_TOKEN": "token",
    "RELAY_BASE_URL": "http://127.0.0.1:1",
    "RELAY_API_KEY": "key",
    "WEB_PORT": "1",
    "PUBLIC_URL": "http://127.0.0.1:1",
}


def read_settings(pairs: Iterable[str]) -> dict[str, str]:
    """The settings that were given as `NAME=VALUE`; of one given twice the last counts.

    Raises:
        SettingsError: a name that no setting has, one that is decided elsewhere, or a value that does not fit.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise SettingsError(f"--set {pair}: write it as NAME=VALUE.")
        given[_known(name.strip().upper())] = value
    settings_from(PLACEHOLDERS | OPEN_HOUSE | given | _with_places(given))
    return given


def _with_places(given: dict[str, str]) -> dict[str, str]:
    """The relays that the sandbox is to make, with something that stands for their addresses and keys."""
    relays = given.get(RELAYS, "")
    place = PLACEHOLDERS["RELAY_BASE_URL"], PLACEHOLDERS["RELAY_API_KEY"]
    return {RELAYS: with_addresses(relays, dict.fromkeys(loopback_names(relays), place))} if relays else {}


def check_database(url: str | None) -> None:
    """See that `--database-url`, where it was given, names a database of a server.

    Raises:
        SettingsError: it does not.
    """
    if url is not None and not url.startswith(POSTGRESQL):
        raise SettingsError(f"--database-url must begin with {POSTGRESQL[0]}; --data keeps a file.")


def _known(name: str) -> str:
    if name in ELSEWHERE:
        raise SettingsError(f"--set {name}: {ELSEWHERE[name]}.")
    if is_setting(name):
        return name
    meant = near_name(name)
    hint = f"did you mean {meant}?" if meant else ".env.example lists them all."
    raise SettingsError(f"--set {name}: Easel has no such setting; {hint}")
