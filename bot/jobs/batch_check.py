"""The lines of a batch held against all rules before anything is spent: what each stands for, or why it is left out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.engine_info import ENGINES, EngineInfo, build_plain_request
from bot.domain.job import BatchLine
from bot.domain.requests import Imagine, Mode, Request
from bot.domain.rules import MIDJOURNEY
from bot.errors import UserError
from bot.jobs.admission import Admission
from bot.jobs.outgoing_text import EMPTY, check_words
from bot.language import Sentence, _
from bot.prompts import Finding, Own, check_length, count, expand, read
from bot.prompts.batch_files import BatchRow
from bot.text import escape_inline, one_line


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A line with the requests that it stands for, each with its speed, or why it is left out."""

    row: BatchRow
    requests: tuple[tuple[Request, Mode | None], ...] = ()
    units: int = 0
    slips: tuple[Finding, ...] = ()  # what was put right in it
    problem: Sentence | None = None

    @property
    def line(self) -> BatchLine:
        """The line as its jobs know it."""
        return BatchLine(self.row.number, self.row.name)


@dataclass(frozen=True, slots=True)
class BatchChecker:
    """Checks lines as /imagine and the other engines' commands check what is typed.

    Attributes:
        admission: holds each request against the owner's rules.
        engines: the names of those that are on.
        own: the member's own language.
        mode: the member's speed.
        now: the moment, for links that say when they end.
        most: how many jobs one batch may start.
    """

    admission: Admission
    engines: Collection[str]
    own: Own
    mode: Mode | None
    now: datetime
    most: int

    def check(self, rows: Sequence[BatchRow]) -> list[CheckedRow]:
        """Check all lines, each by itself; takes a good part of a second for a long and spiteful one."""
        return [self._checked(row) for row in rows]

    def _checked(self, row: BatchRow) -> CheckedRow:
        if row.problem is not None:
            return CheckedRow(row, problem=row.problem)
        try:
            info = self._engine(row.engine or MIDJOURNEY)
            checked = self._imagined(row) if info.name == MIDJOURNEY else self._painted(row, info)
            outgoing = [self.admission.looked_over(request, mode) for request, mode in checked.requests]
        except UserError as exc:
            return CheckedRow(row, problem=exc.sentence)
        return replace(checked, units=sum(map(self.admission.units, outgoing)))

    def _engine(self, named: str) -> EngineInfo:
        """The engine that a line names, by the name that commands have or by the one that people read.

        Raises:
            UserError: there is none, or it takes more than a prompt.
        """
        known = [info for info in ENGINES.values() if info.name in self.engines and info.compared]
        for info in known:
            if named in (info.name, info.title.casefold()):
                return info
        raise UserError(
            _(
                "There is no engine “{name}” here. Please choose from {known}.",
                name=escape_inline(named, 40),
                known=", ".join(info.name for info in known),
            )
        )

    def _imagined(self, row: BatchRow) -> CheckedRow:
        text = one_line(f"{row.prompt} {row.params}")
        report = read(text, self.own, now=self.now)
        if report.doubts:
            raise UserError(report.doubts[0].sentence)
        self._check_count(count(report.prompt) * row.repeat)
        prompts = expand(report.prompt, self.most)
        for prompt in prompts:
            check_words(prompt)
        requests = tuple((Imagine(prompt=prompt), self.mode) for prompt in prompts for _time in range(row.repeat))
        return CheckedRow(row, requests, slips=report.slips)

    def _painted(self, row: BatchRow, info: EngineInfo) -> CheckedRow:
        """A line for another engine, whose prompts are plain words."""
        if row.params:
            raise UserError(_("{engine} takes no parameters here: please leave them empty.", engine=info.title))
        self._check_count(row.repeat)
        prompt = one_line(row.prompt)
        check_length(prompt)
        if not prompt:
            raise UserError(EMPTY)
        return CheckedRow(row, ((build_plain_request(info.name, prompt), None),) * row.repeat)

    def _check_count(self, jobs: int) -> None:
        if jobs > self.most:
            raise UserError(
                _(
                    "It stands for {jobs} jobs, and a batch may start {cap} here.",
                    jobs=jobs if jobs < 10**6 else "> 1000000",
                    cap=self.most,
                )
            )
