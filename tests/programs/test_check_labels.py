"""Which episodes to look at first: failed ones, odd ones, and errors that were planted."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from subtasks import episode_facts, files
from subtasks.checks import check_file, ranking
from subtasks.checks.finding import Checked, Kind
from subtasks.episode_facts import EpisodeFacts
from subtasks.motion import curve_files
from subtasks.motion.curve_files import Change, Curves
from subtasks.questions.outcome import Outcome
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files
from support import planted, programs
from support.planted import Simulated

WRONG, FIRST, LEAST = 20, 30, 18
EPISODES = 200


@pytest.fixture(scope="module", params=[False, True], ids=["truth", "kinematic"])
def simulated(request: pytest.FixtureRequest) -> Simulated:
    return planted.simulate(seed=11, episodes=EPISODES, kinematic=request.param)


@pytest.mark.parametrize("motion", [True, False])
def test_planted_errors_are_among_the_first(simulated: Simulated, *, motion: bool) -> None:
    for seed in range(3):
        labels, where = planted.plant(simulated, WRONG, seed)
        checked = ranking.check(simulated.labelled(labels, motion=motion))
        first = {each.episode for each in checked[:FIRST]}
        missed = {number: error for number, error in where.items() if number not in first}
        assert len(missed) <= WRONG - LEAST, missed


@pytest.mark.parametrize("motion", [True, False])
def test_few_episodes_without_errors_have_a_sentence(simulated: Simulated, *, motion: bool) -> None:
    checked = ranking.check(simulated.labelled(simulated.labels, motion=motion))
    assert len(checked) <= EPISODES / 10, Counter(
        finding.kind for each in checked for finding in each.findings
    )


def test_one_error_in_eight_recordings_is_among_the_first_two(real_data: Path) -> None:
    recordings = planted.recorded(real_data)
    assert len(ranking.check(recordings.labelled(recordings.labels))) <= 1
    tries, found = 40, 0
    for seed in range(tries):
        errors = [planted.ERRORS[seed % len(planted.ERRORS)]]
        labels, [wrong] = planted.plant(recordings, 1, seed, errors)
        checked = ranking.check(recordings.labelled(labels))
        found += wrong in [each.episode for each in checked[:2]]
    assert found >= 0.8 * tries


# The program


class Dataset:
    """The files of a dataset of ten episodes, nine of them with the same labels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        usual = [Segment(0.0, "reach"), Segment(1.0, "grasp"), Segment(2.0, "lift")]
        self.labels: dict[int, list[Segment]] = dict.fromkeys(range(20), usual)

    def write(self) -> None:
        for number, labels in self.labels.items():
            path = self.folder / "subtasks" / f"episode_{number:06d}.json"
            files.write_text(path, subtask_files.dump(labels))
        for first in (0, 16):
            facts = {n: EpisodeFacts("a task", 90) for n in range(first, first + 16)}
            name = f"{first:06d}-{first + 15:06d}.json"
            files.write_json(
                self.folder / "listed" / name,
                {str(n): {"task": "a task", "length": 90} for n in facts},
            )
            episode_facts.write(self.folder / "episodes" / name, facts)

    def check(self, *options: object, episodes: str = "0-19") -> dict[int, Checked]:
        output = self.folder / "checks.json"
        programs.run(
            "check_labels.py",
            *("--episodes", episodes, "--listed", self.folder / "listed"),
            *("--facts", self.folder / "episodes", "--faults", self.folder / "faults.json"),
            *("--subtasks", self.folder / "subtasks", "--fps", 30, "--output", output),
            *options,
        )
        return {each.episode: each for each in check_file.read(output)}


def test_episodes_alike_have_nothing_to_look_at(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.write()
    assert dataset.check() == {}


def test_an_odd_episode_is_said_why(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.labels[17] = [Segment(0.0, "reach"), Segment(0.2, "lift")]
    dataset.write()
    [found] = dataset.check().values()
    assert found.episode == 17
    assert sorted(finding.sentence for finding in found.findings) == [
        '"grasp" is missing after "reach"',
        '"lift" lasts 2.8 s, others 1.0 s',
        '"reach" lasts 0.2 s, others 1.0 s',
    ]


def test_why_an_episode_has_no_labels_is_said_by_whoever_knows(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.labels = {n: [] if n in (5, 6) else each for n, each in dataset.labels.items()}
    dataset.write()
    for number in (3, 4, 7, 8):
        (tmp_path / "subtasks" / f"episode_{number:06d}.json").unlink()
    (tmp_path / "subtasks" / "episode_000009.json").write_text("[{]")
    facts = episode_facts.read(tmp_path / "episodes" / "000000-000015.json")
    facts[3] = EpisodeFacts("", 9, fault="its rows are gone")
    episode_facts.write(tmp_path / "episodes" / "000000-000015.json", facts)
    files.write_json(tmp_path / "faults.json", {"25": "its video is missing"})
    outcome_files.write(
        tmp_path / "outcomes" / "000000-000015.jsonl",
        [Outcome(5, None, "the model\nrefused \x1b[31m\u202e")],
    )
    logs = tmp_path / "logs"
    files.write_json(
        logs / "episode_000007.log.json", {"reason": "the disk is full", "fatal": True}
    )
    found = dataset.check("--outcomes", tmp_path / "outcomes", "--failures", logs)
    said = {n: each.findings[0].sentence for n, each in found.items()}
    assert said.pop(9).endswith(
        "line 1, column 3: expecting property name enclosed in double quotes"
    )
    assert said == {
        3: "its rows are gone",
        4: "it has no labels",
        5: "the model refused [31m",
        6: "it has no labels",
        7: "the disk is full",
        8: "it has no labels",
        25: "its video is missing",
    }
    assert {each.findings[0].kind for each in found.values()} == {Kind.FAILED}


def test_motion_is_looked_at_where_it_is_known(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.write()
    closes = Change(1.0, "the gripper begins to close")
    usual = Curves(0.1, changes=(closes,))
    late = Curves(0.1, changes=(replace(closes, time=1.8),))
    for first in (0, 16):
        measured = {n: late if n == 17 else usual for n in range(first, first + 16)}
        curve_files.write(tmp_path / "movement" / f"{first:06d}-{first + 15:06d}.json", measured)
    [found] = dataset.check("--measured", tmp_path / "movement").values()
    assert [finding.sentence for finding in found.findings] == [
        '"grasp" begins at 1.0 s, but the gripper begins to close at 1.8 s'
    ]


def test_what_a_person_has_seen_is_not_listed(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.labels[17] = [Segment(0.0, "reach"), Segment(0.2, "lift")]
    dataset.write()
    files.write_text(tmp_path / "corrections" / "episode_000017.json", "[]")
    assert dataset.check("--corrections", tmp_path / "corrections") == {}
    assert json.loads((tmp_path / "checks.json").read_text()) == {"episodes": []}


def test_a_dataset_without_groups_says_why_its_episodes_failed(tmp_path: Path) -> None:
    files.write_json(tmp_path / "faults.json", {"3": "its video is missing"})
    programs.run(
        "check_labels.py",
        *("--episodes", "3", "--faults", tmp_path / "faults.json", "--fps", 30),
        *("--subtasks", tmp_path / "subtasks", "--output", tmp_path / "checks.json"),
    )
    [found] = check_file.read(tmp_path / "checks.json")
    assert [finding.sentence for finding in found.findings] == ["its video is missing"]
