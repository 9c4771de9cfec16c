"""What happened: the one stream.

Durable events are journaled and numbered; the state is `reduce` over them and nothing else.
Passing events are shown while they happen and never stored.
"""

from __future__ import annotations

from orchestrator.events.attempts import (
    AttemptFailed,
    AttemptFinished,
    AttemptStarted,
    CandidateStaged,
    EvidenceGathered,
    ResponseReceived,
    TaskEscalated,
    TaskFailed,
    TaskRejected,
    TaskRetried,
    TaskWaiting,
)
from orchestrator.events.base import Event, Passing
from orchestrator.events.decisions import (
    BreakpointRaised,
    BreakpointResolved,
    ChangeApplied,
    ChangeUndone,
    WriteAbandoned,
    WriteIntended,
)
from orchestrator.events.passing import BackendsChecked, DiffShown, OutputArrived, OutputShown
from orchestrator.events.plan import (
    GoalSubmitted,
    GoalWaiting,
    PlanAccepted,
    PlanFailed,
    PlanningStarted,
    PlanProposed,
    PlanRejected,
    TaskDrafted,
    TasksAdded,
)
from orchestrator.events.records import durable_types, from_record, to_record
from orchestrator.events.session import (
    NoticeGiven,
    Paused,
    QuestionAnswered,
    QuestionAsked,
    QuestionFailed,
    QuotaObserved,
    Resumed,
    SessionResumed,
    SessionStarted,
)

__all__ = [
    "AttemptFailed",
    "AttemptFinished",
    "AttemptStarted",
    "BackendsChecked",
    "BreakpointRaised",
    "BreakpointResolved",
    "CandidateStaged",
    "ChangeApplied",
    "ChangeUndone",
    "DiffShown",
    "Event",
    "EvidenceGathered",
    "GoalSubmitted",
    "GoalWaiting",
    "NoticeGiven",
    "OutputArrived",
    "OutputShown",
    "Passing",
    "Paused",
    "PlanAccepted",
    "PlanFailed",
    "PlanProposed",
    "PlanRejected",
    "PlanningStarted",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionFailed",
    "QuotaObserved",
    "ResponseReceived",
    "Resumed",
    "SessionResumed",
    "SessionStarted",
    "TaskDrafted",
    "TaskEscalated",
    "TaskFailed",
    "TaskRejected",
    "TaskRetried",
    "TaskWaiting",
    "TasksAdded",
    "WriteAbandoned",
    "WriteIntended",
    "durable_types",
    "from_record",
    "to_record",
]
