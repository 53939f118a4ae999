"""Doubtful things in a prompt without slips: each with the best guess where there is one. None is ever forbidden."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime

from bot.language import _
from bot.prompts.braces import match_braces
from bot.prompts.findings import Edit, Finding, apply, quoted
from bot.prompts.folding import FULL_MARKS, LONG_DASHES, PROLONGED, UNSPACED, closer_of, fold
from bot.prompts.parts import MARK, Parameter, Prompt, Words
from bot.prompts.sizes import size_doubts
from bot.prompts.slips import stray_words
from bot.prompts.table import TABLE, Kind, Model, Severity, Spec
from bot.prompts.values import allowed, could_take, fault, tidy

_STRUCTURE = re.compile(r"\\[{},]|[{},]")
_VERSION = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?")
_LINK = re.compile(r"<?https?://\S+", re.IGNORECASE)
_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_PICTURE_HOSTS = ("s.mj.run/", "cdn.midjourney.com/", "cdn.discordapp.com/", "media.discordapp.net/")
_DISCORD_LINK = re.compile(
    r"https?://(?:cdn|media|images-ext-[0-9])\.discordapp\.(?:com|net)/[^\s<>{}\"]+", re.IGNORECASE
)
_ENDS = re.compile(r"[?&]ex=([0-9a-f]{1,12})(?![0-9a-f])", re.IGNORECASE)  # seconds since 1970, hexadecimal
_GLUED_VALUE = 20  # characters that are looked at
# Dashes and a name that hang on the text before them. Reads the folded text.
_GLUED = re.compile(
    rf"(?P<open>[\"'`*_(\[]{{0,3}})(?<=[^\s{{}},-])(?P<mark>-+)(?P<name>{TABLE.compounds}|[A-Za-z]+)"
    rf"[ =:]*(?P<value>[^\s{{}},]{{0,{_GLUED_VALUE}}})(?P<then>,?)",
    re.IGNORECASE,
)
# Other dashes than "--" with a name behind them. Reads the text as it was typed.
_OTHER_MARK = re.compile(
    rf"(?:^|(?<=[\s{{}},{UNSPACED}{FULL_MARKS}]))(?P<mark>(?!-+[A-Za-z])[-{LONG_DASHES}{PROLONGED}]{{2,}}|[{LONG_DASHES}])"
    rf"(?P<name>[A-Za-z]{{2,20}})\s?(?P<value>[^\s{{}},]{{0,{_GLUED_VALUE}}})"
)
# Read the folded text.
_BARE_SHAPE = re.compile(
    r"(?:(?<=\s)|^)[^\w\s{}\"'()\[\]]{0,3}\s?\bar[ =:]{0,2}(?P<ratio>[0-9]{1,4} ?[:x] ?[0-9]{1,4})(?![\w:.])",
    re.IGNORECASE,
)
_BARE_NO = re.compile(r"(?<!\S)-no(?= \w)", re.IGNORECASE)
_FOREIGN_TEXT = re.compile(
    r"<(?:lora|lyco|hypernet):[^<>]{1,80}>|\bnegative prompt\s?:|\bsteps\s?: ?[0-9]{1,4}, ?sampler\s?:", re.IGNORECASE
)
# What a chat writes for its members, channels, times and commands.
_OF_THE_CHAT = re.compile(
    r"<(?:@[!&]?|#)[0-9]{1,20}>|<t:-?[0-9]{1,14}(?::[A-Za-z])?>|</[^<>/:]{1,100}:[0-9]{1,20}>|<id:[a-z]{1,20}>"
)
_COMMAS_LEFT = re.compile(r"(?<!\\)(?:,\s*){1,3},")  # around a link that was moved
_MORE_OF_WEIGHT = re.compile(r"[,\uff0c]([0-9]{1,2})(?![0-9])\s?|%")
_WORD_BEHIND_PICTURE = re.compile(r"(\.(?:png|jpe?g|webp|gif))([a-z]+)", re.IGNORECASE)
_LONG_VOWEL = re.compile(r"(?<=[\u30a1-\u30fa\uff66-\uff9d])[\u30fc\uff70](?![\u30fc\uff70-])")  # of a Japanese word
_MAX_GUESSES = 20  # unknown names in a prompt that another one is looked for; a person mistypes fewer


def model_of(prompt: Prompt, default: Model | None = None) -> Model | None:
    """The model that a prompt asks for; None where it cannot be known, as with several in braces."""
    asked = [*prompt.find("v"), *prompt.find("niji")]
    if not asked:
        return default
    last = asked[-1]
    if any(parameter.branch for parameter in asked):
        return None
    is_niji = last.spec is TABLE.find("niji")
    if is_niji and not last.value:
        return Model("niji", TABLE.versions["niji"][-1])
    return Model("niji" if is_niji else "v", last.value) if _VERSION.fullmatch(last.value) else None


def find_doubts(
    prompt: Prompt, default: Model | None = None, aliases: Collection[str] = (), now: datetime | None = None
) -> Iterator[Finding]:
    """Everything doubtful in a prompt, with the plain remarks; of several about one parameter, the weightiest first.

    Args:
        prompt: one without plain slips.
        default: the model that runs it where it names none, if that is known.
        aliases: names of the member's own options, which may have been meant.
        now: the moment; None where no link is asked whether it is over.
    """
    model = model_of(prompt, default)
    yield from _conflicts(prompt)
    sizes = tuple(size_doubts(prompt))
    yield from sizes
    sized = {doubt.start for doubt in sizes}
    names = Names(aliases)
    doubtful_ends = {doubt.end for doubt in sizes}
    for parameter in prompt.parameters:
        if parameter.start in sized:
            continue
        doubts = tuple(_parameter_doubts(prompt, parameter, model, names))
        doubtful_ends |= {parameter.end for _doubt in doubts}
        yield from doubts
    for words in prompt.parts:
        if isinstance(words, Words):
            yield from _word_doubts(words, names)
    yield from _single_alternatives(prompt.text)
    yield from _of_another_program(prompt.text)
    for mark in _OF_THE_CHAT.finditer(prompt.text):
        sentence = _("{part} means something in this chat, and nothing to the painter.", part=quoted(mark[0]))
        yield Finding(mark.start(), mark.end(), sentence, "")
    # A number may be more of the value before it ("--s 1 000"); to leave it out would change that.
    values = {one.end for one in prompt.parameters if one.spec and one.spec.kind is not Kind.FLAG}
    for part in stray_words(prompt):
        if part.start in doubtful_ends:
            continue  # more of the value before it
        sentence = _("{part} belongs to no parameter.", part=quoted(part.text.strip()))
        yield Finding(part.start, part.end, sentence, None if part.start in values else "")
    yield from _weight_doubts(prompt, model)
    yield from _words_behind_links(prompt)
    if now is not None:
        yield from _ended_links(prompt.text, now)
    strays = match_braces(fold(prompt.text)).strays
    if strays:
        sentence = _("A brace has no partner: nothing is expanded there, it is sent as it is.")
        yield Finding(strays[0], strays[0] + 1, sentence, None)


def fix(prompt: Prompt, doubts: Collection[Finding]) -> str:
    """The prompt with every best guess taken."""
    edits = [
        Edit(doubt.start, doubt.end, doubt.replacement)
        for doubt in doubts
        if doubt.severity is Severity.ASK and doubt.replacement is not None
    ]
    moved = [prompt.text[doubt.start : doubt.end] for doubt in doubts if doubt.replacement == ""]
    links = [one for one in moved if _is_picture(one)]
    rest = apply(prompt.text, edits)
    return " ".join([*links, _COMMAS_LEFT.sub(",", rest) if links else rest])


# Parameters against each other


def _conflicts(prompt: Prompt) -> Iterator[Finding]:
    """Parameters of which only one can count, in the same branch or outside and inside of braces."""
    rivals: dict[tuple[int, str], list[Parameter]] = defaultdict(list)
    for parameter in prompt.parameters:
        if parameter.spec and not parameter.spec.repeats:
            rivals[parameter.branch, parameter.spec.rivalry].append(parameter)
    in_braces = {rivalry for branch, rivalry in rivals if branch}
    for (branch, rivalry), several in rivals.items():
        yield from _rival_doubts(several)
        if branch == 0 and rivalry in in_braces:
            sentence = _(
                "{part} stands outside of the braces, and there is another one inside.", part=quoted(several[0].text)
            )
            yield Finding(several[0].start, several[0].end, sentence, None)


def _rival_doubts(several: list[Parameter]) -> Iterator[Finding]:
    """The one that was typed last counts; but niji says more than a version."""
    nijis = [parameter for parameter in several if parameter.name == "niji"]
    winner = (nijis or several)[-1]
    losers = [parameter for parameter in several if parameter is not winner]
    for loser in losers:
        if loser.spec is winner.spec:
            sentence = _("{part} stands there more than once.", part=quoted(_flag(loser)))
        else:
            sentence = _("{one} and {other} exclude each other.", one=quoted(loser.text), other=quoted(winner.text))
        yield Finding(loser.start, loser.end, sentence, "")
        if nijis and not winner.value and loser.value in TABLE.versions["niji"]:
            yield Finding(winner.start, winner.end, sentence, f"{_flag(winner)} {loser.value}")


# Each parameter by itself


def _parameter_doubts(prompt: Prompt, parameter: Parameter, model: Model | None, names: "Names") -> Iterator[Finding]:
    behind = prompt.text[parameter.end : parameter.end + _GLUED_VALUE]
    if glued := _glued(parameter.text, parameter.start, names, behind):
        yield glued
        return
    if parameter.spec is None:
        yield from _unknown(parameter, names)
    elif parameter.spec.name == "repeat" and (parameter.branch or "{" in parameter.value):
        sentence = _("{flag} counts for nothing in braces.", flag=_flag(parameter))
        yield Finding(parameter.start, parameter.end, sentence, "")
    else:
        yield from _value_doubts(parameter, parameter.spec, model)
        yield from _model_doubts(parameter, parameter.spec, model)


def _flag(parameter: Parameter) -> str:
    return f"{MARK}{parameter.name}"


class Names:
    """What unknown names of one prompt may mean: the member's own options, and a parameter that takes their value."""

    def __init__(self, others: Collection[str]) -> None:
        self.others = frozenset(other.lower() for other in others)
        self._guesses_left = _MAX_GUESSES

    def meant_by(self, name: str, value: str) -> str | None:
        """The name that was probably meant; None if none is near, or none that is takes such a value."""
        if self._guesses_left == 0:
            return None
        self._guesses_left -= 1
        return TABLE.nearest(name, self.others, fits=lambda spec: could_take(spec, value))


