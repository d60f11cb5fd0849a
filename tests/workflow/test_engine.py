"""All that rules/engine.smk and the default profile use of Snakemake beyond its documentation.

A Snakemake that drops or changes some of it fails here, with its name. The rest of these tests
would only say that a run ended in some way nobody expected.
"""

import ast
import contextlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake import sourcecache
from snakemake.cli import get_argument_parser
from snakemake.exceptions import WorkflowError
from snakemake.io import get_flag_value
from snakemake.logging import logger
from snakemake.utils import validate
from snakemake_interface_logger_plugins.common import LogEvent

from support.workflow import PROJECT, Workflow

ENGINE = PROJECT / "rules/engine.smk"

# Attributes of `workflow`, and when they are used.
WHILE_READ = [
    "current_basedir",
    "modifier.path_modifier.replace_prefix",
    "is_main_process",
    "configfiles",
    "storage_settings.default_storage_provider",
    "storage_settings.default_storage_prefix",
    "global_resources",
    "register_resource",
    "module",
    "userule",
]
WHILE_RUN = [
    "local_exec",
    "execution_settings",
    "execution_settings.retries",
    "snakemake_tmp_dir",
    "logger_manager.get_log_handlers",
    "scheduler.job_rate_limiter",
    "scheduler.job_rate_limiter.max_jobs",
    "scheduler.job_rate_limiter.timespan",
    "scheduler.subsample",
    "scheduler.keepgoing",
    "scheduler.failed",
    "dag.targetrules",
    "dag.needrun_jobs",
    "dryrun",
    "persistence._params.cache_clear",
    "rules",
]
# Reached through a variable.
INDIRECT = {
    "execution_settings.retries",
    "scheduler.job_rate_limiter.max_jobs",
    "scheduler.job_rate_limiter.timespan",
}

