"""Numbers and times as people read them. Pure; the moment is always handed in."""

from __future__ import annotations

import re
import time
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_THOUSAND: Final = 1000


def duration(seconds: float) -> str:
    """A span of time in at most two units: "14s", "2m", "1h 5m", "3d 4h". Never negative."""
    left = max(0, int(seconds))
    if left < _MINUTE:
        return f"{left}s"
    if left < _HOUR:
        return f"{left // _MINUTE}m"
    if left < _DAY:
        return _two(left // _HOUR, "h", left % _HOUR // _MINUTE, "m")
    return _two(left // _DAY, "d", left % _DAY // _HOUR, "h")


def _two(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit} {small}{small_unit}" if small else f"{big}{big_unit}"


def clock(moment: float, now: float) -> str:
    """The local time of day of a Unix time; with the day when it is not today's."""
    then, today = time.localtime(moment), time.localtime(now)
    if (then.tm_year, then.tm_yday) == (today.tm_year, today.tm_yday):
        return time.strftime("%H:%M", then)
    if abs(moment - now) < 6 * _DAY:
        return time.strftime("%a %H:%M", then)
    return time.strftime("%Y-%m-%d %H:%M", then)


def count(number: int) -> str:
    """Tokens and the like: "987", "41.2k", "1.3M"."""
    # Rounded first, so that 999,960 reads "1.0M" and not "1000.0k".
    if round(number / _THOUSAND, 1) >= _THOUSAND:
        return f"{number / _THOUSAND**2:.1f}M"
    if number >= _THOUSAND:
        return f"{number / _THOUSAND:.1f}k"
    return str(number)


def percent(share: float) -> str:
    """A share of 0..1: "71 %". Only all of it reads 100, only none of it reads 0."""
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "<1 %"
    if whole == 100 and share < 1:  # noqa: PLR2004 - per cent
        return ">99 %"
    return f"{whole} %"


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 call", "2 calls"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def short_model(name: str) -> str:
    """A model's name without what can be spared: "qwen2.5:14b", "opus", "gpt-oss:20b"."""
    if family := re.search(r"(?i)\b(haiku|sonnet|opus)\b", name):
        return family[1].lower()
    base, _, tag = name.rpartition("/")[2].partition(":")
    size = re.match(r"(?i)\d+(\.\d+)?[bm]\b", tag)
    return f"{base}:{size[0]}" if size else base


def model_size(name: str) -> str:
    """The shortest word that tells models apart in a list: "14b", "opus", else the name."""
    short = short_model(name)
    return short.partition(":")[2] or short
