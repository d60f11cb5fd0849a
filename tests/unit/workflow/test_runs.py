"""Settings that are compared: what may differ, where they go, and which episodes they label."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.workflow import runs, written_paths
from subtasks.workflow.config import Config, DatasetEntry, DatasetTruth, LabelLimits, RunEntry
from support import configs


def config(*entries: dict[str, Any], **given: Any) -> Config:
    return Config.from_mapping(accepted(evaluate={"runs": list(entries)}, **given))


def accepted(**given: Any) -> dict[str, Any]:
    return written_paths.expand(configs.filled(**given))


def test_keys_that_differ_join_those_of_all() -> None:
    given = accepted(labels={"context": "a kitchen"}, claude={"model": "claude-opus-4-7"})
    run = RunEntry("quick", {"labels": {"passes": ["segment", "refine"]}, "annotator": "kinematic"})
    found = runs.changed(given, run)
    assert found["labels"]["passes"] == ["segment", "refine"]
    assert found["labels"]["context"] == "a kitchen"
    assert found["annotator"] == "kinematic"
    assert found["datasets"] == given["datasets"]
    assert given["labels"]["passes"] == ["segment"]


def test_one_model_judges_all_runs() -> None:
    sonnet = RunEntry("sonnet", {"claude": {"model": "claude-sonnet-5-5"}})
    found = runs.changed(accepted(), sonnet)
    assert found["claude"]["model"] == "claude-sonnet-5-5"
    assert found["evaluate"]["judge_model"] == "claude-opus-4-7"
    found = runs.changed(accepted(evaluate={"judge_model": "claude-haiku-4-5"}), sonnet)
    assert found["evaluate"]["judge_model"] == "claude-haiku-4-5"


def test_a_file_gives_what_it_says_about_labels(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        yaml.safe_dump({"datasets": [{"root": "x"}], "results": "r", "sample": {"fps": 4}})
    )
    found = runs.changed(accepted(), RunEntry("mine", str(file)))
    assert found["sample"]["fps"] == 4
    assert found["sample"]["layout"] == "sheet"
    assert found["results"] == "results"
    assert found["datasets"] == accepted()["datasets"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"datasets": []}, "datasets cannot differ between runs; what can is annotator, "),
        ({"replies": "r"}, "replies cannot differ between runs"),
        ("none.yaml", "none.yaml cannot be read: No such file"),
        ("broken.yaml", "broken.yaml is not YAML: "),
        ("latin.yaml", "latin.yaml is not YAML: "),
        ("list.yaml", "list.yaml has no keys"),
        ("empty.yaml", "empty.yaml has no keys"),
    ],
)
def test_what_cannot_differ_is_a_problem(
    entry: Any, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.yaml").write_text("a: [")
    Path("latin.yaml").write_bytes(b"a: \xe4")
    Path("list.yaml").write_text("- a")
    Path("empty.yaml").write_text("")
    with pytest.raises(Problem) as problem:
        runs.changed(accepted(), RunEntry("a", entry))
    assert str(problem.value).startswith(reason)


def test_two_runs_need_two_names() -> None:
    assert [run.name for run in runs.named(config({"name": "a"}, {"name": "b"}))] == ["a", "b"]
    for other in ("a-B", "a.b", "A_b"):
        with pytest.raises(Problem, match=f"evaluate.runs has a-b and {other}: "):
            runs.named(config({"name": "a-b"}, {"name": other}))


def test_a_run_has_folders_of_its_own_and_shares_the_replies() -> None:
    given = accepted(evaluations="out/e", replies="paid", max_episodes=7)
    entries = {
        "one": DatasetEntry(root="data/one", exclude=(3,), max_episodes=5, camera=("a", "b")),
        "two": DatasetEntry(repo_id="me/two", evaluate=DatasetTruth("t/{dataset}")),
    }
    found = runs.placed(given, RunEntry("quick"), entries, {"one": [0, 4], "two": [1]})
    assert found["replies"] == "paid"
    for key in set(written_paths.FOLDERS) - {"replies"}:
        assert found[key] == f"out/e/runs/quick/{key}"
    one, two = found["datasets"]
    assert (one["name"], one["episodes"], one["camera"]) == ("one", [0, 4], ["a", "b"])
    assert "max_episodes" not in one
    assert one["exclude"] == []
    assert (two["repo_id"], two["evaluate"]) == ("me/two", {"truth": "t/{dataset}"})
    assert "root" not in two
    assert found["max_episodes"] is None
    # Nothing of it is refused where it is read.
    again = Config.from_mapping(accepted(**found))
    assert [entry.episodes for entry in again.datasets] == [(0, 4), (1,)]
    assert again.evaluate.runs == ()


def test_what_a_run_says_about_labels_goes_before_what_a_dataset_says() -> None:
    entry = DatasetEntry(root="a", labels=LabelLimits(context="a kitchen", max_segments=9))
    run = RunEntry("b", {"labels": {"context": "a workshop", "unify": True}})
    given = runs.changed(accepted(), run)
    [found] = runs.placed(given, run, {"a": entry}, {"a": [0]})["datasets"]
    assert (found["labels"]["context"], found["labels"]["max_segments"]) == (None, 9)
    assert given["labels"]["context"] == "a workshop"
    [found] = runs.placed(given, RunEntry("c"), {"a": entry}, {"a": [0]})["datasets"]
    assert found["labels"]["context"] == "a kitchen"


def test_only_what_differs_is_shown() -> None:
    first = accepted()
    second = runs.changed(
        first,
        RunEntry("b", {"labels": {"passes": ["segment", "refine"]}, "claude": {"max_wait": 3}}),
    )
    third = runs.changed(first, RunEntry("c", {"annotator": "kinematic", "sample": {"fps": 4.0}}))
    assert runs.differences([first, second, third]) == [
        {"annotator": "claude", "sample.fps": "2", "labels.passes": "segment"},
        {"annotator": "claude", "sample.fps": "2", "labels.passes": "segment, refine"},
        {"annotator": "kinematic", "sample.fps": "4.0", "labels.passes": "segment"},
    ]
    assert runs.differences([first]) == [{}]
    assert runs.differences([]) == []


@given(st.lists(st.integers(0, 10**6), unique=True).map(sorted), st.integers(1, 50))
def test_a_few_episodes_are_spread_over_all(episodes: list[int], most: int) -> None:
    found = runs.spread(episodes, most)
    assert len(found) == min(most, len(episodes))
    assert found == sorted(set(found))
    assert set(found) <= set(episodes)
    assert runs.spread(episodes, None) == episodes


def test_the_middle_of_each_part_is_taken() -> None:
    assert runs.spread(range(100), 4) == [12, 37, 62, 87]
