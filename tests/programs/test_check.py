"""The list of episodes to look at is printed for each dataset."""

from pathlib import Path

from subtasks.checks import check_file
from subtasks.checks.finding import Checked, Finding, Kind
from support import programs


def test_datasets_are_listed_one_after_the_other(tmp_path: Path) -> None:
    found = [
        Checked(n, 2.0, (Finding(Kind.LENGTH, 2.0, 1.0, f'"grasp" lasts {n} s'),)) for n in (7, 3)
    ]
    paths = [tmp_path / name / "checks.json" for name in ("one", "other")]
    check_file.write(paths[0], found)
    check_file.write(paths[1], [])
    printed = programs.printed("check.py", "--checks", *paths, "--most", 1)
    assert printed == (
        "one: 2 episodes to look at\n\n"
        "episode  score  why\n"
        "---------------------------------\n"
        '      7    2.0  "grasp" lasts 7 s\n'
        "… and 1 more episode\n\n"
        "other: nothing odd about the labels\n"
    )


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "checks.json").write_text("[]")
    sentence = programs.fails("check.py", "--checks", tmp_path / "checks.json")
    assert sentence == f"{tmp_path / 'checks.json'} is damaged: remove it and run again"
