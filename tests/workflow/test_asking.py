"""Asking live: many requests at once, long episodes, storms, limits, and other endpoints."""

import json
import random
import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from servers.claude import (
    BareArray,
    Chance,
    Chatty,
    ClaudeServer,
    Dropped,
    Fenced,
    Forbidden,
    FromFunction,
    HalfAnswer,
    Limits,
    Overloaded,
    RateLimited,
    RealEpisodes,
    Refusal,
    ServerError,
    Stalled,
    Unusable,
)
from servers.claude.question import Question
from subtasks.program import EXIT_FATAL, EXIT_PROBLEM
from subtasks.segments import subtask_files
from support import render
from support.annotate_job import AnnotateJob, sample_real_episodes
from support.labels import made_by_eye, responses
from support.workflow import Workflow


@pytest.fixture(scope="module")
def frames(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archives of the real episodes."""
    return sample_real_episodes(real_data, tmp_path_factory.mktemp("frames"))


@pytest.fixture(scope="module")
def oracle(real_data: Path) -> RealEpisodes:
    return RealEpisodes(real_data)


# many at once -----------------------------------------------------------------------------------


def test_all_requests_are_in_flight_at_once(
    tmp_path: Path, frames: Path, oracle: RealEpisodes
) -> None:
    job = AnnotateJob(tmp_path / "job", frames, 32)
    with ClaudeServer(oracle, latency=5.0) as server:
        job.run(server, "--requests-in-flight=32")
        assert server.most_in_flight == 32
        assert len(server.answered) == 32
    assert all(outcome.answer for outcome in job.outcomes())


STORM = [
    RateLimited(retry_after=0.3),
    Overloaded(),
    ServerError(),
    Dropped(),
    Stalled(seconds=2.0),
    HalfAnswer(),
]


def test_a_storm(tmp_path: Path, frames: Path, oracle: RealEpisodes) -> None:
    job = AnnotateJob(tmp_path / "job", frames, 64)
    with ClaudeServer(oracle, faults=Chance(0.4, STORM), latency=0.1) as server:
        printed = job.run(server, "--requests-in-flight=32")
        assert "64 of 64 episodes answered" in printed
        assert len(server.answered) == 64
        assert set(server.answered.values()) == {1}
        met = {type(record.fault) for record in server.requests if record.fault}
        assert met == {type(fault) for fault in STORM}


def test_jobs_that_know_nothing_of_one_another_stay_below_the_limits(
    tmp_path: Path, frames: Path, oracle: RealEpisodes
) -> None:
    """Unpaced, two of three requests are refused here, and both jobs run out of retries."""
    jobs = [AnnotateJob(tmp_path / name, frames, 48) for name in "ab"]
    limits = Limits(requests=60, minute=10.0)
    with ClaudeServer(oracle, limits=limits, latency=0.3) as server:
        running = [job.start(server, "--requests-in-flight=16") for job in jobs]
        for process in running:
            printed, _ = process.communicate()
            assert process.returncode == 0, printed
        bounced = sum(record.status == 429 for record in server.requests)
        assert set(server.answered.values()) == {len(jobs)}
        assert bounced <= len(server.requests) / 4  # what starts at once knows of no limit yet


@pytest.mark.parametrize(
    ("account", "options", "exit_code", "said"),
    [
        (Forbidden(), [], EXIT_FATAL, "the key may not use claude-opus-4-7"),
        (None, ["--model=claude-opus-9"], EXIT_FATAL, "has no model claude-opus-9"),
        (
            *(None, ["--base-url=http://127.0.0.1:1", "--max-retries=0"]),
            *(EXIT_PROBLEM, "cannot reach the Claude API"),
        ),
    ],
)
def test_trouble_that_concerns_all_ends_at_the_first_answer(
    tmp_path: Path,
    frames: Path,
    oracle: RealEpisodes,
    account: Forbidden | None,
    options: list[str],
    exit_code: int,
    said: str,
) -> None:
    job = AnnotateJob(tmp_path / "job", frames, 16)
    with ClaudeServer(oracle, account=account, latency=0.5) as server:
        printed = job.run(server, "--requests-in-flight=2", *options, exit_code=exit_code)
        [sentence] = [
            line for line in printed.splitlines() if re.search(r" (ERROR|CRITICAL) ", line)
        ]
        assert said in sentence
        assert server.key not in printed
        assert len(server.requests) <= 2
    assert not (tmp_path / "job/outcomes.jsonl").exists()


def test_what_answered_is_not_asked_again_after_others_failed(
    tmp_path: Path, frames: Path, oracle: RealEpisodes
) -> None:
    """Credit that runs out half way: the replies that came are there for the next run."""
    job = AnnotateJob(tmp_path / "job", frames, 16)
    with ClaudeServer(oracle) as server:
        first = [None] * 6

        def runs_out(ask: Any) -> Any:
            return first.pop() if first else Forbidden()

        with ClaudeServer(oracle, faults=runs_out, key=server.key) as poor:
            job.run(poor, "--requests-in-flight=2", exit_code=EXIT_FATAL)
            assert len(poor.answered) == 6
        printed = job.run(server)
        assert "16 of 16 episodes answered, 10 requests made, 6 from the store" in printed
        assert not poor.answered.keys() & server.answered.keys()


# long episodes ----------------------------------------------------------------------------------

HALF_HOUR = 1800
SLOW = 4  # frames a second: enough for two samples, and quickly rendered
JITTER = 0.3
PHASES = ["reach toward the cup", "grasp the cup", "lift the cup", "turn left", "put it down"]


def long_truth() -> list[dict[str, Any]]:
    """Subtasks of two to twelve seconds."""
    dice = random.Random(30)
    entries, time, number = [], 0.0, 0
    while time < HALF_HOUR - 12:
        entries.append({"time": time, "subtask": PHASES[number % len(PHASES)]})
        time += dice.randrange(2 * SLOW, 12 * SLOW) / SLOW
        number += 1
    return entries


@pytest.fixture(scope="module")
def half_an_hour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LeRobot v2.1 dataset of one episode of half an hour."""
    root = tmp_path_factory.mktemp("long") / "long"
    count = HALF_HOUR * SLOW
    camera = "observation.images.top"
    info = {
        "codebase_version": "v2.1",
        "fps": SLOW,
        "chunks_size": 1000,
        "total_episodes": 1,
        "total_frames": count,
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/"
        "episode_{episode_index:06d}.mp4",
        "features": {
            camera: {"dtype": "video", "shape": [48, 64, 3], "names": ["height", "width", "c"]},
            "timestamp": {"dtype": "float32", "shape": [1], "names": None},
            **{
                name: {"dtype": "int64", "shape": [1], "names": None}
                for name in ("frame_index", "episode_index", "index", "task_index")
            },
        },
    }
    (root / "meta").mkdir(parents=True)
    (root / "meta/info.json").write_text(json.dumps(info))
    episode = {"episode_index": 0, "tasks": ["Put the cups away."], "length": count}
    (root / "meta/episodes.jsonl").write_text(json.dumps(episode) + "\n")
    task = {"task_index": 0, "task": "Put the cups away."}
    (root / "meta/tasks.jsonl").write_text(json.dumps(task) + "\n")
    video = root / f"videos/chunk-000/{camera}/episode_000000.mp4"
    video.parent.mkdir(parents=True)
    times = [frame / SLOW for frame in range(count)]
    render.video(video, count, codec="mpeg4", keyframes=2, size=(64, 48), times=times)
    numbers = pa.array(range(count), pa.int64())
    zeros = pa.array([0] * count, pa.int64())
    rows = {
        "timestamp": pa.array(times, pa.float32()),
        "frame_index": numbers,
        "episode_index": zeros,
        "index": numbers,
        "task_index": zeros,
    }
    (root / "data/chunk-000").mkdir(parents=True)
    pq.write_table(pa.table(rows), root / "data/chunk-000/episode_000000.parquet")
    return root


def test_half_an_hour_is_asked_about_in_windows(workflow: Workflow, half_an_hour: Path) -> None:
    """Each window sees the truth a little early or late, and says it in its own words."""
    truth = long_truth()

    def seen(question: Question) -> list[dict[str, Any]]:
        dice = random.Random(str(question.span))
        article = dice.choice(["the ", "a ", ""])
        return [
            {
                "time": entry["time"] + dice.uniform(-JITTER, JITTER) * (entry["time"] > 0),
                "subtask": entry["subtask"].replace("the ", article),
            }
            for entry in truth
        ]

    workflow.config = {"datasets": [{"root": str(half_an_hour)}], "labels": {"min_segment": 1.0}}
    with ClaudeServer(FromFunction(seen), latency=1.0) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        # All at full density: 3600 frames, 600 to a request, ten seconds in common.
        assert len(server.answered) == 7
        assert server.most_in_flight == 7
        assert {record.images for record in server.requests} <= set(range(2, 31))
    found = subtask_files.load(workflow.path("results/long/subtasks/episode_000000.json"))
    assert [words(each.subtask) for each in found] == [words(each["subtask"]) for each in truth]
    for one, true in zip(found, truth, strict=True):
        assert abs(one.time - true["time"]) <= 0.5
    for before, after in pairwise(found):
        assert after.time - before.time >= 1.0
    [column] = responses(workflow.path("results/long")).values()
    assert len(column) == HALF_HOUR * SLOW
    assert all(column)


def words(label: str) -> list[str]:
    return [word for word in label.split() if word not in ("the", "a")]


# passes, layouts, endpoints ---------------------------------------------------------------------


def test_passes_share_their_frames_through_the_cache(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """Also: frames one by one, the key in a file, and the endpoint in the config."""
    count = 2
    with ClaudeServer(oracle) as server:
        key = workflow.path("key")
        key.write_text(server.key + "\n")
        workflow.environment["ANTHROPIC_API_KEY_FILE"] = str(key)
        workflow.config = {
            "datasets": [{"root": str(real_data / "g1_bottle_v3.0"), "episodes": f"0:{count}"}],
            "sample": {"layout": "frame"},
            "labels": {"passes": ["describe", "segment", "relabel"]},
            "claude": {"base_url": server.url},
        }
        workflow.run()
        by_pass: dict[str, list[Any]] = {"describe": [], "segment": [], "relabel": []}
        for record in server.requests:
            assert record.error is None
            prompt = record.texts[-1]
            kind = "segment" if "What an earlier look" in prompt else "describe"
            by_pass["relabel" if "Current segment:" in prompt else kind].append(record)
    columns = responses(workflow.path("results/g1_bottle_v3.0"))
    assert {e: labels for e, labels in columns.items() if any(labels)} == {
        episode: made_by_eye(real_data, episode, len(columns[episode])) for episode in range(count)
    }
    assert len(by_pass["describe"]) == len(by_pass["segment"]) == count
    assert len(by_pass["relabel"]) > count
    for describe in by_pass["describe"]:
        assert describe.usage["cache_creation_input_tokens"] > 2048
        assert describe.usage["cache_read_input_tokens"] == 0
    written = sum(each.usage["cache_creation_input_tokens"] for each in by_pass["describe"])
    read = sum(each.usage["cache_read_input_tokens"] for each in by_pass["segment"])
    assert read == written
    assert all(not each.usage["cache_creation_input_tokens"] for each in by_pass["relabel"])
    assert all("What an earlier look" in each.texts[-1] for each in by_pass["segment"])


def test_answers_that_do_not_follow_the_schema(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """From an endpoint that ignores it, and from a model that thinks by default."""
    styles = [Fenced(), Chatty(), BareArray(), None]
    faults = {f"episode_{episode:06d}": style for episode, style in enumerate(styles)}
    workflow.config = {
        "datasets": [{"root": str(real_data / "g1_bottle_v2.1"), "episodes": f"0:{len(styles)}"}],
        "claude": {"model": "claude-opus-5-5"},
    }
    with ClaudeServer(oracle, faults=faults) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        assert Counter(server.answered.values()) == {1: len(styles)}
        assert server.tokens["output_tokens"] > 1024 * len(styles)  # it did think
    for episode, labels in responses(workflow.path("results/g1_bottle_v2.1")).items():
        assert labels == made_by_eye(real_data, episode, len(labels))


def test_the_good_windows_of_a_failed_episode_are_not_asked_again(
    workflow: Workflow, half_an_hour: Path
) -> None:
    truth = long_truth()
    oracle = FromFunction(lambda _: truth)

    def refused(ask: Any) -> Any:
        return Refusal() if ask.question.span[0] > 1500 else None

    workflow.config = {"datasets": [{"root": str(half_an_hour)}]}
    with ClaudeServer(oracle, faults=refused) as server:
        workflow.ask(server.url, server.key)
        workflow.run("--until", "annotate")
        assert len(server.answered) == 7
    with ClaudeServer(oracle) as repaired:
        workflow.ask(repaired.url, repaired.key)
        workflow.run("--forcerun", "annotate")
        assert len(repaired.answered) == 1


# settings that shape questions and answers ------------------------------------------------------


def test_vocabulary_and_hints(workflow: Workflow, real_data: Path, oracle: RealEpisodes) -> None:
    name = "g1_bottle_v2.1"
    by_eye = {
        episode: subtask_files.load(real_data / "g1_bottle_gold" / f"episode_{episode:06d}.json")
        for episode in range(8)
    }
    vocabulary = sorted({each.subtask for entries in by_eye.values() for each in entries})
    workflow.config = {
        "datasets": [{"root": str(real_data / name), "labels": {"vocabulary": vocabulary}}],
        "labels": {"max_segments": 12, "motion_hints": True},
    }
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        for record in server.requests:
            said = record.texts[-1]
            assert "Measured from the robot's joints" in said
            assert "There are at most 12 subtasks." in said
            assert all(f"- {label}" in said for label in vocabulary)
    for episode, labels in responses(workflow.path("results", name)).items():
        assert labels == made_by_eye(real_data, episode, len(labels))


def test_a_label_outside_the_vocabulary_is_no_subtask(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    """An endpoint that ignores the form gives one again and again: the episode has no labels."""
    [first, *others] = subtask_files.load(real_data / "g1_bottle_gold" / "episode_000000.json")
    allowed = [first.subtask, *(each.subtask for each in others[:-1])]
    root = str(real_data / "g1_bottle_v2.1")
    workflow.config = {
        "datasets": [{"root": root, "name": "bottle", "episodes": [0]}],
        "labels": {"vocabulary": allowed},
    }
    truth = [{"time": each.time, "subtask": each.subtask} for each in [first, *others]]
    # One answer for every form: in a list of its own, as an endpoint gives that knows no schemas.
    with ClaudeServer(oracle, faults=lambda _: Unusable(json.dumps(truth))) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run(fails=True)
        assert len(server.answered) == 2
        assert others[-1].subtask in server.requests[-1].texts[-1]
    assert "is not one of the allowed labels" in printed


def test_without_windows_a_long_episode_is_sampled_at_a_lower_rate(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes
) -> None:
    name, frames = "g1_bottle_v2.1", 12
    workflow.config = {
        "datasets": [{"root": str(real_data / name)}],
        "sample": {"layout": "frame", "window": False, "max_frames": frames},
    }
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        workflow.run()
        assert len(server.requests) == len(server.answered) == 8
        for record in server.requests:
            assert record.images == frames
            [rate] = re.findall(r"Frames: ([0-9.]+) a second", record.texts[-1])
            [seconds] = re.findall(r"Duration: ([0-9.]+) s", record.texts[-1])
            assert float(rate) == pytest.approx(frames / float(seconds), rel=0.1)
            assert "The episode is long" not in record.texts[-1]
    columns = responses(workflow.path("results", name))
    assert sorted(columns) == list(range(8))
    assert all(all(labels) for labels in columns.values())


def test_tasks_are_on_no_command_line_and_another_asks_its_group_again(
    workflow: Workflow, real_data: Path, oracle: RealEpisodes, tmp_path: Path
) -> None:
    """A command line holds 128 KiB, and 200 episodes may each have a long sentence."""
    root = tmp_path / "bottle"
    shutil.copytree(real_data / "g1_bottle_v2.1", root)
    metadata = root / "meta/episodes.jsonl"
    episodes = [json.loads(line) for line in metadata.read_text().splitlines()]

    def write() -> None:
        metadata.write_text("".join(json.dumps(episode) + "\n" for episode in episodes))

    for episode in episodes:
        episode["tasks"] = [f"Pick <up> 'bottle {episode['episode_index']}' & \"put\" it back é."]
    write()
    workflow.config = {"datasets": [{"root": str(root)}], "claude": {"episodes_per_job": 4}}
    with ClaudeServer(oracle) as server:
        workflow.ask(server.url, server.key)
        printed = workflow.run("--until", "annotate", "--printshellcmds")
        assert "annotate.py" in printed
        assert "Pick <up>" not in printed
        said = {record.texts[-1] for record in server.requests}
        for episode in episodes:
            assert any(f"Task: {episode['tasks'][0]}\n" in text for text in said)
        episodes[0]["tasks"] = ["Take the bottle."]
        write()
        jobs = workflow.jobs("--until", "annotate")
        assert jobs == {"annotate": 1, "check_episodes": 1, "list_episodes": 1}, jobs
        workflow.run("--until", "annotate")
        assert len(server.answered) == 9
