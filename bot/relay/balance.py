"""What the relay's key has left and what it was charged, at gateways that tell it. Source: docs/relay.md 3.6."""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from bot.errors import RelayError
from bot.relay.http import RelayHttp

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 10.0
QUOTA_PER_DOLLAR = 500_000  # unless the gateway's operator set another
NO_LIMIT_DOLLARS = 100_000_000  # what a key without a limit is said to have been granted
CONSUMED = 2  # the log's rows about what was spent; others are about what was paid in
_TASK_ID = re.compile(r"ID (\S+)$")  # at the end of what it says of a Midjourney call


@dataclass(frozen=True, slots=True)
class Balance:
    """In the gateway's own currency, dollars as a rule; `left` is None for a key without a limit."""

    left: float | None
    used: float


@dataclass(frozen=True, slots=True)
class Charge:
    """One paid call as the gateway booked it, in the currency of `Balance`; `task_id` is empty where it names none."""

    at: datetime
    model: str
    amount: float
    task_id: str = ""


class _Token(BaseModel):
    total_used: int
    total_available: int
    unlimited_quota: bool = False


class _TokenAnswer(BaseModel):
    data: _Token


class _Subscription(BaseModel):
    hard_limit_usd: float


class _Usage(BaseModel):
    total_usage: float  # cents


class _LogRow(BaseModel):
    created_at: int
    type: int
    model_name: str = ""
    quota: int
    content: str = ""


class _LogAnswer(BaseModel):
    data: list[_LogRow]


async def read_balance(http: RelayHttp) -> Balance | None:
    """Ask what is left; None where the gateway does not tell. It costs nothing."""
    try:
        return await _by_token(http) or await _by_billing(http)
    except RelayError as exc:
        logger.debug("balance not read reason=%s", exc)
        return None


async def read_charges(http: RelayHttp) -> list[Charge] | None:
    """Ask for the last charges, newest first; None where the gateway does not tell. It costs nothing."""
    try:
        rows = _LogAnswer.model_validate(await _ask(http, "/api/log/token")).data
    except (RelayError, ValidationError) as exc:
        logger.debug("charges not read reason=%s", exc)
        return None
    return [_charge(row) for row in rows if row.type == CONSUMED]


def _charge(row: _LogRow) -> Charge:
    named = _TASK_ID.search(row.content)
    return Charge(
        datetime.fromtimestamp(row.created_at, UTC),
        row.model_name,
        row.quota / QUOTA_PER_DOLLAR,
        named[1] if named else "",
    )


async def _by_token(http: RelayHttp) -> Balance | None:
    try:
        told = _TokenAnswer.model_validate(await _ask(http, "/api/usage/token/")).data
    except (RelayError, ValidationError):
        return None
    left = None if told.unlimited_quota else told.total_available / QUOTA_PER_DOLLAR
    return Balance(left, told.total_used / QUOTA_PER_DOLLAR)


async def _by_billing(http: RelayHttp) -> Balance | None:
    try:
        granted = _Subscription.model_validate(await _ask(http, "/dashboard/billing/subscription")).hard_limit_usd
        used = _Usage.model_validate(await _ask(http, "/dashboard/billing/usage")).total_usage / 100
    except ValidationError:
        return None
    return Balance(None if granted >= NO_LIMIT_DOLLARS else granted - used, used)


async def _ask(http: RelayHttp, path: str) -> Any:
    return await http.look(path, time_limit_s=TIME_LIMIT_S)
