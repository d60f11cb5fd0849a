"""A few damaged frames do not lose an episode; more do, with a sentence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import av
import pytest

from subtasks.frames.shots import MAX_LOST, Shots
from subtasks.frames.stretch import VideoPosition
from subtasks.frames.video import LostFrame

FPS, FRAMES = 10, 40
REST = [0, 5, 10, 15, 20, 25, 30, 35, 39]  # two a second, and the last


@dataclass
class Damaged:
    """Footage whose `lost` frames cannot be decoded; every `group` frames stand for themselves."""

    lost: frozenset[int]
    group: int = 1
    codec: str = "h264"
    width: int = 4
    height: int = 4
    decoded: int = 0
    remarks: tuple[str, ...] = ()
    times: list[float] = field(default_factory=lambda: [k / FPS for k in range(FRAMES)])
    asked: list[bool] = field(default_factory=list)

    def decode(self, wanted: Iterable[int], *, thorough: bool = True) -> Iterator[av.VideoFrame]:
        self.asked.append(thorough)
        for number in wanted:
            begin = number - number % self.group
            if self.lost & {*range(begin, number + 1)}:
                raise LostFrame(
                    f"has a frame at {number / FPS:.3f} s that cannot be decoded (lost)"
                )
            self.decoded += 1
            frame = av.VideoFrame(4, 4, "rgb24")
            frame.pts = number
            yield frame

    def after_loss(self, lost: int) -> int:
        return lost - lost % self.group + self.group


def shown(
    footage: Damaged, missing: float = 0.5, samples: list[int] = REST, rate: float = 2.0
) -> tuple[list[int], tuple[str, ...]]:
    """Numbers of the frames that are shown, and the remarks."""
    extent = VideoPosition("v.mp4", 0, FRAMES / FPS, FRAMES, FPS, missing_seconds=missing)
    shots = Shots(footage, extent, samples, rate)
    found = list(shots)
    assert [shot.time for shot in found] == [shot.frame.pts / FPS for shot in found]
    return [shot.frame.pts for shot in found], shots.remarks


def test_sound_frames_are_shown_as_they_are() -> None:
    footage = Damaged(frozenset())
    assert shown(footage) == (REST, ())
    assert (footage.decoded, footage.asked) == (len(REST), [True])


@pytest.mark.parametrize(
    ("lost", "group", "expected"),
    [
        ({10}, 1, [0, 5, 9, 15, 20, 25, 30, 35, 39]),
        ({0}, 1, [1, 5, 10, 15, 20, 25, 30, 35, 39]),
        ({9, 10}, 1, [0, 5, 11, 15, 20, 25, 30, 35, 39]),
        ({9, 10}, 4, [0, 5, 8, 15, 20, 25, 30, 35, 39]),
        ({8, 10}, 4, [0, 5, 12, 15, 20, 25, 30, 35, 39]),  # the next group begins at 12
        ({39}, 1, [*REST[:-1], 38]),
        ({39}, 40, [*REST[:-1], 38]),
        ({38, 39}, 40, [*REST[:-1], 37]),
        ({36, 37, 38, 39}, 1, REST[:-1]),  # left out: 0.4 s remain without a picture
        ({35, 36, 37, 38, 39}, 1, [*REST[:-2], 34]),
        ({10, 25}, 1, [0, 5, 9, 15, 20, 24, 30, 35, 39]),
    ],
)
def test_a_lost_frame_is_replaced_by_the_nearest_or_left_out(
    lost: set[int], group: int, expected: list[int]
) -> None:
    numbers, remarks = shown(Damaged(frozenset(lost), group))
    assert numbers == expected
    (remark,) = remarks
    assert remark.startswith("v.mp4 has a frame at ")
    assert "of 9 sampled frames" in remark
    assert remark.endswith(f"shown up to {numbers[-1] / FPS + 0.1:.2f} of 4.00 s")


@pytest.mark.parametrize(
    ("lost", "group", "missing"),
    [
        ({39}, 1, 0.0),  # nothing may be missing
        ({10}, 1, 0.0),
        (set(range(8, 13)), 1, 0.5),  # no neighbour in half a step
        (set(range(33, 40)), 1, 0.5),
        ({10}, 40, 0.5),  # all that follows depends on it
        (set(range(40)), 1, 0.5),
    ],
)
def test_more_than_may_be_missing_is_an_error(lost: set[int], group: int, missing: float) -> None:
    with pytest.raises(LostFrame, match="cannot be decoded"):
        shown(Damaged(frozenset(lost), group), missing)


def test_where_every_frame_is_sampled_some_are_left_out() -> None:
    numbers, remarks = shown(Damaged(frozenset({10, 11, 12})), samples=[*range(FRAMES)], rate=FPS)
    assert numbers == [*range(10), *range(13, FRAMES)]
    assert "of 40 sampled frames, 3 left out" in remarks[0]


def test_it_is_not_tried_for_ever() -> None:
    """A damaged file is read from its beginning once, and not for every frame."""
    lost = frozenset(range(0, FRAMES, 2))
    footage = Damaged(lost)
    with pytest.raises(LostFrame):
        shown(footage, samples=[*range(FRAMES)], rate=FPS)
    assert footage.asked.count(True) == 1
    assert len(footage.asked) < 5 * MAX_LOST
