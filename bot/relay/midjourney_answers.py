"""What Midjourney's side of the relay answers to a submit, to an upload and to a look at several tasks."""

from typing import Any

from bot.domain.job import Failure, FailureKind, Wait
from bot.domain.outcomes import Accepted, Busy, Exists, NeedsInput, Refused, SubmitOutcome
from bot.domain.requests import Request
from bot.domain.rules import task_relay
from bot.errors import RelayError, RelayRefusedError, RelayUnclearError
from bot.relay.answers import find_task_id, find_tasks, has_error, is_error, read_envelope
from bot.relay.meanings import MARKS, Meaning, says
from bot.relay.refusals import REFUSING_CODES, refusal, refusal_in
from bot.relay.submit_outcomes import DEFAULT_RETRY_S
from bot.relay.task_status import as_text

ACCEPTED_CODES = (1, 22)
ASKS_OR_EXISTS = 21
NO_ACCOUNT_FREE = Busy(Wait.QUEUE_FULL, DEFAULT_RETRY_S)
PARENT_FORGOTTEN = Refused(Failure(kind=FailureKind.FORGOTTEN))


def meant_by_not_found(exc: RelayError, request: Request) -> SubmitOutcome:
    """Tell what code 3 means for a request: the task that it names is gone, or no account is free.

    Of a named task it says the latter too, while that task's account is away. Source: trueai-org/midjourney-proxy,
    TaskService.GetInstanceByTask; novicezk/midjourney-proxy, TaskServiceImpl.
    """
    says_no_account = isinstance(exc, RelayRefusedError) and says(MARKS[Meaning.NO_ACCOUNT], exc.text)
    return PARENT_FORGOTTEN if task_relay(request) is not None and not says_no_account else NO_ACCOUNT_FREE


def read_submit(answer: object, written: str = "") -> SubmitOutcome:
    """Read what the answer to a submit says. `written` is what the member wrote in it.

    Raises:
        RelayRefusedError: a clear no.
        RelayUnclearError: neither yes nor no; it may name a task.
    """
    if isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], dict):
        answer = answer[0]
    if not isinstance(answer, dict):
        raise RelayUnclearError("the answer is no submit envelope", task_id=find_task_id(answer), answered=True)
    code, task_id = read_envelope(answer).code, find_task_id(answer)
    extras = answer["properties"] if isinstance(answer.get("properties"), dict) else {}
    if code in REFUSING_CODES:
        raise refusal_in(answer, written)
    is_plain = not isinstance(answer.get("result"), dict | list)  # else it is as good as guessed: it is looked up
    if code == ASKS_OR_EXISTS and task_id and is_plain:
        # The same code has two meanings: an old task that is told by its outcome, or a modal.
        if extras.get("imageUrl") or extras.get("status") == "SUCCESS":
            return Exists(task_id)
        return NeedsInput(task_id, as_text(extras.get("finalPrompt")))
    is_fine = answer.get("code") not in (None, "") and not has_error(answer)
    if task_id and is_plain and (code in ACCEPTED_CODES or is_fine):
        ahead = extras.get("numberOfQueues")
        return Accepted(task_id, ahead if isinstance(ahead, int) else None)
    if is_error(answer) and code != ASKS_OR_EXISTS and not task_id and (read_envelope(answer).text or code is not None):
        raise refusal_in(answer, written)
    raise RelayUnclearError(f"code {code} {'with' if task_id else 'without'} a task id", task_id=task_id, answered=True)


def read_upload(answer: object, count: int) -> list[str]:
    """Read the addresses of an upload answer. Source: docs/relay.md 2.8.

    Raises:
        RelayError: there are not as many as pictures.
    """
    if not isinstance(answer, dict):
        raise RelayUnclearError("the answer is no upload envelope", answered=True)
    result = answer.get("result")
    found = result if isinstance(result, list) else [result]
    addresses = [url for url in found if isinstance(url, str) and url.startswith(("http://", "https://"))]
    code = read_envelope(answer).code
    if code in (0, 1) and len(addresses) == count:
        return addresses
    raise refusal(200, code or 4, read_envelope(answer).text)


def read_tasks(answer: object) -> list[Any]:
    """Read the tasks of a list answer.

    Raises:
        RelayError: there is no list.
    """
    tasks = find_tasks(answer)
    if tasks is not None:
        return tasks
    raise refusal_in(answer) if is_error(answer) else RelayUnclearError("the list answer is not a list", answered=True)
