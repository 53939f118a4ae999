"""The private hint that goes with a member's first grid."""

from discord import ui

from bot.language import _
from bot.ui.components.panel_items import PanelButton, panel_of, row_of

HELP, OPEN = "help", "open"  # the panel of /help, and its button that stands on messages of other kinds


def hint_view(locale: str) -> ui.LayoutView:
    """Build it."""
    text = _(
        "**Your first grid!** Press **U1** to **U4** to take one picture out, **V1** to **V4** for four "
        "more like it, 🔄 for another try.\n"
        "React with ✉️ to get all four as files.\n"
        "-# You see this hint only once."
    )
    button = PanelButton(HELP, OPEN, label=_("What else is there?").render(locale))
    return panel_of(ui.TextDisplay(text.render(locale)), row_of(button))
