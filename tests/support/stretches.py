"""Labels of an episode, written as `on_frames((0, 10, "reach"), (10, 25, "grasp"))`."""

from subtasks.evaluation.label_texts import normalise
from subtasks.evaluation.labelled import Stretch

FPS = 10


def on_frames(*entries: tuple[int, int, str]) -> tuple[Stretch, ...]:
    """Return stretches from first frame, end and label; ten frames are a second."""
    return tuple(
        Stretch(start, stop, start / FPS, label, normalise(label)) for start, stop, label in entries
    )


def of_letters(letters: str) -> tuple[Stretch, ...]:
    """Return the labels of an episode from a letter a frame; a dot is a frame without a label."""
    found: list[tuple[int, int, str]] = []
    for frame, letter in enumerate(letters):
        if letter == ".":
            continue
        if found and found[-1][1] == frame and found[-1][2] == letter:
            found[-1] = (found[-1][0], frame + 1, letter)
        else:
            found.append((frame, frame + 1, letter))
    return on_frames(*found)
