"""What a dataset's robot is: which columns say how it moves, and what should be said of them."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from subtasks.errors import Problem
from subtasks.motion.robot import Feature, Robot
from subtasks.motion.sources import Look, moving_in, source_of, with_hands
from subtasks.motion.state import read_columns
from subtasks.wording import counted

MOST_ROWS = 18_000
"""Rows of an episode that are looked at: ten minutes at 30 frames per second."""

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Place:
    """An episode that is looked at, and its data file; with `whole_file`, all rows are its own."""

    episode: int
    data: Path
    whole_file: bool = False


def describe(
    robot_type: str | None,
    state: Sequence[Feature],
    action: Sequence[Feature],
    places: Sequence[Place],
    fps: float,
) -> Robot:
    """Describe a robot from the columns of its state and its actions, in these episodes."""
    looks = [_look(features, places) for features in (state, action) if features]
    if not looks:
        return Robot(fault="the dataset has no feature with the robot's state or action")
    if not any(look.states for look in looks):
        return Robot(fault=_no_episode(looks, len(places)))
    seen = [
        (look, *source_of(look, robot_type, fps, commands=tuple(look.features) == tuple(action)))
        for look in looks
        if look.states
    ]
    moving = [moving_in(look, source, fps) for look, source, _ in seen]
    # The state is used unless nothing moves in it, but something does in the action.
    best = next((i for i, number in enumerate(moving) if number), 0)
    look, source, remarks = seen[best]
    said = [*_of_columns(looks[0], look, moving[best]), *remarks, *_of_episodes(look, places)]
    others = [each for each in seen if each[0] is not look]
    if look is looks[0] and others:
        other_look, other, _ = others[0]
        source, taken = with_hands(source, other, look, other_look, fps)
        said += taken
        if (still := len(look.states) - moving[0]) and moving[0] and moving[1]:
            said.append(
                f"nothing moves in {look.name} in {still} of the "
                f"{counted(len(look.states), 'episode')} looked at: where it moves in "
                f"{other_look.name}, that is used"
            )
    return Robot((source, *(other for _, other, _ in others)), None, tuple(said))


def _of_columns(first: Look, chosen: Look, moving: int) -> list[str]:
    """Say which columns are used, if that is not plain, or that nothing moves in them."""
    looked_at = f"in the {counted(len(first.states), 'episode')} looked at"
    if chosen is not first:
        why = f"stands still {looked_at}"
        if not first.states:
            why = f"cannot be used ({first.problems[0][1]})"
        return [f"{first.name} {why}: the robot's motion is read from {chosen.name}"]
    return [] if moving else [f"nothing moves in {first.name} {looked_at}"]


def _of_episodes(look: Look, places: Sequence[Place]) -> list[str]:
    """Say that the motion of some episodes is unknown."""
    if not look.problems:
        return []
    episode, problem = look.problems[0]
    return [
        f"the motion of {len(look.problems)} of the {counted(len(places), 'episode')} looked at is "
        f"unknown, first of episode {episode}: {problem}"
    ]


def _no_episode(looks: Sequence[Look], places: int) -> str:
    """Say why no episode can be used, by the first of them."""
    if not places:
        return "the robot's motion is unknown, because there is no episode to look at"
    which = "the episode" if places == 1 else f"any of the {places} episodes"
    return (
        f"the robot's motion is unknown, because {looks[0].name} cannot be used in {which} looked "
        f"at: {looks[0].problems[0][1]}"
    )


def _look(features: Sequence[Feature], places: Sequence[Place]) -> Look:
    keys = [feature.key for feature in features]
    seen: list[tuple[Place, list[np.ndarray]]] = []
    problems: list[tuple[int, str]] = []
    for place in places:
        try:
            columns = read_columns(
                place.data, keys, place.episode, MOST_ROWS, whole_file=place.whole_file
            )
            seen.append((place, columns))
        except Problem as problem:
            log.warning("episode %d is not looked at: %s", place.episode, problem)
            problems.append((place.episode, str(problem)))
    found = Counter(_widths(columns) for _, columns in seen)
    widths = found.most_common(1)[0][0] if found else ()
    states = []
    for place, columns in seen:
        if _widths(columns) == widths:
            states.append(np.concatenate(columns, axis=1))
        else:
            problems.append((place.episode, f"{place.data} has rows of another length"))
    return Look(tuple(features), widths, tuple(states), tuple(problems))


def _widths(columns: Sequence[np.ndarray]) -> tuple[int, ...]:
    return tuple(column.shape[1] for column in columns)
