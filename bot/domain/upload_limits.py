"""How many files, and how large, one message of Discord's may carry."""

FILES_LIMIT = 10  # of one message
REQUEST_LIMIT = 24 * 1024 * 1024  # bytes of all files of one message; Discord takes 25 MiB with everything around them


def limit_of_each(upload_limit: int, count: int) -> int:
    """Bytes that each of so many files of one message may have."""
    return min(upload_limit, REQUEST_LIMIT // max(1, min(count, FILES_LIMIT)))
