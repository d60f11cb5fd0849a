"""A file with settings that Snakemake cannot read is one sentence with its name and line."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.workflow import config_files

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
BYTES = {"latin": b"a: 1\nb: caf\xe9\n", "utf16": "a: 1\n".encode("utf-16")}


def refused(path: Path) -> str:
    with pytest.raises(Problem) as caught:
        config_files.check([path])
    sentence = str(caught.value)
    assert sentence.startswith(f"config: {path}")
    assert "\n" not in sentence
    return sentence.removeprefix(f"config: {path}")


@pytest.mark.parametrize(
    "text",
    [
        "datasets: [{root: a}]\n",
        '{"datasets": [{"root": "a"}]}',
        '\ufeff{"datasets": []}',
        "a: &x {b: 1}\nc: {<<: *x, b: 2}\n",
        "a: &x {b: 1}\nc: {<<: *x}\nd: *x\n",
        "5: 1\n'5': 2\n",
        "a: [" + "1, " * 50_000 + "1]",
        "__use_yte__: true\n?if True:\n  a: 1\n?else:\n  a: 2\n",
    ],
)
def test_a_mapping_is_accepted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    config_files.check([path])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", " is empty: write datasets: into it, or leave the file out"),
        (" \n\n", " is empty: write datasets: into it, or leave the file out"),
        ("# a\n", " holds nothing: write datasets: into it"),
        ("null", " holds nothing: write datasets: into it"),
        ("- a\n", " holds a list; it must hold keys with values, such as datasets:"),
        ("[1]", " holds a list; it must hold keys with values, such as datasets:"),
        ("sk-ant-key", " holds a single value; it must hold keys with values, such as datasets:"),
        ("a: 1\nb: 2\na: 3\n", ' has the key "a" twice, on lines 1 and 3: remove one'),
        ("s:\n  x: 1\n  'x': 2", ' has the key "x" twice, on lines 2 and 3: remove one'),
        ("- {b: 1}\n- {b: 1, b: 2}", ' has the key "b" twice, on lines 2 and 2: remove one'),
        ('{"a": {"b": 1, "b": 2}}', ' has the key "b" twice in one place: remove one'),
        ("a: 1\n---\nb: 2\n", ", line 2 is not YAML (expected a single document in the stream, "),
        ("a: 2020-13-45\n", ", line 1 has a date or number that does not exist: correct it, or"),
        ("b: 1\na: !!int x\n", ", line 2 has a date or number that does not exist: correct it, or"),
        ("a: " + "9" * 5000, ", line 1 has a date or number that does not exist: correct it, or"),
        ("a: 1\nb: \0", ", line 2 has a character that YAML does not allow: remove it"),
        ("a: 1\n\nb: \x07", ", line 3 has a character that YAML does not allow: remove it"),
        ("a: &x [*x]", ", line 1 has an alias of itself inside: remove it"),
        ("[" * 100_000, " is nested more than 100 levels deep: correct it"),
        ("a: " * 100 + "{a: " * 101 + "1" + "}" * 101, ", line 1 is not YAML"),
        ("{a: " * 200 + "1" + "}" * 200, " is nested more than 100 levels deep: correct it"),
        (BOMB, " has aliases that stand for more than 5,000,000 values: write out what is meant"),
        *(
            (text, f", line {line} is not YAML (")
            for text, line in [
                ("a: [1\nb: 2", 2),
                ("a: {b: 1\n", 2),
                ('a: "b', 1),
                ("a: b: c", 1),
                ("\ta: 1", 1),
                ("a: 1\n\tb: 2", 2),
                ("a: 1\n  b: 2", 2),
                ("a\n  b: 1\n c: 3", 2),
                ("a: *nothing", 1),
                ("a: !!python/object:os.system {}", 1),
                ("a: !mine 1", 1),
                ("? [a]\n: 1", 1),
                ("%YAML 9\n--- a", 1),
                ("a: @b", 1),
                ("a: `b`", 1),
                ("a: %b", 1),
                ("a: &", 1),
                ("- a\nb: 1", 2),
            ]
        ),
    ],
)
def test_anything_else_is_a_sentence_with_the_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    assert refused(path).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("annotator: {}", "annotator"),
        ("datasets: {}", "datasets"),
        ('{"labels": {"context": {}}}', "labels.context"),
        ("a: &none {}\nsample: {fps: 2, sheet: {rows: *none}}", "sample.sheet.rows"),
    ],
)
def test_nothing_in_place_of_a_value_is_refused(tmp_path: Path, text: str, key: str) -> None:
    """Snakemake keeps the default there."""
    path = tmp_path / "my.yaml"
    path.write_text(text)
    said = f" has {{}} as {key}, which sets nothing: write a value, or leave the key out"
    assert refused(path) == said


def test_an_empty_section_keeps_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("labels: {}\nsample: {sheet: {}}\ndatasets: [{root: a, labels: {}}]\nmine: {}")
    config_files.check([path])


def test_what_a_broken_file_holds_is_not_repeated(tmp_path: Path) -> None:
    """It may be a key that was pasted into the wrong file."""
    path = tmp_path / "my.yaml"
    for text in ("{}", "a: {}: [", "a: '{}", "{}\n---\n{}", "a: !!int {}", "a: [{}", "{}: ["):
        path.write_text(text.replace("{}", "sk-ant-secret"))
        assert "secret" not in refused(path), text


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_file_in_another_encoding_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    line = 1 if content.startswith(b"\xff") else 2
    assert refused(path) == f", line {line} is not UTF-8: save the file as UTF-8"


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    for name, sentence in [
        ("missing", "config: there is no file {}: correct its path"),
        ("gone", "config: there is no file {}: correct its path"),
        ("folder", "config: {} is a folder: name a file with settings"),
        ("loop", "config: {} cannot be read: Too many levels of symbolic links"),
        ("x" * 300, "config: {} cannot be read: File name too long"),
    ]:
        path = tmp_path / name
        with pytest.raises(Problem) as caught:
            config_files.check([path])
        assert str(caught.value) == sentence.format(path)


def test_names_that_cannot_be_shown_are_quoted() -> None:
    for name in ("a\nb", "a\0b", "a\ud800"):
        with pytest.raises(Problem) as caught:
            config_files.check([Path(name)])
        assert json.dumps(name) in str(caught.value)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    with path.open("wb") as file:
        file.truncate(config_files.MAX_BYTES + 1)
    assert refused(path) == " is larger than 20 MB: name a file with settings"


def test_a_pipe_is_left_for_snakemake_to_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    config_files.check([tmp_path / "pipe"])


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_file_is_accepted_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    said = "config: "
    try:
        config_files.check([path])
    except Problem as problem:
        said = str(problem)
    assert said.startswith("config: ")
    assert said.isprintable()


# the command line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "entries", "sentence"),
    [
        (["status"], [], "config: there is no file status: correct its path"),
        (
            ["my.yaml", "status"],
            [],
            "config: there is no file status: correct its path, or put targets before --configfile",
        ),
        (
            [],
            ["a=1", "status"],
            'config: "status" on the command line is not key=value: correct it, or put targets '
            "before --config",
        ),
        (
            [],
            ["status.list=true"],
            'config: "status.list" on the command line is not a key: write a key inside a section '
            "as --config 'status={list: true}'",
        ),
        ([], ["annotator={}"], "config: the command line has {} as annotator, which sets nothing"),
        ([], ["=1"], 'config: "" on the command line is not a key: write a key inside'),
        ([], ["a b=1"], 'config: "a b" on the command line is not a key: write a key inside'),
        ([], ["\x1b[2J"], r'config: "\u001b[2J" on the command line is not key=value'),
    ],
)
def test_options_are_checked_before_snakemake_looks_at_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    entries: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("a: 1")
    with pytest.raises(SystemExit) as caught:
        config_files.check_command_line([Path(name) for name in names], entries)
    assert str(caught.value).startswith(sentence)


def test_usual_options_pass(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("a: 1")
    entries = ["max_episodes=2", "status={list: true}", "mixture=", "results=a=b"]
    config_files.check_command_line([path], entries)
    config_files.check_command_line([], [])
