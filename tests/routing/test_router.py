import msgspec
import pytest

from orchestrator.config import Only, Settings
from orchestrator.routing.complexity import classify, classify_text
from orchestrator.routing.health import Health
from orchestrator.routing.router import NoRoute, Quota, Router, Wait
from orchestrator.values import BackendStatus, Complexity, QuotaState, Route, TaskSpec


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def task(**fields: object) -> TaskSpec:
    known = {"task_id": "T-1", "description": "add two numbers", "output_file": "a.py"}
    return msgspec.convert({**known, **fields}, TaskSpec)


def status(name: str, *, reachable: bool = True, installed: tuple[str, ...] = ()) -> BackendStatus:
    return BackendStatus(
        name=name,
        kind="ollama",
        url="http://127.0.0.1:1",
        reachable=reachable,
        installed=installed,
        error="" if reachable else f"{name} does not answer.",
    )


def router(*statuses: BackendStatus, claude: str = "anthropic", only: Only = "") -> Router:
    health = Health(30.0, Clock())
    health.saw(statuses)
    return Router(Settings(), health, claude, only)


def quota(state: QuotaState, reopens_at: float | None = None) -> Quota:
    return Quota(state, reopens_at)


@pytest.mark.parametrize("state", ["normal", "caution", "warning", "critical"])
def test_atomic_work_stays_local_in_every_quota_state(state: QuotaState) -> None:
    route = router().write(task(category="utility"), "simple", quota(state))
    assert isinstance(route, Route)
    assert (route.owner, route.backend) == ("local", "ollama")


@pytest.mark.parametrize(
    ("state", "complexity", "expected"),
    [
        ("normal", "simple", "haiku"),
        ("normal", "medium", "sonnet"),
        ("normal", "complex", "opus"),
        ("caution", "simple", "local"),
        ("caution", "complex", "sonnet"),
        ("warning", "simple", "local"),
        ("warning", "complex", "local"),
        ("critical", "simple", "local"),
        ("critical", "complex", "wait"),
    ],
)
def test_the_table_decides_about_questions(
    state: QuotaState, complexity: Complexity, expected: str
) -> None:
    route = router().answer(complexity, quota(state, 99.0))
    if expected == "wait":
        assert isinstance(route, Wait)
        assert route.until == 99.0
        return
    assert isinstance(route, Route)
    assert (route.model if route.owner == "claude" else "local") == expected
    assert state in route.reason


def test_planning_is_complex_work() -> None:
    route = router().plan(quota("normal"))
    assert isinstance(route, Route)
    assert route.model == "opus"


def test_without_claude_a_local_model_plans() -> None:
    route = router(claude="").plan(quota("normal"))
    assert isinstance(route, Route)
    assert route.owner == "local"
    assert "without Claude" in route.reason


def test_an_escalated_task_goes_to_claude_even_in_warning() -> None:
    route = router().write(task(), "simple", quota("warning"), escalated="failed twice")
    assert isinstance(route, Route)
    assert (route.owner, route.reason) == ("claude", "failed twice")


def test_an_escalated_task_waits_for_the_reset_when_the_quota_is_used_up() -> None:
    route = router().write(task(), "simple", quota("critical", 50.0), escalated="failed twice")
    assert isinstance(route, Wait)
    assert route.until == 50.0


def test_a_server_that_is_down_means_claude_and_says_why() -> None:
    route = router(status("ollama", reachable=False)).write(task(), "simple", quota("normal"))
    assert isinstance(route, Route)
    assert route.owner == "claude"
    assert "ollama does not answer" in route.reason


def test_another_local_server_comes_before_claude() -> None:
    statuses = (status("ollama", reachable=False), status("lmstudio", installed=("qwen",)))
    route = router(*statuses).write(task(), "simple", quota("normal"))
    assert isinstance(route, Route)
    assert (route.backend, route.model) == ("lmstudio", "qwen")


def test_a_missing_model_is_named_with_what_is_installed() -> None:
    only_local = router(status("ollama", installed=("llama3:8b",)), only="local")
    with pytest.raises(NoRoute) as caught:
        only_local.write(task(), "simple", quota("normal"))
    assert "qwen2.5:14b-instruct-q4_K_M" in caught.value.message
    assert "llama3:8b" in caught.value.message
    assert "ollama pull" in caught.value.hint


def test_nothing_usable_says_what_to_do() -> None:
    with pytest.raises(NoRoute) as caught:
        router(status("ollama", reachable=False), claude="").write(
            task(), "simple", quota("normal")
        )
    assert caught.value.hint


def test_local_only_never_uses_claude() -> None:
    route = router(only="local").write(
        task(owner="claude"), "complex", quota("normal"), escalated="failed"
    )
    assert isinstance(route, Route)
    assert route.owner == "local"


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(NoRoute, match="no profile 'tiny'"):
        router(only="local").write(task(profile="tiny"), "simple", quota("normal"))


def test_a_server_that_failed_is_left_alone_for_the_cooldown() -> None:
    clock = Clock()
    health = Health(30.0, clock)
    health.failed("ollama", "ollama does not answer.")
    assert health.problem("ollama") == "ollama does not answer"
    clock.now = 30.0
    assert health.problem("ollama") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Summarise this file", "simple"),
        ("What is a monad?", "simple"),
        ("Suggest a better structure for this function", "medium"),
        ("Find the root cause of this race condition", "complex"),
        ("Review the security of the login", "complex"),
    ],
)
def test_complexity_is_told_from_the_words(text: str, expected: Complexity) -> None:
    assert classify_text(text) == expected


def test_the_category_counts_more_than_the_words() -> None:
    spec = task(category="utility", description="format a date for the security report")
    assert classify(spec) == "simple"
