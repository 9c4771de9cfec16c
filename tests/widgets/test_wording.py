"""Numbers and times read the way people say them."""

from datetime import datetime

import pytest

from widgets.wording import (
    clock,
    count,
    duration,
    model_size,
    percent,
    plural,
    short_model,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0s"),
        (0.9, "0s"),
        (14, "14s"),
        (59.99, "59s"),
        (60, "1m"),
        (125, "2m"),
        (3600, "1h"),
        (3900, "1h 5m"),
        (86400, "1d"),
        (86400 * 3 + 4 * 3600, "3d 4h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (987, "987"),
        (999, "999"),
        (1000, "1.0k"),
        (41_249, "41.2k"),
        (999_949, "999.9k"),
        (999_960, "1.0M"),
        (1_300_000, "1.3M"),
    ],
)
def test_large_counts_are_rounded(number: int, words: str) -> None:
    assert count(number) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"),
        (0.001, "<1 %"),
        (0.71, "71 %"),
        (0.999, ">99 %"),
        (1, "100 %"),
        (1.2, "120 %"),
    ],
)
def test_only_all_reads_100_and_only_nothing_reads_0(share: float, words: str) -> None:
    assert percent(share) == words


def test_today_needs_no_date() -> None:
    now = datetime(2024, 3, 5, 14, 30).timestamp()  # noqa: DTZ001 - local time is meant
    assert clock(datetime(2024, 3, 5, 16, 10).timestamp(), now) == "16:10"  # noqa: DTZ001
    assert clock(datetime(2024, 3, 8, 9, 5).timestamp(), now) == "Fri 09:05"  # noqa: DTZ001
    later = datetime(2024, 4, 8, 9, 5).timestamp()  # noqa: DTZ001
    assert clock(later, now) == "2024-04-08 09:05"


def test_one_is_not_plural() -> None:
    assert [plural(n, "call") for n in (0, 1, 2000)] == ["0 calls", "1 call", "2,000 calls"]


@pytest.mark.parametrize(
    ("name", "short", "size"),
    [
        ("qwen2.5:14b-instruct-q4_K_M", "qwen2.5:14b", "14b"),
        ("deepseek-coder:6.7b", "deepseek-coder:6.7b", "6.7b"),
        ("hf.co/bartowski/Phi-3.5:Q4_K_M", "Phi-3.5", "Phi-3.5"),
        ("claude-opus-4-1-20250805", "opus", "opus"),
        ("claude-sonnet-4-5", "sonnet", "sonnet"),
        ("llama3:latest", "llama3", "llama3"),
        ("", "", ""),
    ],
)
def test_models_have_short_names(name: str, short: str, size: str) -> None:
    assert (short_model(name), model_size(name)) == (short, size)
