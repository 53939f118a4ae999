"""Where pictures are kept, as the owner's settings say: in the data folder, or in a bucket."""

from bot.clock import Clock
from bot.errors import SettingsError, VaultError
from bot.pictures.register import Register
from bot.pictures.stock import Stock
from bot.settings import Settings
from bot.settings.bucket import BucketSettings

MB = 1_000_000


async def opened_stock(settings: Settings, register: Register, clock: Clock) -> Stock:
    """Open the place where pictures are kept; whatever may be done in a bucket is tried.

    Raises:
        SettingsError: the bucket cannot be reached or used.
    """
    folder = settings.storage.data_dir / "pictures"
    if not settings.bucket.url:
        return Stock(folder, register, clock)
    from bot.pictures.bucket_stock import BucketStock  # noqa: PLC0415 - loaded by those who have a bucket alone
    from bot.pictures.vault import Vault  # noqa: PLC0415 - as above

    vault = Vault.in_bucket(settings.bucket, clock)
    try:
        await vault.check(by_writing=True)
    except VaultError as exc:
        raise SettingsError(_sentence(exc, settings.bucket)) from exc
    return BucketStock(
        folder,
        register,
        clock,
        vault=vault,
        cache=settings.storage.data_dir / "cache",
        cache_bytes=settings.bucket.cache_mb * MB,
    )


async def look_at_bucket(settings: BucketSettings, clock: Clock) -> None:
    """Ask whether the bucket is there, without changing anything in it.

    Raises:
        SettingsError: it cannot be reached or used.
    """
    from bot.pictures.vault import Vault  # noqa: PLC0415 - as above

    try:
        await Vault.in_bucket(settings, clock).check()
    except VaultError as exc:
        raise SettingsError(_sentence(exc, settings)) from exc


def _sentence(exc: VaultError, settings: BucketSettings) -> str:
    """What the owner has to look at."""
    match exc.status:
        case "404":
            return f"There is no bucket {settings.bucket}; make it, or check PICTURES_URL and AWS_REGION."
        case "401" | "403":
            return (
                f"The bucket {settings.bucket} refuses; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that"
                " they may list, read, write and delete."
            )
    where = f" at {settings.endpoint}" if settings.endpoint else ""
    said = f" (it answers {exc.status})" if exc.status else ""
    return (
        f"The bucket {settings.bucket} cannot be reached{where}{said}; check PICTURES_URL, AWS_ENDPOINT_URL and"
        " AWS_REGION."
    )
