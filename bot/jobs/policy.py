"""Who may spend, press and stop: the owner's rules as sentences. Pure functions."""

from datetime import datetime

from bot.domain.budgets import Period
from bot.domain.feature_names import SPEEDS
from bot.domain.job import Actor, Group, Job, Place, Reach
from bot.domain.requests import EngineRequest, Mode, Request
from bot.errors import UserError
from bot.jobs import budgets
from bot.language import Sentence, _, ngettext
from bot.settings import Press, Settings
from bot.storage.units import LimitReachedError, Limits
from bot.text import escape_inline

AUTHORS_BUTTONS = _("Only the author of this picture can use its buttons. Start your own with /imagine.")


def check_place(settings: Settings, place: Place) -> None:
    """Refuse places that the owner did not allow.

    Raises:
        UserError: the bot may not be used here.
    """
    if place.reach is Reach.DM and not settings.places.allow_dm:
        raise UserError(_("Easel does not work in direct messages here. Please use it on a server."))
    if place.reach is Reach.USER_INSTALL and not settings.places.allow_user_install:
        raise UserError(_("Easel only works on its own servers. Please use it there."))
    if place.guild_id and settings.places.allowed_guilds and place.guild_id not in settings.places.allowed_guilds:
        raise UserError(_("Easel is not allowed on this server yet. Please ask its owner."))


def open_doors(settings: Settings, *, is_public: bool) -> str | None:
    """What an owner should know about an application that anybody may invite or install; None where all is well."""
    if not is_public:
        return None
    places = settings.places
    if not places.allowed_guilds:
        return "the application is public and ALLOWED_GUILDS is empty: anybody may invite it and spend your credit"
    ways = [
        name
        for name, is_open in (("ALLOW_DM", places.allow_dm), ("ALLOW_USER_INSTALL", places.allow_user_install))
        if is_open
    ]
    if not ways:
        return None
    return (
        f"the application is public and {' and '.join(ways)} is on: whoever joins one of ALLOWED_GUILDS may spend your"
        " credit outside of it, where its moderators do not see it"
    )


def check_group_place(place: Place) -> None:
    """Refuse groups where their card could not be edited for long enough.

    Raises:
        UserError: the bot may not post here.
    """
    if not place.may_post:
        raise UserError(_("I can't post here, so I can only make one picture at a time. Please try another channel."))


def check_mode(settings: Settings, mode: Mode | None) -> None:
    """Refuse speeds that the owner did not allow.

    Raises:
        UserError: the mode is switched off.
    """
    if (mode or Mode.FAST) not in settings.limits.allowed_modes:
        raise UserError(
            _(
                "{mode} mode is switched off here. You can use: {modes}.",
                mode=SPEEDS[mode or Mode.FAST],
                modes=", ".join(f"/{one}" for one in sorted(settings.limits.allowed_modes)),
            )
        )


MODEL_OPTIONS = ("model", "model_name")  # what engines call the model


def check_model(settings: Settings, request: Request) -> None:
    """Refuse models that the owner did not name: some cost many times more, and a gateway may have any.

    Raises:
        UserError: the model is not among those that may be used.
    """
    own = settings.engines.of(request.engine) if isinstance(request, EngineRequest) else None
    if own is None or not isinstance(request, EngineRequest):
        return
    for model in (request.options[name] for name in MODEL_OPTIONS if request.options.get(name) is not None):
        if not own.allows(request.kind, str(model)):
            raise UserError(
                _(
                    "The model “{model}” is not allowed here. Please choose from {models}.",
                    model=escape_inline(str(model), 100),
                    models=escape_inline(", ".join(own.models_of(request.kind)), 1000),
                )
            )


def check_press(settings: Settings, actor: Actor, job: Job) -> None:
    """Refuse presses of other people's results where the owner wants that.

    Raises:
        UserError: only the author may press here.
    """
    if settings.places.press is Press.AUTHOR and actor.id != job.actor.id:
        raise UserError(AUTHORS_BUTTONS)


def check_author(actor: Actor, job: Job, *, manages_messages: bool = False) -> None:
    """Refuse what only the author of a job may do (or who may manage messages, where that counts).

    Raises:
        UserError: somebody else's job.
    """
    if actor.id != job.actor.id and not manages_messages:
        raise UserError(_("Only the person who started this job can do that."))


def check_may_see(actor: Actor, job: Job) -> None:
    """Refuse whatever tells of a private job to anybody but its author.

    Raises:
        UserError: somebody else's private job.
    """
    if job.is_private:
        check_author(actor, job)


def check_group_author(actor: Actor, group: Group, *, manages_messages: bool = False) -> None:
    """Refuse what only the author of a group may do (or who may manage messages, where that counts).

    Raises:
        UserError: somebody else's group.
    """
    if actor.id != group.actor.id and not manages_messages:
        raise UserError(_("Only the person who started this job can do that."))


def limits(settings: Settings, actor: Actor, place: Place) -> Limits:
    """What one admission may not exceed."""
    own = settings.limits
    owners = budgets.owners_budgets(settings, actor.roles, place)
    return Limits(own.max_waiting_per_member, own.units_per_member_day, own.units_per_day, owners)


def cooldown_sentence(until: datetime) -> Sentence:
    """When somebody may start their next job."""
    return _("You can start your next job {when}.", when=budgets.moment(until))


def limit_sentence(settings: Settings, reached: LimitReachedError, units: int, day: str) -> Sentence:
    """Why an admission was refused, and what to do."""
    if reached.limit == "waiting_per_member":
        return ngettext(
            "You already have {count} job waiting. Please wait until it has started.",
            "You already have {count} jobs waiting. Please wait until one of them has started.",
            count=settings.limits.max_waiting_per_member,
        )
    if reached.until is not None:
        return cooldown_sentence(reached.until)
    renewal = budgets.renewal(Period.DAY, day)
    if reached.limit == "units_per_member_day":
        return ngettext(
            "This costs {count} unit, more than you have left of your {total} for today. {renewal}",
            "This costs {count} units, more than you have left of your {total} for today. {renewal}",
            count=units,
            total=settings.limits.units_per_member_day if reached.budget is None else reached.budget.most,
            renewal=renewal,
        )
    if reached.limit == "units_per_day" or reached.budget is None:
        return ngettext(
            "This costs {count} unit, more than is left for everybody today. {renewal}",
            "This costs {count} units, more than are left for everybody today. {renewal}",
            count=units,
            renewal=renewal,
        )
    return budgets.sentence_of(reached.budget, units, day)
