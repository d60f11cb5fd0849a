"""What is wrong with a config or a dataset ends Snakemake with one sentence, whatever it does."""

from pathlib import Path
from typing import Any

import pytest

from support.many_episodes import render
from support.workflow import Workflow

FILM = "config: sample.layout is film; it must be one of sheet, frame"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-n",),
        ("--quiet", "all"),
        ("-n", "--quiet", "all"),
        ("status",),
        ("publish", "--quiet", "all"),
        ("--summary",),
    ],
)
def test_a_wrong_config_is_one_sentence(workflow: Workflow, arguments: tuple[str, ...]) -> None:
    workflow.config = {"datasets": [{"root": "nowhere"}], "sample": {"layout": "film"}}
    assert workflow.refused(*arguments) == FILM


def test_values_of_the_command_line_are_checked_as_what_they_are(workflow: Workflow) -> None:
    """Snakemake gives all that is nested in them as strings."""
    workflow.config = {"datasets": [{"root": "nowhere"}]}
    nested = ("--config", "sample={fps: 1}", "output={segments: true}", "claude={max_tokens: 1}")
    assert workflow.refused(*nested) == (
        "config: claude.max_tokens is 1; it must be at least 256 and at most 128000"
    )


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"labels": {"prompts": {"segment": "mine.md"}}},
            "config: labels.prompts.segment is mine.md, but there is no such file",
        ),
        (
            {"output": {"response": False}},
            "config: no output is enabled: set at least one under output:, for example "
            "response: true",
        ),
        (
            {"publish": {"branch": "labels"}},
            "config: publish.branch and publish.pull_request need publish.repo_id: set it",
        ),
        ({"claude": {"passes": ["segment"]}}, "config: claude.passes is now labels.passes"),
        (
            {"labels": {"protocol": "phase"}},
            "config: labels.protocol is phase, but there is no such file; did you mean phases?",
        ),
        (
            {"datasets": [{"root": "nowhere"}]},
            "nowhere is not a LeRobot dataset (meta/info.json is missing): set root: to the "
            "folder of one",
        ),
    ],
)
def test_what_the_schema_does_not_see_is_one_sentence_too(
    workflow: Workflow, tmp_path: Path, config: dict[str, Any], sentence: str
) -> None:
    datasets = [{"root": str(render(tmp_path / "tiny", 1))}]
    workflow.config = {"datasets": datasets, **config}
    assert workflow.refused("--quiet", "all") == sentence


# files that Snakemake cannot read --------------------------------------------------------------

FILES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, "config: there is no file mine.yaml: correct its path"),
    "empty": (b"", "config: mine.yaml is empty: write datasets: into it, or leave the file out"),
    "comments": (b"# nothing\n", "config: mine.yaml holds nothing: write datasets: into it"),
    "list": (b"- a\n", "config: mine.yaml holds a list; it must hold keys with values, such as"),
    "binary": (b"a: 1\n\xff\xfe", "config: mine.yaml, line 2 is not UTF-8: save the file as UTF-8"),
    "broken": (b"datasets:\n  - root: [a\nb: 1\n", "config: mine.yaml, line 3 is not YAML ("),
    "tab": (b"sample:\n\tfps: 1\n", "config: mine.yaml, line 2 is not YAML ("),
    "date": (b"a: 2020-13-45\n", "config: mine.yaml, line 1 has a date or number that does not"),
    "deep": (b"[" * 100_000, "config: mine.yaml is nested more than 100 levels deep"),
    "alias": (b"a: &a [*a]\n", "config: mine.yaml, line 1 has an alias of itself inside"),
    "twice": (
        b"work: a\nresults: b\nwork: c\n",
        'config: mine.yaml has the key "work" twice, on lines 1 and 3: remove one',
    ),
}


