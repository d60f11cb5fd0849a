"""Labels of episodes with planted errors, and the motion that belongs to them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subtasks.checks.labelled import Labelled, stretches
from subtasks.checks.moments import Moments, moments_of
from subtasks.demo import arm
from subtasks.episode_ranges import episode_id
from subtasks.motion.curves import curves
from subtasks.motion.labels import label_motion
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment, settle
from support.motion import DEMO, limbs_in, recorded_state

ERRORS = ("swapped", "moved", "dropped", "wrong word")
MOVED = 1.5
LEAST = 0.1


@dataclass(frozen=True)
class Simulated:
    """The episodes of a dataset: task, duration, labels and motion."""

    tasks: dict[int, str]
    durations: dict[int, float]
    labels: dict[int, list[Segment]]
    moments: dict[int, Moments]

    def labelled(
        self, labels: Mapping[int, Sequence[Segment]], *, motion: bool = True
    ) -> list[Labelled]:
        """Return the episodes as the checks see them, with these labels."""
        return [
            Labelled(
                number,
                self.tasks[number],
                stretches(list(labels[number]), self.durations[number]),
                self.moments[number] if motion else None,
            )
            for number in self.labels
        ]


def recorded(folder: Path) -> Simulated:
    """Return the real recordings with the labels made by eye."""
    numbers = range(8)
    states = {n: recorded_state(folder / "g1_bottle_v2.1", episode_id(n)) for n in numbers}
    limbs = limbs_in(
        *(state for state, _ in states.values()),
        names=states[0][1],
        robot_type="Unitree_G1_Inspire",
    )
    labels = folder / "g1_bottle_gold"
    return Simulated(
        dict.fromkeys(numbers, "pick up the bottle"),
        {number: len(state) / arm.FPS for number, (state, _) in states.items()},
        dict(subtask_files.load_all(labels, numbers)),
        {n: moments_of(curves(state, limbs, arm.FPS)) for n, (state, _) in states.items()},
    )


def simulate(seed: int, episodes: int, *, kinematic: bool = False) -> Simulated:
    """Simulate episodes of the demo, labelled with the truth or by their motion."""
    recordings = {number: arm.simulate(seed, number) for number in range(episodes)}
    limbs = limbs_in(*(each.state for each in list(recordings.values())[:10]), names=DEMO)
    labels = {number: list(each.segments) for number, each in recordings.items()}
    if kinematic:
        labels = {
            number: settle(label_motion(each.state, limbs, arm.FPS), arm.FPS, each.length)
            for number, each in recordings.items()
        }
    return Simulated(
        {number: each.task for number, each in recordings.items()},
        {number: each.length / arm.FPS for number, each in recordings.items()},
        labels,
        {n: moments_of(curves(each.state, limbs, arm.FPS)) for n, each in recordings.items()},
    )


def plant(
    simulated: Simulated, wrong: int, seed: int, errors: Sequence[str] = ERRORS
) -> tuple[dict[int, list[Segment]], dict[int, str]]:
    """Return the labels with errors in `wrong` episodes, and which error is in which episode."""
    chance = random.Random(seed)
    labels = {number: list(each) for number, each in simulated.labels.items()}
    usable = [number for number, each in labels.items() if len(each) >= 3]
    words = sorted({segment.subtask for each in labels.values() for segment in each})
    planted = {}
    for place, number in enumerate(chance.sample(usable, wrong)):
        error = errors[place % len(errors)]
        planted[number] = error
        labels[number] = _with_error(
            labels[number], simulated.durations[number], error, words, chance
        )
        assert labels[number] != simulated.labels[number]
    return labels, planted


def _with_error(
    labels: list[Segment], duration: float, error: str, words: Sequence[str], chance: random.Random
) -> list[Segment]:
    times = [segment.time for segment in labels]
    names = [segment.subtask for segment in labels]
    if error == "swapped":
        one = chance.choice([i for i in range(len(names) - 1) if names[i] != names[i + 1]])
        names[one], names[one + 1] = names[one + 1], names[one]
    elif error == "wrong word":
        one = chance.randrange(len(names))
        near = {names[one], *names[max(one - 1, 0) : one], *names[one + 1 : one + 2]}
        names[one] = chance.choice([word for word in words if word not in near])
    elif error == "misspelt":
        one = chance.randrange(len(names))
        names[one] = names[one].replace("e", "", 1) + " now"
    elif error == "dropped":
        one = chance.randrange(1, len(names))
        del times[one], names[one]
    elif error == "moved":
        _move(times, duration, chance)
    merged: list[Segment] = []
    for time, name in zip(times, names, strict=True):
        if not merged or merged[-1].subtask != name:
            merged.append(Segment(time, name))
    return merged


def _move(times: list[float], duration: float, chance: random.Random) -> None:
    """Move a border by up to 1.5 s, as far as its neighbours allow: the one with most room."""
    ends = [*times[1:], duration]
    room = []
    for place in range(1, len(times)):
        room.append((min(MOVED, times[place] - times[place - 1] - LEAST), place, -1))
        room.append((min(MOVED, ends[place] - times[place] - LEAST), place, 1))
    widest = [each for each in room if each[0] >= MOVED - 1e-9] or [max(room)]
    by, place, sign = chance.choice(widest)
    times[place] = round(times[place] + sign * by, 6)