def _unknown(parameter: Parameter, names: Names) -> Iterator[Finding]:
    name = parameter.name.lower()
    if name in names.others:
        return
    name_end = parameter.name_start + len(parameter.name)
    flag = quoted(_flag(parameter))
    if TABLE.is_foreign(name):
        sentence = _("{flag} belongs to another program; Midjourney has nothing like it.", flag=flag)
        yield Finding(parameter.start, name_end, sentence, None)
    elif near := names.meant_by(name, parameter.value):
        meant = f"{MARK}{near}"
        sentence = _("{flag} is not known here. Did you mean {other}?", flag=flag, other=meant)
        yield Finding(parameter.start, name_end, sentence, meant)
    else:
        yield Finding(parameter.start, name_end, _("{flag} is not known here.", flag=flag), None)


def _value_doubts(parameter: Parameter, spec: Spec, model: Model | None) -> Iterator[Finding]:
    flag = _flag(parameter)
    if not parameter.value:
        if spec.kind is not Kind.FLAG and not spec.optional:
            sentence = _("{flag} needs a value: {allowed}.", flag=flag, allowed=allowed(spec, model))
            yield Finding(parameter.start, parameter.end, sentence, "")
        return
    if spec.kind is Kind.FLAG:
        yield Finding(parameter.start, parameter.end, _("{flag} takes no value.", flag=flag), flag)
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
    replacement = None if wrong.fix is None else f"{flag} {wrong.fix}"
    yield Finding(parameter.start, parameter.end, sentence, replacement, severity)


