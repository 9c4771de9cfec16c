"""Addresses of model servers: which are accepted, and what `OLLAMA_HOST` means.

A key is sent to the address the user configured, so an address that can't be a model server is
refused before anything is sent.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from orchestrator.errors import ConfigError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data"}
    | {"instance-data.ec2.internal"}
)
# Besides the link-local 169.254.0.0/16 and fe80::/10: AWS over IPv6, Alibaba, Azure, Oracle.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(a)
    for a in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEARBY_SUFFIXES = (".local", ".localhost", ".lan", ".internal", ".home.arpa")
_BAD_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")


def checked_url(text: str) -> str:
    """`text` as the base address of a server, without a slash at its end.

    Raises:
        ConfigError: not http or https, no host, a port that is none, a password or a query in it,
            or an address of a cloud machine's metadata service. The text is not repeated in the
            message where it may hold a secret.
    """
    if _BAD_CHARACTERS.search(text):
        raise ConfigError("The address has a space or an odd character in it.")
    if "://" not in text:
        raise ConfigError(
            "The address has no scheme.", f'Write it with one: "http://{text.rpartition("@")[2]}".'
        )
    parts = _split(text)
    if parts.scheme not in {"http", "https"}:
        raise ConfigError("The address must begin with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "The address has a user name or a password in it.",
            "Keys are never kept in addresses: name an environment variable in api_key_env.",
        )
    if parts.query or parts.fragment:
        raise ConfigError("The address has a query (?) or a fragment (#) in it.", "Leave it out.")
    _refuse_no_server(parts.hostname or "")
    return parts._replace(netloc=parts.netloc.lower()).geturl().rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ConfigError(
            "The address can't be read.", 'Write it like "http://127.0.0.1:11434".'
        ) from None
    return parts


def _refuse_no_server(host: str) -> None:
    if not host:
        raise ConfigError("The address names no host.", 'Write it like "http://127.0.0.1:11434".')
    if host.rstrip(".") in _METADATA_NAMES:
        raise ConfigError(f'"{host}" is a cloud machine\'s metadata service, not a model server.')
    for address in _addresses(host):
        if address.is_unspecified:
            raise ConfigError(
                f'"{host}" means every address; a server can\'t be called there.',
                'Use "127.0.0.1" for this machine.',
            )
        if address.is_link_local or address in _METADATA_ADDRESSES:
            raise ConfigError(
                f'"{host}" is a link-local or metadata address, not a model server.',
                "Use the server's name or its address in your network.",
            )


def _addresses(host: str) -> Iterator[_Address]:
    """The numeric addresses `host` stands for; none when it is a name to be looked up."""
    address = _numeric(host)
    if address is None:
        return
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        if embedded := address.ipv4_mapped or address.sixtofour:
            yield embedded
        if address in _NAT64:
            yield ipaddress.IPv4Address(address.packed[-4:])


def _numeric(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:  # what the system's resolver takes for numbers too: 0x7f.1, 2130706433
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def is_nearby(url: str) -> bool:
    """True when `url` is this machine or the user's own network, as far as the text tells."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    address = _numeric(host)
    if address is not None:
        return address.is_loopback or address.is_private
    return "." not in host or host.endswith(_NEARBY_SUFFIXES)


def ollama_url(host: str) -> str:
    """The address that `OLLAMA_HOST` means to Ollama's own client.

    Forms: host, host:port, :port, [::1]:port, scheme://host:port. The port is 11434 unless a
    scheme is given, then 80 or 443 (Ollama 0.33, envconfig). A server's "every address"
    (0.0.0.0, ::) is this machine to a client.

    Raises:
        ConfigError: like `checked_url`.
    """
    text = host.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    hostport, _, path = rest.partition("/")
    if hostport.count(":") > 1 and not hostport.startswith("["):
        hostport = f"[{hostport}]"
    if not hostport or hostport.startswith(":"):
        hostport = f"127.0.0.1{hostport}"
    parts = _split(f"{scheme}://{hostport}")
    if parts.username is not None:
        return checked_url(f"{scheme}://{hostport}")  # refuses it
    name = _called(parts.hostname or "")
    port = f":{parts.port}" if parts.port is not None else "" if separator else ":11434"
    return checked_url(f"{scheme}://{name}{port}/{path}")


def _called(host: str) -> str:
    """`host` as a client writes it into an address."""
    address = _numeric(host)
    if address is None:
        return host
    if address.is_unspecified:
        return "[::1]" if isinstance(address, ipaddress.IPv6Address) else "127.0.0.1"
    return f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
