import json
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

from subtasks.dataset import dataset
from subtasks.demo import arm, drawing, encoding, lerobot, statistics, v21, v30
from subtasks.segments import subtask_files
from subtasks.segments.segment import settle
from support.workflow import PROJECT

PROGRAM = PROJECT / "scripts" / "make_demo_dataset.py"
LAYOUTS = {"v2.1": v21, "v3.0": v30}
MANY = [arm.simulate(seed, episode) for seed in range(5) for episode in range(12)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole episode, as the program renders it."""
    root = tmp_path_factory.mktemp("demo") / "dataset"
    result = run("--output", root, "--episodes", 1, "--seed", 3)
    assert result.returncode == 0, result.stderr
    assert "episode 1 of 1" in result.stderr
    return root


@pytest.fixture(scope="module", params=LAYOUTS)
def laid_out(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven episodes of a few frames each, in either layout."""
    return lay_out(request.param, tmp_path_factory.mktemp(request.param))


def lay_out(version: str, folder: Path) -> Path:
    episodes: list[lerobot.Episode] = []
    for index in range(7):
        recording = arm.simulate(0, index)
        frames = 8 + index
        short = replace(
            recording,
            state=recording.state[:frames],
            action=recording.action[:frames],
            blocks=recording.blocks[:frames],
        )
        tasks = list(dict.fromkeys([*lerobot.tasks(episodes), short.task]))
        video = folder / f"{index}.mp4"
        row = sum(episode.length for episode in episodes)
        episodes.append(lerobot.render(short, index, row, tasks.index(short.task), video))
    LAYOUTS[version].write(folder / "dataset", episodes)
    return folder / "dataset"


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


# The simulation


def test_episodes_last_six_to_twelve_seconds_and_some_have_two_blocks():
    assert all(6 <= recording.length / arm.FPS <= 12 for recording in MANY)
    two = [recording for recording in MANY if " and " in recording.task]
    assert 0.1 < len(two) / len(MANY) < 0.6


def test_subtasks_begin_at_zero_and_follow_one_another():
    for recording in MANY:
        times = [segment.time for segment in recording.segments]
        assert times[0] == 0.0
        assert all(0.3 < after - before < 3 for before, after in pairwise(times))
        assert recording.segments == settle(recording.segments, arm.FPS, recording.length)
        assert recording.segments[-1].subtask == "return"
        for colour in arm.COLOURS:
            labels = [s.subtask for s in recording.segments if f"the {colour} block" in s.subtask]
            assert len(labels) == (5 if f"the {colour}" in recording.task else 0)


def test_the_blocks_of_the_task_end_in_the_bin_and_no_others_move():
    for recording in MANY:
        for colour, track in zip(recording.colours, recording.blocks.swapaxes(0, 1), strict=True):
            if f"the {colour}" in recording.task:
                assert abs(track[-1, 0] - arm.BIN_X) < (arm.BIN_WIDTH - arm.BLOCK) / 2
                assert track[:, 1].max() > arm.BIN_HEIGHT + arm.BLOCK / 2, "over the rim"
            else:
                assert np.ptp(track, axis=0).max() == 0
            assert track[-1, 1] == arm.BLOCK / 2
            assert np.abs(np.diff(track, axis=0)).max() < 0.12, "nothing jumps"


def test_motors_follow_what_they_are_told():
    for recording in MANY:
        assert np.isfinite(recording.state).all()
        assert np.isfinite(recording.action).all()
        # Degrees: the lag times the speed; the gripper stops at the block.
        assert np.abs(recording.state - recording.action)[:, :2].max() < 12
        assert recording.state[:, 2].min() > arm.GRASPED - 2 > recording.action[:, 2].min()


def test_joint_angles_bring_the_tool_where_it_should_be():
    x, y = np.meshgrid(np.linspace(0.16, 0.5, 9), np.linspace(0.02, 0.27, 7))
    shoulder, elbow = arm.joints(x.ravel(), y.ravel())
    wrists = [arm.skeleton(*angles)[1] for angles in zip(shoulder, elbow, strict=True)]
    assert np.allclose(np.array(wrists), np.stack([x.ravel(), y.ravel() + arm.TOOL], axis=1))


# Pictures and videos


def test_a_block_is_drawn_where_it_is():
    recording = arm.simulate(0, 0)
    pictures = list(drawing.frames(recording))
    assert len(pictures) == recording.length
    assert {picture.shape for picture in pictures} == {(drawing.HEIGHT, drawing.WIDTH, 3)}
    for frame in (0, len(pictures) // 3):
        for (x, y), colour in zip(recording.blocks[frame], recording.colours, strict=True):
            scale = drawing.SCALE / drawing.SMOOTHING
            at = round((drawing.TOP - y) * scale), round((x - drawing.LEFT) * scale)
            assert tuple(pictures[frame][at]) == drawing.BLOCK_COLOURS[colour]


def test_a_video_is_encoded_as_lerobot_does(rendered: Path):
    (path,) = rendered.glob("videos/chunk-000/observation.images.top/*.mp4")
    recording = arm.simulate(3, 0)
    with av.open(path) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec.canonical_name == "av1"
        assert (stream.width, stream.height) == (drawing.WIDTH, drawing.HEIGHT)
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == arm.FPS
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        times = [float(packet.pts * stream.time_base) for packet in packets]
        assert np.allclose(times, np.arange(recording.length) / arm.FPS)
        assert [packet.is_keyframe for packet in packets[:6]] == [True, False] * 3
    for picture, drawn in zip(decoded(path), drawing.frames(recording), strict=True):
        assert np.abs(picture.astype(int) - drawn).mean() < 4


def test_videos_one_after_the_other_stay_what_they_are(tmp_path):
    pictures = list(drawing.frames(arm.simulate(0, 0)))[:14]
    paths = [tmp_path / "first.mp4", tmp_path / "second.mp4"]
    for path, some in zip(paths, (pictures[:5], pictures[5:]), strict=True):
        encoding.encode(some, path, width=drawing.WIDTH, height=drawing.HEIGHT, fps=30)
    encoding.concatenate(paths, tmp_path / "both.mp4")
    apart = decoded(paths[0]) + decoded(paths[1])
    together = decoded(tmp_path / "both.mp4")
    assert len(together) == 14
    assert all(np.array_equal(*pair) for pair in zip(apart, together, strict=True))
    with av.open(tmp_path / "both.mp4") as container:
        times = [float(f.pts * f.time_base) for f in container.decode(video=0)]
    assert np.allclose(times, np.arange(14) / 30)


# The dataset


def test_the_library_reads_both_layouts(laid_out: Path):
    read = dataset.load(laid_out)
    assert (read.fps, read.camera) == (30, "observation.images.top")
    assert read.motion == ("observation.state", list(arm.JOINT_NAMES))
    assert [e.length for e in read.episodes.values()] == list(range(8, 15))
    assert [e.task for e in read.episodes.values()] == [arm.simulate(0, i).task for i in range(7)]
    assert dataset.missing(read, videos=True) == {}
    first = 0
    for episode in read.episodes.values():
        columns = pq.read_table(laid_out / episode.data).slice(episode.row, episode.length)
        state = arm.simulate(0, episode.index).state
        assert columns["observation.state"].to_pylist() == state[: episode.length].tolist()
        assert columns["episode_index"].to_pylist() == [episode.index] * episode.length
        assert columns["frame_index"].to_pylist() == list(range(episode.length))
        assert columns["index"].to_pylist() == list(range(first, first + episode.length))
        video = decoded(laid_out / episode.video)
        shown = video[round(episode.start * 30) : round(episode.start * 30) + episode.length]
        drawn = next(drawing.frames(arm.simulate(0, episode.index)))
        assert len(shown) == episode.length
        assert np.abs(shown[0].astype(int) - drawn).mean() < 4
        first += episode.length


def test_data_files_and_video_files_end_at_different_episodes(tmp_path):
    episodes = dataset.load(lay_out("v3.0", tmp_path)).episodes.values()
    data, videos = ([getattr(e, kind) for e in episodes] for kind in ("data", "video"))
    ends = [{i for i, (a, b) in enumerate(pairwise(files)) if a != b} for files in (data, videos)]
    assert all(ends)
    assert not ends[0] & ends[1]


@pytest.mark.parametrize("version", LAYOUTS)
def test_the_layout_is_that_of_real_data(real_data: Path, tmp_path, version):
    ours, real = lay_out(version, tmp_path), real_data / f"g1_bottle_{version}"

    def name(text: str) -> str:
        return text.replace("observation.images.cam_high", "observation.images.top")

    def json_of(root: Path, path: str):
        return json.loads(name((root / path).read_text().splitlines()[0]))

    def info(root: Path):
        return json.loads(name((root / "meta" / "info.json").read_text()))

    assert info(ours).keys() == info(real).keys()
    for key in ("codebase_version", "chunks_size", "data_path", "video_path", "fps"):
        assert info(ours)[key] == info(real)[key]
    assert info(ours)["features"].keys() == info(real)["features"].keys()
    for feature, description in info(real)["features"].items():
        assert info(ours)["features"][feature].keys() == description.keys()
        assert info(ours)["features"][feature]["dtype"] == description["dtype"]

    def types(root: Path, pattern: str):
        schema = pq.read_schema(sorted(root.glob(pattern))[0])
        return {
            name(field.name): str(field.type).replace("[3]", "[]").replace("[26]", "[]")
            for field in schema
        }

    def lists(types: dict[str, str]):
        # The converter that made the real v3.0 data lost the lists' length.
        return {
            key: kind.replace("fixed_size_list", "list").removesuffix("[]")
            for key, kind in types.items()
        }

    assert lists(types(ours, "data/*/*.parquet")) == lists(types(real, "data/*/*.parquet"))
    if version == "v2.1":
        assert types(ours, "data/*/*.parquet") == types(real, "data/*/*.parquet")
        for file in ("tasks.jsonl", "episodes.jsonl", "episodes_stats.jsonl"):
            assert json_of(ours, f"meta/{file}").keys() == json_of(real, f"meta/{file}").keys()
        stats = [json_of(root, "meta/episodes_stats.jsonl")["stats"] for root in (ours, real)]
    else:
        assert types(ours, "meta/episodes/*/*.parquet") == types(real, "meta/episodes/*/*.parquet")
        assert types(ours, "meta/tasks.parquet").keys() == types(real, "meta/tasks.parquet").keys()
        stats = [json.loads(name((root / "meta/stats.json").read_text())) for root in (ours, real)]
    assert stats[0].keys() == stats[1].keys()
    for feature in stats[0]:
        shapes = [{key: np.ndim(v) for key, v in some[feature].items()} for some in stats]
        assert shapes[0] == shapes[1]


def test_statistics_of_the_parts_give_those_of_the_whole():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 3)) * [1, 10, 0.1]
    parts = [statistics.of_values(some) for some in (values[:7], values[7:30], values[30:])]
    whole, joined = statistics.of_values(values), statistics.together(parts)
    assert whole.keys() == joined.keys()
    assert all(np.allclose(whole[key], joined[key]) for key in whole)


