"""The small environment of a test command: nothing of the user's but where tools are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Where tool chains live. Folders, never keys.
_PASSED_ON = frozenset(
    {
        "ASDF_DATA_DIR",
        "ASDF_DIR",
        "CARGO_HOME",
        "DOTNET_ROOT",
        "FNM_DIR",
        "GOCACHE",
        "GOMODCACHE",
        "GOPATH",
        "GOROOT",
        "JAVA_HOME",
        "LOGNAME",
        "NVM_DIR",
        "PYENV_ROOT",
        "PYENV_VERSION",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "TZ",
        "USER",
        "VOLTA_HOME",
    }
)
# Tool chains that look below HOME unless they are told: the command's HOME is an empty folder.
_BELOW_HOME = {
    "CARGO_HOME": ".cargo",
    "RUSTUP_HOME": ".rustup",
    "GOPATH": "go",
    "GOCACHE": ".cache/go-build",
    "PYENV_ROOT": ".pyenv",
    "VOLTA_HOME": ".volta",
}
_FIXED = {
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "NO_COLOR": "1",
    # Test runners in CI neither watch for changes nor write new snapshots.
    "CI": "true",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
    # npx asks before it downloads a package that is not there; nobody is there to ask.
    "npm_config_yes": "false",
    "npm_config_update_notifier": "false",
}


def small_environment(
    user: Mapping[str, str], *, search_path: str, stage: Path, scratch: Path
) -> dict[str, str]:
    """The environment of a test command.

    Args:
        user: the environment of this program; only names known to be harmless are taken from it.
        search_path: the command's PATH.
        stage: the folder it runs in.
        scratch: an empty folder of its own; HOME and TMPDIR lie in it.
    """
    home = Path(user.get("HOME", "/nonexistent"))
    tools = {name: str(home / folder) for name, folder in _BELOW_HOME.items()}
    environment = {name: folder for name, folder in tools.items() if Path(folder).is_dir()}
    environment.update({name: user[name] for name in sorted(_PASSED_ON & user.keys())})
    environment.update(_FIXED)
    environment.update(
        PATH=search_path, HOME=str(scratch / "home"), TMPDIR=str(scratch / "tmp"), PWD=str(stage)
    )
    for name in (".venv", "venv"):
        if (stage / name / "bin").is_dir():
            environment["VIRTUAL_ENV"] = str(stage / name)
            break
    return environment
