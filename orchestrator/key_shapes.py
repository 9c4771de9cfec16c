"""What API keys and passwords look like, so that they are noticed where they don't belong."""

from __future__ import annotations

import re

_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}"  # Anthropic, OpenAI, OpenRouter
    r"|xai-[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|hf_[A-Za-z0-9]{20,}"
    r"|AIza[A-Za-z0-9_-]{30,}"  # Google
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\."  # JSON web token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|Bearer [A-Za-z0-9._~+/-]{16,}"
    r")"
)
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_SOLID = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/]{32,}={0,2}")
_NAMES = re.compile(
    r"(?i)(?:^|_|-)(?:api_?keys?|keys?|tokens?|secrets?|passwords?|authorization)$|^apikey$"
)


def holds_key(text: str) -> bool:
    """True when something in `text` has the form of a known provider's key."""
    return _KNOWN.search(text) is not None


def is_like_key(value: str) -> bool:
    """True when all of `value` looks like a key: a known form, or a long solid random string."""
    return holds_key(value) or bool(_HEX.fullmatch(value) or _SOLID.fullmatch(value))


def names_key(name: str) -> bool:
    """True when `name` is what people call a key in configuration files: api_key, token."""
    return _NAMES.search(name) is not None
