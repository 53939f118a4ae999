"""Secrets that stand in files: `NAME_FILE` names one, and a service manager hands them over as credentials.

What stands in a file is not in the environment, which children inherit and `/proc` shows.
Sources: the `_FILE` names of the official images for containers, and systemd's documentation of credentials.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from bot.settings.model import Settings

SUFFIX = "_file"
FILED = (*Settings.secret_names(), "database_url")  # whose address holds a password
CREDENTIALS = "CREDENTIALS_DIRECTORY"  # set by systemd for a unit that has any
MOST_BYTES = 65_536  # far more than any key; a device has no end


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file with a secret: the setting, in small letters, and what names the file to its owner."""

    setting: str
    path: Path
    told_as: str

    def read(self) -> str:
        """Return the secret without the line ends behind it.

        Raises:
            SettingsError: the file is not there, not readable, empty, or holds something else.
        """
        try:
            with self.path.open("rb") as file:  # read as it comes, since it may be a pipe
                content = file.read(MOST_BYTES + 1)
            text = content.decode("utf-8-sig").rstrip("\r\n")
        except OSError as exc:
            raise SettingsError(f"{self.told_as} cannot be read: {exc.strerror}.") from exc
        except UnicodeDecodeError as exc:
            raise SettingsError(f"{self.told_as} is no text.") from exc
        if not text:
            raise SettingsError(f"{self.told_as} is empty.")
        if len(content) > MOST_BYTES or ("\n" in text and not text.startswith(("{", "["))):  # tables are JSON
            raise SettingsError(f"{self.told_as} holds more than one secret.")
        return text


def names_a_file(name: str) -> bool:
    """Whether a name tells where the secret of a setting stands."""
    return name.lower().removesuffix(SUFFIX) in FILED and name.lower().endswith(SUFFIX)


def secret_files(given: Mapping[str, str], environment: Mapping[str, str]) -> list[SecretFile]:
    """List the files that secrets are to be read from.

    Args:
        given: the settings from the environment and the settings file, by their names in small letters.
        environment: where a service manager says that it has credentials.
    """
    return [*_named(given), *_handed_over(environment)]


def with_secrets(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings together with the secrets that stand in files.

    Raises:
        SettingsError: a secret is given twice, or its file does not work; a line for each.
    """
    whole, wrong = dict(given), list[str]()
    for file in secret_files(given, environment):
        if file.setting in whole:
            wrong.append(f"{file.setting.upper()} is given twice, once by {file.told_as}; keep one of them.")
            continue
        try:
            whole[file.setting] = file.read()
        except SettingsError as exc:
            wrong.append(str(exc))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return whole


def _named(given: Mapping[str, str]) -> Iterator[SecretFile]:
    for setting in FILED:
        if name := given.get(setting + SUFFIX):
            yield SecretFile(setting, Path(name), f"{(setting + SUFFIX).upper()} ({name})")


def _handed_over(environment: Mapping[str, str]) -> Iterator[SecretFile]:
    folder = environment.get(CREDENTIALS)
    for setting in FILED:
        path = Path(folder or "", setting.upper())
        if folder and path.exists():
            yield SecretFile(setting, path, f"${CREDENTIALS}/{setting.upper()}")
