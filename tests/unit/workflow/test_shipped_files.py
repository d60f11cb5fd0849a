"""Files that the config names are the user's, or else the workflow's; one must exist."""

import errno
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from subtasks.errors import Problem
from subtasks.workflow import shipped_files
from subtasks.workflow.config import Config
from support import configs
from support.workflow import PROJECT


@pytest.fixture(autouse=True)
def _in_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(config: Config) -> list[str]:
    """Check the files of a config, and return the warnings."""
    warnings: list[str] = []
    shipped_files.check_files(config, PROJECT, warnings.append)
    return warnings


@pytest.mark.parametrize(
    ("sections", "sentence"),
    [
        (
            {"labels": {"prompts": {"segment": "mine.md"}}},
            "config: labels.prompts.segment is mine.md, but there is no such file",
        ),
        (
            {"claude": {"prices": "pric.yaml"}},
            "config: claude.prices is pric.yaml, but there is no such file",
        ),
        (
            {"labels": {"passes": ["describe", "segment"], "prompts": {"describe": "config"}}},
            "config: labels.prompts.describe is config, which is a folder: name a file",
        ),
    ],
)
def test_a_file_that_is_needed_and_missing_is_named_with_its_key(
    sections: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Problem) as caught:
        check(configs.read(**sections))
    assert str(caught.value) == sentence
    check(configs.read(**sections, annotator="kinematic"))


# prompts ---------------------------------------------------------------------------------------


def refused(**sections: Any) -> str:
    with pytest.raises(Problem) as caught:
        check(configs.read(**sections))
    assert str(caught.value).isprintable()
    return str(caught.value)


def refused_prompt(content: bytes) -> str:
    Path("mine.md").write_bytes(content)
    sentence = refused(labels={"prompts": {"segment": "mine.md"}})
    return sentence.removeprefix("config: labels.prompts.segment is mine.md, ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "which is empty: write the prompt into it"),
        (b" \n\t\n", "which is empty: write the prompt into it"),
        (b"caf\xe9", "which is not in UTF-8: save it as UTF-8"),
        ("Divide it.".encode("utf-16"), "which is not in UTF-8: save it as UTF-8"),
        ("Divide it.".encode("utf-16-le"), "which is not a text in UTF-8: save it as UTF-8"),
        (b"a" * 100_001, "which has 100,001 characters; it must have at most 100,000"),
        (b"a" * 10_000_001, "which is larger than 10 MB"),
        (b"\n\nTask: {taks}", "and {taks} in its line 3 is not a field: did you mean {task}?"),
        (b"{fps:.1f}", "and {fps:.1f} in its line 1 is not a field: write {fps}"),
        (b"{robot}", "and {robot} in its line 1 is not a field: the fields are {task}, {fps}, "),
    ],
)
def test_a_prompt_that_cannot_be_used_is_one_sentence(content: bytes, sentence: str) -> None:
    assert refused_prompt(content).startswith(sentence)


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"a" * 100_000,
        "Überall {task}: {fps}, {duration}, {start} {stop}.\r\n".encode(),
        b'{"subtasks": [{"time": 0.0, "subtask": "reach"}]} {} {0} { robot } {a, b}',
        b"\xef\xbb\xbfDivide {task}",
    ],
)
def test_any_other_prompt_is_used(content: bytes) -> None:
    Path("mine.md").write_bytes(content)
    check(configs.read(labels={"prompts": {"segment": "mine.md"}}))