def _model_doubts(parameter: Parameter, spec: Spec, model: Model | None) -> Iterator[Finding]:
    if model is None or spec.excludes == "model" or any(use.covers(model) for use in spec.uses):
        return
    severity = Severity.NOTE if TABLE.is_newer(model) else spec.elsewhere
    sentence = _("{flag} is not known to work with {model}.", flag=_flag(parameter), model=model)
    yield Finding(parameter.start, parameter.end, sentence, None, severity)


def _alternatives_meant(inside: str) -> str | None:
    """What braces without a comma may have been meant for: other programs part with "|", and people with more."""
    parted = [one.strip() for one in re.split(r"[|;\uff5c\uff1b]", inside)]
    if len(parted) > 1 and all(parted):
        return "{" + ", ".join(parted) + "}"
    return None if "/" in inside and "://" not in inside and MARK not in inside else inside


# The words


def _word_doubts(words: Words, names: Names) -> Iterator[Finding]:
    yield from _mistyped(words, names)
    yield from _undashed(words)
    if glued := _glued(words.text, words.start, names):
        yield glued
    elif words.branch == 0:
        for link in _LINK.finditer(words.text):
            address = link[0].rstrip(",;.")
            if _is_picture(address):
                start = words.start + link.start()
                end = start + len(address)
                yield Finding(start, end, _("Picture links count only in front of the words."), "")


