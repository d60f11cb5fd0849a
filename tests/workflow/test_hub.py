"""Whole runs on datasets of the Hub: what is transferred, what is on the disk, what runs again."""

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.claude import ClaudeServer, FixedLabels, ImpreciseAtFirst, RealEpisodes
from servers.hub import HubServer, Slow
from subtasks.demo import lerobot
from support import demo
from support.labels import made_by_eye, responses
from support.workflow import Workflow, kill

CAMERA = "observation.images.cam_high"
OTHERS = ("observation.images.cam_left", "observation.images.cam_right")
SIDE = "observation.images.side"
VERSIONS = ("v2.1", "v3.0")
# In v3.0, 3 and 4 share a video and a data file, which the metadata names wrongly for 3.
EPISODES = [3, 4, 6]
NEEDED = {
    "v2.1": ("episode_000003", "episode_000004"),
    "v3.0": ("file-001", "file-002"),
}
LIMIT = 2
FOOTER = 1 << 16


@pytest.fixture(scope="module")
def cameras(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The real datasets with two cameras more, which see the same."""
    folder = tmp_path_factory.mktemp("cameras")
    return {v: three_cameras(real_data / f"g1_bottle_{v}", folder / v) for v in VERSIONS}


def three_cameras(source: Path, root: Path) -> Path:
    shutil.copytree(source, root, copy_function=shutil.copyfile)
    info = json.loads((root / "meta/info.json").read_text())
    videos = [path for path in root.rglob("*.mp4") if CAMERA in path.parts]
    for other in OTHERS:
        info["features"][other] = info["features"][CAMERA]
        for video in videos:
            copy = Path(str(video).replace(CAMERA, other))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(video, copy)
    (root / "meta/info.json").write_text(json.dumps(info, indent=4))
    for path in root.glob("meta/episodes/*/*.parquet"):
        table = pq.read_table(path)
        for name in [n for n in table.column_names if n.startswith(f"videos/{CAMERA}/")]:
            for other in OTHERS:
                table = table.append_column(name.replace(CAMERA, other), table[name])
        pq.write_table(table, path)
    return root


@pytest.fixture
def hub(cameras: dict[str, Path]) -> Iterator[HubServer]:
    """A Hub with both datasets, private."""
    with HubServer(page_size=20) as server:
        for version, root in cameras.items():
            server.create(f"me/bottle_{version}", root).private = True
        yield server


def use(workflow: Workflow, hub: HubServer) -> None:
    workflow.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": hub.token}


def entry(version: str, **options: Any) -> dict[str, Any]:
    return {"repo_id": f"me/bottle_{version}", "episodes": EPISODES, **options}


class Watcher:
    """Counts the data and video files of sources on the disk, whole or in parts, all the time."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.most = 0

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        before: set[int] = set()
        while not self._stopped.wait(0.003):
            # By number, because a file that is renamed meanwhile is found twice. A look takes
            # time, and may see a file that goes and the one that follows it; what two looks in
            # a row have seen was there between them, all at once.
            found = {number for source in self._work.glob("*/source*") for number in files(source)}
            self.most = max(self.most, len(found & before))
            before = found


def files(source: Path) -> Iterator[int]:
    """Numbers of the inodes of all files that are not metadata."""
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != "meta" and not name.startswith(".meta.")]
        for name in names:
            if name.endswith((".mp4", ".parquet", ".incomplete")):
                with contextlib.suppress(FileNotFoundError):
                    yield Path(folder, name).stat().st_ino


