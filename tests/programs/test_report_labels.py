"""The program that writes the report of a dataset's labels."""

import json
from pathlib import Path

import pytest

from subtasks.segments.segment import Segment
from support.programs import fails, run
from support.reviewed import write_checks, write_sources


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    return write_sources(tmp_path)


def test_the_report_has_bars_labels_checks_bill_and_settings(
    options: list[str], tmp_path: Path
) -> None:
    output, annotation = tmp_path / "report/labels.html", tmp_path / "annotation.json"
    annotation.write_text(json.dumps({"annotator": "kinematic", "episodes": 4}))
    options += ["--annotation", str(annotation), "--output", str(output)]
    assert "4 episodes" in run("report_labels.py", *options)
    text = output.read_text()
    for part in (
        *("<h1>Labels of <bdi>demo</bdi></h1>", '<svg class="bars"', "<bdi>reach</bdi>"),
        *("<bdi>grasp lasts 3.5 s, others 1.5 s</bdi>", "Claude gave no usable answer"),
        *("No model was asked.", "<bdi>kinematic</bdi>"),
    ):
        assert part in text
    before = output.read_bytes()
    run("report_labels.py", *options)
    assert output.read_bytes() == before


def test_checks_of_episodes_that_are_not_selected_are_left_out(
    options: list[str], tmp_path: Path
) -> None:
    write_checks(tmp_path / "checks.json", [(99, 3.0, [("rare", None, "seen once")])])
    run("report_labels.py", *options, "--output", tmp_path / "labels.html")
    assert "seen once" not in (tmp_path / "labels.html").read_text()


def test_labels_are_text_and_never_markup(tmp_path: Path) -> None:
    options = write_sources(tmp_path, {16: [Segment(0, "<script>alert(1)</script>")]})
    run("report_labels.py", *options, "--output", tmp_path / "labels.html")
    text = (tmp_path / "labels.html").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_damaged_annotation_is_one_sentence(options: list[str], tmp_path: Path) -> None:
    path = tmp_path / "annotation.json"
    path.write_text("[]")
    options += ["--annotation", str(path), "--output", str(tmp_path / "labels.html")]
    assert fails("report_labels.py", *options).endswith("is damaged: remove it and run again")
