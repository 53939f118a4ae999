"""The buttons of a finished relay task, as its JSON lists them (docs/relay.md 6.2)."""

from typing import Any

Button = dict[str, Any]

GREY, LINK = 2, 5
# A custom emoji of the original's own server, sent by name: clients have to map or drop it.
UPSCALE_EMOJI = "upscale_1"
# The infix of the real upscale and its two kinds, by model version.
UPSCALES = {
    "5": ("v5", ("2x", "4x"), ("(2x)", "(4x)")),
    "6": ("v6", ("2x_subtle", "2x_creative"), ("(Subtle)", "(Creative)")),
    "6.1": ("v6r1", ("2x_subtle", "2x_creative"), ("(Subtle)", "(Creative)")),
    "7": ("v7", ("2x_subtle", "2x_creative"), ("(Subtle)", "(Creative)")),
}
PAN_EMOJI = {"left": "⬅️", "right": "➡️", "up": "⬆️", "down": "⬇️"}


def button(custom_id: str | None, label: str = "", emoji: str = "", style: int = GREY) -> Button:
    """One button in the shape of the sample task."""
    return {"customId": custom_id, "emoji": emoji, "label": label, "style": style, "type": 2}


def grid_buttons(job: str) -> list[Button]:
    """U1 to U4, reroll, V1 to V4: the nine of the sample task."""
    return [
        *(button(f"MJ::JOB::upsample::{cell}::{job}", f"U{cell}") for cell in range(1, 5)),
        button(f"MJ::JOB::reroll::0::{job}::SOLO", emoji="🔄"),
        *(button(f"MJ::JOB::variation::{cell}::{job}", f"V{cell}") for cell in range(1, 5)),
    ]


def single_buttons(
    job: str, version: str, *, is_square: bool, is_upscaled: bool = False, pan_axis: str = ""
) -> list[Button]:
    """What a single picture offers; at most sixteen, so a picture that can be squared has no ❤️."""
    is_eight = version.startswith("8")
    found = [] if is_eight else upscale_buttons(job, version, is_upscaled=is_upscaled)
    if not pan_axis:  # after a pan the original offers no variations
        found += [
            button(f"MJ::JOB::low_variation::1::{job}::SOLO", "Vary (Subtle)", "🪄"),
            button(f"MJ::JOB::high_variation::1::{job}::SOLO", "Vary (Strong)", "🪄"),
            button(f"MJ::Inpaint::1::{job}::SOLO", "Vary (Region)", "🖌️"),
        ]
    if not is_eight:
        found += [
            button(f"MJ::Outpaint::50::1::{job}::SOLO", "Zoom Out 2x", "🔍"),
            button(f"MJ::Outpaint::75::1::{job}::SOLO", "Zoom Out 1.5x", "🔍"),
            button(f"MJ::CustomZoom::{job}", "Custom Zoom", "🔍"),
        ]
        if not is_square:
            found.append(button(f"MJ::Outpaint::100::1::{job}::SOLO", "Make Square", "↔️"))
        if not is_upscaled:
            found += pan_buttons(job, pan_axis)
    found += [
        button(f"MJ::JOB::animate_high::1::{job}::SOLO", "Animate (High motion)", "🎞️"),
        button(f"MJ::JOB::animate_low::1::{job}::SOLO", "Animate (Low motion)", "🎞️"),
    ]
    if is_square:
        found.append(button(f"MJ::BOOKMARK::{job}", emoji="❤️"))
    return [*found, button(None, "Web", style=LINK)]


def upscale_buttons(job: str, version: str, *, is_upscaled: bool) -> list[Button]:
    """The two real upscales, named Redo once one was made."""
    family = version if version in UPSCALES else version.split(".", maxsplit=1)[0]
    infix, kinds, labels = UPSCALES.get(family, UPSCALES["7"])
    verb = "Redo Upscale" if is_upscaled else "Upscale"
    return [
        button(f"MJ::JOB::upsample_{infix}_{kind}::1::{job}::SOLO", f"{verb} {label}", UPSCALE_EMOJI)
        for kind, label in zip(kinds, labels, strict=True)
    ]


