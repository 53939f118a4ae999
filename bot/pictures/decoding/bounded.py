"""Files that may not grow beyond a limit."""

import io

from typing_extensions import Buffer, override


class FullError(Exception):
    """More was written than may be: at least `size` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Bounded(io.BytesIO):
    """A buffer of at most `limit` bytes; what does not fit stops being encoded early."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self._limit = limit
        self.overflow: FullError | None = None  # for who hands it to a library that swallows the error

    @override
    def write(self, data: Buffer, /) -> int:
        size = self.tell() + memoryview(data).nbytes
        if size > self._limit:
            self.overflow = FullError(size)
            raise self.overflow
        return super().write(data)
