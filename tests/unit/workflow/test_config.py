"""Settings are the schema's keys, filled once, and never a dictionary afterwards."""

import json
from dataclasses import MISSING, FrozenInstanceError, asdict, fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.workflow.config import (
    Config,
    DatasetEntry,
    LabelLimits,
    Labels,
)
from support import configs
from support.workflow import PROJECT

SCHEMA = yaml.safe_load(configs.SCHEMA.read_text())
DEFAULT = yaml.safe_load((PROJECT / "config/config.yaml").read_text())


# the schema, the default and the reference ----------------------------------------------------


def test_the_default_is_valid_and_is_the_schemas_default() -> None:
    """What the comments of config.yaml promise: a key left out has the value shown there."""
    default = configs.filled(**DEFAULT)
    assert configs.filled() | {"datasets": default["datasets"]} == default


def test_every_key_of_the_schema_is_in_the_default_and_in_the_reference() -> None:
    written = (PROJECT / "config/config.yaml").read_text()
    reference = (PROJECT / "config/README.md").read_text()

    def keys(schema: dict[str, Any]) -> list[str]:
        found = []
        for name, part in schema.get("properties", {}).items():
            assert part.get("description") or "$ref" in part, f"{name} is not described"
            found += [name, *keys(part), *keys(part.get("items", {}))]
        return found

    for key in keys(SCHEMA):
        assert f"{key}:" in written, f"{key} is missing in config.yaml"
        assert f"`{key}`" in reference, f"{key} is missing in config/README.md"


def test_every_section_of_the_schema_is_a_dataclass_with_its_keys_as_fields() -> None:
    sections: list[str] = []

    def compare(schema: dict[str, Any], kind: Any, where: str) -> None:
        sections.append(where)
        properties = schema["properties"]
        assert sorted(properties) == sorted(field.name for field in fields(kind)), where
        for name, hint in get_type_hints(kind).items():
            part = properties[name].get("items", properties[name])
            [inner] = [each for each in (hint, *get_args(hint)) if is_dataclass(each)] or [None]
            assert (inner is not None) == ("properties" in part), f"{where}.{name}"
            if inner is not None:
                compare(part, inner, f"{where}.{name}")

    compare(SCHEMA, Config, "config")
    assert {"config.labels.prompts", "config.claude.batch", "config.datasets.labels"} <= {*sections}


def test_what_has_no_default_in_the_schema_has_one_here() -> None:
    """Snakemake fills in the schema's defaults, but not those of the entries of a list."""
    for kind in (DatasetEntry, LabelLimits):
        for field in fields(kind):
            assert field.default is not MISSING, f"{kind.__name__}.{field.name}"


# filling in -----------------------------------------------------------------------------------


def test_a_run_has_what_the_config_says_and_defaults_for_the_rest() -> None:
    config = configs.read(
        datasets=[{"root": "a", "exclude": [3, 4]}, {"repo_id": "b/c", "episodes": [0, 5]}],
        labels={"passes": ["describe", "segment"], "prompts": {"segment": "mine.md"}},
        claude={"batch": {"episodes": 7}},
    )
    assert config.datasets == (
        DatasetEntry(root="a", exclude=(3, 4)),
        DatasetEntry(repo_id="b/c", episodes=(0, 5)),
    )
    assert [entry.origin for entry in config.datasets] == ["a", "b/c"]
    assert config.labels.passes == ("describe", "segment")
    assert config.labels.prompts.segment == "mine.md"
    assert config.labels.prompts.relabel == DEFAULT["labels"]["prompts"]["relabel"]
    assert (config.claude.batch.episodes, config.claude.batch.poll_seconds) == (7, 60)
    assert configs.read(datasets=[{"root": "a", "episodes": "0:5"}]).datasets[0].episodes == "0:5"


def test_settings_do_not_change_and_can_be_compared() -> None:
    config = configs.read(datasets=[{"root": "a", "episodes": [1]}])
    assert hash(config) == hash(configs.read(datasets=[{"root": "a", "episodes": [1]}]))
    with pytest.raises(FrozenInstanceError):
        config.sample.fps = 3  # type: ignore[misc]


