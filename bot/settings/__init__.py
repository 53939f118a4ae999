"""The owner's configuration, read once from the environment and `.env`: a section for each concern."""

from bot.settings.engines import Access
from bot.settings.example import example_file
from bot.settings.limits import FAMILIES, PAINTED, PRICED
from bot.settings.live import Change, LiveSettings, changes, holding_now
from bot.settings.loading import (
    env_file,
    is_setting,
    kept_secrets,
    load_settings,
    near_name,
    service_manager,
    settings_from,
    unknown_names,
)
from bot.settings.model import PATHS, Settings
from bot.settings.places import Press
from bot.settings.relays import MidjourneyAuth, Relay

__all__ = [
    "FAMILIES",
    "PAINTED",
    "PATHS",
    "PRICED",
    "Access",
    "Change",
    "LiveSettings",
    "MidjourneyAuth",
    "Press",
    "Relay",
    "Settings",
    "changes",
    "env_file",
    "example_file",
    "holding_now",
    "is_setting",
    "kept_secrets",
    "load_settings",
    "near_name",
    "service_manager",
    "settings_from",
    "unknown_names",
]
