"""Fetching pictures without being led into the owner's network."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from bot.errors import PictureError
from bot.relay.fetch import MAX_REDIRECTS, TIME_LIMIT_S, PictureFetcher, _PublicOnly, is_public
from tests.support.loopback import Fault, Reply, ScriptedRelay
from tests.support.makers import picture
from tests.support.virtual_time import in_virtual_time

PNG = picture()

NOT_PUBLIC = [
    # written plainly
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "169.254.0.1", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    # IPv6: loopback, unspecified, link-local, site-local, unique local, multicast, documentation
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    # IPv4 wrapped into IPv6: mapped, compatible, 6to4, NAT64, Teredo
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
    *("64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "2001:0:1::1"),
    # no addresses at all
    *("", "localhost", "example.com", "2130706433", "0177.0.0.1"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "162.159.128.233", "2606:4700::1111", "2a00:1450:4001::200e"]

REFUSED = [
    # not https, or not where https lives
    *("http://example.com/a.png", "http://8.8.8.8/", "ftp://example.com/a", "file:///etc/passwd", "data:image/png,x"),
    *("https://example.com:8443/a", "https://example.com:80/", "//example.com/a", "/etc/passwd", "", "https://", "a b"),
    # somebody signs in
    *("https://user@example.com/", "https://user:word@example.com/", "https://example.com@127.0.0.1/"),
    # literals, plain and in disguise
    *("https://127.0.0.1/", "https://10.1.2.3/a.png", "https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/"),
    *("https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/"),
    *(
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[::127.0.0.1]/",
    ),
    *("https://2130706433/", "https://0177.0.0.1/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://127.1/"),
    *(
        "https://0/",
        "https://127.0.0.1./",
        "https://①②⑦.0.0.1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127。0。0。1/",
    ),
    # names that lead home
    *("https://localhost/", "https://LOCALHOST/", "https://localhost./"),
]


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    async with ScriptedRelay.serving(Reply(PNG)) as serving:
        yield serving


@pytest.fixture
async def other() -> AsyncIterator[ScriptedRelay]:
    """A server inside the owner's network that nobody allowed."""
    async with ScriptedRelay.serving(Reply(PNG)) as serving:
        yield serving


async def fetch(address: str, into: Path, *trusted: str, limit: int = 1_000_000, is_trusted: bool = True) -> bytes:
    async with PictureFetcher.opened(map(URL, trusted)) as fetcher:
        await fetcher.fetch(address, into / "picture", limit=limit, is_trusted=is_trusted)
    return (into / "picture").read_bytes()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_private_and_odd_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", REFUSED)
