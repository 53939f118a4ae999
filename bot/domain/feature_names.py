"""What people call what a rule may keep for some: engines, speeds and commands."""

from bot.domain.engine_info import ENGINES, get_title
from bot.domain.requests import Mode
from bot.domain.rules import MIDJOURNEY
from bot.language import Sentence, _

# Not in small letters: those are names of commands, which are the same in all languages.
SPEEDS = {Mode.RELAX: _("Relax"), Mode.FAST: _("Fast"), Mode.TURBO: _("Turbo")}
_COMMANDS = {
    info.operation_name(operation): operation.kind if info.name == MIDJOURNEY else info.command_name(operation)
    for info in ENGINES.values()
    for operation in info.operations
}


def feature_name(kind: str, name: str) -> Sentence | str:
    """Return the name of an engine, a mode or an operation for people; of one that is not known, as rules have it."""
    match kind:
        case "mode" if name in set(Mode):
            return SPEEDS[Mode(name)]
        case "operation" if name in _COMMANDS:
            return f"/{_COMMANDS[name]}"
        case "engine":
            return get_title(name)
    return name
