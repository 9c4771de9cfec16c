"""From a status and a server's words to an error."""

from __future__ import annotations

import pytest

from orchestrator.backends.refusals import message_in, overflow, refusal, retry_after_seconds
from orchestrator.errors import PromptTooLong, RequestRefused


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("request (15020 tokens) exceeds the available context size (4096 tokens)", (15020, 4096)),
        ("prompt is too long: 250000 tokens > 200000 maximum", (250000, 200000)),
        ("This model's maximum context length is 8192 tokens. You sent 9001 tokens", (9001, 8192)),
        ("Prompt is too long · the request is ~250000 tokens (limit 200000)", (250000, 200000)),
        ("Prompt is too long", (0, 0)),
        ("The context length of 4096 was exceeded", (0, 0)),
        ("input exceeds the context window of this model", (0, 0)),
        ("tokens to keep from the initial prompt is greater than the context length", (0, 0)),
    ],
)
def test_the_words_for_a_prompt_that_does_not_fit_are_known(
    said: str, counts: tuple[int, int]
) -> None:
    error = refusal(400, said, "It")
    assert isinstance(error, PromptTooLong)
    assert (error.prompt_tokens, error.context_tokens) == counts
    assert error.hint


@pytest.mark.parametrize(
    "said", ["bad request", "max_tokens: 9 > 8", "context: unknown field", "the limit is exceeded"]
)
def test_other_words_are_no_overflow(said: str) -> None:
    assert overflow(said) is None
    assert isinstance(refusal(400, said, "It"), RequestRefused)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "plain"}, "plain"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"message": "bare"}, "bare"),
        ({"error": {"message": 7}}, "otherwise"),
        ({"error": ""}, "otherwise"),
        ({}, "otherwise"),
        ([], "otherwise"),
        (None, "otherwise"),
    ],
)
def test_the_message_is_found_in_any_shape(body: object, message: str) -> None:
    assert message_in(body, "otherwise") == message


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        ("Sat, 21 Nov 2026 02:00:10 GMT", 10.0),
        ("Sat, 21 Nov 2026 01:00:00 GMT", 0.0),
    ],
)
def test_how_long_to_wait_is_read_as_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after_seconds(value, now=1795226400.0) == seconds