async def test_address_is_refused_before_anything_is_connected(address: str, tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        await fetch(address, tmp_path, "http://127.0.0.1:9")

    assert isinstance(caught.value.__cause__, ValueError | aiohttp.ClientConnectorDNSError)


async def test_trusted_origin_is_fetched_as_it_is(relay: ScriptedRelay, tmp_path: Path) -> None:
    assert await fetch(f"{relay.url}/a.png?ex=1&hm=2", tmp_path, f"{relay.url}/mj/") == PNG


@pytest.mark.parametrize(
    "changed",
    [
        lambda url: url.replace("127.0.0.1", "localhost"),
        lambda url: url.replace("127.0.0.1", "127.0.0.2"),
        lambda url: url.replace("http:", "https:"),
        lambda url: url.replace("http://", "http://[::ffff:").replace(":", "]:", 3),
    ],
)
async def test_nothing_but_the_exact_origin_is_trusted(
    changed: Callable[[str], str], relay: ScriptedRelay, tmp_path: Path
) -> None:
    with pytest.raises(PictureError):
        await fetch(changed(relay.url) + "/a.png", tmp_path, relay.url)

    assert relay.seen == []


async def test_another_port_of_a_trusted_host_is_not_trusted(
    relay: ScriptedRelay, other: ScriptedRelay, tmp_path: Path
) -> None:
    with pytest.raises(PictureError):
        await fetch(f"{other.url}/a.png", tmp_path, relay.url)

    assert other.seen == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_to_a_private_address_is_not_followed(
    status: int, relay: ScriptedRelay, other: ScriptedRelay, tmp_path: Path
) -> None:
    relay.answers = [Reply(b"", status, {"Location": f"{other.url}/a.png"})]

    with pytest.raises(PictureError):
        await fetch(f"{relay.url}/a.png", tmp_path, relay.url)

    assert other.seen == []


async def test_a_members_own_link_never_leads_to_a_trusted_origin(relay: ScriptedRelay, tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        await fetch(f"{relay.url}/api/verification?email=ana", tmp_path, relay.url, is_trusted=False)

    assert relay.seen == []


async def test_no_redirect_behind_a_members_own_link_leads_to_a_trusted_origin(relay: ScriptedRelay) -> None:
    async with PictureFetcher.opened([URL(relay.url)]) as fetcher:
        with pytest.raises(ValueError, match="not a public https address"):
            fetcher._session_for(URL("https://example.com/a.png").join(URL(relay.url)), is_trusted=False)


async def test_redirects_within_the_trusted_origin_are_followed(relay: ScriptedRelay, tmp_path: Path) -> None:
    relay.answers = [Reply(b"", 302, {"Location": "/b.png"}), Reply(PNG)]

    assert await fetch(f"{relay.url}/a.png", tmp_path, relay.url) == PNG
    assert [request.path for request in relay.seen] == ["/a.png", "/b.png"]


async def test_a_chain_of_redirects_ends(relay: ScriptedRelay, tmp_path: Path) -> None:
    relay.answers = [Reply(b"", 302, {"Location": "/again"})]

    with pytest.raises(PictureError):
        await fetch(f"{relay.url}/a.png", tmp_path, relay.url)

    assert len(relay.seen) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "answer",
    [
        Reply(b"", 404),
        Reply(b"", 500),
        Reply(b"", 204),
        Reply(b"", 302),
        Reply(b"", 302, {"Location": "http://[bad"}),
        Fault.RESET,
        Fault.CUT,
    ],
    ids=str,
)
async def test_whatever_goes_wrong_is_a_sentence(answer: object, relay: ScriptedRelay, tmp_path: Path) -> None:
    relay.answers = [answer]

    with pytest.raises(PictureError, match="could not be downloaded"):
        await fetch(f"{relay.url}/a.png", tmp_path, relay.url)


@pytest.mark.parametrize(("limit", "is_taken"), [(len(PNG), True), (len(PNG) - 1, False)])
async def test_bytes_are_counted_not_believed(
    limit: int, *, is_taken: bool, relay: ScriptedRelay, tmp_path: Path
) -> None:
    try:
        taken = await fetch(f"{relay.url}/a.png", tmp_path, relay.url, limit=limit) == PNG
    except PictureError:
        taken = False

    assert taken is is_taken


class Wavering(AbstractResolver):
    """Answers with other addresses every time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.answers.pop(0)
        ]

    @override
    async def close(self) -> None:
        """Nothing to close."""


def wavering(*answers: list[str]) -> _PublicOnly:
    resolver = _PublicOnly()
    resolver._resolver = Wavering(*answers)  # type: ignore[assignment]  # the system's answers, written by hand
    return resolver


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["8.8.8.8", "fe80::1"], []])
async def test_a_name_with_any_private_address_is_refused(answer: list[str]) -> None:
    with pytest.raises(OSError, match="not a public address"):
        await wavering(answer).resolve("rebind.example", 443)


async def test_a_name_that_changes_its_mind_is_checked_every_time() -> None:
    resolver = wavering(["8.8.8.8"], ["127.0.0.1"])

    first = await resolver.resolve("rebind.example", 443)

    assert [entry["host"] for entry in first] == ["8.8.8.8"]
    with pytest.raises(OSError, match="not a public address"):
        await resolver.resolve("rebind.example", 443)


async def test_a_rebinding_name_is_never_connected(tmp_path: Path) -> None:
    async with PictureFetcher.opened([]) as fetcher:
        connector = fetcher._strange.connector
        assert isinstance(connector, aiohttp.TCPConnector)
        connector._resolver = wavering(["127.0.0.1"])
        with pytest.raises(PictureError) as caught:
            await fetcher.fetch("https://rebind.example/a.png", tmp_path / "a")

    assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorDNSError)


async def test_name_servers_that_hang_hold_up_no_threads_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    def hanging(*_asked: object, **_how: object) -> list[object]:
        answer.wait()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    async with PictureFetcher.opened([]) as fetcher:
        hung = [
            asyncio.create_task(fetcher.fetch(f"https://n{number}.example/a.png", tmp_path / f"{number}"))
            for number in range(100)
        ]
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "free") == "free"
            answer.set()
            found = await asyncio.gather(*hung, return_exceptions=True)

    assert {type(one) for one in found} == {PictureError}


@pytest.mark.parametrize("is_trusted", [False, True])
@pytest.mark.parametrize(
    "address",
    [
        *("http://example.com/a.png", "ftp://example.com/a", "https://example.com:8443/a", "https://example.com:80/"),
        "http://example.com:443/a.png",
        *("https://user@example.com/", "https://user:word@example.com/"),
    ],
)
async def test_no_name_is_looked_up_but_of_plain_https_addresses(address: str, *, is_trusted: bool) -> None:
    async with PictureFetcher.opened([URL("http://127.0.0.1:9")]) as fetcher:
        with pytest.raises(ValueError, match="not a public https address"):
            fetcher._session_for(URL(address), is_trusted=is_trusted)


async def test_names_of_members_and_of_the_relay_do_not_wait_for_each_other() -> None:
    async with PictureFetcher.opened([]) as fetcher:
        sessions = {fetcher._session_for(URL("https://example.com/"), is_trusted=one) for one in (False, True)}

    assert len(sessions) == 2


async def test_address_is_a_members_own_unless_somebody_says_so(relay: ScriptedRelay, tmp_path: Path) -> None:
    async with PictureFetcher.opened([URL(relay.url)]) as fetcher:
        with pytest.raises(PictureError):
            await fetcher.fetch(f"{relay.url}/a.png", tmp_path / "picture")

    assert relay.seen == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full")
async def test_full_disk_is_not_taken_for_a_picture_that_is_not_there(relay: ScriptedRelay) -> None:
    async with PictureFetcher.opened([URL(relay.url)]) as fetcher:
        with pytest.raises(OSError, match="No space left"):
            await fetcher.fetch(f"{relay.url}/a.png", Path("/dev/full"), is_trusted=True)


class Trickling:
    """A session whose answers never come."""

    def get(self, _url: URL, **_how: object) -> "Trickling":
        return self

    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *_what: object) -> None:
        """Nothing to end."""

    async def close(self) -> None:
        """Nothing to close."""


def test_what_trickles_is_not_waited_for_without_end(tmp_path: Path) -> None:
    async def scenario() -> float:
        loop, relay = asyncio.get_running_loop(), "http://127.0.0.1:9"
        async with PictureFetcher.opened([URL(relay)]) as fetcher:
            await fetcher._near.close()
            fetcher._near = cast(aiohttp.ClientSession, Trickling())
            since = loop.time()
            with pytest.raises(PictureError):
                async with asyncio.timeout(10 * TIME_LIMIT_S):
                    await fetcher.fetch(f"{relay}/a.png", tmp_path / "picture", is_trusted=True)
            return loop.time() - since

    assert in_virtual_time(scenario()) == TIME_LIMIT_S
