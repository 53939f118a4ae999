"""The floors of the house, from the bottom up: a module may import its own floor and every floor below.

A name stands for its module and all below it; the longest name decides. What is not named here has no floor.
"""

FLOORS: list[set[str]] = [
    {
        "bot.cancellation",
        "bot.clock",
        "bot.crypto",
        "bot.delay_queue",
        "bot.errors",
        "bot.fairness",
        "bot.lanes",
        "bot.language",
        "bot.links",
        "bot.log",
        "bot.metrics",
        "bot.postponing",
        "bot.private_files",
        "bot.rate_limits",
        "bot.service_manager",
        "bot.text",
    },
    {"bot.domain"},
    {"bot.settings"},
    {"bot.prompts"},
    {"bot.relay", "bot.storage", "bot.pictures"},
    {"bot.jobs"},
    {"bot.operation"},
    {"bot.services"},
    {"bot.ui.text"},
    {"bot.ui.components"},
    {"bot.ui.messages"},
    {"bot.ui.delivery"},
    {"bot.ui.flows"},
    {"bot.ui.panels"},
    {"bot.ui.routers"},
    {"bot.ui", "bot.web", "bot.gateway", "bot.client"},
    {"cogs"},
]
# The composition root and its commands stand outside: they put everything together.
ROOTS = {"bot.__main__", "bot.app", "bot.doctor", "bot.health", "bot.listening"}

# The modules of the two pages, by their folder.
PAGE_FLOORS: dict[str, list[set[str]]] = {
    "sandbox/page/js": [
        {"chinese", "words"},
        {"accent", "api", "dom", "icons", "state", "time"},
        {"avatars", "commands", "emoji", "markdown", "media", "mentions", "menu", "notices", "picker"},
        {"fields", "interactions", "panel_parts", "select", "select_options"},
        {"command_draft", "components", "embeds", "extras", "message_actions", "modal", "panel_processes"},
        {"panel_controls", "panel_events", "panel_faults", "panel_ledger", "panel_tasks"},
        {"feed", "message", "panel"},
        {"composer", "messages", "sidebar", "topbar"},
        {"main"},
    ],
    "bot/web/page/assets/js": [
        {"dom", "link"},
        {"api", "guide", "hands", "history", "keeping", "keys", "mask", "shapes", "tint", "view", "words"},
        {"card", "tools"},
        {"easel"},
        {"main"},
    ],
    "bot/web/page/assets/js/studio": [
        {"acting", "api", "format"},
        {"charts", "names"},
        {"jobs"},
        {"audit", "servers", "settings", "units"},
        {"main"},
    ],
    "bot/web/page/assets/js/gallery": [
        {"api", "layout", "marked"},
        {"dialogs", "grid"},
        {"collections", "orders"},
        {"viewer"},
        {"main"},
    ],
}

_FLOOR_BY_NAME = {name: number for number, names in enumerate(FLOORS) for name in names} | {
    f"{folder}/{name}.js": number
    for folder, floors in PAGE_FLOORS.items()
    for number, names in enumerate(floors)
    for name in names
}


def is_root(module: str) -> bool:
    """Whether a module is the composition root's, or one of its commands'."""
    return module in ROOTS or module.rpartition(".")[0] in ROOTS


def floor_of(module: str) -> int | None:
    """Tell which floor a module of the house or a script of a page stands on; None for foreign ones and the roots."""
    while module not in _FLOOR_BY_NAME:
        module, dot, _ = module.rpartition(".")
        if not dot:
            return None
    return _FLOOR_BY_NAME[module]
