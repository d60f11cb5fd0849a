"""Values that the schema accepts and that cannot be meant are one sentence each."""

import math
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from subtasks.workflow import config_values
from support import configs

KEY = "sk-ant-api03-abcdef_123"
TOKEN = "hf_" + "AbCdEfGhIj0123456789"


def nested(path: str, value: Any) -> dict[str, Any]:
    """Put a value under a dotted key; `datasets.` is the first dataset."""
    if path == "datasets":
        return {"datasets": value}
    first, _, rest = path.partition(".")
    inner = nested(rest, value) if rest else value
    if first == "datasets":
        return {"datasets": [{"root": "a"} | inner]}
    return {first: inner}


def refused(path: str, value: Any) -> str:
    sentence = configs.refused(nested(path, value))
    assert sentence.startswith("config: ")
    assert sentence.isprintable()
    return sentence.removeprefix("config: ")


# numbers ---------------------------------------------------------------------------------------

NUMBERS = [
    *("sample.fps", "sample.missing_seconds", "labels.min_segment"),
    *("claude.budget_usd", "claude.max_wait", "claude.batch.poll_seconds"),
    *("datasets.labels.min_segment",),
]
WHOLE_NUMBERS = [
    *("max_episodes", "sample.max_frames", "sample.jpeg_quality", "sample.sheet.rows"),
    *("claude.max_tokens", "claude.max_retries", "claude.episodes_per_job", "labels.max_segments"),
    *("datasets.max_episodes", "datasets.labels.max_segments", "claude.batch.episodes"),
]


@pytest.mark.parametrize(
    "text", [".nan", ".inf", "-.inf", "1.0e-300", "-1", "-1.0e-300", "true", "x"]
)
@pytest.mark.parametrize("path", [*NUMBERS, *WHOLE_NUMBERS])
def test_a_number_that_means_nothing_is_refused(path: str, text: str) -> None:
    where = path.replace("datasets.", "datasets[0].")
    value = yaml.safe_load(text)
    assert refused(path, value).startswith(f"{where} is ")
    # As a string, which is what Snakemake makes of it behind --config.
    assert refused(path, text).startswith(f"{where} is ")


@pytest.mark.parametrize("path", WHOLE_NUMBERS)
def test_a_whole_number_has_a_bound(path: str) -> None:
    assert "at most" in refused(path, 10**400)
    assert "it must be " in refused(path, 2.5)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("labels.min_segment", 0),
        ("labels.min_segment", 0.001),
        ("sample.missing_seconds", 0),
        ("sample.missing_seconds", 0.0),
        ("claude.budget_usd", 0),
        ("claude.max_wait", 0.5),
        ("sample.fps", 0.01),
    ],
)
def test_small_numbers_that_mean_something_are_accepted(path: str, value: float) -> None:
    assert configs.checked(nested(path, value))


def test_a_number_is_what_it_looks_like() -> None:
    """YAML takes 1e3 for a string, and JSON Schema takes 8192.0 for a whole number."""
    given = {"claude": {"budget_usd": "1e1", "max_tokens": 8192.0}, "datasets": [{"root": "a"}]}
    given["datasets"][0] |= {"episodes": ["1", 2.0], "exclude": [3.0]}
    config = configs.checked(given)
    assert (config.claude.budget_usd, config.claude.max_tokens) == (10, 8192)
    found = [*(config.datasets[0].episodes or ()), *config.datasets[0].exclude]
    assert [(type(each), each) for each in found] == [(int, 1), (int, 2), (int, 3)]
    assert type(config.claude.max_tokens) is int


def test_null_on_the_command_line_is_nothing() -> None:
    labels = {"context": "null", "vocabulary": "null"}
    config = configs.checked({"labels": labels, "claude": {"effort": "null", "base_url": "null"}})
    assert (config.labels.context, config.labels.vocabulary) == (None, None)
    assert (config.claude.effort, config.claude.base_url) == (None, None)


# texts -----------------------------------------------------------------------------------------

PATHS = [
    *("results", "work", "replies", "corrections", "vocabularies", "mixture", "claude.prices"),
    "datasets.root",
]
NAMES = [
    *("datasets.camera", "datasets.state", "datasets.action"),
    *("claude.model", "labels.prompts.segment", "labels.prompts.describe", "labels.protocol"),
    "labels.prompts.unify",
]
PATTERNS = ["datasets.name", "datasets.repo_id", "publish.repo_id", "publish.branch"]
TEXTS = ["datasets.task", "labels.context", "datasets.labels.context"]


