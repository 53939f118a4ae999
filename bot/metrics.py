"""What is counted and timed while the bot works, by the names that `/metrics` tells.

No label names a member, a server or a channel: there may be any number of those, and they are nobody's business there.
What the database or a list knows at any moment is not counted here, but read when it is asked for
(`bot.operation.gauges`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from bot.errors import RelayNotReachedError, RelayRefusedError, RelayUnclearError, StoppedError
from bot.postponing import postpone

# What writes figures down and serves them is loaded by those who have set METRICS_PORT.
postpone(
    "prometheus_client",
    {"metrics": ("Counter", "Histogram", "disable_created_metrics"), "registry": ("CollectorRegistry",)},
)
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics  # noqa: E402 - as above

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each series would come with a second one, about when it began

ACK_LIMIT_S = 3.0  # Source: https://docs.discord.com/developers/interactions/receiving-and-responding

REGISTRY = CollectorRegistry()

JOB_SECONDS = Histogram(
    "easel_job_seconds",
    "How long a stage of a job took: wait (in our queue), submit (the paid call), run (at the relay), post.",
    ["engine", "operation", "stage"],
    buckets=(0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800),
    registry=REGISTRY,
)
JOBS_ENDED = Counter(
    "easel_jobs_ended", "Jobs that ended, by how.", ["engine", "operation", "outcome"], registry=REGISTRY
)
UNITS = Counter(
    "easel_units",
    "Units that were set aside for jobs (reserved), and became spent (settled) or free again (released).",
    ["engine", "operation", "mode", "kind"],
    registry=REGISTRY,
)
WORD_HITS = Counter(
    "easel_word_hits", "Requests that asked for a word that a server does not allow.", registry=REGISTRY
)
RELAY_REQUESTS = Counter(
    "easel_relay_requests", "Requests to relays, by what came of them.", ["relay", "call", "outcome"], registry=REGISTRY
)
RELAY_SECONDS = Histogram(
    "easel_relay_seconds",
    "How long a relay took to answer: a submit, a look, a stop.",
    ["relay", "call"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90, 300),
    registry=REGISTRY,
)
ACK_SECONDS = Histogram(
    "easel_ack_seconds",
    "From the moment at which Discord made an interaction to our first answer, by both clocks.",
    buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.5, ACK_LIMIT_S),
    registry=REGISTRY,
)
ACKS_LATE = Counter("easel_acks_late", "First answers that came too late for Discord.", registry=REGISTRY)
DISCORD_RESPONSES = Counter(
    "easel_discord_responses",
    "Discord's answers to our requests, by class: 2xx, 401, 403, 404, 429, other 4xx, 5xx.",
    ["class", "scope"],
    registry=REGISTRY,
)
LOOP_LAG_SECONDS = Histogram(
    "easel_loop_lag_seconds",
    "How much later than due the event loop got to something, once a second.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
    registry=REGISTRY,
)
DB_SECONDS = Histogram(
    "easel_db_seconds",
    "How long a transaction took, its wait for a connection included.",
    ["urgent"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
    registry=REGISTRY,
)
CLAIMS = Counter("easel_claims", "Jobs taken over from processes that were gone.", registry=REGISTRY)

TRANSACTIONS = {is_urgent: DB_SECONDS.labels(urgent=str(is_urgent).lower()) for is_urgent in (True, False)}
job_seconds = cache(JOB_SECONDS.labels)  # what is bound once is found fastest
jobs_ended = cache(JOBS_ENDED.labels)
units = cache(UNITS.labels)
relay_seconds = cache(RELAY_SECONDS.labels)
relay_requests = cache(RELAY_REQUESTS.labels)
discord_responses = cache(DISCORD_RESPONSES.labels)


@contextmanager
def relay_call(relay: str, call: str) -> Iterator[None]:
    """Time a request to a relay, and count it by what came of it; one that never left since it was stopped is none."""
    begun, outcome = time.perf_counter(), "ok"
    try:
        yield
    except RelayRefusedError as exc:
        outcome = exc.kind.value
        raise
    except RelayUnclearError:
        outcome = "unclear"
        raise
    except RelayNotReachedError:
        outcome = "not_reached"
        raise
    except StoppedError:
        outcome = ""
        raise
    except BaseException:
        outcome = "broken_off"
        raise
    finally:
        if outcome:
            relay_seconds(relay, call).observe(time.perf_counter() - begun)
            relay_requests(relay, call, outcome).inc()
