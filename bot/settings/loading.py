"""Where the configuration comes from: the environment and a file, once, by names that never changed."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.service_manager import ServiceManager
from bot.settings.complaints import complaints
from bot.settings.model import PATHS, Settings
from bot.settings.secret_files import FILED, SUFFIX, SecretFile, names_a_file, secret_files, with_secrets
from bot.settings.section import in_sections


def env_file() -> Path | None:
    """Return the file that `ENV_FILE` names, else `.env`; None when `ENV_FILE` is empty."""
    name = os.environ.get("ENV_FILE", ".env")
    return Path(name) if name else None


def is_setting(name: str) -> bool:
    """Whether there is a setting of this name, or one that tells where a secret stands."""
    return name.lower() in PATHS or names_a_file(name)


def unknown_names(path: Path | None) -> list[str]:
    """Return the names in the file that no setting has: most likely typing errors."""
    if path is None or not path.is_file():
        return []
    return sorted(name for name in dotenv_values(path) if not is_setting(name))


def near_name(name: str) -> str | None:
    """Return the setting that was most likely meant by a name that none has."""
    known = [known.upper() for known in (*PATHS, *(secret + SUFFIX for secret in FILED))]
    return next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.75)), None)


def load_settings() -> Settings:
    """Read the configuration; the environment counts more than the file.

    Raises:
        SettingsError: something is missing or wrong, in one line each for the owner.
    """
    path = env_file()
    if "ENV_FILE" in os.environ and path is not None and not path.is_file():
        raise SettingsError(f"ENV_FILE names {path}, which does not exist.")
    return settings_from(with_secrets(_given(path), os.environ), path)


def kept_secrets() -> list[SecretFile]:
    """List the files that hold secrets of the configuration, each for itself."""
    return secret_files(_given(env_file()), os.environ)


def service_manager() -> ServiceManager:
    """Return whoever started this process and wants to hear of it, as it says in the environment (sd_notify(3))."""
    period_us, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    is_watched = period_us.isdecimal() and process in ("", str(os.getpid()))
    return ServiceManager(os.environ.get("NOTIFY_SOCKET", ""), int(period_us) / 1_000_000 if is_watched else None)


def settings_from(values: Mapping[str, Any], path: Path | None = None) -> Settings:
    """Build the configuration from values by the names of the settings, without the environment and any file.

    Args:
        values: texts as they stand in the environment, or what they stand for; empty texts count as not given.
        path: the file that they were read from, which a sentence may offer to make.

    Raises:
        SettingsError: as `load_settings` does.
    """
    try:
        return Settings.model_validate(in_sections(_filled(values), PATHS))
    except ValidationError as exc:
        raise SettingsError("\n".join(complaints(exc, path))) from exc


def _given(path: Path | None) -> dict[str, Any]:
    written = dotenv_values(path) if path is not None and path.is_file() else {}
    return _filled(written) | _filled(os.environ)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in values.items() if value not in ("", None)}
