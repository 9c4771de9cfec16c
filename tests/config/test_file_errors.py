"""What is wrong in a configuration file is told with file, line and what to write instead."""

from itertools import pairwise
from pathlib import Path

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load_settings
from orchestrator.settings.file import MAX_BYTES, MAX_DEPTH

A_KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwx"


def refusal(folder: Path, text: str | bytes) -> ConfigError:
    file = folder / "config.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load_settings({}, file)
    assert caught.value.message.startswith(f"{file}:")
    return caught.value


WRONG = [
    # (file, line, words of the message, words of the hint)
    ("profles:\n  a: 1", 1, 'unknown key "profles".', 'Did you mean "profiles"?'),
    (
        "\n\nbackends:\n  ollama:\n    modle: x",
        5,
        'unknown key "modle" in "backends.ollama"',
        "kind",
    ),
    ("profiles:\n  code:\n    modle: x", 3, 'unknown key "modle"', 'Did you mean "model"?'),
    ("routing:\n  table:\n    nromal: {}", 3, 'in "routing.table"', 'Did you mean "normal"?'),
    ("limits:\n  local:\n    totl: 3", 3, 'in "limits.local"', 'Did you mean "total"?'),
    ("zzz: 1", 1, 'unknown key "zzz"', "Possible: backends, profiles"),
    (
        "backends:\n  ollama:\n    concurrency: two",
        3,
        '"backends.ollama.concurrency" should be a whole number, at least 1, not "two"',
        "",
    ),
    ("contract:\n  max_lines: 0", 2, "at least 1, not 0", ""),
    ("contract:\n  max_lines: true", 2, "not true", ""),
    ("quota:\n  caution: 80", 2, "at least 0 and at most 1, not 80", ""),
    ("tests:\n  timeout_seconds: 0", 2, "more than 0, not 0", ""),
    ("tests:\n  timeout_seconds: .inf", 2, "not Infinity", ""),
    ("limits:\n  cloud:\n    stall: -1", 3, "more than 0 seconds, not -1", ""),
    ("limits:\n  cloud:\n    stall: .nan", 3, "a number, not NaN", ""),
    ("autonomy: every-diff", 1, "one of every_diff, unproven, nothing", 'mean "every_diff"'),
    ("profile: no", 1, "should be text, not false", "quotes"),
    ("profile: [code]", 1, "should be text, not a list", ""),
    ("profile:", 1, "should be text, not empty", ""),
    ("profile: {code: 1}", 1, "should be text, not keys with values", ""),
    ("ascii: maybe", 1, "true or false", ""),
    ("tests: {path: bin}", 1, "a list of texts", ""),
    ("backends: 3", 1, '"backends" should hold keys with values', "Indent"),
    ("profiles:\n  fast: gpt", 2, '"profiles.fast" should hold keys with values', ""),
    ("profile: code\nautonomy: nothing\nprofile: fast", 3, "twice, first on line 1", "Keep one"),
    ("1: 2", 1, "the key 1 is not text", 'Write it as "1"'),
    ("? [a]\n: 2", 1, "is not text", ""),
    ("- profile: code", 1, "expected keys with values", "profile: fast"),
    ("profile: code\n---\nprofile: fast", 2, "single document", ""),
    ("foo: [", 1, "expected", "indentation"),
    ("profile: code\n\tascii: true", 2, "cannot start any token", "indentation"),
    ("profile: !mine code", 1, "type mark (!)", ""),
    ("profile: !!python/object/apply:os.system [ls]", 1, "type mark (!)", ""),
    ("profile: 2024-99-99", 1, "can't be read", ""),
    ("a: \x07", 1, "not YAML", ""),
    (b"profile: code\nprofile: \xff", 2, "is not UTF-8", "UTF-8"),
    # what does not fit together
    ("\nprofile: fats", 2, 'no profile "fats"', 'Did you mean "fast"?'),
    ("profiles:\n  x:\n    model: m", 2, '"profiles.x" has no backend', "backend: ..."),
    ("profiles:\n  x:", 2, '"profiles.x" has no backend', ""),
    ("profiles:\n  x:\n    backend: olama\n    model: m", 3, '"olama"', 'mean "ollama"'),
    ("profiles:\n  code:\n    model: ''", 3, "names no model", ""),
    ("claude:\n  via: antropic", 2, '"antropic", which is no backend', 'mean "anthropic"'),
    ("quota:\n  caution: 0.9", 2, "must rise: 0.9, 0.8, 0.95", ""),
    ("templates_dir: nowhere", 1, "there is no folder", "templates_dir"),
    ("backends:\n  mine:\n    url: http://a", 2, '"backends.mine" has no kind', "kind: ..."),
    ("backends:\n  mine:\n    kind: openai", 2, '"backends.mine" has no url', "kind openai"),
    ("backends:\n  ollama:\n    kind: claude_code", 2, "has no command", ""),
    ("backends:\n  ollama:\n    url: 127.0.0.1:1", 3, "no scheme", "http://127.0.0.1:1"),
    ("backends:\n  ollama:\n    url: http://169.254.169.254", 3, "metadata", ""),
    # keys
    ("backends:\n  ollama:\n    api_key: abc", 3, 'unknown key "api_key"', "api_key_env"),
    ("backends:\n  ollama:\n    token: abc", 3, 'unknown key "token"', "never kept in files"),
    ("backends:\n  ollama:\n    api_key_env: my key", 3, "no name of an environment", "never"),
]


@pytest.mark.parametrize(("text", "line", "message", "hint"), WRONG, ids=[str(w[2]) for w in WRONG])
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.message.startswith(f"{tmp_path}/config.yaml:{line}: ")
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    "text",
    [
        f"backends:\n  anthropic:\n    api_key_env: {A_KEY}",
        f"# my key is {A_KEY}\nprofile: code",
        f"{A_KEY}: 1",
        "backends:\n  ollama:\n    api_key_env: 0123456789abcdef0123456789abcdef",
        "profiles:\n  code:\n    model: aB3dEfGh1JkLmN0pQrStUvWxYz456789aB",
        "backends:\n  ollama:\n    url: https://ada:hunter2secret@example.org",
        "backends:\n  ollama:\n    concurrency: ghp_abcdefghij0123456789abcdefghij012345",
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, text)
    told = str(error)
    assert "environment variable" in told
    for secret in (A_KEY, "0123456789abcdef", "aB3dEfGh", "hunter2secret", "ghp_"):
        assert secret not in told


def test_long_model_names_are_not_taken_for_keys(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    name = "bartowski/Qwen2.5-Coder-14B-Instruct-GGUF:Q4_K_M"
    file.write_text(
        f"profiles:\n  code:\n    model: {name}\n  fast:\n    model: Meta-Llama-3-8B-Q4_K_M\n"
    )
    assert load_settings({}, file).settings.profiles["code"].model == name


def test_a_flood_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{n}: &{n} [{', '.join(['*' + p] * 9)}]" for p, n in pairwise("abcdefghi")]
    assert "aliases (*name) are not read" in refusal(tmp_path, "\n".join(lines)).message


def test_a_deep_file_is_refused(tmp_path: Path) -> None:
    assert f"more than {MAX_DEPTH} levels" in refusal(tmp_path, "a: " + "[" * 5000).message


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    assert "larger than" in refusal(tmp_path, "#" * (MAX_BYTES + 1)).message


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_settings({}, tmp_path / "config.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "backends:\n  # all commented out\n", "\ufeff"]
)
def test_a_file_that_says_nothing_is_fine(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text, "utf-8")
    assert load_settings({}, file).settings.profile == "code"