def table(folder: Path) -> dict[str, pa.Table]:
    files = sorted(folder.glob("data/*/*.parquet"))
    return {path.relative_to(folder).as_posix(): pq.read_table(path) for path in files}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_both_versions_are_annotated_like_local_ones(
    workflow: Workflow, hub: HubServer, cameras: dict[str, Path], real_data: Path
) -> None:
    workflow.config = {"datasets": [entry("v2.1", max_episodes=2), entry("v3.0")]}
    use(workflow, hub)
    with ClaudeServer(RealEpisodes(real_data)) as claude:
        workflow.ask(claude.url, claude.key)
        # The first look fetches the metadata, and no later one asks for anything.
        assert workflow.jobs()["fetch_file"] == 2 * 2 + 2 * 2
        hub.forget()
        workflow.jobs()
        assert hub.requests == []
        with Watcher(workflow.path("work")) as watcher:
            printed = workflow.run("--resources", f"hub_downloads={LIMIT}")
        assert 1 <= watcher.most <= LIMIT
        assert len(claude.answered) == len(EPISODES)

        # Once each: the data and one camera's videos of the selected episodes, and where a file has
        # several episodes, its end before that, with the columns that say which rows are whose.
        assert hub.served == {
            path.relative_to(root).as_posix(): path.stat().st_size
            + (FOOTER if version == "v3.0" and path.suffix == ".parquet" else 0)
            for version, root in cameras.items()
            for path in [*root.glob("data/*/*"), *root.rglob(f"*{CAMERA}/**/*.mp4")]
            if path.name.startswith(NEEDED[version])
        }

        for version, root in cameras.items():
            result = workflow.path("results", f"me--bottle_{version}")
            written = table(result)
            assert len(written) == len(NEEDED[version])
            for path, found in written.items():
                assert found.drop_columns(["response"]) == pq.read_table(root / path)
            for episode, labels in responses(result).items():
                expected = made_by_eye(real_data, episode, len(labels))
                assert labels == (expected if episode in EPISODES else [""] * len(labels))
            assert not (result / "videos").exists()
        assert hub.token not in printed
        assert hub.token.encode() not in b"".join(contents(workflow.folder).values())

        # At a new commit, what has not changed runs nothing and is not fetched.
        repo = hub.repos["me/bottle_v2.1"]
        repo.commit({"README.md": b"# Bottles"})
        assert workflow.jobs("--config", "hub={update: true}") == {}
        video = f"videos/chunk-000/{CAMERA}/episode_000003.mp4"
        repo.commit({video: (cameras["v2.1"] / video.replace("3.mp4", "4.mp4")).read_bytes()})
        again = workflow.jobs("--config", "hub={update: true}")
        assert again["sample_frames"] == 1
        assert again["fetch_file"] == 1 + again["write_data"]


@pytest.mark.thorough
@pytest.mark.parametrize("version", VERSIONS)
def test_a_second_look_fetches_videos_again_and_keeps_none(
    workflow: Workflow, hub: HubServer, real_data: Path, version: str
) -> None:
    workflow.config = {"datasets": [entry(version)], "labels": {"passes": ["segment", "refine"]}}
    use(workflow, hub)
    with ClaudeServer(ImpreciseAtFirst(RealEpisodes(real_data), 0.2)) as claude:
        workflow.ask(claude.url, claude.key)
        with Watcher(workflow.path("work")) as watcher:
            workflow.run("--resources", f"hub_downloads={LIMIT}")
        assert 1 <= watcher.most <= LIMIT
        assert set(claude.answered.values()) == {1}
        assert len(claude.answered) == 2 * len(EPISODES)
    result = workflow.path(f"results/me--bottle_{version}")
    for episode, labels in responses(result).items():
        if episode in EPISODES:
            expected = made_by_eye(real_data, episode, len(labels))
            # Within a frame of each of its borders.
            assert sum(a != b for a, b in zip(labels, expected, strict=True)) <= 6
    assert not [
        file for folder in workflow.path("work").glob("*/source*") for file in files(folder)
    ]
    assert workflow.jobs() == {}