@pytest.mark.parametrize(("content", "sentence"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_read_is_one_sentence(
    workflow: Workflow, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        workflow.path("mine.yaml").write_bytes(content)
    assert workflow.refused("-n", "--configfile", "mine.yaml").startswith(sentence)


def test_a_folder_is_no_file_with_settings(workflow: Workflow) -> None:
    said = workflow.refused("-n", "--configfile", "config")
    assert said == "config: config is a folder: name a file with settings"


def test_the_default_of_the_folder_is_checked_too(workflow: Workflow) -> None:
    workflow.path("config/config.yaml").write_text("datasets: [\n")
    said = workflow.refused("-n")
    assert said.startswith("config: config/config.yaml, line 2 is not YAML (")


def test_a_key_twice_is_found_without_the_default_profile(workflow: Workflow) -> None:
    workflow.path("mine.yaml").write_text("work: a\nwork: b\n")
    none = ("--workflow-profile", "none")
    said = workflow.refused("-n", *none, "--configfile", "mine.yaml")
    assert said.endswith('mine.yaml has the key "work" twice, on lines 1 and 2: remove one')


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--configfile", "settings.yaml", "status"),
            "config: there is no file status: correct its path, or put targets before --configfile",
        ),
        (
            ("--config", "max_episodes=1", "status"),
            'config: "status" on the command line is not key=value: correct it, or put targets '
            "before --config",
        ),
        (
            ("--config", "status.list=true"),
            'config: "status.list" on the command line is not a key: write a key inside a section '
            "as --config 'status={list: true}'",
        ),
        (("--config", "results="), "config: results is null; it must be a string"),
        (
            ("--config", "max_episodes=nan"),
            "config: max_episodes is NaN; it must be a whole number",
        ),
        (("--config", "claude={budget_usd: .inf}"), "config: claude.budget_usd is Infinity; it"),
        (("--config", "labels={vocabulary: [' ', b]}"), "config: labels.vocabulary[0] is blank"),
        (("--config", "fps=1"), "config: unknown key fps; did you mean sample.fps?"),
        (("--config", "annotator=sk-ant-api03-secret"), "config: annotator has a key in it"),
        (
            ("--config", "claude={base_url: 'https://me:secret@host'}"),
            "config: claude.base_url has a password or something behind ? or # in it",
        ),
        (("--config", "results=$SCRATCH/x"), "config: results is $SCRATCH/x; $SCRATCH is not"),
        (("--config", "results=~no-such-user/x"), "config: results is ~no-such-user/x, and there"),
        (("--config", "work=a{b}"), "config: work is a{b}; braces have a meaning to Snakemake"),
        (("--config", "replies=work/replies"), "config: replies is work/replies, inside work"),
        (("--config", "work=results"), "config: results is results, the same folder as work;"),
        (("--config", "results=data/tiny/x"), "config: results is data/tiny/x, inside the dataset"),
        (("--config", "work=data"), "config: the dataset data/tiny is inside work, which is data;"),
        (
            ("--config", "results=settings.yaml"),
            "config: results is settings.yaml, which is a file",
        ),
        (("--config", "results=settings.yaml/x"), "config: results is settings.yaml/x, but "),
        (("--config", "mixture=config"), "config: mixture is config, which is a folder"),
        (("--config", "labels={prompts: {segment: config}}"), "config: labels.prompts.segment is"),
        (("--config", "claude={prices: config}"), "config: claude.prices is config, which is a"),
        (
            ("--config", "claude={budget_usd: 1, model: mine}"),
            "config: claude.budget_usd is set, and mine has no price in config/prices.yaml",
        ),
        (
            ("--config", "datasets=[{root: 'https://a/b'}]"),
            "config: datasets[0].root is https://a/b",
        ),
    ],
)
def test_what_the_command_line_says_is_one_sentence_too(
    workflow: Workflow, arguments: tuple[str, ...], sentence: str
) -> None:
    render(workflow.path("data/tiny"), 1)
    workflow.config = {"datasets": [{"root": "data/tiny"}]}
    said = workflow.refused("-n", *arguments)
    assert said.startswith(sentence)
    assert "secret" not in said


def test_a_prompt_with_a_misspelt_field_ends_the_run_before_it_starts(workflow: Workflow) -> None:
    render(workflow.path("data/tiny"), 1)
    workflow.path("mine.md").write_text("Divide this:\n{taks}\n")
    prompts = {"segment": "mine.md"}
    workflow.config = {"datasets": [{"root": "data/tiny"}], "labels": {"prompts": prompts}}
    for arguments in ((), ("-n",), ("estimate",)):
        assert workflow.refused(*arguments) == (
            "config: labels.prompts.segment is mine.md, and {taks} in its line 2 is not a field: "
            "did you mean {task}? Text in braces needs a space: { taks }"
        )


def test_homes_and_odd_names_are_the_folders_they_name(workflow: Workflow) -> None:
    """Characters that a shell or Snakemake could take for something else, and `~`."""
    odd = 'it\'s "odd"; $1 *?[x] & #'
    render(workflow.path(f"home/{odd}/tiny"), 1)
    workflow.config = {
        "datasets": [{"root": f"~/{odd}/tiny"}],
        "annotator": "kinematic",
        "results": f"~/{odd}/out/",
        "work": f"./{odd}//work",
        "corrections": "~/mine",
    }
    workflow.run()
    assert workflow.path(f"home/{odd}/out/tiny/subtasks/episode_000000.json").is_file()
    assert workflow.path(f"{odd}/work/tiny").is_dir()
    assert not workflow.path("~").exists()
    assert workflow.jobs() == {}
