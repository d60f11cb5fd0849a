"""Episodes about which the model was asked twice, because its first answer could not be used."""

from collections import Counter
from collections.abc import Iterable, Iterator

from subtasks.checks.finding import Finding, Kind
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Outcome
from subtasks.questions.passes import REFINE, RELABEL, SEGMENT

SCORE = 0.5
"""The second answer is usable, so there is less to see than where labels are odd."""

WHAT = {SEGMENT: "its subtasks", RELABEL: "a label", REFINE: "its borders"}


def check(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    """Find what was asked twice about an episode, by the number of its questions."""
    for outcome in outcomes:
        if outcome.answer is None:
            continue
        asked = Counter(exchange.purpose for exchange in outcome.exchanges)
        if isinstance(outcome.answer, Answer):
            labels = outcome.answer.labels or ()
            expected = {SEGMENT: len(outcome.answer.windows), RELABEL: len(labels)}
        else:
            expected = {REFINE: len(outcome.answer.texts)}
        for purpose, number in expected.items():
            if asked[purpose] > number:
                sentence = (
                    f"the model was asked twice about {WHAT[purpose]}: its first answer could not "
                    "be used"
                )
                yield Finding(Kind.ASKED_TWICE, SCORE, None, sentence)
