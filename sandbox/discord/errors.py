"""How the loopback refuses: Discord's codes, statuses and error trees."""

from typing import Any

INVALID_BODY = 50035

# code -> (HTTP status, message); the texts are what clients show in their exceptions
REFUSALS: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10011: (404, "Unknown Role"),
    10014: (404, "Unknown Emoji"),
    10060: (404, "Unknown sticker"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10066: (404, "Unknown application command permissions"),
    20001: (403, "Bots cannot use this endpoint"),
    20012: (403, "You are not authorized to perform this action on this application"),
    20016: (429, "This action cannot be performed due to slowmode rate limit"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40094: (400, "This interaction has reached the maximum number of follow up messages"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (403, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "A message provided was too old to bulk delete"),
    50083: (400, "Thread is archived"),
    50081: (400, "Invalid sticker sent"),
    INVALID_BODY: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "You cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    520001: (400, "Poll expired"),
    520006: (400, "Cannot expire a message that is not a poll"),
}


class ApiError(Exception):
    """A refusal of the REST side.

    `errors` is the tree below an invalid body; `retry_after_s` (real seconds) belongs to status 429.
    """

    def __init__(self, code: int, errors: dict[str, Any] | None = None, *, retry_after_s: float | None = None) -> None:
        self.code = code
        self.status, self.message = REFUSALS[code]
        self.errors = errors
        self.retry_after_s = retry_after_s
        super().__init__(f"{code}: {self.message}")

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        tree = {} if self.errors is None else {"errors": self.errors}
        wait = {} if self.retry_after_s is None else {"retry_after": self.retry_after_s, "global": False}
        return {"message": self.message, "code": self.code} | tree | wait


class Unauthorized(Exception):  # noqa: N818 - named like the answer it becomes
    """The token of the request is not ours: 401, without one of Discord's numbered codes."""


class Problems:
    """Collects everything that is wrong with one body, by dotted path, into one 50035 answer."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Note one problem at `path` ("components.0.label"; "" is the body itself)."""
        node = self.tree
        for key in path.split(".") if path else []:
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, value: Any, low: int, high: int, *, required: bool = False) -> None:
        """Check that a text or list is within `low` and `high`; absent is fine unless `required`."""
        if value is None:
            if required:
                self.required(path)
        elif not low <= len(value) <= high:
            if low == 0:
                self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            else:
                self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def between(self, path: str, value: Any, low: float, high: float) -> None:
        """Check that a number, when given, lies within `low` and `high`."""
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(path, "NUMBER_TYPE_COERCE", "The value could not be understood as a number.")
        elif value < low:
            self.add(path, "NUMBER_TYPE_MIN", f"The value should be greater than or equal to {low}.")
        elif value > high:
            self.add(path, "NUMBER_TYPE_MAX", f"The value should be less than or equal to {high}.")

    def take(self, other: "Problems") -> None:
        """Note all that was noted elsewhere, too."""
        _merge(self.tree, other.tree)

    def required(self, path: str) -> None:
        """Note that a field is missing."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def one_of(self, path: str, choices: object) -> None:
        """Note that a value is none of the possible ones."""
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")

    def refuse(self) -> None:
        """Raise what was collected, if anything was."""
        if self.tree:
            raise ApiError(INVALID_BODY, _pruned(self.tree))


def _merge(into: dict[str, Any], tree: dict[str, Any]) -> None:
    for key, node in tree.items():
        if key == "_errors":
            into[key] = into.get(key, []) + node
        else:
            _merge(into.setdefault(key, {}), node)


def _pruned(tree: dict[str, Any]) -> dict[str, Any]:
    """The tree as Discord gives it: what is wrong as a whole is not looked into any further."""
    if "_errors" in tree:
        return {"_errors": tree["_errors"]}
    return {key: _pruned(node) for key, node in tree.items()}


def invalid(path: str, code: str, message: str) -> ApiError:
    """A 50035 answer with a single problem."""
    problems = Problems()
    problems.add(path, code, message)
    return ApiError(INVALID_BODY, problems.tree)


class ActingError(Exception):
    """What a real client would not let a user do; `sentence` tells why, `status` is the matching HTTP one."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)