@pytest.mark.parametrize("name", ["describe", "segment", "relabel"])
def test_every_pass_has_its_prompt_checked_and_no_other(name: str) -> None:
    Path("mine.md").write_text("")
    labels = {"prompts": {name: "mine.md"}, "passes": ["describe", "segment", "relabel"]}
    assert refused(labels=labels).startswith(f"config: labels.prompts.{name} is mine.md, which is")
    if name != "segment":
        labels["passes"] = ["segment"]
        check(configs.read(labels=labels))


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    Path("gone").symlink_to("nowhere")
    Path("loop").symlink_to("loop")
    Path("file").touch()
    os.mkfifo("pipe")
    for name, sentence in [
        (str(tmp_path), "which is a folder: name a file"),
        ("pipe", "which is not a file: name a file"),
        ("/dev/zero", "which is not a file: name a file"),
        ("gone", "but there is no such file"),
        ("loop", "which cannot be read: Too many levels of symbolic links"),
        ("file/x", "but there is no such file"),
        ("x" * 300, "which cannot be read: File name too long"),
    ]:
        for sections, key in [
            ({"labels": {"prompts": {"segment": name}}}, "labels.prompts.segment"),
            ({"labels": {"protocol": name}}, "labels.protocol"),
            ({"claude": {"prices": name}}, "claude.prices"),
        ]:
            if name != "file/x" or key != "claude.prices":
                assert refused(**sections).startswith(f"config: {key} is {name}, {sentence}")


def test_a_file_that_may_not_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.md").write_text("x")

    def read_text(path: Path, **_: Any) -> str:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "read_text", read_text)
    assert refused(labels={"prompts": {"segment": "mine.md"}}) == (
        "config: labels.prompts.segment is mine.md, which cannot be read: Permission denied"
    )


# protocols -------------------------------------------------------------------------------------


def refused_protocol(content: bytes) -> str:
    Path("mine.md").write_bytes(content)
    sentence = refused(labels={"protocol": "mine.md"})
    return sentence.removeprefix("config: labels.protocol is mine.md, ")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b" \n", "which is empty: write the definitions into it"),
        (b"caf\xe9", "which is not in UTF-8: save it as UTF-8"),
        (b"a" * 100_001, "which has 100,001 characters; it must have at most 100,000"),
        (
            b"- reach\n- {task}",
            "and {task} in its line 2 would not be filled in: a protocol has no fields. Text in "
            "braces needs a space: { task }",
        ),
        (b"## Example\n[]", "which has an example alone: write the definitions before it"),
        (
            b'A step.\n## Example\n{"time": 1}',
            "and its example cannot be read as an answer: The answer holds no complete JSON array "
            'of {"time", "subtask"} objects.',
        ),
    ],
)
def test_a_protocol_that_cannot_be_used_is_one_sentence(content: bytes, sentence: str) -> None:
    assert refused_protocol(content) == sentence
    check(configs.read(labels={"protocol": "mine.md"}, annotator="kinematic"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("phase", "did you mean phases?"),
        ("event", "did you mean events?"),
        ("mine.md", "those shipped are phases and events"),
    ],
)
def test_an_unknown_protocol_is_told_those_there_are(name: str, hint: str) -> None:
    assert refused(labels={"protocol": name}) == (
        f"config: labels.protocol is {name}, but there is no such file; {hint}"
    )


def test_a_prompt_that_leaves_out_the_chosen_protocol_is_said() -> None:
    Path("mine.md").write_text("Divide {task}")
    Path("steps.md").write_text("A step of the recipe.")
    labels: dict[str, Any] = {
        "passes": ["describe", "segment"],
        "prompts": {"segment": "mine.md"},
    }
    assert check(configs.read(labels=labels)) == []
    for protocol in ("events", "steps.md"):
        assert check(configs.read(labels=labels | {"protocol": protocol})) == [
            f"config: labels.protocol is {protocol}, and the pass segment is not told: write "
            "{protocol} into mine.md"
        ]
        assert check(configs.read(labels={"protocol": protocol})) == []
    Path("mine.md").write_text("Divide {task} by {protocol}")
    assert check(configs.read(labels=labels | {"protocol": "events"})) == []


# prices ----------------------------------------------------------------------------------------

TABLE = """
date: 2026-01-01
models: {known: {input: 1, output: 2}, free: {images: 5}}
batch: 0.5
cache_write: 1.25
cache_read: 0.1
"""


@pytest.mark.parametrize(
    "content", ["", "[", "a: 1", "- 1", "5", "\0", "models: {}", TABLE + "batch: x"]
)
def test_a_price_table_that_cannot_be_used_is_one_sentence(content: str) -> None:
    Path("mine.yaml").write_text(content)
    assert "mine.yaml" in refused(claude={"prices": "mine.yaml"})


