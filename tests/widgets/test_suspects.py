"""Lines that are not what they look like are found; ordinary code is left alone."""

from pathlib import Path

import pytest

import widgets
from widgets.suspects import suspects

# After the examples of "Trojan Source": each must be found.
TROJANS = [
    ("if access != 'user\u202e \u2066// admin\u2069 \u2066':", "another order"),
    ("/*\u202e } \u2066if (isAdmin)\u2069 \u2066 begin admins only */", "another order"),
    ("bank = {'alice': 100} # \u2067''' ;return\u2069", "another order"),
    ("def is\u200bAdmin():", "hidden"),
    ("const { timeout,\u3164} = req.query;", "hidden"),
    ("eval('\ufe01\ufe02\U000e0101')", "hidden"),
    ("x\U000e0041\U000e0042 = 1", "hidden"),
    ("p\u0430ypal = login()", "two alphabets"),
    ("def say\u041dello():", "two alphabets"),
    ("\u0391dmin = True", "two alphabets"),
    ("print('\x1b[2K')", "control"),
    ("ok = 1\rbad = 2", "control"),
]

HONEST = [
    "\tif x == 'plain ascii':",
    "# naïve café, Straße, œuvre, señor",
    "print('Привет, мир')",
    "print('\\nИюнь')",
    "log('%sИюнь')",
    "Δt = 3 * μs + π",
    "名前 = '山田'  # コメント",
    "emoji = '🎉 ⚠\ufe0f done'",
    "crlf = True\r",
    "μ_max, θ2 = fit()",
    "# שלום",
]


@pytest.mark.parametrize(("text", "word"), TROJANS)
def test_a_trojan_line_is_found(text: str, word: str) -> None:
    assert any(word in found for found in suspects(text)), suspects(text)


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_line_is_left_alone(text: str) -> None:
    assert suspects(text) == ()


def test_our_own_code_is_left_alone() -> None:
    for path in Path(widgets.__file__).parent.glob("*.py"):
        for line in path.read_text("utf-8").split("\n"):
            assert suspects(line) == (), (path.name, line)


def test_what_is_found_names_the_code_points() -> None:
    assert suspects("a\u202eb\u200bc") == (
        "reads in another order than it runs: U+202E",
        "hidden characters: U+200B",
    )