# The program


def test_the_truth_lies_beside_the_dataset(rendered: Path):
    truth = subtask_files.load(rendered / "truth" / "episode_000000.json")
    simulated = arm.simulate(3, 0)
    assert [s.subtask for s in truth] == [s.subtask for s in simulated.segments]
    assert [s.time for s in truth] == pytest.approx([s.time for s in simulated.segments])


def test_the_same_settings_give_the_same_bytes(rendered: Path, tmp_path):
    again = tmp_path / "again"
    assert run("--output", again, "--episodes", 1, "--seed", 3).returncode == 0
    files = [
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (rendered, again)
    ]
    assert files[0] == files[1]


def test_what_is_there_already_is_left_alone(rendered: Path):
    before = {path: path.stat().st_mtime_ns for path in rendered.rglob("*")}
    result = run("--output", rendered, "--episodes", 1, "--seed", 3)
    assert result.returncode == 0
    assert "already" in result.stderr
    assert before == {path: path.stat().st_mtime_ns for path in rendered.rglob("*")}


@pytest.mark.parametrize("options", [["--seed", 4], ["--episodes", 2], ["--version", "v3.0"]])
def test_a_dataset_of_other_settings_is_not_overwritten(rendered: Path, options):
    result = run(*["--output", rendered, "--episodes", 1, "--seed", 3], *options)
    assert result.returncode == 1
    assert f'{rendered} holds a demo dataset made with {{"version": "v2.1"' in result.stderr


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "file").write_text("no folder")
    for output in (tmp_path, tmp_path / "file"):
        result = run("--output", output)
        assert result.returncode == 1
        assert "is no demo dataset" in result.stderr
        assert "Traceback" not in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "precious.txt"]


@pytest.mark.parametrize("options", [["--episodes", 0], ["--seed", -1], ["--version", "v2.0"]])
def test_impossible_settings_are_refused(tmp_path, options):
    result = run("--output", tmp_path / "new", *options)
    assert result.returncode == 2
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_rendering_that_is_interrupted_leaves_no_half_dataset(tmp_path, how):
    command = [sys.executable, str(PROGRAM), "--output", str(tmp_path / "demo")]

    def heed() -> None:
        """Not to be deaf to Ctrl-C where the tests run in the background of a shell."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    pipe = subprocess.PIPE
    with subprocess.Popen(command, stderr=pipe, text=True, preexec_fn=heed) as process:
        assert "episode 1 of 12" in process.stderr.readline()
        process.send_signal(how)
        process.wait()
    left = [path.name for path in tmp_path.iterdir()]
    assert "demo" not in left
    assert how == signal.SIGKILL or left == []