def _undashed(words: Words) -> Iterator[Finding]:
    """What looks like a shape or an exclusion that lost its dashes: "a cat ar 16:9", "- ar 3:2", "-no text"."""
    folded = fold(words.text)
    for shape in _BARE_SHAPE.finditer(folded):
        sentence = _("{part} looks like a parameter without its dashes.", part=quoted(shape[0].strip()))
        replacement = f" {MARK}ar {tidy(TABLE.specs_by_name['ar'], shape['ratio'])}"
        yield Finding(words.start + shape.start(), words.start + shape.end(), sentence, replacement)
    for exclusion in _BARE_NO.finditer(folded):
        start, end = words.start + exclusion.start(), words.start + exclusion.end()
        sentence = _("{part} looks like a parameter without its dashes.", part=quoted(words.text[exclusion.start() :]))
        yield Finding(start, end, sentence, f"{MARK}no")


def _of_another_program(text: str) -> Iterator[Finding]:
    """What the pages of other programs write into and behind a prompt."""
    for part in _FOREIGN_TEXT.finditer(text):
        sentence = _("{flag} belongs to another program; Midjourney has nothing like it.", flag=quoted(part[0]))
        yield Finding(part.start(), part.end(), sentence, None)


def _mistyped(words: Words, names: Names) -> Iterator[Finding]:
    """Unknown names behind other dashes than "--", where one with such a value is near: "——stlye raw"."""
    for flag in _OTHER_MARK.finditer(words.text):
        name, value = flag["name"], fold(flag["value"]).rstrip(",.;")
        if TABLE.find(name) or not value or (len(flag["mark"]) == 1 and not value[0].isdigit()):
            continue
        meant = names.meant_by(name, value)
        if meant or (value[0].isdigit() and len(flag["mark"]) > 1):
            start, end = words.start + flag.start(), words.start + flag.end("name")
            unknown = quoted(f"{MARK}{name}")
            sentence = (
                _("{flag} is not known here. Did you mean {other}?", flag=unknown, other=f"{MARK}{meant}")
                if meant
                else _("{flag} is not known here.", flag=unknown)
            )
            before = " " if flag.start() and not words.text[flag.start() - 1].isspace() else ""
            yield Finding(start, end, sentence, f"{before}{MARK}{meant}" if meant else None)


def _glued(text: str, start: int, names: Names, behind: str = "") -> Finding | None:
    """The first parameter that hangs on the word before it, as in "rain--ar 16:9"; links may have such names."""
    typed = text + behind
    folded = _LINK.sub(lambda link: " " * len(link[0]), fold(typed))
    for flag in _GLUED.finditer(folded) if "-" in folded else ():
        if flag.start("mark") >= len(text):
            break
        if not _is_meant(flag, typed[flag.start("mark") : flag.end("mark")], names):
            continue
        at = start + flag.start("mark")
        sentence = _("A space is missing before {flag}.", flag=f"{MARK}{flag['name'].lower()}")
        opened = flag["open"]
        if opened and flag["value"] == "".join(closer_of(one) or "" for one in opened[::-1]):
            return Finding(at - len(opened), start + flag.end(), sentence, f" {MARK}{flag['name']}")
        ends_word = _LONG_VOWEL.match(typed, flag.start("mark"))
        return Finding(at, start + flag.end("mark"), sentence, f"{ends_word[0] if ends_word else ''} {MARK}")
    return None