def test_no_value_stays_a_list_or_a_mapping() -> None:
    """Lists become tuples, also those that a key may have in place of something else."""
    given = {"root": "a", "episodes": [1, 2], "labels": {"vocabulary": ["reach", "grasp"]}}
    [entry] = configs.read(datasets=[given]).datasets
    assert entry.episodes == (1, 2)
    assert entry.labels == LabelLimits(vocabulary=("reach", "grasp"))

    def check(kind: Any) -> None:
        for hint in get_type_hints(kind).values():
            options = get_args(hint) if get_origin(hint) is UnionType else (hint,)
            assert not {get_origin(each) or each for each in options} & {list, dict}
            for inner in (each for each in options if is_dataclass(each)):
                check(inner)

    check(Config)


# what follows from settings -------------------------------------------------------------------


def test_a_dataset_has_the_limits_of_all_where_it_says_nothing() -> None:
    config = configs.read(
        datasets=[
            {"root": "a"},
            {"root": "b", "labels": {"min_segment": 0, "vocabulary": ["reach"]}},
        ],
        labels={"context": "A kitchen.", "min_segment": 0.5, "max_segments": 9},
    )
    every = LabelLimits("A kitchen.", None, 0.5, 9)
    assert config.labels.limits == every
    assert [entry.labels.or_else(config.labels.limits) for entry in config.datasets] == [
        every,
        LabelLimits("A kitchen.", ("reach",), 0, 9),
    ]


@pytest.mark.parametrize(
    ("annotator", "labels", "needed"),
    [
        ("claude", {}, False),
        ("claude", {"motion_hints": True}, True),
        ("kinematic", {}, True),
    ],
)
def test_when_the_robots_state_is_read(
    annotator: str, labels: dict[str, Any], needed: bool
) -> None:
    config = configs.read(annotator=annotator, labels=labels)
    assert config.needs_motion == needed
    assert config.asks_claude == (annotator == "claude")


def test_in_windows_an_episode_keeps_its_rate() -> None:
    sample = {"fps": 1, "layout": "frame", "frame": {"width": 320}, "max_frames": 50}
    whole, windows = (
        configs.read(sample={**sample, "window": window}).sample.settings()
        for window in (False, True)
    )
    assert (whole.fps, whole.layout, whole.frame_width, whole.max_frames) == (1, "frame", 320, 50)
    assert windows.max_frames is None


def test_outputs_are_in_the_order_of_the_registry() -> None:
    output = configs.read(output={"segments": True, "subtask_index": True}).output
    assert output.chosen == ["response", "subtask_index", "segments"]
    assert output.tables == ["meta/subtasks.parquet", "meta/segments.parquet"]
    assert configs.read(output={"response": False, "overwrite": True}).output.chosen == []


def test_labels_that_are_not_configured_are_the_schemas() -> None:
    assert configs.read().labels == Labels(prompts=configs.read().labels.prompts)


# any config ------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["~", "~x", "$A", "{x}", "a:b@", "1:5", "null", "true", "1e3", "a", "/", "."]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def random_values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values for a part of the config: often of its kind, with some of them wrong."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        parts = {name: random_values(part) for name, part in schema["properties"].items()}
        return JSON | st.fixed_dictionaries({}, optional=parts)
    if "items" in schema:
        return JSON | st.lists(random_values(schema["items"]), max_size=3)
    if "enum" in schema:
        return JSON | st.sampled_from(schema["enum"])
    return JSON


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(random_values(SCHEMA))
def test_any_config_is_accepted_or_one_sentence(given_config: Any) -> None:
    """Whatever is written under whichever key."""
    if not isinstance(given_config, dict):
        return
    sentence = "config: "
    try:
        config = configs.checked(given_config)
        assert isinstance(config, Config)
        json.dumps(asdict(config), allow_nan=False).encode()
    except Problem as problem:
        sentence = str(problem)
    assert sentence.startswith("config: ")
    assert sentence.isprintable()
    assert len(sentence) < 600


@pytest.mark.parametrize(
    ("given", "cameras"),
    [
        ({}, None),
        ({"camera": "top"}, ("top",)),
        ({"camera": ["top", "wrist"]}, ("top", "wrist")),
    ],
)
def test_a_dataset_has_one_camera_or_several(given: Any, cameras: Any) -> None:
    [entry] = configs.read(datasets=[{"root": "data", **given}]).datasets
    assert entry.cameras == cameras
