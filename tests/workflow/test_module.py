"""The workflow used from another Snakefile: as a folder, from a repository, and deployed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from support.recordings import cut
from support.workflow import PROJECT, Workflow

VERSION = "g1_bottle_v2.1"
SHIPPED = ("Snakefile", "config", "pyproject.toml", "rules", "scripts")
MODULE = """
configfile: "mine.yaml"

module subtasks:
    snakefile: {snakefile}
    config: config["subtasks"]

use rule * from subtasks as subtasks_*

rule train:
    default_target: True
    input: rules.subtasks_all.input
    output: "trained.txt"
    shell: "echo on {{input[0]}} >{{output}}"

onstart:
    subtasks.begin()

onsuccess:
    subtasks.end()
"""


@pytest.fixture
def source(real_data: Path, tmp_path: Path) -> Path:
    return cut(real_data / VERSION, tmp_path / "bottle")


class Project(Workflow):
    """Somebody's own project, with its Snakefile and config, beside nothing of ours."""

    own_processes = True

    def __init__(self, folder: Path, snakefile: str, **config: object) -> None:
        super().__init__(folder, subtasks=config)
        shutil.rmtree(folder / "config")
        (folder / "Snakefile").write_text(snakefile)

    def command(self, *arguments: str) -> list[str]:
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(self.config))
        return ["snakemake", "--cores=2", "--nocolor", *arguments]


@pytest.fixture
def repository(tmp_path: Path) -> dict[str, str]:
    """The project in a repository of github.com, as far as git can tell; its environment."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in SHIPPED:
        if (PROJECT / name).is_file():
            shutil.copy(PROJECT / name, checkout / name)
        else:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(PROJECT / name, checkout / name, ignore=ignored)
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{checkout.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/me/subtasks",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "me",
        "GIT_AUTHOR_EMAIL": "me@example.org",
        "GIT_COMMITTER_NAME": "me",
        "GIT_COMMITTER_EMAIL": "me@example.org",
    }
    for command in ("init -q -b main", "add -A", "commit -qm all", "tag v1"):
        git = ["git", "-c", "core.excludesFile=", *command.split()]
        subprocess.run(git, cwd=checkout, env=os.environ | environment, check=True)
    return environment


def episodes_of(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "subtasks").iterdir())


def test_a_module_in_a_folder(source: Path, tmp_path: Path) -> None:
    text = MODULE.format(snakefile=repr(str(PROJECT / "Snakefile")))
    settings = {"datasets": [{"root": "bottle"}], "annotator": "kinematic", "max_episodes": 1}
    settings["results"] = "labelled"
    project = Project(tmp_path / "project", text, **settings)
    source.rename(project.path("bottle"))
    printed = project.run()
    assert "localrules directive" not in printed
    assert "bottle: 1 episode selected, 1 annotated, 0 failed" in printed
    assert episodes_of(project.path("labelled/bottle")) == ["episode_000000"]
    assert project.path("trained.txt").read_text().startswith("on labelled/bottle/data/")
    assert "Nothing to be done" in project.run()

    # Its prompts, its prices and its schema are found; a project's own prompt goes before.
    project.config["subtasks"] |= {"annotator": "claude", "labels": {"protocol": "events"}}
    printed = project.run("--dry-run", "--printshellcmds", "subtasks_all")
    assert f"--prompt segment {PROJECT}/config/prompts/segment.md" in printed
    assert f"--protocol {PROJECT}/config/protocols/events.md" in printed
    assert f"--prices {PROJECT}/config/prices.yaml" in printed
    project.path("config/prompts").mkdir(parents=True)
    project.path("config/prompts/segment.md").write_text("Mine: {task}")
    printed = project.run("--dry-run", "--printshellcmds", "subtasks_all")
    assert "--prompt segment config/prompts/segment.md" in printed
    said = "config: labels.protocol is events, and the pass segment is not told: "
    assert f"{said}write {{protocol}} into config/prompts/segment.md" in printed
    project.config["subtasks"]["annotators"] = "kinematic"
    sentence = "config: unknown key annotators; did you mean annotator?"
    assert sentence in project.run(fails=True)


def test_a_module_with_a_prefix_for_files_is_refused(source: Path, tmp_path: Path) -> None:
    text = MODULE.format(snakefile=repr(str(PROJECT / "Snakefile")))
    text = text.replace("    config: config", '    prefix: "labels"\n    config: config')
    project = Project(tmp_path / "project", text, datasets=[{"root": str(source)}])
    assert (
        "set results:, work:, replies:, corrections: and vocabularies: there instead"
        in project.run(fails=True)
    )


def test_a_module_in_a_repository(source: Path, tmp_path: Path, repository: dict[str, str]) -> None:
    """Only what is asked for is fetched from there: the programs and their library, too."""
    snakefile = 'github("me/subtasks", path="Snakefile", branch="main")'
    settings = {"datasets": [{"root": str(source)}], "annotator": "kinematic", "max_episodes": 1}
    project = Project(tmp_path / "project", MODULE.format(snakefile=snakefile), **settings)
    project.environment |= repository
    printed = project.run()
    assert "bottle: 1 episode selected, 1 annotated, 0 failed" in printed
    assert not any(str(PROJECT / folder) in printed for folder in ("scripts", "rules", "config"))
    assert episodes_of(project.path("results/bottle")) == ["episode_000000"]
    unpacked = list(project.path(".snakemake/workflows").iterdir())
    assert len(unpacked) == 1
    assert "Nothing to be done" in project.run()
    project.config["subtasks"]["annotator"] = "claude"
    printed = project.run("--dry-run", "--printshellcmds", "subtasks_all")
    assert f"--prompt segment {unpacked[0]}/config/prompts/segment.md" in printed


def test_a_plain_address_is_refused(tmp_path: Path, source: Path) -> None:
    """Snakemake would read the rules from there, and the jobs would not find their programs."""
    engine, home = ((PROJECT / f"rules/{name}.smk").read_text() for name in ("engine", "home"))
    address = "GenericSourceFile('https://x/y')"
    engine = engine.replace("match workflow.current_basedir", f"match {address}")
    engine = engine.replace("sourcecache import ", "sourcecache import GenericSourceFile, ")
    text = engine + home
    project = Project(tmp_path / "project", text)
    assert "cannot be fetched from a plain address" in project.run(fails=True)


def test_the_catalog_file() -> None:
    """What snakemake-workflow-catalog reads of it."""
    usage = yaml.safe_load((PROJECT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert isinstance(usage["mandatory-flags"]["desc"], str)
    deployments = {"conda", "apptainer", "apptainer+conda"}
    assert usage["software-stack-deployment"].keys() <= deployments
    assert (PROJECT / "config/README.md").is_file()


def test_snakedeploy(tmp_path: Path, source: Path, repository: dict[str, str]) -> None:
    """What `snakedeploy deploy-workflow` leaves: our config, and a Snakefile of one module."""
    snakefile = """
configfile: "config/config.yaml"

module subtasks:
    snakefile: github("me/subtasks", path="Snakefile", tag="v1")
    config: config

use rule * from subtasks
"""
    project = Project(tmp_path / "project", snakefile)
    project.environment |= repository
    shutil.copytree(PROJECT / "config", project.path("config"))
    settings = json.dumps([{"root": str(source)}])
    printed = project.run(
        *("--config", f"datasets={settings}", "annotator=kinematic", "--dry-run"),
        *("--printshellcmds", "all"),
    )
    assert "write_data" in printed
