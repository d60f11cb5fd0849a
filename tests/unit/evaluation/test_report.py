"""The page about scores: what comes first, and that foreign texts are texts."""

from dataclasses import replace
from pathlib import Path

from subtasks.evaluation import report
from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.compared import read
from subtasks.evaluation.report import MOST_EPISODES, Report
from subtasks.evaluation.scores import compute
from support.evaluation_files import EvaluationFiles
from support.simulated_labels import population

HOSTILE = "<script>alert(1)</script>"


def page(folder: Path, label: str = "grasp the cup") -> str:
    files = EvaluationFiles(folder)
    labels = {n: [(0.0, "reach"), (1.0 + n / 10, label)] for n in range(3)}
    files.write_labels(labels)
    files.write_truth({n: [(0.0, 1.0, "reach"), (1.0, 3.0, label)] for n in range(3)}, "A note.")
    files.write_facts(dict.fromkeys(range(3), 30))
    episodes = read(files.paths, 10).episodes
    counts = [replace(each, episode=n) for n, each in enumerate(population(5, 3))]
    scores = compute("demo", "my/truth", "folder", counts, ["A note.", HOSTILE])
    return "".join(report.page(Report(scores, counts, episodes, 10)))


def test_a_page_says_what_a_person_wants_to_know_first(tmp_path: Path) -> None:
    found = page(tmp_path)
    parts = ["3 episodes", "found within half a second", "A note.", ">Borders<", "far borders are"]
    parts += [">Segments<", ">Labels<", ">What is called what<", ">Episodes<", "</body></html>"]
    places = [found.index(part) for part in parts]
    assert places == sorted(places)


def test_foreign_texts_are_texts(tmp_path: Path) -> None:
    found = page(tmp_path, HOSTILE)
    assert "<script" not in found
    assert found.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2


def test_the_worst_episodes_come_first() -> None:
    counts = population(5, 30)
    ordered = report.worst_first(counts)
    scores = [each.border_f1(0.5) for each in ordered]
    assert scores == sorted(1.0 if each is None else each for each in scores)
    assert report.drawn(counts) == list(range(30))


def test_of_many_episodes_the_worst_are_drawn() -> None:
    one = population(5, 1)[0]
    right = replace(one, found_borders=4, true_borders=4, matched_borders=(4, 4, 4, 4))
    counts = [replace(right, episode=n) for n in range(MOST_EPISODES + 5)]
    counts[-1] = replace(counts[-1], matched_borders=(0, 0, 0, 0))
    drawn = report.drawn(counts)
    assert len(drawn) == MOST_EPISODES
    assert counts[-1].episode in drawn


def test_nearly_all_is_not_all(tmp_path: Path) -> None:
    counts = population(5, 3)
    recall = Figure(0.9966, 0.991, 0.9999)
    scores = replace(
        compute("demo", "x", "y", counts, ()),
        figures={
            "borders/0.5/recall": recall,
            "border_errors/median": Figure(0.1),
            "border_errors/bias": Figure(-0.001, -0.004, 0.004),
        },
    )
    found = "".join(report.page(Report(scores, counts, (), 10)))
    assert "99 % (99 to 99 %) are found within half a second" in found
    assert "neither too late nor too early (+0.00 to +0.00 s)" in found