ONCE_MORE = f"""
import json

include: {str(ENGINE)!r}

Path("once_more.json").write_text(json.dumps([is_run(), config]))

rule make:
    output:
        "{{folder}}/made.txt".format(folder=config["folder"]),
    shell:
        "touch {{output}}"
"""
PROBE = f"""
import json

def write(name, **values):
    path = Path(name)
    before = json.loads(path.read_text()) if path.exists() else {{}}
    path.write_text(json.dumps(before | values))

def look(names):
    for name in names:
        value = workflow
        try:
            for part in name.split("."):
                value = getattr(value, part)
            write("attributes.json", **{{name: "found"}})
        except AttributeError as error:
            write("attributes.json", **{{name: str(error)}})

include: {str(ENGINE)!r}

HEARD = []
listen_to_errors(lambda text, logs: HEARD.append([text, list(map(str, logs))]))
before_dry_run(lambda: write("dry.json", rules_to_run=sorted(rules_to_run())))

look({WHILE_READ!r})
limit_resource("probe_limited", 3)
limit_resource("probe_given", 3)
limits = {{name: workflow.global_resources[name] for name in ("probe_limited", "probe_given")}}
write(
    "results.json",
    own_folder=str(own_folder()),
    moves_paths=moves_paths(),
    is_main_process=is_main_process(),
    uses_object_storage=uses_object_storage(),
    object_storage_prefix=object_storage_prefix(),
    s3_client=s3_client("s3://robots/bottle").meta.service_model.service_name,
    limits={{name: getattr(limit, "value", limit) for name, limit in limits.items()}},
    limits_of={{name: limit_of(name) for name in ("probe_limited", "probe_given", "no_such")}},
)

rule all:
    input:
        ["first.txt", "second.txt"],

rule first:
    output:
        "first.txt",
    log:
        "first.log",
    priority: 1
    threads: 2
    params:
        free=no_trigger(lambda wildcards: config["free"]),
        bound=lambda wildcards: config["bound"],
    shell:
        "echo {{params.free}} >{{output}} && {{config[first]}}"

rule second:
    output:
        "second.txt",
    log:
        "second.log",
    threads: 2
    shell:
        "touch {{output}}"

write(
    "results.json",
    prefix=use_as_run("a-b", Path("once_more.smk").absolute(), {{"folder": "x"}}),
    is_run=is_run(),
)

onstart:
    look({WHILE_RUN!r})
    scheduler = workflow.scheduler
    limiter = scheduler.job_rate_limiter
    before = (limiter.max_jobs, limiter.timespan) == DEFAULT_STARTS, scheduler.subsample
    lift_default_limit_of_starts()
    consider_all_ready_jobs()
    after = scheduler.job_rate_limiter is None, scheduler.subsample
    start_no_more_jobs_after(lambda log: log.name == "first.log")
    write(
        "results.json",
        before=before,
        after=after,
        runs_locally=runs_locally(),
        has_no_core=has_no_core(),
        tries_again=tries_again(),
        temporary_folder=Path(temporary_folder()).is_dir(),
        log_handlers=log_handlers(),
        requested_rules=sorted(requested_rules()),
        rules_to_run=sorted(rules_to_run()),
        inputs_on_this_machine=sorted(map(str, inputs_on_this_machine())),
        logs_to_write=sorted(map(str, logs_to_write())),
        folders_to_write=sorted(map(str, folders_to_write())),
    )

onerror:
    failed = [[list(map(str, logs)), outputs] for logs, outputs in failed_jobs()]
    write("results.json", unmade_files=sorted(unmade_files()), failed_jobs=failed, heard=HEARD)
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    """A workflow of two jobs that does nothing but to ask its engine."""
    workflow = Workflow(tmp_path_factory.mktemp("engine") / "run")
    workflow.path("Snakefile").write_text(PROBE)
    workflow.path("once_more.smk").write_text(ONCE_MORE)
    workflow.config = {"free": 1, "bound": 1, "first": "false"}
    workflow.environment |= {
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "nobody",
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "knows",
    }
    return workflow


def run(probe: Workflow, *arguments: str, fails: bool = False) -> str:
    options = ("--snakefile=Snakefile", "--scheduler=greedy", "--scheduler-subsample=7")
    return probe.run(*options, "--resources=probe_given=9", *arguments, fails=fails)


@pytest.fixture(scope="module")
def attributes(probe: Workflow) -> dict[str, str]:
    """What a run has found of `workflow`, as far as it came; its first job fails."""
    with contextlib.suppress(AssertionError):
        run(probe, "--keep-going", "--retries=2", fails=True)
    return json.loads(probe.path("attributes.json").read_text())


@pytest.fixture(scope="module")
def found(attributes: dict[str, str], probe: Workflow) -> dict[str, Any]:
    """What the functions of the engine have given in the same run."""
    return json.loads(probe.path("results.json").read_text())


@pytest.mark.parametrize("name", [*WHILE_READ, *WHILE_RUN])
def test_an_attribute_of_the_workflow(attributes: dict[str, str], name: str) -> None:
    assert attributes.get(name) == "found", f"workflow.{name}: {attributes.get(name)}"


def test_no_other_attribute_of_the_workflow_is_used() -> None:
    named = {*WHILE_READ, *WHILE_RUN} - INDIRECT
    chains = {
        chain
        for node in ast.walk(ast.parse(ENGINE.read_text()))
        if isinstance(node, ast.Attribute) and (chain := _chain(node))
    }
    # Without those that are the beginning of another.
    longest = {each for each in chains if not any(o.startswith(f"{each}.") for o in chains)}
    assert longest - named == set()
    assert named - chains == set()
    for path in [PROJECT / "Snakefile", *(PROJECT / "rules").glob("*.smk")]:
        assert path == ENGINE or "workflow." not in _code(path).replace("subtasks.workflow.", "")


def _chain(node: ast.expr) -> str | None:
    """Give `a.b` for `workflow.a.b`, None for anything but an attribute of `workflow`."""
    if isinstance(node, ast.Attribute):
        before = _chain(node.value)
        return None if before is None else f"{before}.{node.attr}".lstrip(".")
    return "" if isinstance(node, ast.Name) and node.id == "workflow" else None


def _code(path: Path) -> str:
    return "\n".join(line.partition("#")[0] for line in path.read_text().splitlines())


def test_what_is_found_while_the_workflow_is_read(found: dict[str, Any], probe: Workflow) -> None:
    assert found["own_folder"] == str(probe.folder.parent)
    assert found["moves_paths"] is False
    assert found["is_main_process"] is True
    assert found["uses_object_storage"] is False
    assert not found["object_storage_prefix"]
    assert found["s3_client"] == "s3"
    assert found["limits"] == {"probe_limited": 3, "probe_given": 9}
    assert found["limits_of"] == {"probe_limited": 3, "probe_given": 9, "no_such": None}


def test_what_is_found_while_jobs_run(found: dict[str, Any]) -> None:
    assert found["before"] == [True, 7]
    assert found["after"] == [True, None]
    assert found["runs_locally"] is True
    assert found["has_no_core"] is False
    assert found["tries_again"] is True
    assert found["temporary_folder"] is True
    assert found["log_handlers"] == []
    assert found["requested_rules"] == ["all"]
    assert found["rules_to_run"] == ["all", "first", "second"]
    assert found["inputs_on_this_machine"] == ["first.txt", "second.txt"]
    assert found["logs_to_write"] == ["first.log", "second.log"]
    assert found["folders_to_write"] == ["."]


def test_what_snakemake_says_about_an_error(found: dict[str, Any]) -> None:
    """First what went wrong, then the same with the job's log; the failed job is not retried."""
    (first, nothing), (second, logs), *again = found["heard"]
    assert "returned non-zero exit status 1." in first
    assert (second, nothing, logs) == (first, [], ["first.log"])
    assert again in ([], [["", ["first.log"]]])