def pan_buttons(job: str, axis: str) -> list[Button]:
    """Arrows; a panned picture can only go on along its axis."""
    allowed = {"horizontal": ("left", "right"), "vertical": ("up", "down")}.get(axis, tuple(PAN_EMOJI))
    return [button(f"MJ::JOB::pan_{way}::1::{job}::SOLO", emoji=PAN_EMOJI[way]) for way in allowed]


def describe_buttons() -> list[Button]:
    """Four picks, again, and all at once."""
    return [
        *(button(f"MJ::Job::PicReader::{line}", emoji=f"{line}\ufe0f\u20e3") for line in range(1, 5)),
        button("MJ::Picread::Retry", emoji="🔄"),
        button("MJ::Job::PicReader::all", "Imagine all", "🎉"),
    ]


def shorten_buttons(count: int, *, has_details: bool) -> list[Button]:
    """A pick for each shorter prompt, and the weights."""
    picks = [button(f"MJ::Job::PromptAnalyzer::{line}", emoji=f"{line}\ufe0f\u20e3") for line in range(1, count + 1)]
    return picks if has_details else [*picks, button("MJ::Job::PromptAnalyzerExtended", "Show Details")]


def video_buttons(job: str) -> list[Button]:
    """What a short film offers."""
    return [
        button(f"MJ::JOB::animate_high_extend::1::{job}", "Extend (High motion)", "🎞️"),
        button(f"MJ::JOB::animate_low_extend::1::{job}", "Extend (Low motion)", "🎞️"),
    ]


def video_set_buttons(job: str, count: int) -> list[Button]:
    """What a set of films offers (C# proxy, `TaskInfo.SetVideoUpscaleButtons`)."""
    picks = [button(f"MJ::JOB::video_virtual_upscale::{film}::{job}", f"U{film}") for film in range(1, count + 1)]
    return [*picks, button(f"MJ::JOB::reroll::0::{job}::SOLO", emoji="🔄")]


def proxy_single_buttons(job: str, version: str, cell: int, *, is_upscaled: bool) -> list[Button]:
    """What the C# proxy 11 offers for a single picture (`TaskInfo.OnUpscaleButtons`); each names the cell it came from.

    Of version 8 the service itself has no upscale, zoom, pan and region (updates.midjourney.com/version-8-2).
    """
    is_eight = version.startswith("8")
    found = [] if is_eight or is_upscaled else upscale_buttons(job, version, is_upscaled=False)
    found += [
        button(f"MJ::JOB::low_variation::{cell}::{job}::SOLO", "Vary (Subtle)", "🪄"),
        button(f"MJ::JOB::high_variation::{cell}::{job}::SOLO", "Vary (Strong)", "🪄"),
    ]
    if not is_eight:
        found += [
            button(f"MJ::Inpaint::{cell}::{job}::SOLO", "Vary (Region)", "🖌️"),
            button(f"MJ::Outpaint::50::{cell}::{job}::SOLO", "Zoom Out 2x", "🔍"),
            button(f"MJ::Outpaint::75::{cell}::{job}::SOLO", "Zoom Out 1.5x", "🔍"),
            button(f"MJ::CustomZoom::{cell}::{job}", "Custom Zoom", "🔍"),
            *([] if is_upscaled else pan_buttons(job, "")),
        ]
    return [
        *found,
        button(f"MJ::JOB::animate_high::{cell}::{job}::SOLO", "Animate (High motion)", "🎞️"),
        button(f"MJ::JOB::animate_low::{cell}::{job}::SOLO", "Animate (Low motion)", "🎞️"),
        button(f"MJ::JOB::reroll::0::{job}::SOLO", emoji="🔄"),
    ]
