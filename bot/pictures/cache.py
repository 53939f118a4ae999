"""Values that take long to make, kept while they are asked for."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """The values asked for last, up to a weight in all; of those who ask for one at the same time one makes it."""

    def __init__(self, limit: int, weigh: Callable[[Value], int] = lambda _value: 1) -> None:
        self._limit = limit
        self._weigh = weigh
        self._weight = 0
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def get(self, key: Key, make: Callable[[], Awaitable[Value]]) -> Value:
        """The value of a key, made if it is not here."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            value = await make()
            self._keep(key, value)
            return value

    def forget(self, belongs: Callable[[Key], bool]) -> None:
        """Drop what is not to be had any more."""
        for key in [key for key in self._values if belongs(key)]:
            self._weight -= self._weigh(self._values.pop(key))

    def _keep(self, key: Key, value: Value) -> None:
        if self._weigh(value) > self._limit:
            return
        self._values[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._limit:
            self._weight -= self._weigh(self._values.popitem(last=False)[1])