@pytest.mark.thorough
def test_of_three_cameras_two_are_shown_and_only_those_are_fetched(
    workflow: Workflow, tmp_path: Path
) -> None:
    """A job that needs two files runs where one may be fetched at a time, and no more pile up."""
    shown = [lerobot.CAMERA, lerobot.WRIST]
    roots: dict[str, Path] = {}
    for version in VERSIONS:
        (tmp_path / version).mkdir()
        roots[version] = more_cameras(demo.lay_out(version, tmp_path / version, shown), SIDE)
    reach = FixedLabels([{"time": 0.0, "subtask": "reach"}])
    with HubServer(page_size=20) as hub, ClaudeServer(reach) as claude:
        for version, root in roots.items():
            hub.create(f"me/demo_{version}", root)
        workflow.environment["HF_ENDPOINT"] = hub.url
        workflow.ask(claude.url, claude.key)
        for version, units, cores, most in (("v3.0", 1, 1, 2), ("v2.1", 3, 4, 2)):
            workflow.config = {"datasets": [{"repo_id": f"me/demo_{version}", "camera": shown}]}
            hub.forget()
            with Watcher(workflow.path("work")) as watcher:
                workflow.run(f"--cores={cores}", "--resources", f"hub_downloads={units}")
            assert 2 <= watcher.most <= most
            result = workflow.path(f"results/me--demo_{version}")
            assert {label for labels in responses(result).values() for label in labels} == {"reach"}
            videos = {path for path in hub.served if path.startswith("videos/")}
            assert videos == {
                path.relative_to(roots[version]).as_posix()
                for camera in shown
                for path in roots[version].rglob(f"{camera}/**/*.mp4")
            }
            for path in videos:
                assert hub.served[path] == (roots[version] / path).stat().st_size
            left = workflow.path(f"work/me--demo_{version}/source")
            assert not list(files(left))


def more_cameras(root: Path, *names: str) -> Path:
    """Give a dataset of the demo cameras that see what the first one sees."""
    info = json.loads((root / "meta/info.json").read_text())
    for name in names:
        info["features"][name] = info["features"][lerobot.CAMERA]
        for folder in root.glob(f"videos/**/{lerobot.CAMERA}"):
            shutil.copytree(folder, folder.with_name(name))
    (root / "meta/info.json").write_text(json.dumps(info))
    for path in (root / "meta/episodes").rglob("*.parquet"):
        table = pq.read_table(path)
        for column in [c for c in table.column_names if c.startswith(f"videos/{lerobot.CAMERA}/")]:
            for name in names:
                table = table.append_column(column.replace(lerobot.CAMERA, name), table[column])
        pq.write_table(table, path)
    return root


def test_without_a_model_only_the_data_comes(
    workflow: Workflow, hub: HubServer, cameras: dict[str, Path]
) -> None:
    workflow.config = {
        "annotator": "kinematic",
        "datasets": [entry("v3.0"), {"root": str(cameras["v3.0"]), "episodes": EPISODES}],
    }
    use(workflow, hub)
    with Watcher(workflow.path("work")) as watcher:
        workflow.run("--resources", "hub_downloads=1")
    assert watcher.most == 1
    result, expected = workflow.path("results/me--bottle_v3.0"), workflow.path("results/v3.0")
    assert table(result) == table(expected)
    data = {path: size for path, size in hub.served.items() if not path.startswith("meta/")}
    # The footers of all files say where an episode is.
    footer = data.pop("data/chunk-000/file-000.parquet")
    assert footer == FOOTER
    assert sorted(data) == [f"data/chunk-000/{name}.parquet" for name in NEEDED["v3.0"]]
    for path, size in data.items():
        # The footer twice, the columns with the motion, which is most, and later the whole file.
        whole = (cameras["v3.0"] / path).stat().st_size
        assert whole < size < 2 * whole + 2 * FOOTER

    # A label corrected by hand stays as it is, although its data file is fetched again.
    corrected = result / "subtasks/episode_000003.json"
    entries = json.loads(corrected.read_text())
    entries[0]["subtask"] = "corrected by hand"
    corrected.write_text(json.dumps(entries))
    assert workflow.jobs() == {"fetch_file": 1, "write_data": 1}

    repo = hub.repos["me/bottle_v3.0"]
    path = "data/chunk-000/file-002.parquet"
    changed = pq.read_table(cameras["v3.0"] / path)
    pq.write_table(changed, workflow.path("changed.parquet"), compression="zstd")
    repo.commit({path: workflow.path("changed.parquet").read_bytes()})
    # The robot is looked at again, in this file among others, and all labels follow from it.
    assert workflow.jobs("--config", "hub={update: true}") == {
        "fetch_column": 1,
        "check_episodes": 1,
        "describe_robot": 1,
        "segment_motion": len(EPISODES),
        "fetch_file": 2,
        "write_data": 2,
    }


