"""Where the pictures are that a relay names. Pure functions.

Source: docs/relay.md 5.4. new-api answers with `http://localhost:3000/mj/image/<id>` where its operator did not set an
address, and serves that path itself; others send paths of their own.
"""

import ipaddress
import re

from yarl import URL

_LOCAL_ENDINGS = (".local", ".localhost", ".internal", ".lan", ".home", ".intranet", ".home.arpa", ".svc", ".corp")


_BARE = re.compile(r"[A-Za-z0-9+/_\s-]{200,}={0,2}\s*", re.ASCII)  # base64 without anything that says so
_PLAIN = re.compile(r"[!-+\--~]+")  # no blanks, no commas, all of it ASCII
_WRITTEN_IN = re.compile(r"https?://[^\s\"'<>()\[\]]+", re.IGNORECASE)


def is_bytes(address: str) -> bool:
    """Whether an address holds a picture itself: a data URL, or base64 alone."""
    if address.startswith("http"):
        return False
    return address[:5].casefold() == "data:" or _BARE.fullmatch(address) is not None


def resolved(address: str, base: URL) -> str:
    """The address as we can reach it: a path, or a host that only the relay knows, is looked for at the relay.

    "" for what is no address.
    """
    address = address.strip()
    if _PLAIN.fullmatch(address) and address.startswith(f"{base.origin()}/"):
        return address  # as nearly all are, and thousands of running tasks name one every second
    if not address or is_bytes(address):
        return address
    if not address.casefold().startswith(("http:", "https:")) and (written := _WRITTEN_IN.search(address)):
        address = written[0]  # as markup or among other words
    address = re.split(r",\s*(?=https?://)", address, maxsplit=1)[0]
    try:
        url = _schemed(URL(address), base) if address.startswith("//") else URL(address)
        if not url.scheme and not url.host:
            return str(_at(base, url))
        if url.scheme not in ("http", "https") or not url.host:
            return ""
        is_inner = not is_open_to_all(str(url)) and url.origin() != base.origin()
    except ValueError:
        return ""
    # As it was written: signatures in addresses mean every character.
    return str(_at(base, url)) if is_inner else str(url) if address.startswith("//") else address


def _schemed(url: URL, base: URL) -> URL:
    """An address that leaves its scheme open: that of the relay for itself, else the one that is open to all."""
    return base.join(url) if url.host == base.host else url.with_scheme("https")


def at_relay(address: str, base: URL) -> str:
    """The same path at the relay, for an address that cannot be reached; "" where it is the relay's own."""
    try:
        url = URL(address)
        if url.scheme not in ("http", "https") or not url.host or url.origin() == base.origin():
            return ""
    except ValueError:
        return ""
    return str(_at(base, url))


def is_open_to_all(address: str) -> bool:
    """Whether a link is one that a member's browser can open: of the web, and on no inner host."""
    try:
        url = URL(address)
        host = (url.host or "").casefold().rstrip(".")
    except ValueError:
        return False
    if url.scheme not in ("http", "https") or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_ENDINGS)


def _at(base: URL, url: URL) -> URL:
    """A path at the relay, whose own path stands in front of it once."""
    path, root = url.raw_path.lstrip("/"), base.raw_path.strip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        path = path.removeprefix(root).lstrip("/")
    return base.joinpath(path, encoded=True).with_query(url.raw_query_string or None)
