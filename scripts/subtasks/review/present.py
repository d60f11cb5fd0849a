"""The labels that an episode has now: a person's if there is a correction, else the annotator's."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from subtasks.errors import Problem
from subtasks.latest import state
from subtasks.review import labels
from subtasks.segments import corrections, subtask_files
from subtasks.segments.segment import Segment, Unusable
from subtasks.segments.vocabulary import Vocabulary

NO_LABELS = "it has no labels"
"""Why an episode has failed where nobody has said it."""

Status = Literal["new", "accepted", "corrected", "failed"]


@dataclass(frozen=True, slots=True)
class Files:
    """Where the labels of an episode are."""

    result: Path
    correction: Path
    annotated: Path


@dataclass(frozen=True, slots=True)
class Present:
    """The labels of an episode, and whose they are.

    `annotated` are those of the annotator. `trouble` says which file cannot be read; nothing is
    saved over a correction in which a person has made a mistake.
    """

    segments: list[Segment]
    annotated: list[Segment]
    status: Status
    by_a_person: bool
    trouble: str | None = None
    remark: str = ""

    @property
    def version(self) -> str:
        """The name of these labels; `remark` tells apart what has none."""
        return labels.version(self.segments, by_a_person=self.by_a_person, remark=self.remark)


def read(files: Files, fps: float, length: int, vocabulary: Vocabulary | None) -> Present:
    """Read the labels of an episode; `vocabulary` is that of a dataset that has one."""

    def said(path: Path) -> list[Segment]:
        return annotators(path, fps, length, vocabulary)

    trouble = None
    if files.correction.is_symlink() or files.correction.exists():
        try:
            found = subtask_files.load(_own(files.correction))
        except (Problem, OSError) as problem:
            trouble = _sentence(problem)
            remark = f"{state(files.correction)}"
            annotated, _ = _first([files.annotated, files.result], said)
            return Present([], annotated, "failed", True, trouble, remark)
        try:
            known = subtask_files.load(_own(files.annotated))
        except (Problem, OSError):
            annotated, _ = _first([files.result], said)
            return Present(found, annotated, "corrected", True)
        reviewed = corrections.status(found, known)
        return Present(found, known, "new" if reviewed == "renamed" else reviewed, True)
    # What a correction was that has just been removed may still be in the result.
    newest = [files.result]
    if state(files.annotated) > state(files.result):
        newest.insert(0, files.annotated)
    found, trouble = _first(newest, said)
    status: Status = "new" if found else "failed"
    return Present(found, found, status, False, trouble)


def annotators(path: Path, fps: float, length: int, vocabulary: Vocabulary | None) -> list[Segment]:
    """Read what the annotator says in a file, on frames, with the labels that stand for it now.

    Raises `Problem` or `OSError`.
    """
    found = under(vocabulary, subtask_files.load(_own(path)))
    try:
        return labels.on_frames(found, fps, length)
    except Unusable as reason:
        raise Problem(f"{path}: {reason}") from None


def under(vocabulary: Vocabulary | None, segments: list[Segment]) -> list[Segment]:
    """Apply a vocabulary to the annotator's own words."""
    if vocabulary is None:
        return segments
    own = [Segment(each.time, each.original or each.subtask) for each in segments]
    return vocabulary.apply(own)


def _own(path: Path) -> Path:
    """Refuse a link: it could lead to any file of this machine."""
    if path.is_symlink():
        raise Problem(f"{path} is a link: replace it with a copy of its target")
    return path


def _first(
    paths: list[Path], read: Callable[[Path], list[Segment]]
) -> tuple[list[Segment], str | None]:
    """Read the first file that is there; the sentence says why it cannot be read."""
    for path in paths:
        try:
            return read(path), None
        except FileNotFoundError:
            continue
        except (Problem, OSError) as problem:
            return [], _sentence(problem)
    return [], None


def _sentence(problem: Problem | OSError) -> str:
    if isinstance(problem, OSError):
        return f"{problem.filename}: {problem.strerror or problem}"
    return str(problem)