def test_before_a_dry_run_that_has_something_to_do(found: dict[str, Any], probe: Workflow) -> None:
    dry = probe.path("dry.json")
    assert not dry.exists()
    run(probe, "--dry-run", "first.txt")
    assert json.loads(dry.read_text()) == {"rules_to_run": ["first"]}
    dry.unlink()


def test_after_a_fatal_failure_no_further_job_starts(
    found: dict[str, Any], probe: Workflow
) -> None:
    assert found["failed_jobs"] == [[["first.log"], ["first.txt"]]]
    assert found["unmade_files"] == ["first.txt", "second.txt"]
    assert not probe.path("second.txt").exists()


def test_a_parameter_that_is_no_trigger(found: dict[str, Any], probe: Workflow) -> None:
    probe.config["first"] = "true"
    run(probe)
    probe.config["free"] = 2
    assert "Nothing to be done" in run(probe, "--dry-run")
    probe.config["bound"] = 2
    assert "Params have changed" in run(probe, "--dry-run")


WAITING = f"""
include: {str(ENGINE)!r}

heed_jobs_behind_ancient_inputs()

def read(wildcards):
    return Path("known").read_text() if Path("known").exists() else None

rule waiting:
    input:
        ancient("mark"),
    output:
        "waiting.txt",
    params:
        known=current(read),
        other=config["other"],
    shell:
        "cat known >{{output}}"

rule learn:
    input:
        "source",
    output:
        "mark",
    shell:
        "cp {{input}} known; touch {{output}}"
"""


def test_a_job_that_waits_has_reasons_of_its_own(workflow: Workflow) -> None:
    """What it depends on is written by the job that it waits for, and by people."""

    def run(*arguments: str) -> str:
        return workflow.run("--snakefile=Snakefile", *arguments)

    waiting, source, known = (workflow.path(name) for name in ("waiting.txt", "source", "known"))
    workflow.path("Snakefile").write_text(WAITING)
    source.write_text("one")
    workflow.config = {"other": 1}
    run()
    assert waiting.read_text() == "one"
    assert "Nothing to be done" in run("--dry-run")
    # What the mark is made from changes nothing here, but another parameter does.
    source.write_text("two")
    workflow.config = {"other": 2}
    run()
    assert waiting.read_text() == "two"
    assert "Nothing to be done" in run("--dry-run")
    known.write_text("three")
    run()
    assert waiting.read_text() == "three"
    assert "Nothing to be done" in run("--dry-run")


