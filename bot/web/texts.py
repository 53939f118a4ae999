"""What the mask editor says, by the names that its scripts use. Names in {braces} are filled in by the page."""

from collections.abc import Mapping

from bot.language import Sentence, _
from bot.ui.flows.mask_editor import Opened, OpenedOrder

TEXTS: Mapping[str, Sentence] = {
    "title": _("Vary (Region)"),
    "intro": _("Mark what should be repainted"),
    "brush": _("Brush"),
    "eraser": _("Eraser"),
    "rectangle": _("Rectangle"),
    "lasso": _("Lasso"),
    "move": _("Move"),
    "tools": _("Tools"),
    "size": _("Size"),
    "size_value": _("{size} px"),
    "undo": _("Undo"),
    "redo": _("Redo"),
    "invert": _("Invert"),
    "clear": _("Clear"),
    "zoom_in": _("Zoom in"),
    "zoom_out": _("Zoom out"),
    "fit": _("Show the whole picture"),
    "help": _("Help"),
    "close": _("Close"),
    "prompt": _("Prompt for the whole picture"),
    "prompt_hint": _("Only the marked region is repainted."),
    "repaint": _("Repaint"),
    "sending": _("Sending…"),
    "marked": _("{percent}% marked"),
    "nothing_marked": _("Nothing marked yet"),
    "canvas": _(
        "Picture to draw on. Arrow keys move the cursor, the space bar starts and ends a stroke, Escape discards it."
    ),
    "loading": _("Loading the picture…"),
    "empty_title": _("Nothing is marked"),
    "empty_text": _("Without a marked region nothing would be repainted. You can mark one now, or send it as it is."),
    "full_title": _("Everything is marked"),
    "full_text": _("The whole picture would be repainted. You can leave something out, or send it as it is."),
    "question_title": _("Please check the prompt"),
    "fix_and_send": _("Fix and send"),
    "send_anyway": _("Send it anyway"),
    "keep_drawing": _("Keep drawing"),
    "sent_title": _("On its way"),
    "sent_text": _("Your picture is being repainted. It will appear in Discord as usual."),
    "open_discord": _("Open Discord"),
    "can_close": _("You can close this page."),
    "trouble_title": _("That did not work"),
    "damaged_title": _("This link does not work"),
    "expired_title": _("This link has expired"),
    "used_title": _("Already sent"),
    "unreachable": _("The connection broke. Your drawing is saved; please try again."),
    "try_again": _("Try again"),
    "restored": _("Your drawing is still here."),
    "help_title": _("Keys and gestures"),
    "help_draw": _("Draw: mouse, pen or one finger. A pen's eraser erases."),
    "help_subtract": _("Hold Alt to subtract with the rectangle or lasso."),
    "help_zoom": _("Zoom: wheel, or two fingers. Move: two fingers, or hold the space bar and drag."),
    "help_keys": _("B brush, E eraser, R rectangle, L lasso, M move, [ and ] size, I invert, Delete clear."),
    "help_undo": _("Ctrl+Z undo, Ctrl+Shift+Z redo, + and - zoom, 0 whole picture, Ctrl+Enter repaint."),
    "help_cursor": _(
        "Without a mouse: arrow keys move the cursor (with Shift in larger steps), the space bar starts "
        "and ends a stroke."
    ),
}
# What is different where an order's own picture is drawn on.
OF_AN_ORDER = {
    "title": _("Draw the region"),
    "prompt_hint": _("You can still change your prompt. What is not marked stays as it is."),
}


def texts_for(opened: Opened) -> Mapping[str, Sentence]:
    """Choose the words for what a link opens."""
    return {**TEXTS, **OF_AN_ORDER} if isinstance(opened, OpenedOrder) else TEXTS
