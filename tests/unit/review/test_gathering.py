import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from subtasks import episode_facts, files
from subtasks.episode_facts import EpisodeFacts
from subtasks.errors import Problem
from subtasks.review import gathering
from subtasks.review.gathering import Sources
from support.outputs import write_subtasks
from support.reviewed import LABELS, write_checks, write_sources


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    parser = argparse.ArgumentParser()
    gathering.add_arguments(parser)
    return Sources(**vars(parser.parse_args(write_sources(tmp_path))))


def test_all_selected_episodes_are_there_in_order(sources: Sources) -> None:
    found = gathering.overview(replace(sources, episodes="17-19,16,25"))
    assert (found.dataset, found.fps) == ("demo", 10.0)
    assert [each.episode for each in found.episodes] == [16, 17, 18, 19, 25]
    assert [list(each.labels) for each in found.episodes] == [*LABELS.values(), []]
    assert found.episodes[4].failure == gathering.NO_LABELS


def test_what_the_rows_say_comes_before_the_metadata(sources: Sources, tmp_path: Path) -> None:
    assert gathering.overview(sources).episodes[0].task == "task 16"
    assert gathering.overview(sources).episodes[0].length == 40
    by_metadata = gathering.overview(replace(sources, facts=None)).episodes[0]
    assert (by_metadata.task, by_metadata.length) == ("by the metadata", 30)
    nothing = gathering.overview(replace(sources, facts=None, listed=None)).episodes[0]
    assert (nothing.task, nothing.length) == ("", 0)


def test_the_newest_of_the_groups_with_an_episode_counts(sources: Sources, tmp_path: Path) -> None:
    facts = tmp_path / "facts"
    for name, task, age in (("000010-000019", "old", 100), ("000018-000020", "new", -100)):
        path = facts / f"{name}.json"
        episode_facts.write(path, {number: EpisodeFacts(task, 9) for number in (17, 18, 19)})
        then = (facts / "000016-000031.json").stat().st_mtime - age
        os.utime(path, (then, then))
    (facts / "notes.json").write_text("no group")
    tasks = {each.episode: each.task for each in gathering.overview(sources).episodes}
    assert tasks == {16: "task 16", 17: "new", 18: "new", 19: "new"}


def test_a_failure_is_what_the_checks_say_or_the_fault(sources: Sources, tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"18": "its video is gone", "30": "it is listed twice"}))
    episode_facts.write(tmp_path / "facts/000019-000019.json", {19: EpisodeFacts("", 0, fault="x")})
    write_subtasks(tmp_path / "subtasks", {19: []})
    found = gathering.overview(replace(sources, episodes="16-19,30", faults=faults))
    assert {each.episode: each.failure for each in found.episodes} == {
        16: None,
        17: None,
        18: "Claude gave no usable answer",
        19: "x",
        30: "it is listed twice",
    }
    unchecked = gathering.overview(replace(sources, checks=None, faults=faults))
    assert unchecked.episodes[2].failure == "its video is gone"


def test_an_episode_that_a_person_has_labelled_is_no_failure(
    sources: Sources, tmp_path: Path
) -> None:
    write_checks(tmp_path / "checks.json", [(16, 9.0, [("failed", None, "no answer")])])
    assert gathering.overview(sources).episodes[0].failure is None
    # Unless it cannot be labelled at all: then its labels are those of an earlier run.
    write_checks(tmp_path / "checks.json", [])
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"16": "it is listed twice"}))
    found = gathering.overview(replace(sources, faults=faults)).episodes[0]
    assert (found.failure, found.labels) == ("it is listed twice", ())


def test_checks_are_those_of_their_file(sources: Sources) -> None:
    assert gathering.checks(None, {17, 18}) == []
    first, second = gathering.checks(sources.checks, {17, 18})
    assert gathering.checks(sources.checks, {18}) == [second]
    assert (first.episode, first.score) == (17, 3.2)
    assert [each.time for each in first.findings] == [0.5, None]
    assert second.findings[0].sentence == "Claude gave no usable answer"


@pytest.mark.parametrize("name", ["listed/000016-000031.json", "checks.json", "faults.json"])
@pytest.mark.parametrize("content", [7, [7], {"x": 7}, {"16": [7]}, {"episodes": [{}]}])
def test_a_damaged_file_is_a_sentence(
    sources: Sources, tmp_path: Path, name: str, content: object
) -> None:
    files.write_json(tmp_path / "faults.json", {})
    files.write_json(tmp_path / name, content)
    with pytest.raises(Problem, match=f"{name} is damaged: remove it and run again"):
        gathering.overview(replace(sources, faults=tmp_path / "faults.json"))
