"""The command line. Nothing heavy is imported before a command needs it, so --help is quick."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tui.commands.choice import Choice, shared

if TYPE_CHECKING:
    from tui.commands.console import Console
    from tui.commands.decisions import Word
    from tui.commands.outside import Outside

_WHERE = ("workspace", "config")
_HOW = ("local", "api", "profile")
_SESSION = ("session", "new")

_EPILOG = """\b
Exit codes: 0 success, 1 the task failed, 2 bad usage, configuration or spec,
3 no usable backend, 4 waiting for a person, 130 stopped with Ctrl-C."""


class _Ordered(click.Group):
    """Lists its commands in the order they are written here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


def _do(work: Callable[[Outside, Console], int], *, as_json: bool = False) -> None:
    """Run a command's work with what it needs from outside, and leave with its exit code."""
    from tui.commands.console import Console
    from tui.commands.ending import finish
    from tui.commands.outside import Outside

    outside = click.get_current_context().find_object(Outside) or Outside()
    console = Console(outside.env)
    finish(lambda: work(outside, console), console, as_json=as_json)


@click.group(
    cls=_Ordered,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@shared(*_HOW, *_WHERE, *_SESSION, "yes")
@click.version_option(package_name="orchestrator-tui")
@click.pass_context
def main(context: click.Context, choice: Choice) -> None:
    """The control room: Claude plans and reviews, local models write, tests decide, you approve.

    Without a command the room opens in the current folder.
    """
    if context.invoked_subcommand is not None:
        return

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.room import open_room

        del console
        return open_room(choice, outside)

    _do(work)


# --- work ----------------------------------------------------------------------------------------


@main.command("exec", epilog=_EPILOG, short_help="Run one task from a JSON file.")
@click.argument("spec")
@shared(*_HOW, *_WHERE, *_SESSION, "yes", "json")
def execute(spec: str, choice: Choice) -> None:
    """Run one task, described by the JSON file SPEC ("-" is standard input).

    The change waits for approval; with --yes it is applied if its tests ran and passed. The JSON
    status is "success" only when the change is in the workspace; "state" tells what waits from
    what failed. Begins a new session unless --session names one.
    """

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.work import execute as run_spec

        return run_spec(spec, choice, outside, console)

    _do(work, as_json=choice.json)


@main.command(epilog=_EPILOG)
@click.argument("goal")
@shared(*_HOW, *_WHERE, *_SESSION, "yes", "json")
def run(goal: str, choice: Choice) -> None:
    """Plan GOAL and run its tasks.

    Without --yes the plan waits for approval; with it the plan is accepted, and what tests prove
    is applied. Begins a new session unless --session names one.
    """

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.work import run as run_goal

        return run_goal(goal, choice, outside, console)

    _do(work, as_json=choice.json)


@main.command(epilog=_EPILOG)
@click.argument("question")
@shared(*_HOW, *_WHERE, *_SESSION, "json")
def ask(question: str, choice: Choice) -> None:
    """Answer QUESTION; no file is changed."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.work import ask as ask_question

        return ask_question(question, choice, outside, console)

    _do(work, as_json=choice.json)


# --- decisions -----------------------------------------------------------------------------------


def _decide(
    word: Word,
    session: str,
    subject: str,
    choice: Choice,
    note: str = "",
    *,
    protected: bool = False,
) -> None:
    def work(outside: Outside, console: Console) -> int:
        from tui.commands.decisions import Decision, decide

        decision = Decision(word, session, subject, note, protected)
        return decide(decision, choice, outside, console)

    _do(work, as_json=choice.json)


_NOTE = click.option("--note", default="", metavar="TEXT", help="What should be different.")


@main.command()
@click.argument("session")
@click.argument("subject")
@click.option("--protected", is_flag=True, help="Also files that steer tools or hold secrets.")
@shared("config", "json")
def approve(session: str, subject: str, protected: bool, choice: Choice) -> None:  # noqa: FBT001
    """Accept the plan or apply the change of SUBJECT (T-001, G1)."""
    _decide("approve", session, subject, choice, protected=protected)


@main.command()
@click.argument("session")
@click.argument("subject")
@_NOTE
@shared("config", "json")
def retry(session: str, subject: str, note: str, choice: Choice) -> None:
    """Have SUBJECT written, or planned, once more."""
    _decide("retry", session, subject, choice, note)


@main.command()
@click.argument("session")
@click.argument("subject")
@shared("config", "json")
def escalate(session: str, subject: str, choice: Choice) -> None:
    """Have Claude write SUBJECT."""
    _decide("escalate", session, subject, choice)


@main.command()
@click.argument("session")
@click.argument("subject")
@_NOTE
@shared("config", "json")
def reject(session: str, subject: str, note: str, choice: Choice) -> None:
    """Drop the plan or the change of SUBJECT."""
    _decide("reject", session, subject, choice, note)


@main.command()
@click.argument("session")
@click.argument("task")
@shared("config", "json")
def undo(session: str, task: str, choice: Choice) -> None:
    """Take the applied change of TASK back out of the workspace."""
    _decide("undo", session, task, choice)


# --- what is kept --------------------------------------------------------------------------------


@main.group(cls=_Ordered)
def sessions() -> None:
    """List, show and delete what is kept."""


@sessions.command("list")
@shared(*_WHERE, "json")
def list_sessions(choice: Choice) -> None:
    """List the sessions, newest first."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.kept import list_kept

        return list_kept(choice, outside, console)

    _do(work, as_json=choice.json)


@sessions.command("show")
@click.argument("session")
@shared("config", "json")
def show_session(session: str, choice: Choice) -> None:
    """Print the goals, tasks, attempts and decisions of SESSION, and what waits."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.kept import show_kept

        return show_kept(session, choice, outside, console)

    _do(work, as_json=choice.json)


@sessions.command("delete")
@click.argument("session")
@shared("config", "yes", "json")
def delete_session(session: str, choice: Choice) -> None:
    """Delete SESSION with its history; the workspace is not touched. Asks first without --yes."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.kept import delete_kept

        return delete_kept(session, choice, outside, console)

    _do(work, as_json=choice.json)


# --- what is there -------------------------------------------------------------------------------


@main.command(epilog=_EPILOG, short_help="Look at what is there and what is missing.")
@shared(*_HOW, *_WHERE, "json")
def doctor(choice: Choice) -> None:
    """Look at programs, terminal, folders and model servers; tell how to mend what is missing."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.examination import doctor as look_at_all

        return look_at_all(choice, outside, console)

    _do(work, as_json=choice.json)


@main.command("config")
@click.option("--path", "path_only", is_flag=True, help="Print the configuration file's path only.")
@shared(*_HOW, "config", "json")
def show_config(path_only: bool, choice: Choice) -> None:  # noqa: FBT001
    """Print the settings that hold, and where each comes from."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.effective import show_path, show_settings

        return (show_path if path_only else show_settings)(choice, outside, console)

    _do(work, as_json=choice.json)


@main.command(short_help="Play a goal with recorded models.")
@shared("config", "json")
def demo(choice: Choice) -> None:
    """Play a goal on a small project with recorded models; needs no model and no network."""

    def work(outside: Outside, console: Console) -> int:
        from tui.commands.room import demonstrate

        return demonstrate(choice, outside, console)

    _do(work, as_json=choice.json)


if __name__ == "__main__":
    main()