def _is_meant(flag: re.Match[str], mark: str, names: Names) -> bool:
    """Whether what hangs on a word is a parameter: two dashes or a long one, and a name with a value that fits."""
    spec = TABLE.find(flag["name"])
    if len(mark) == 1 and mark not in LONG_DASHES:
        return spec is not None and spec.kind is Kind.RATIO and ":" in flag["value"] and _may_be(spec, flag["value"])
    if spec:
        is_prose = len(mark) == 1 and spec.kind in (Kind.FLAG, Kind.TEXT)
        return _may_be(spec, flag["value"]) and not (is_prose and (flag["value"] or flag["then"]))
    if len(mark) == 1:
        return False
    return flag["name"].lower() in names.others or (
        flag["value"][:1].isdigit()
        and (TABLE.is_foreign(flag["name"]) or names.meant_by(flag["name"], flag["value"]) is not None)
    )


def _single_alternatives(text: str) -> Iterator[Finding]:
    """Braces around one alternative, which would go without a word."""
    pairs = match_braces(text).pairs
    if not pairs:
        return
    parted: set[int] = set()
    inside: list[int] = []
    closing = {end: start for start, end in pairs.items()}
    for mark in _STRUCTURE.finditer(text):
        at = mark.start()
        if at in pairs:
            inside.append(at)
        elif at in closing:
            inside.pop()
        elif mark[0] == "," and inside:
            parted.add(inside[-1])
    last = -1
    for start in sorted(pairs.keys() - parted):
        end = pairs[start]
        if start < last:
            continue  # what is inside comes when the outer ones are gone
        last = end
        sentence = _(
            "{part} holds one alternative only; several stand there with commas.", part=quoted(text[start : end + 1])
        )
        yield Finding(start, end + 1, sentence, _alternatives_meant(text[start + 1 : end].strip()))


def _may_be(spec: Spec, value: str) -> bool:
    if spec.kind in (Kind.FLAG, Kind.TEXT):
        return True
    return bool(value) and fault(spec, tidy(spec, value), None) is None


def _is_picture(link: str) -> bool:
    if not _LINK.fullmatch(link):
        return False
    address = link.strip("<>").lower().partition("?")[0].partition("#")[0]
    return address.endswith(_PICTURE_ENDINGS) or address.partition("://")[2].startswith(_PICTURE_HOSTS)


def _words_behind_links(prompt: Prompt) -> Iterator[Finding]:
    """Links in front whose picture's ending goes on as a word: "a.pnga cat"."""
    for image in prompt.images:
        found = _WORD_BEHIND_PICTURE.search(image.text)
        if found and found.end() == len(image.text) and found[0].lower() not in _PICTURE_ENDINGS:
            start = image.start + found.start(2)
            sentence = _("A space is missing behind {part}.", part=quoted(prompt.text[image.start : start]))
            yield Finding(start, image.end, sentence, f" {found[2]}")


def _ended_links(text: str, now: datetime) -> Iterator[Finding]:
    """Discord's links to attachments, which say when they end; wherever they stand, since they can only fail."""
    for link in _DISCORD_LINK.finditer(text):
        ends = _ENDS.search(link[0])
        if ends and int(ends[1], 16) <= now.timestamp():
            sentence = _("This link from Discord is no longer valid. Please attach the picture instead.")
            yield Finding(link.start(), link.end(), sentence, None)


def _weight_doubts(prompt: Prompt, model: Model | None) -> Iterator[Finding]:
    weights = prompt.weights
    if not weights:
        return
    for weight in weights:
        if more := _MORE_OF_WEIGHT.match(prompt.text, weight.end) if weight.text != "::" else None:
            meant = f"{weight.text}.{more[1]} " if more[1] else None
            sentence = _("A weight is a number such as ::1.5, not {value}.", value=quoted(f"{weight.text}{more[0]}"))
            yield Finding(weight.start, more.end(), sentence, meant)
    last = weights[-1]
    if model and not TABLE.weights.covers(model):
        sentence = _("Weights with :: are not known to work with {model}.", model=model)
        yield Finding(weights[0].start, weights[0].end, sentence, None, Severity.NOTE)
    has_more = any(isinstance(part, Words) and part.start >= last.end and part.text.strip() for part in prompt.parts)
    total = sum(weight.value for weight in weights) + has_more
    if total <= 0 and not any(weight.branch for weight in weights):
        sentence = _("The weights add up to {total}; together they have to be more than 0.", total=f"{total:g}")
        yield Finding(last.start, last.end, sentence, None)
