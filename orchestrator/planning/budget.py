"""Token estimates, and cutting a text to a budget without hiding it."""

from __future__ import annotations

_BYTES_PER_TOKEN = 3.2
"""Lower than the 3.5 to 4.2 that common tokenizers reach on code, so that estimates err upwards."""


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` has, rather too many than too few."""
    return int(len(text.encode("utf-8", "surrogatepass")) / _BYTES_PER_TOKEN) + 1


def cut_to_budget(text: str, tokens: int) -> str:
    """`text`, or its first whole lines within `tokens` and a line that says what was left out."""
    if estimate_tokens(text) <= tokens:
        return text
    lines = text.splitlines()
    kept: list[str] = []
    left = tokens - 12  # for the closing remark
    for line in lines:
        left -= estimate_tokens(line + "\n")
        if left < 0:
            break
        kept.append(line)
    kept.append(f"[{len(lines) - len(kept)} of {len(lines)} lines left out: they do not fit]")
    return "\n".join(kept)