@pytest.mark.parametrize(
    "text",
    ["a\n", "\na", "a\nb", "a\tb", "a\0", "a\x1b[2Jb", "a\x7f", "a\u2028b", "a\u202eb", "a\u200b"],
)
@pytest.mark.parametrize("path", [*PATHS, *NAMES, *PATTERNS])
def test_a_name_or_path_has_no_line_end_or_control_character(path: str, text: str) -> None:
    if path == "datasets.repo_id":
        assert configs.refused({"datasets": [{"repo_id": text}]}).isprintable()
        return
    where = path.replace("datasets.", "datasets[0].")
    assert refused(path, text).startswith(f"{where} is ")


@pytest.mark.parametrize("blank", ["", " ", "   ", "\u3000", "\xa0"])
@pytest.mark.parametrize("path", [*PATHS, *NAMES, *PATTERNS, *TEXTS])
def test_a_name_path_or_text_is_not_blank(path: str, blank: str) -> None:
    if path.endswith("context") and not blank:
        assert configs.checked(nested(path, blank))
    else:
        assert refused(path, blank)


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_has_line_ends_and_no_other_control_characters(path: str) -> None:
    assert configs.checked(nested(path, "two\r\nlines\n\tand a tab"))
    for character in "\0\x1b\x7f\u2028":
        assert "cannot be shown: remove it" in refused(path, f"a{character}b")


# vocabularies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["labels.vocabulary", "datasets.labels.vocabulary"])
@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([" "], "[0] is blank: write a label or remove it"),
        (["reach", "\n"], "[1] is blank: write a label or remove it"),
        (["\u200b", "reach"], "[0] is blank: write a label or remove it"),
        ([" ", "  "], "[0] is blank: write a label or remove it"),
        (["reach", "reach "], ' has "reach" and "reach ", which are the same label: remove one'),
        (["reach", "Reach."], ' has "reach" and "Reach.", which are the same label: remove one'),
        (["pick  up", "pick up"], ' has "pick  up" and "pick up", which are the same label'),
        (["a\u200bb", "ab"], ' has "a\\u200bb" and "ab", which are the same label: remove one'),
        (["a\x1b", "b"], '[0] is "a\\u001b", with a line end or another character that cannot'),
        ([], " is []; it must be a closed list of labels of at most 200 characters"),
        (["a", "a"], ' has duplicate entries: ["a", "a"]'),
        ([1], "[0] is 1; it must be a string"),
        ([None], "[0] is null; it must be a string"),
        (["x" * 201], "[0] is xxx"),
        ("reach", " is reach; it must be a list or null"),
        (" ", ' is " "; it must be a list or null'),
        ("", ' is ""; it must be a list or null'),
    ],
)
def test_labels_are_labels_and_differ(path: str, labels: Any, sentence: str) -> None:
    where = path.replace("datasets.", "datasets[0].")
    assert refused(path, labels).startswith(where + sentence)


def test_a_label_over_two_lines_is_one_label() -> None:
    labels = ["pick up\nthe cup\n", "place it"]
    assert configs.checked({"labels": {"vocabulary": labels}}).labels.vocabulary == tuple(labels)


# episodes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["5:2", "5:5", "0:0", "00:0"])
def test_a_slice_that_selects_nothing_is_refused(text: str) -> None:
    assert refused("datasets.episodes", text) == (
        f"datasets[0].episodes is {text}, which selects no episode: the number behind the colon "
        "must be the greater one"
    )


@pytest.mark.parametrize(
    "value",
    [
        [-1],
        [True],
        [1.5],
        ["x"],
        [[0]],
        [None],
        [10**10],
        [],
        "-1:3",
        "a",
        "1-2",
        "9" * 5000 + ":",
        "0:5\n",
        5,
        True,
        {"start": 0},
        0.5,
    ],
)
def test_other_selections_are_refused(value: Any) -> None:
    assert refused("datasets.episodes", value).startswith("datasets[0].episodes")
    if isinstance(value, list) and value:
        assert refused("datasets.exclude", value).startswith("datasets[0].exclude")


