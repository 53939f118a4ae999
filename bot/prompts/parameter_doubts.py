"""Doubts about parameters: of each by itself, and of several of which only one can count."""

from collections import defaultdict
from collections.abc import Iterator

from bot.language import _
from bot.prompts.findings import Finding, quoted
from bot.prompts.name_doubts import GLUED_VALUE, Names, glued_parameter
from bot.prompts.parts import MARK, Parameter, Prompt
from bot.prompts.table import TABLE, Kind, Model, Severity, Spec
from bot.prompts.values import allowed, fault, is_off


def conflicts(prompt: Prompt) -> Iterator[Finding]:
    """Parameters of which only one can count, in the same branch or outside and inside of braces."""
    rivals: dict[tuple[int, str], list[Parameter]] = defaultdict(list)
    for parameter in prompt.parameters:
        if parameter.spec and not parameter.spec.repeats:
            rivals[parameter.branch, parameter.spec.rivalry].append(parameter)
    in_braces = {rivalry for branch, rivalry in rivals if branch}
    for (branch, rivalry), several in rivals.items():
        yield from _rival_doubts(several)
        if branch == 0 and rivalry in in_braces:
            sentence = _("{part} appears both inside and outside the braces.", part=quoted(several[0].text))
            yield Finding(several[0].start, several[0].end, sentence, None)


def _rival_doubts(several: list[Parameter]) -> Iterator[Finding]:
    """The one that was typed last counts; but niji says more than a version."""
    nijis = [parameter for parameter in several if parameter.name == "niji"]
    winner = (nijis or several)[-1]
    losers = [parameter for parameter in several if parameter is not winner]
    for loser in losers:
        if loser.spec is winner.spec:
            sentence = _("{part} is given more than once.", part=quoted(_flag(loser)))
        else:
            sentence = _("{one} and {other} cannot be combined.", one=quoted(loser.text), other=quoted(winner.text))
        yield Finding(loser.start, loser.end, sentence, "")
        if nijis and not winner.value and loser.value in TABLE.versions["niji"]:
            yield Finding(winner.start, winner.end, sentence, f"{_flag(winner)} {loser.value}")


def parameter_doubts(prompt: Prompt, parameter: Parameter, model: Model | None, names: Names) -> Iterator[Finding]:
    """Find what is doubtful about one parameter: that it hangs on others, its name, its value, its model."""
    behind = prompt.text[parameter.end : parameter.end + GLUED_VALUE]
    if glued := glued_parameter(parameter.text, parameter.start, names, behind):
        yield glued
        return
    if parameter.spec is None:
        yield from _unknown(parameter, names)
    elif parameter.spec.name == "repeat" and (parameter.branch or "{" in parameter.value):
        sentence = _("{flag} has no effect inside braces.", flag=_flag(parameter))
        yield Finding(parameter.start, parameter.end, sentence, "")
    else:
        others = {other.spec.name for other in prompt.parameters if other.spec}
        yield from _value_doubts(parameter, parameter.spec.besides(others), model)
        yield from _model_doubts(parameter, parameter.spec, model)


def _flag(parameter: Parameter) -> str:
    return f"{MARK}{parameter.name}"


def _unknown(parameter: Parameter, names: Names) -> Iterator[Finding]:
    name = parameter.name.lower()
    if name in names.others:
        return
    name_end = parameter.name_start + len(parameter.name)
    flag = quoted(_flag(parameter))
    if TABLE.is_foreign(name):
        sentence = _("{flag} is from another program; Midjourney has no such parameter.", flag=flag)
        yield Finding(parameter.start, name_end, sentence, None)
    elif near := names.meant_by(name, parameter.value):
        meant = f"{MARK}{near}"
        sentence = _("Unknown parameter {flag}. Did you mean {other}?", flag=flag, other=meant)
        yield Finding(parameter.start, name_end, sentence, meant)
    else:
        yield Finding(parameter.start, name_end, _("Unknown parameter {flag}.", flag=flag), None)


def _value_doubts(parameter: Parameter, spec: Spec, model: Model | None) -> Iterator[Finding]:
    flag = _flag(parameter)
    if not parameter.value:
        if spec.kind is not Kind.FLAG and not spec.optional:
            sentence = _("{flag} needs a value: {allowed}.", flag=flag, allowed=allowed(spec, model))
            yield Finding(parameter.start, parameter.end, sentence, "")
        return
    if spec.kind is Kind.FLAG:
        meant = "" if is_off(parameter.value) else flag
        yield Finding(parameter.start, parameter.end, _("{flag} takes no value.", flag=flag), meant)
        return
    wrong = fault(spec, parameter.value, model)
    if wrong is None:
        return
    severity = Severity.NOTE if model and TABLE.is_newer(model) else wrong.severity
    value = quoted(parameter.value)
    if model and any(use.covers(model) for use in spec.uses) and not spec.excludes:
        sentence = _(
            "With {model}, {flag} takes {allowed}, not {value}.",
            model=model,
            flag=flag,
            allowed=wrong.allowed,
            value=value,
        )
    else:
        sentence = _("{flag} takes {allowed}, not {value}.", flag=flag, allowed=wrong.allowed, value=value)
    # What another model takes was meant for that one: it is told, and never changed.
    is_for_another = bool(model) and fault(spec, parameter.value, None) is None
    replacement = None if wrong.fix is None or is_for_another else f"{flag} {wrong.fix}"
    yield Finding(parameter.start, parameter.end, sentence, replacement, severity)


def _model_doubts(parameter: Parameter, spec: Spec, model: Model | None) -> Iterator[Finding]:
    if model is None or spec.excludes == "model" or any(use.covers(model) for use in spec.uses):
        return
    severity = Severity.NOTE if TABLE.is_newer(model) else spec.elsewhere
    sentence = _("{flag} may not work with {model}.", flag=_flag(parameter), model=model)
    yield Finding(parameter.start, parameter.end, sentence, None, severity)
