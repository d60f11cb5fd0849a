"""What a dataset's robot is: which columns say how it moves, its limbs, and how hands open."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.motion import opening
from subtasks.motion.columns import Columns, side_by_side
from subtasks.motion.limbs import Limb, find_limbs
from subtasks.motion.robot import Feature, Robot, Source, stands_still
from subtasks.motion.state import read_columns
from subtasks.wording import counted

log = logging.getLogger("subtasks")


@dataclass(frozen=True, slots=True)
class Place:
    """An episode that is looked at: its data file, and where its rows are there."""

    episode: int
    data: Path
    facts: EpisodeFacts


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of several columns side by side: their widths, and each usable episode."""

    features: tuple[Feature, ...]
    widths: tuple[int, ...]
    states: tuple[np.ndarray, ...]
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """The columns' names, for a sentence."""
        return " and ".join(feature.key for feature in self.features)

    @property
    def moves(self) -> bool:
        """Whether any number changes in any of the episodes."""
        return any(not stands_still(state) for state in self.states)


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
        return Robot(fault="the dataset has no column with the robot's state or action")
    usable = [look for look in looks if look.states]
    if not usable:
        return Robot(fault=looks[0].problems[0] if looks[0].problems else "no episode to look at")
    remarks = []
    chosen = next((look for look in usable if look.moves), usable[0])
    if chosen is not looks[0]:
        why = f"cannot be used ({looks[0].problems[0]})"
        if looks[0].states:
            why = f"never changes in {counted(len(looks[0].states), 'episode')} looked at"
        remarks.append(f"{looks[0].name} {why}: the robot's motion is read from {chosen.name}")
    elif not chosen.moves:
        remarks.append(
            f"{chosen.name} never changes in {counted(len(chosen.states), 'episode')} looked at: "
            "nothing moves"
        )
    sources = []
    for look in [chosen, *(each for each in usable if each is not chosen)]:
        source, said = _source(look, robot_type, fps)
        sources.append(source)
        if look is chosen:
            remarks += said
    return Robot(tuple(sources), None, tuple(remarks))


def _look(features: Sequence[Feature], places: Sequence[Place]) -> Look:
    seen, problems = [], []
    for place in places:
        try:
            seen.append(read_columns(place.data, [each.key for each in features], place.facts))
        except Problem as problem:
            log.warning("episode %d is not looked at: %s", place.episode, problem)
            problems.append(str(problem))
    widths: tuple[int, ...] = ()
    if seen:
        counts = Counter(tuple(each.shape[1] for each in columns) for columns in seen)
        widths = counts.most_common(1)[0][0]
    states = tuple(
        np.concatenate(columns, axis=1)
        for columns in seen
        if tuple(each.shape[1] for each in columns) == widths
    )
    return Look(tuple(features), widths, states, tuple(problems))


def _source(look: Look, robot_type: str | None, fps: float) -> tuple[Source, tuple[str, ...]]:
    columns = side_by_side(look.features, look.widths)
    limbs = find_limbs(columns.names, sum(look.widths), columns.groups)
    if not columns.names:
        limbs = [_with_mirrored_finger(limb, look) for limb in limbs]
    decided = tuple(_with_opening(limb, columns, look, robot_type, fps) for limb in limbs)
    keys = tuple(feature.key for feature in look.features)
    picks = tuple(range(sum(look.widths)))
    return Source(keys, look.widths, picks, decided), columns.remarks


def _with_mirrored_finger(limb: Limb, look: Look) -> Limb:
    """Give a gripper its second finger, if the number before its only one mirrors that."""
    if limb.hand is None or len(limb.columns) < 2:
        return limb
    pair = (limb.columns[-1], limb.hand.columns[0])
    if not opening.mirrored(np.concatenate(look.states)[:, list(pair)]):
        return limb
    return replace(limb, columns=limb.columns[:-1], hand=replace(limb.hand, columns=pair))


def _with_opening(
    limb: Limb, columns: Columns, look: Look, robot_type: str | None, fps: float
) -> Limb:
    if limb.hand is None:
        log.info("%s: the %s has %s", look.name, limb.name, counted(len(limb.columns), "number"))
        return limb
    names = [columns.full[i] for i in limb.hand.columns]
    hand, why = opening.decide(limb, names, robot_type, look.states, fps)
    log.info("%s: %s", look.name, why)
    return replace(limb, hand=hand)