@pytest.mark.parametrize("model", ["unknown", "free", "known-fast", "x" * 500])
def test_a_budget_needs_a_price(model: str) -> None:
    Path("mine.yaml").write_text(TABLE)
    claude = {"prices": "mine.yaml", "model": model}
    for budget in (0, 5):
        assert refused(claude={**claude, "budget_usd": budget}).endswith(
            " has no price in mine.yaml: add it there, or leave claude.budget_usd empty"
        )
    check(configs.read(claude=claude))
    budgeted = {"claude": {**claude, "budget_usd": 5}}
    check(configs.read(**budgeted, annotator="kinematic"))
    budgeted["claude"]["model"] = "known-20260101"
    check(configs.read(**budgeted))


# which file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels", [{}, {"prompts": {"relabel": "unused.md"}}, {"protocol": "events"}]
)
def test_files_that_exist_or_are_not_needed_are_fine(labels: dict[str, Any]) -> None:
    check(configs.read(labels=labels))


def test_each_pass_has_the_shipped_prompt() -> None:
    passes = ["describe", "segment", "relabel"]
    found = shipped_files.prompts(configs.read(labels={"passes": passes}), PROJECT)
    assert found == {name: str(PROJECT / f"config/prompts/{name}.md") for name in passes}
    assert all(Path(path).is_file() for path in found.values())


def test_a_protocol_is_a_shipped_one_or_a_file() -> None:
    def file(**labels: Any) -> str:
        return shipped_files.protocol(configs.read(labels=labels), PROJECT)

    assert file() == str(PROJECT / "config/protocols/phases.md")
    assert file(protocol="events") == str(PROJECT / "config/protocols/events.md")
    for name in ("mine.md", "phases"):
        Path(name).touch()
    assert file(protocol="mine.md") == "mine.md"
    assert file(protocol="phases") == str(PROJECT / "config/protocols/phases.md")
    assert file(protocol="./phases") == "./phases"
    Path("config/protocols").mkdir(parents=True)
    Path("config/protocols/phases.md").touch()
    assert file() == "config/protocols/phases.md"


def test_the_seeds_example_asks_without_a_protocol() -> None:
    config = configs.read(
        **yaml.safe_load((PROJECT / "config/examples/seed_script.yaml").read_text())
    )
    assert check(config) == []
    [prompt] = shipped_files.prompts(config, PROJECT).values()
    assert prompt == str(PROJECT / "config/examples/seed_prompt.md")
    assert not re.search(r"\{(protocol|example)\}", Path(prompt).read_text())


def test_a_file_in_the_users_folder_comes_first(tmp_path: Path) -> None:
    assert shipped_files.settings_file("config/prices.yaml", PROJECT) == str(
        PROJECT / "config/prices.yaml"
    )
    (tmp_path / "config/prompts").mkdir(parents=True)
    (tmp_path / "config/prices.yaml").touch()
    (tmp_path / "config/prompts/segment.md").touch()
    assert shipped_files.settings_file("config/prices.yaml", PROJECT) == "config/prices.yaml"
    assert shipped_files.prompts(configs.read(), PROJECT) == {
        "segment": "config/prompts/segment.md"
    }


def test_an_absolute_path_is_itself(tmp_path: Path) -> None:
    assert shipped_files.settings_file(str(tmp_path / "x.md"), PROJECT) == str(tmp_path / "x.md")


def test_what_a_judge_needs_is_checked_whoever_labels() -> None:
    judging = {"annotator": "kinematic", "evaluate": {"judge": True, "prompt": "mine.md"}}
    assert refused(**judging) == ("config: evaluate.prompt is mine.md, but there is no such file")
    Path("mine.md").write_text("Say {what}.")
    assert "and {what} in its line 1 would not be filled in" in refused(**judging)
    judging |= {"claude": {"prices": "none.yaml"}, "evaluate": {"judge": True}}
    assert refused(**judging).startswith("config: claude.prices is none.yaml")
