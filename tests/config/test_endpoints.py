"""Only addresses that can be a model server's are accepted."""

import pytest

from orchestrator.endpoints import checked_url, is_nearby
from orchestrator.errors import ConfigError


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1",
        "2852039166",  # 169.254.169.254 as one number
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "0.0.0.0",
        "[::]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_that_are_no_model_server_are_refused(scheme: str, host: str) -> None:
    with pytest.raises(ConfigError):
        checked_url(f"{scheme}://{host}:80/latest")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gpu:11434",
        "ftp://gpu",
        "file:///etc/passwd",
        "http://",
        "http:///v1",
        "http://gpu:99999",
        "http://gpu:x",
        "http://[::1",
        "http://gpu/?a=1",
        "http://gpu/#a",
        "http://us\u0065r:pass@gpu",
        "http://@gpu",
        "http://gpu\\@evil",
        "http://gpu\n.evil",
        "http://gpu /v1",
        "http://gpü",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        checked_url(url)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("HTTP://GPU.Lan:80/", "http://gpu.lan:80"),
        ("https://api.x.ai/v1/", "https://api.x.ai/v1"),
        ("https://gpu/Path/v1", "https://gpu/Path/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://10.0.0.8", "http://10.0.0.8"),
    ],
)
def test_plain_addresses_are_kept_in_one_form(url: str, kept: str) -> None:
    assert checked_url(url) == kept
    assert checked_url(kept) == kept


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:1", True),
        ("http://localhost", True),
        ("http://gpu", True),
        ("http://gpu.local", True),
        ("http://192.168.1.9", True),
        ("http://[::1]", True),
        ("https://api.openai.com", False),
        ("https://8.8.8.8", False),
        ("https://local.example.com", False),
    ],
)
def test_nearby_is_this_machine_and_the_own_network(url: str, near: bool) -> None:  # noqa: FBT001
    assert is_nearby(url) is near