@pytest.mark.parametrize("value", [":", "0:", ":5", "3:7", "0:999999999", [0], [3, 3, 1]])
def test_selections_pass(value: Any) -> None:
    assert configs.checked(nested("datasets.episodes", value))


# secrets ---------------------------------------------------------------------------------------

ANYWHERE = [
    *("annotator", "results", "claude.model", "claude.base_url", "labels.context", "sample.fps"),
    *("datasets.root", "datasets.task", "datasets.name", "labels.vocabulary", "unknown", "labels"),
    *("claude.api_key", "publish.repo_id", "datasets.labels.vocabulary", "datasets.state"),
]


@pytest.mark.parametrize("secret", [KEY, TOKEN, f"Bearer {KEY}", "AKIA" + "ABCDEFGH12345678"])
@pytest.mark.parametrize("path", ANYWHERE)
def test_a_key_is_refused_wherever_it_stands_and_is_not_shown(path: str, secret: str) -> None:
    for value in (secret, [secret], {secret: 1}, {"a": [{"b": secret}]}):
        sentence = refused(path, value)
        assert sentence.endswith(
            " has a key in it: remove it, and set the key in the environment (ANTHROPIC_API_KEY, "
            "HF_TOKEN)"
        )
        assert not any(part in sentence for part in (secret, secret[-8:], secret[:12]))


def test_a_key_in_the_place_of_a_key_is_not_shown_either() -> None:
    assert KEY not in configs.refused({KEY: {KEY: KEY}})
    assert KEY not in configs.refused({"claude": {KEY: 1}})
    assert KEY not in configs.refused({f"x{KEY}": [{"a": KEY}]})


@pytest.mark.parametrize(
    "url",
    [
        "https://me:secretpw@host",
        "http://secretpw@host:80/v1",
        "https://host/?api_key=secretpw",
        "https://host?key=secretpw",
        "https://host/#secretpw",
        "https://:secretpw@host",
        "HTTPS://me:secretpw@host",
        "https://me:secret%40secretpw@host",
        "ftp://me:secretpw@host",
    ],
)
def test_a_base_url_with_a_password_is_refused_and_not_shown(url: str) -> None:
    sentence = refused("claude.base_url", url)
    assert sentence.startswith("claude.base_url has a password or something behind ? or # in it")
    assert "set ANTHROPIC_BASE_URL in the environment" in sentence
    assert "secretpw" not in sentence


@pytest.mark.parametrize("path", ["datasets.root", "results", "mixture", "claude.model"])
def test_an_address_with_a_password_is_refused_elsewhere_too(path: str) -> None:
    sentence = refused(path, "s3://AKEY:secretpw@bucket/x")
    assert "has a password in it" in sentence
    assert "secretpw" not in sentence


def test_a_key_in_an_address_is_refused_elsewhere_too() -> None:
    for url in ("https://h/x?api_key=secretpw", "s3://b?a=1&Token=secretpw", "x://y#key=secretpw"):
        for path in ("datasets.root", "on_error", "labels.context"):
            sentence = refused(path, url)
            assert "has a password in it" in sentence
            assert "secretpw" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "https://host/v1/",
        "http://[::1]:8000/x",
        "https://a.b-c.example:443/p/q@r",
    ],
)
def test_usual_addresses_pass(url: str) -> None:
    assert configs.checked({"claude": {"base_url": url}}).claude.base_url == url


@pytest.mark.parametrize(
    "url",
    ["host", "ftp://host", "http://", "https:///x", "http://a b", "http://h:x", "http://h\n", 5],
)
def test_what_is_no_address_is_refused(url: Any) -> None:
    assert refused("claude.base_url", url).startswith("claude.base_url is ")


@pytest.mark.parametrize(
    "text",
    [
        "data/hf_dataset",
        "hf_short",
        "sk-ant",
        "task-ant-hill",
        "data/hf_x/0123456789012345678901234",
    ],
)
def test_names_that_only_look_a_little_like_keys_pass(text: str) -> None:
    assert configs.checked({"datasets": [{"root": text}], "labels": {"context": text}})


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_around_a_key_hides_it(before: str, after: str) -> None:
    assume(KEY not in before + after)
    sentence = configs.refused({"labels": {"context": f"{before}{KEY}{after}"}})
    assert "has a key in it" in sentence
    assert KEY not in sentence


def test_finite_is_finite() -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(config_values.Problem, match="it must be a finite number"):
            config_values.check({"some": {"number": [value]}})
