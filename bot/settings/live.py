"""The settings of a running bot, which may be read again: what holds then, what waits for a start, what has changed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ConfigDict

from bot.settings.model import PATHS, Settings
from bot.settings.section import NamePath, Section
from bot.settings.telling import ToldSetting, told_settings
from bot.text import shorten

SectionType = TypeVar("SectionType", bound=Section)
SHOWN_VALUE = 200  # characters of a value
# What only a start looks at: connections, files, and what Discord was told of the commands.
AT_START = frozenset(
    {
        *(name for name, path in PATHS.items() if path[0] in ("discord", "bucket", "web", "metrics")),
        *("data_dir", "database_url", "lease_s", "secret_key", "secret_key_old"),
        *("keep_pictures_days", "max_pictures_mb", "keep_jobs_days", "keep_prompts_days", "keep_guild_days"),
        *("allow_dm", "allow_user_install", "message_replies"),
        *("max_image_bytes", "log_format", "time_scale"),
    }
)


class LiveSettings(Settings):
    """Whoever keeps these finds at each use what holds by then; of a section that is kept, it stays as it was."""

    model_config = ConfigDict(frozen=False)

    @classmethod
    def of(cls, settings: Settings) -> "LiveSettings":
        """Return settings that can be replaced, with the same values."""
        return cls.model_construct(**dict(settings))

    def take(self, settings: Settings) -> None:
        """Let other values hold from now on, all at the same moment."""
        for name, value in settings:
            setattr(self, name, value)


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is not what it was; `before` and `after` are "" of one that holds secrets."""

    name: str
    before: str
    after: str
    waits_for_start: bool


def changes(before: Settings, after: Settings) -> list[Change]:
    """Return the settings that differ, by their names in the environment; no secret stands in what is returned."""
    was, now = ({one.name: one for one in told_settings(settings)} for settings in (before, after))
    return [
        Change(one.name, _shown(was[one.name]), _shown(one), one.name.lower() in AT_START)
        for one in sorted(now.values(), key=lambda one: one.name)
        if _at(before, PATHS[one.name.lower()]) != _at(after, PATHS[one.name.lower()])
    ]


def holding_now(before: Settings, after: Settings) -> Settings:
    """Return the new settings with the old values of what waits for a start."""
    return _with(after, {path: _at(before, path) for name, path in PATHS.items() if name in AT_START})


def _at(settings: Section, path: NamePath) -> Any:
    value: Any = settings
    for step in path:
        value = getattr(value, step)
    return value


def _with(section: SectionType, kept: Mapping[NamePath, Any]) -> SectionType:
    below: defaultdict[str, dict[NamePath, Any]] = defaultdict(dict)
    for (step, *rest), value in kept.items():
        below[step][tuple(rest)] = value
    update = {
        step: values[()] if () in values else _with(getattr(section, step), values) for step, values in below.items()
    }
    return section.model_copy(update=update)


def _shown(setting: ToldSetting) -> str:
    """A value as it is written in the environment; a long one is cut, and of a secret there is none."""
    return "" if setting.is_secret else shorten(setting.value, SHOWN_VALUE)
