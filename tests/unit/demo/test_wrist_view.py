import json

import numpy as np
import pytest

from subtasks.demo import arm, drawing, lerobot, wrist_view
from support.demo import LAYOUTS, decoded, lay_out

RECORDING = arm.simulate(0, 0)
MIDDLE = wrist_view.WIDTH / 2


@pytest.fixture(scope="module")
def pictures():
    return list(wrist_view.frames(RECORDING))


def columns(picture, colour):
    """The columns of the picture in which a block's top is seen."""
    wanted = drawing.shade(drawing.BLOCK_COLOURS[colour], 1.1)
    _, found = np.nonzero((picture == wanted).all(axis=2))
    return found


def test_there_is_a_picture_of_each_frame(pictures):
    assert len(pictures) == RECORDING.length
    assert {picture.shape for picture in pictures} == {(wrist_view.HEIGHT, wrist_view.WIDTH, 3)}


def test_a_block_is_seen_on_its_side_of_the_gripper(pictures):
    seen = 0
    for frame in range(0, len(pictures), 10):
        shoulder, elbow, _ = map(float, RECORDING.state[frame])
        _, (wrist, _) = arm.skeleton(shoulder, elbow)
        for (x, _), colour in zip(RECORDING.blocks[frame], RECORDING.colours, strict=True):
            found = columns(pictures[frame], colour)
            if len(found) and abs(x - wrist) > arm.BLOCK:
                assert (found.mean() > MIDDLE) == (x > wrist)
                seen += 1
    assert seen > 10


def test_a_held_block_keeps_its_place_and_a_near_one_is_larger(pictures):
    carry, release = (
        next(s.time for s in RECORDING.segments if s.subtask.startswith(name))
        for name in ("carry", "release")
    )
    colour = next(c for c in RECORDING.colours if c in RECORDING.task)
    held = [
        columns(pictures[frame], colour)
        for frame in range(round(carry * arm.FPS), round(release * arm.FPS), 5)
    ]
    assert len(held) > 5
    assert all(abs(found.mean() - MIDDLE) < 2 for found in held)
    assert np.ptp(held[0]) > 2 * np.ptp(columns(pictures[0], colour))


@pytest.mark.parametrize("version", LAYOUTS)
def test_both_layouts_hold_it_beside_the_other_camera(version, tmp_path):
    root = lay_out(version, tmp_path, (lerobot.CAMERA, lerobot.WRIST))
    features = json.loads((root / "meta/info.json").read_text())["features"]
    info = features[lerobot.WRIST]["info"]
    assert (info["video.width"], info["video.height"]) == (wrist_view.WIDTH, wrist_view.HEIGHT)
    shown = {
        camera: [
            frame
            for path in sorted(root.rglob("*.mp4"))
            if camera in path.parts
            for frame in decoded(path)
        ]
        for camera in (lerobot.CAMERA, lerobot.WRIST)
    }
    assert len(shown[lerobot.WRIST]) == len(shown[lerobot.CAMERA]) == sum(range(8, 15))
    assert shown[lerobot.WRIST][0].shape == (wrist_view.HEIGHT, wrist_view.WIDTH, 3)
