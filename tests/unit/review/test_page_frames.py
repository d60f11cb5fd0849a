"""The page's arithmetic of frames and seconds."""

from support.page_modules import evaluate

FRAMES = (
    "frameOf, frameSeenAt, frameShown, nearest, roundStep, secondsOf, seekTime, tilePlace, written "
    "from frames.js"
)

EVERY_FRAME = """
  [[30, 0], [30, 7.133333333333334], [30, 3599.966666666667], [29.97, 12.012012], [10, 0.1],
   [59.94, 1234.567], [14.985, 300.3003], [1, 0], [0.5, 2]].map(([fps, start]) => {
  const length = 18000;
  for (let frame = 0; frame < length; frame++) {
    const time = seekTime(frame, fps, start);
    // What a player shows there: the last frame whose time, in the ticks of its file, has come.
    for (const ticks of [fps * 512, 90000]) {
      const begins = Math.round((start + frame / fps) * ticks) / ticks;
      const next = Math.round((start + (frame + 1) / fps) * ticks) / ticks;
      if (!(begins < time && time < next)) return [fps, start, frame, "sought"];
      if (frameShown(begins, fps, start, length) !== frame) return [fps, start, frame, "shown"];
    }
    if (frameOf(secondsOf(frame, fps), fps, length) !== frame) return [fps, start, frame, "saved"];
    if (frameSeenAt(secondsOf(frame, fps), fps, length) !== frame) {
      return [fps, start, frame, "seen"];
    }
  }
  return null;
})"""


def test_every_frame_is_sought_shown_and_saved_as_itself() -> None:
    assert evaluate(FRAMES, EVERY_FRAME) == [None] * 9


def test_times_before_and_after_an_episode_are_its_first_and_last_frame() -> None:
    found = evaluate(
        FRAMES,
        "[frameOf(-1, 30, 10), frameOf(9, 30, 10), frameSeenAt(-1, 30, 10), frameSeenAt(9, 30, 10),"
        " frameShown(4, 30, 5, 10), frameShown(9, 30, 5, 10), frameOf(0.02, 30, 1)]",
    )
    assert found == [0, 9, 0, 9, 0, 9, 0]


def test_the_nearest_sampled_frame_is_found() -> None:
    found = evaluate(
        FRAMES, "[-1, 0.2, 0.25, 0.26, 0.5, 0.9, 9].map(time => nearest([0, 0.5, 1], time))"
    )
    assert found == [0, 0, 0, 1, 1, 2, 2]


def test_no_sampled_frame_is_near_where_there_is_none() -> None:
    assert evaluate(FRAMES, "[nearest([], 1), nearest([3], 1)]") == [-1, 0]


def test_tiles_lie_in_reading_order() -> None:
    found = evaluate(
        FRAMES,
        "[0, 9, 10, 25].map(tile => tilePlace(tile, {width: 96, height: 72, columns: 10}))",
    )
    assert found == [
        {"x": 0, "y": 0},
        {"x": 864, "y": 0},
        {"x": 0, "y": 72},
        {"x": 480, "y": 144},
    ]


def test_times_are_written_for_people() -> None:
    found = evaluate(FRAMES, "[0, 4.2, 59.999, 60, 125.4, 3600].map(written)")
    assert found == ["0.00 s", "4.20 s", "1:00.00", "1:00.00", "2:05.40", "60:00.00"]


def test_marks_of_an_axis_are_round_and_not_too_many() -> None:
    found = evaluate(FRAMES, "[0.3, 7.3, 60, 600, 90000].map(seconds => roundStep(seconds, 14))")
    assert found == [0.1, 1, 5, 60, 7200]
