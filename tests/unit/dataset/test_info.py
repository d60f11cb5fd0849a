"""The content of meta/info.json is checked."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.dataset import dataset, info
from subtasks.errors import Problem
from support.small_datasets import JSON, SEVERAL, info_json, make_v2, read_or_refused


@pytest.mark.parametrize("version", ["2.1", 2.1, "v2.1"])
def test_a_version_may_lack_its_v(tmp_path: Path, version: Any) -> None:
    root = make_v2(tmp_path / "d", info_json(codebase_version=version))
    assert dataset.load(root).version == "v2.1"


HOSTILE = [
    ("{", "is not valid JSON"),
    ("[]", "must be a JSON object"),
    (info_json(fps=0), "fps in meta/info.json must be between .*, not 0"),
    (info_json(fps=True), "not True"),
    (info_json(fps="30 Hz"), "not '30 Hz'"),
    (info_json(fps="1e1"), "not '1e1'"),
    (info_json(codebase_version="v1.6"), "codebase_version in meta/info.json is 'v1.6'"),
    (info_json(codebase_version=None), "codebase_version in meta/info.json is None"),
    (info_json(features=None), "features in meta/info.json must be an object of objects"),
    (info_json(chunks_size=0), "chunks_size in meta/info.json must be a positive integer, not 0"),
    (info_json(fps=1e-320), "must be between 0.001 and 1000, not 1e-320"),
    (json.dumps(info_json()).replace('"fps"', '"half": "\\ud800", "fps"'), "is not valid JSON"),
    (info_json(features={"../up": {"dtype": "video"}}), "cannot be part of a path"),
]


@pytest.mark.parametrize(("content", "said"), HOSTILE)
def test_hostile_info_is_refused_in_one_sentence(tmp_path: Path, content: Any, said: str) -> None:
    root = make_v2(tmp_path / "d", content)
    with pytest.raises(Problem, match=said) as caught:
        dataset.load(root)
    assert str(root) in str(caught.value)
    assert "\n" not in str(caught.value)


@SEVERAL
@given(st.dictionaries(st.sampled_from([*info_json(), "total_episodes"]), JSON), JSON)
def test_any_info(tmp_path: Path, changes: dict[str, Any], names: Any) -> None:
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    content = info_json(**changes)
    if isinstance(content["features"], dict):
        content["features"]["action"] = {"dtype": "float32", "names": names}
    read_or_refused(make_v2(tmp_path / "d", content))


def test_names_of_dimensions_in_any_form() -> None:
    deep: Any = "left"
    for _ in range(100_000):
        deep = [deep]
    for names, flat in [
        (["a", "b"], ["a", "b"]),
        ([["a", "b"], ["c"]], ["a", "b", "c"]),
        ({"motors": ["a", "b"], "hands": {"left": ["c"]}}, ["a", "b", "c"]),
        ({"x": 0, "y": 1}, ["x", "y"]),
        (deep, ["left"]),
        (["x" * 100] * 1000, []),
        ([""] * 100_000, []),
        (None, []),
    ]:
        assert info.names({"names": names}) == flat
