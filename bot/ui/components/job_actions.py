"""What buttons and menus of messages do: one member each, whose value stands in custom ids and never changes.

`bot.ui.routers.buttons` has the handlers: each is named as its member is, in small letters.
"""

from enum import StrEnum


class JobAction(StrEnum):
    """What a button about a job, a group or a draft does. Beside each stands the button's label."""

    # Under results of Midjourney.
    PRESS = "press"  # U1, V3, "Zoom Out 2x": whatever the relay named at that place
    CONFIRM_ALL = "all"  # "Imagine all": asks first, and says what it costs
    IMAGINE_ALL = "allgo"  # "Imagine all" under that question

    # Under results of other engines.
    RERUN = "rerun"  # "Again"
    REWORD = "reword"  # "Vary the prompt"
    UPSCALE = "enlarge"  # "Upscale"
    EDIT_THIS = "change"  # "Edit this"
    TO_MIDJOURNEY = "tomj"  # "Use in Midjourney"
    USE_AS = "useas"  # "Use as input for…"
    IMAGINE_PROMPT = "say"  # 1️⃣ to 4️⃣: one prompt of a description
    DETAILS = "facts"  # "Details"

    # Under the details of a result.
    FILES = "files"  # "Files"
    USE_SEED = "seed"  # "Use this seed"
    STAR = "star"  # the star alone

    # There, and in /history.
    POST_HERE = "post"  # "Show here"
    RUN_AGAIN = "repeat"  # "Again"

    # On cards.
    CANCEL = "cancel"  # "Cancel Job"
    CHECK = "check"  # "Check": its press brings a token that reaches the card
    ANSWER = "answer"  # "Answer"
    EXPLAIN = "why"  # "Why?"
    TRY_AGAIN = "again"  # "Try again", "Run the prompt again", "Send it anyway", "Send again (may be charged twice)"
    EDIT_JOB = "redo"  # "Edit and run again"
    RETRY_RECOVERY = "look"  # "Look again"
    DISMISS = "drop"  # "Give up", "Give up on no. {number}"

    # In the list of /jobs.
    SHOW_HERE = "show"  # "Post no. {number} here"

    # Under what is asked about a typed text; these name a draft.
    FIX_AND_RUN = "fix"  # "Fix and run"
    RUN_AS_IS = "asis"  # "Run as it is"
    EDIT_DRAFT = "edit"  # "Edit", "Edit and run again"
    REOPEN = "reopen"  # "Open again"
    START_ALL = "startall"  # "Start all {count}"
    NEVER_MIND = "nevermind"  # "Never mind"

    # Under what is asked about a file of prompts; these name a checked file.
    START_BATCH = "startbatch"  # "Start {jobs} · {units}"
    DROP_BATCH = "dropbatch"  # "Never mind"

    # On cards of groups; these name a group, but for the last.
    CANCEL_REST = "rest"  # "Cancel the rest"
    RETRY_FAILED = "failed"  # "Try the failed ones again": asks first where there are several
    RETRY_ALL = "failedgo"  # "Start all {count}" under that question
    PAUSE_BATCH = "pause"  # "Pause"
    RESUME_BATCH = "resume"  # "Resume"
    DOWNLOAD_BATCH = "zip"  # "Download all"
    SHOW_RESULT = "goon"  # "Use this one": a job of a comparison


class RegionAction(StrEnum):
    """What a button of the Region panel does."""

    CELL = "cell"  # "1" to "9": the custom id has the cell behind it, from 0
    REPAINT = "repaint"  # "Repaint…"
    UPLOAD = "upload"  # "Upload a mask…"


class PictureQuestion(StrEnum):
    """What a private menu about pictures asks."""

    TASK = "task"  # what a job's picture is for
    RESULT = "shot"  # which of a job's pictures
    ATTACHMENT = "which"  # which of a message's pictures
