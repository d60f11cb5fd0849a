"""What is still to be asked about the labels of a dataset, where they are unified.

Labels that have been said and that no label stands for are known. Episodes that have not been
asked about will bring others: a number of typical ones is assumed.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from subtasks.api.options import read_text
from subtasks.cost import tokens
from subtasks.cost.capacity import Capacity
from subtasks.estimate import workload
from subtasks.estimate.typical_answer import AnswerHabits
from subtasks.estimate.workload import Load
from subtasks.questions.label_questions import LabelSettings
from subtasks.questions.question import Question
from subtasks.questions.unification import UNIFY, unification
from subtasks.store.batch_ledger import BatchLedger
from subtasks.store.replies import ReplyStore
from subtasks.workflow.config import Config
from subtasks.workflow.plan import Plan
from subtasks.workflow.shipped_files import unify_prompt
from subtasks.workflow.vocabularies import SaidLabels

LABELS_PER_ROOT = 1.25
"""300 episodes of eight subtasks have some 60 different labels: they grow as the square root."""

LABEL = "grasp the red cup with the right hand, way {}"
WORDS_PER_LABEL = 8


def load(
    name: str,
    plan: Plan,
    config: Config,
    workflow: Path,
    store: ReplyStore | None,
    habits: AnswerHabits,
    capacity: Capacity,
) -> Load:
    """Return the questions about a dataset's labels; none where they are not unified."""
    if not config.unifies(plan.labels[name]):
        return Load()
    said = SaidLabels(name, plan, config)
    new = dict.fromkeys(said.unknown(), 1)
    if not all(map(said.has_asked, plan[name].episodes)):
        seconds = sum(each.length for each in plan[name].episodes.values()) / plan[name].fps
        usual = round(LABELS_PER_ROOT * math.sqrt(seconds / habits.seconds_per_subtask))
        known = sum(map(len, said.vocabulary.groups.values()))
        new |= {LABEL.format(i): 1 for i in range(max(1, usual - known) - len(new))}
    tasks = {each.task for each in plan[name].episodes.values()}
    settings = LabelSettings(
        config.claude.model,
        config.claude.max_tokens,
        config.claude.effort,
        read_text("prompt", Path(unify_prompt(config, workflow))),
        plan.labels[name].context,
        tuple(sorted(filter(None, tasks))),
    )
    under_way = frozenset(
        key
        for batch in (BatchLedger(store.folder).under_way() if store else [])
        for key in batch.keys
    )
    talk = unification(new, list(said.vocabulary.groups), settings)
    found = workload.estimate_load(
        talk,
        lambda key: store.get(key) if store else None,
        _TypicalGroups(capacity, habits, list(new)),
        under_way,
    )
    # It is no question about an episode.
    return replace(found, episodes=0, seconds=0.0)


@dataclass(slots=True)
class _TypicalGroups:
    """A model that puts `WORDS_PER_LABEL` of the words, in their order, into each group."""

    capacity: Capacity
    habits: AnswerHabits
    words: Sequence[str]
    duration: float = 0.0

    def answer(self, question: Question) -> tuple[str, int]:
        """Return the text of an answer and the output tokens it takes."""
        lines = str(question.content[-1]).splitlines()
        asked = [line.partition(": ")[2] for line in lines]
        words = [each for each in self.words if each in set(asked)]
        groups = [
            {"label": words[i], "same": words[i : i + WORDS_PER_LABEL]}
            for i in range(0, len(words), WORDS_PER_LABEL)
        ]
        text = json.dumps({"groups": groups})
        usual = tokens.of_text(text) + self.habits.thinking
        output = self.habits.output.get(UNIFY, usual)
        return text, min(question.max_tokens, round(output))