# looked up without a run ----------------------------------------------------------------------


def test_source_files_say_where_they_come_from() -> None:
    assert Path(sourcecache.LocalSourceFile("/x/rules").path) == Path("/x/rules")
    git = sourcecache.LocalGitFile("/x/repo", path="Snakefile", tag="v1")
    assert (git.repo_path, git.ref) == ("/x/repo", "v1")
    hosted = sourcecache.GithubFile("me/subtasks", path="Snakefile", branch="main")
    assert isinstance(hosted, sourcecache.HostingProviderFile)
    assert hosted.ref == "main"
    assert isinstance(sourcecache.HostingProviderFile.hosted_repo, property)
    assert isinstance(sourcecache.HostedGitRepo.repo, property)


def test_a_flag_of_a_file_can_be_read() -> None:
    """As that in which the storage plugin keeps its client."""
    assert get_flag_value("no flags", "storage_object") is None


def test_a_failed_job_is_logged_as_such() -> None:
    assert LogEvent.JOB_ERROR.name == "JOB_ERROR"
    assert callable(logger.addFilter)


def test_the_validator_says_which_error_it_met() -> None:
    """`rules/common.smk` reads its message from there."""
    with pytest.raises(WorkflowError) as caught:
        validate({"annotator": "gpt"}, str(PROJECT / "config/schema.yaml"))
    assert type(caught.value.__context__).__name__ == "ValidationError"


@pytest.mark.parametrize(
    ("line", "targets", "until", "forced", "dry"),
    [
        ("", [], [], [], False),
        ("publish", ["publish"], [], [], False),
        ("all publish -n", ["all", "publish"], [], [], True),
        ("--directory publish --cores 4", [], [], [], False),
        ("--config a=publish publish=1 --dry-run", [], [], [], True),
        ("--until publish", [], ["publish"], [], False),
        ("-R publish status", [], [], ["publish", "status"], False),
        ("status --forcerun publish --configfile publish", ["status"], [], ["publish"], False),
    ],
)
def test_what_the_command_line_asks_for(
    line: str, targets: list[str], until: list[str], forced: list[str], dry: bool
) -> None:
    found = get_argument_parser().parse_args(line.split())
    assert list(found.targets) == targets
    assert sorted(found.until) == until
    assert sorted(found.forcerun) == forced
    assert found.dryrun is dry


def test_where_the_command_line_names_files_and_values() -> None:
    options = "--configfile a.yaml b.yaml --config a=1 b={c: 2} --snakefile x/Snakefile -d folder"
    found = get_argument_parser().parse_args(shlex.split(options.replace("{c: 2}", "'{c: 2}'")))
    assert [*map(str, found.configfile)] == ["a.yaml", "b.yaml"]
    assert found.config == ["a=1", "b={c: 2}"]
    assert (str(found.snakefile), str(found.directory)) == ("x/Snakefile", "folder")
    nothing = get_argument_parser().parse_args([])
    named = [nothing.configfile, nothing.config, nothing.snakefile, nothing.directory]
    assert not any(named)


def test_the_default_profile_uses_nothing_else_of_the_parser() -> None:
    profile = (PROJECT / "profiles/default/config.yaml").read_text()
    used = set(re.findall(r"\bline\.(\w+)", profile))
    assert used == {
        *("targets", "until", "forcerun", "dryrun"),
        *("snakefile", "directory", "configfile", "config"),
    }
    assert yaml.safe_load(profile)["__use_yte__"] is True


def test_another_snakefile_gives_its_rules_under_a_prefix(
    found: dict[str, Any], probe: Workflow
) -> None:
    assert (found["prefix"], found["is_run"]) == ("run_a_b_", False)
    is_run, config = json.loads(probe.path("once_more.json").read_text())
    assert is_run
    assert config == {"folder": "x"}
    printed = run(probe, "--dry-run", "x/made.txt")
    assert "run_a_b_make" in printed
    # The first rule is still that of the workflow itself.
    assert "made.txt" not in run(probe, "--dry-run")
