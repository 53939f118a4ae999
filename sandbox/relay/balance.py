"""What a new-api gateway tells a key about its money: granted, used, left, and its log (docs/relay.md 3.6).

Sources, all QuantumNous/new-api: `router/dashboard.go`, `controller/billing.go` (`GetSubscription`, `GetUsage`,
`GetCredits`), `controller/token.go` (`GetTokenUsage`), `controller/log.go` (`GetLogByKey`), `model/log.go` (`Log`), and
`controller/midjourney.go`: what a task that fails gives back goes to the account, not to the key that paid it.
"""

from typing import Any

from aiohttp import web

from sandbox.relay.replies import answer
from sandbox.relay.task_store import Entry, TaskStore

QUOTA_PER_DOLLAR = 500_000  # common.QuotaPerUnit
QUOTA_PER_UNIT = 25_000  # five cents
GRANTED = 20 * QUOTA_PER_DOLLAR
CONSUMED = 2  # model.LogTypeConsume
SENTENCE = "模型固定价格 {:.2f}\uff0c分组倍率 1.00\uff0c操作 {}\uff0cID {}"  # with the commas of full width that it has


class Balance:
    """The routes; the ledger says what was used."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks
        self.markup = 1.0  # what it charges for each task, of what it should
        self.strangers: list[str] = []  # tasks that it charges the key for although nobody asked for them

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all of them."""
        for root in ("/dashboard", "/v1/dashboard"):
            router.add_get(f"{root}/billing/subscription", self._subscription)
            router.add_get(f"{root}/billing/usage", self._usage)
        router.add_get("/v1/credits", self._credits)
        router.add_get("/api/usage/token/", self._token)
        router.add_get("/api/log/token", self._log)

    @property
    def _used(self) -> int:
        booked = sum(entry.booked for entry in self._tasks.ledger) + len(self.strangers)
        return round(QUOTA_PER_UNIT * self.markup * booked)

    async def _subscription(self, _request: web.Request) -> web.Response:
        """All that the key was ever given, in dollars."""
        dollars = GRANTED / QUOTA_PER_DOLLAR
        limits = dict.fromkeys(("soft_limit_usd", "hard_limit_usd", "system_hard_limit_usd"), dollars)
        return answer({"object": "billing_subscription", "has_payment_method": True, **limits, "access_until": 0})

    async def _usage(self, _request: web.Request) -> web.Response:
        """What was used of it, in cents; the days in the query are not looked at."""
        return answer({"object": "list", "total_usage": self._used / QUOTA_PER_DOLLAR * 100})

    async def _credits(self, _request: web.Request) -> web.Response:
        """What is left, in dollars, under a name that says otherwise."""
        return answer({"data": {"total_usage": (GRANTED - self._used) / QUOTA_PER_DOLLAR}})

    async def _token(self, _request: web.Request) -> web.Response:
        """Both in quota; here `code` is true."""
        told = {
            "object": "token_usage",
            "name": "sandbox",
            "total_granted": GRANTED,
            "total_used": self._used,
            "total_available": GRANTED - self._used,
            "unlimited_quota": False,
            "model_limits": {},
            "model_limits_enabled": False,
            "expires_at": 0,
        }
        return answer({"code": True, "message": "ok", "data": told})

    async def _log(self, _request: web.Request) -> web.Response:
        """Each call that cost something, newest first."""
        paid = [entry for entry in self._tasks.ledger if entry.booked]
        rows = [_logged(entry, round(QUOTA_PER_UNIT * entry.booked * self.markup)) for entry in paid]
        now = int(self._tasks.clock.now())
        rows += [_row("IMAGINE", task_id, now, round(QUOTA_PER_UNIT * self.markup)) for task_id in self.strangers]
        numbered = [{"id": number} | row for number, row in enumerate(rows, start=1)]
        return answer({"success": True, "message": "", "data": numbered[::-1]})


def _logged(entry: Entry, quota: int) -> dict[str, Any]:
    return _row(entry.action, entry.id, int(entry.since), quota)


def _row(action: str, task_id: str, at: int, quota: int) -> dict[str, Any]:
    """A row of the log. Its sentence: `relay/mjproxy_handler.go`, `RelayMidjourneySubmit`."""
    return {
        "user_id": 1,
        "created_at": at,
        "type": CONSUMED,
        "content": SENTENCE.format(quota / QUOTA_PER_DOLLAR, action, task_id),
        "username": "sandbox",
        "token_name": "sandbox",
        "model_name": f"mj_{action.lower()}" if "_" not in action else action.lower(),
        "quota": quota,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "use_time": 0,
        "is_stream": False,
        "channel": 1,
        "channel_name": "",
        "token_id": 1,
        "group": "default",
        "ip": "",
        "other": "{}",
    }
