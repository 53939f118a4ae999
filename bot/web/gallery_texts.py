"""What the gallery says, by the names that its scripts use. Names in {braces} are filled in by the page."""

from collections.abc import Mapping

from bot.domain.job import Job
from bot.domain.library import LibraryKind
from bot.domain.requests import Action
from bot.language import Sentence, _

KINDS: Mapping[LibraryKind, Sentence] = {
    LibraryKind.PICTURE: _("New pictures"),
    LibraryKind.VARIATION: _("Variations"),
    LibraryKind.SINGLE: _("Single pictures"),
    LibraryKind.FILM: _("Videos"),
    LibraryKind.TEXT: _("Descriptions"),
    LibraryKind.FAILED: _("Failed and refused"),
}
TEXTS: Mapping[str, Sentence] = {
    "title": _("Gallery"),
    "search": _("Search your prompts"),
    "everything": _("Everything"),
    **{f"kind_{kind}": word for kind, word in KINDS.items()},
    "favourites": _("Favourites"),
    "choose": _("Choose"),
    "chosen": _("{count} chosen"),
    "download_zip": _("Download as ZIP"),
    "cancel": _("Cancel"),
    "loading": _("Loading…"),
    "nothing": _("Nothing here yet. What you make in Discord appears on this page."),
    "nothing_found": _("Nothing found. Try other words or another filter."),
    "close": _("Close"),
    "previous": _("Previous picture"),
    "next": _("Next picture"),
    "prompt": _("Prompt"),
    "final_prompt": _("Prompt as it was sent"),
    "copy": _("Copy prompt"),
    "copied": _("Copied"),
    "download": _("Download"),
    "star": _("Add to favourites"),
    "unstar": _("Remove from favourites"),
    "open_discord": _("Open in Discord"),
    "send": _("Send to my direct messages"),
    "sent": _("Sent to your direct messages."),
    "remove": _("Remove…"),
    "remove_title": _("Remove this picture?"),
    "remove_text": _("Its message in Discord, its prompt and its files are deleted. This cannot be undone."),
    "remove_now": _("Remove"),
    "show": _("Show in Discord again"),
    "shown": _("Posted in Discord."),
    "draw": _("Draw the region"),
    "edit_again": _("Edit and run again"),
    "use_seed": _("Use this seed"),
    "run": _("Run"),
    "run_fixed": _("Fix and run"),
    "run_as_typed": _("Run as it is"),
    "running": _("Sent. The picture will appear in Discord."),
    "collections": _("Collections"),
    "any_collection": _("Every collection"),
    "collection_entry": _("{name} · {count}"),
    "new_collection": _("New collection…"),
    "collection_name": _("Name of the collection"),
    "save": _("Save"),
    "done": _("Done"),
    "rename_collection": _("Rename this collection"),
    "delete_collection": _("Delete this collection"),
    "delete_title": _("Delete “{name}”?"),
    "delete_text": _("The pictures in it stay in your gallery."),
    "delete_now": _("Delete"),
    "no_collections": _("You have no collections yet."),
    "collect": _("Add to a collection…"),
    "take_out": _("Take out of the collection"),
    "added": _("Added to “{name}”."),
    "family": _("How it came about"),
    "details": _("Details"),
    "way": _("Made by"),
    "units": _("Units"),
    "seed": _("Seed"),
    "film": _("Video"),
    "several": _("{count} pictures"),
    "expired_title": _("This link has ended"),
    "damaged_title": _("This link does not work"),
    "trouble_title": _("That did not work"),
    "unreachable": _("The connection broke. Please try again."),
    "try_again": _("Try again"),
}
_ONE: Mapping[LibraryKind, Sentence] = {
    LibraryKind.PICTURE: _("Picture"),
    LibraryKind.VARIATION: _("Variation"),
    LibraryKind.SINGLE: _("Upscale"),
    LibraryKind.FILM: _("Video"),
    LibraryKind.TEXT: _("Description"),
    LibraryKind.FAILED: _("Failed"),
}


def kind_word(job: Job, kind: LibraryKind) -> Sentence:
    """Say in a word or two what a job is: what its button said, else its kind."""
    if isinstance(job.request, Action) and kind is not LibraryKind.FAILED and job.request.button.label:
        return Sentence(job.request.button.label)
    return _ONE[kind]
