"""Floor 1: data sets with their splits and metrics."""

from stablebert.tasks.cards import TASKS, TaskCard, TaskError, card_of
from stablebert.tasks.draws import downsample, half_split
from stablebert.tasks.loading import Task, load_rows, load_task, task_digest
from stablebert.tasks.metrics import METRICS, metric_score
from stablebert.tasks.rows import Row, Splits
from stablebert.tasks.sources import missing_source_message, source_available

__all__ = [
    "METRICS",
    "TASKS",
    "Row",
    "Splits",
    "Task",
    "TaskCard",
    "TaskError",
    "card_of",
    "downsample",
    "half_split",
    "load_rows",
    "load_task",
    "metric_score",
    "missing_source_message",
    "source_available",
    "task_digest",
]
