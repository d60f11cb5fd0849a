"""What README.md says of the labels of `kinematic` is what is measured."""

import importlib.util
from types import ModuleType

import pytest

from subtasks.evaluation.bootstrap import Figure
from subtasks.evaluation.scores import Scores
from support.workflow import PROJECT

README = (PROJECT / "README.md").read_text()


@pytest.fixture(scope="module")
def score_labels() -> ModuleType:
    path = PROJECT / "docs" / "score_labels.py"
    spec = importlib.util.spec_from_file_location("score_labels", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_says_how_good_the_demos_labels_are(score_labels: ModuleType) -> None:
    assert score_labels.TABLE.search(README)
    assert not score_labels.is_out_of_date(README)
    assert score_labels.is_out_of_date(README.replace("the demo", "another demo"))


def test_a_figure_has_its_range_where_it_has_one(score_labels: ModuleType) -> None:
    found = Scores(
        "demo",
        "",
        "",
        12,
        100.0,
        figures={"edit": Figure(0.5, 0.25, 0.625), "all": Figure(1.0, 1.0, 1.0)},
    )
    column = score_labels.Column
    assert score_labels.figure(found, column("", "edit", " s")) == "0.50 s (0.25 to 0.62)"
    assert score_labels.figure(found, column("", "all")) == "1.00"