@pytest.mark.parametrize(
    ("annotator", "program"),
    [
        pytest.param("kinematic", "write_data", marks=pytest.mark.thorough),
        ("claude", "sample_frames"),
    ],
)
def test_files_of_jobs_that_fail_do_not_collect(
    workflow: Workflow, hub: HubServer, annotator: str, program: str
) -> None:
    workflow.config = {"annotator": annotator, "datasets": [{"repo_id": "me/bottle_v2.1"}]}
    use(workflow, hub)
    # Nobody comes so far as to ask.
    workflow.environment["ANTHROPIC_API_KEY"] = "sk-ant-unused"
    # Python reads this before a program begins.
    fault = f"import os, sys\nif '{program}.py' in str(sys.orig_argv): os._exit(1)\n"
    workflow.path("faults").mkdir()
    workflow.path("faults", "sitecustomize.py").write_text(fault)
    workflow.environment["PYTHONPATH"] = str(workflow.path("faults"))
    with Watcher(workflow.path("work")) as watcher:
        workflow.run("--keep-going", "--resources", f"hub_downloads={LIMIT}", fails=True)
    fetched = list(workflow.path("work").glob("*/logs/fetch_file/**/*.log"))
    assert len(fetched) > LIMIT
    assert 1 <= watcher.most <= LIMIT
    assert not list(files(workflow.path("work/me--bottle_v2.1/source")))

    # What failed is fetched again and done.
    workflow.path("faults", "sitecustomize.py").unlink()
    if annotator == "kinematic":
        workflow.run("--resources", f"hub_downloads={LIMIT}")
        assert len(table(workflow.path("results/me--bottle_v2.1"))) == len(fetched)


def test_killed_and_offline_runs_continue(
    workflow: Workflow, hub: HubServer, cameras: dict[str, Path]
) -> None:
    workflow.config = {"annotator": "kinematic", "datasets": [entry("v2.1", max_episodes=2)]}
    use(workflow, hub)
    slow = "data/chunk-000/episode_000003.parquet"
    source = workflow.path("work/me--bottle_v2.1/source")
    hub.faults[slow] = Slow(60)
    labels = workflow.path("results/me--bottle_v2.1/subtasks")
    process = workflow.start()
    while not (
        any(each.status == 200 and each.path.endswith(slow) for each in list(hub.requests))
        and len(list(labels.glob("*.json"))) == 2
    ):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    kill(process)
    workflow.run("--unlock")
    assert not (source / slow).exists()

    # Without the network everything goes on that needs nothing more from there.
    online = dict(workflow.environment)
    workflow.environment |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1"}
    printed = workflow.run("--keep-going", fails=True)
    assert f"{slow} of me/bottle_v2.1 is not in the Hub's cache on this machine" in printed
    assert len(list(labels.glob("*.json"))) == 2
    assert workflow.path("results/me--bottle_v2.1/meta/info.json").exists()

    workflow.environment = online
    hub.faults.clear()
    workflow.run()
    written = table(workflow.path("results/me--bottle_v2.1"))
    assert len(written) == 2
    for path, result in written.items():
        assert result.drop_columns(["response"]) == pq.read_table(cameras["v2.1"] / path)
    left = {path for path in contents(source) if not path.startswith("meta/")}
    assert left == {"files.json", "revision.json"}


def test_trouble_with_the_hub_is_one_sentence(workflow: Workflow, hub: HubServer) -> None:
    workflow.config = {"annotator": "kinematic", "datasets": [entry("v2.1")]}
    use(workflow, hub)
    workflow.environment["HF_TOKEN"] = "hf_wrong"
    assert "the Hub rejected the token" in workflow.run("-n", fails=True)
