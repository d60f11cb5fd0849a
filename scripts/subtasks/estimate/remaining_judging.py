"""What is still to be asked about which labels mean the same as true ones (`evaluate.judge`).

Where both are there, the questions are those that will be asked. Before, it is assumed that each
true label is met by a few that are worded differently.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from subtasks.api.options import read_text
from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.errors import Problem
from subtasks.estimate import workload
from subtasks.estimate.remaining_labels import LABEL, LABELS_PER_ROOT
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.evaluation import compared, truth_file
from subtasks.evaluation.compared import ComparedFiles
from subtasks.evaluation.overlaps import label_pairs
from subtasks.questions.label_judging import JUDGE_LABELS, JUDGE_TOKENS, judging
from subtasks.questions.label_questions import LabelSettings
from subtasks.questions.question import Question
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore
from subtasks.workflow.config import Config
from subtasks.workflow.paths import File, Paths
from subtasks.workflow.plan import Plan
from subtasks.workflow.shipped_files import judge_prompt

WORDINGS = 3
"""Other wordings that are assumed for each true label."""


def judge(config: Config) -> str:
    """Return the model that judges."""
    return config.evaluate.judge_model or config.claude.model


def load(
    name: str,
    plan: Plan,
    config: Config,
    workflow: Path,
    store: ReplyStore | None,
    habits: AnswerHabits,
    capacity: Capacity,
) -> Load:
    """Return the questions about a dataset's labels; none without true ones or without a judge."""
    if not (config.evaluate.judge and plan.truths[name]):
        return Load()
    settings = LabelSettings(
        judge(config), JUDGE_TOKENS, None, read_text("prompt", Path(judge_prompt(config, workflow)))
    )
    under_way = frozenset(
        key
        for batch in (BatchLedger(store.folder).under_way() if store else [])
        for key in batch.keys
    )
    model = _TypicalJudge(capacity, habits)
    total = Load()
    for true, found in _labels(name, plan, config, habits):
        total += workload.estimate_load(
            judging(true, found, settings),
            lambda key: store.get(key) if store else None,
            model,
            under_way,
        )
    # They are no questions about an episode.
    return replace(total, episodes=0, seconds=0.0)


def _labels(
    name: str, plan: Plan, config: Config, habits: AnswerHabits
) -> Iterator[tuple[str, list[str]]]:
    """Give each true label with the found ones that it is compared with, in their order."""
    paths = Paths.of(config)
    truth = Path(paths.fill(File.TRUTH, name))
    files = ComparedFiles(
        truth,
        Path(paths.folder(File.SUBTASKS, name)),
        Path(paths.folder(File.ANNOTATED, name)),
        Path(paths.folder(File.EPISODES, name)),
    )
    dataset = plan[name]
    known = truth_file.read(truth) if truth.exists() else None
    try:
        episodes = compared.read(files, dataset.fps, dataset.episodes).episodes if known else ()
    except Problem:
        episodes = ()  # nothing is labelled yet
    true_episodes = known.episodes.keys() & dataset.episodes if known else set()
    # An episode that failed has an empty file.
    if known is not None and all(
        Path(paths.fill(File.SUBTASKS, name, episode=each)).exists() for each in true_episodes
    ):
        found: dict[str, list[str]] = {}
        for label, true in sorted({p for e in episodes for p in label_pairs(e.found, e.true)}):
            found.setdefault(true, []).append(label)
        yield from sorted(found.items())
        return
    if known is not None:
        number = len({each.label for part in known.episodes.values() for each in part})
    else:
        seconds = sum(each.length for each in dataset.episodes.values()) / dataset.fps
        number = round(LABELS_PER_ROOT * math.sqrt(seconds / habits.seconds_per_subtask))
    for assumed in range(number):
        yield LABEL.format(assumed), [LABEL.format(f"{assumed}.{i}") for i in range(WORDINGS)]


@dataclass(slots=True)
class _TypicalJudge:
    """A model that takes all labels for the same."""

    capacity: Capacity
    habits: AnswerHabits
    duration: float = 0.0

    def answer(self, question: Question) -> tuple[str, int]:
        """Return the text of an answer and the output tokens it takes."""
        listed = _listed(str(question.content[0]).splitlines())
        text = json.dumps({"same": list(range(1, listed + 1)), "different": []})
        usual = tokens.of_text(text) + self.habits.thinking
        output = self.habits.output.get(JUDGE_LABELS, usual)
        return text, min(question.max_tokens, round(output))


def _listed(lines: Sequence[str]) -> int:
    """Count the numbered lines at the end."""
    return int(lines[-1].partition(":")[0])
