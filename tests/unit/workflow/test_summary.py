"""What a run says at its end, from the files that exist."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from subtasks import files
from subtasks.checks import check_file
from subtasks.checks.finding import Checked, Finding, Kind
from subtasks.cost import prices
from subtasks.errors import Problem
from subtasks.frames import archive
from subtasks.frames.manifest import Manifest
from subtasks.questions.answers import Answer
from subtasks.questions.outcome import Exchange, Outcome
from subtasks.questions.windows import Window
from subtasks.segments import subtask_files
from subtasks.segments.segment import Segment
from subtasks.store import outcome_files, unification_file
from subtasks.store.unification_file import Unification
from subtasks.workflow import plan, summary
from subtasks.workflow.paths import File, Paths
from support import configs
from support.many_episodes import render
from support.workflow import PROJECT

PRICES = prices.read(PROJECT / "config/prices.yaml")
MODEL = "claude-opus-4-7"
ANSWER = Answer((Window(0, 1, 0.0, 2.0),), ("[]",))
COMMAND = ["/bin/snakemake", "--cores", "4", "-R", "annotate", "submit", "--keep-going"]


def exchange(question: str, *, stored: bool = False) -> Exchange:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    return Exchange(question, "segment", None, stored, MODEL, False, usage, "2026-09-30T00:00:00")


class Run:
    """A run over datasets of six tiny episodes, each asked about in groups of three."""

    def __init__(self, folder: Path, *names: str, **sections: Any) -> None:
        self.config = configs.read(
            datasets=[{"root": str(render(folder / name, 6))} for name in names],
            **{name: str(folder / name) for name in ("work", "results", "replies", "corrections")},
            **{"claude": {"episodes_per_job": 3}, **sections},
        )
        self.plan = plan.read(self.config, warn=pytest.fail)
        self.paths = Paths.of(self.config)

    def path(self, kind: File, name: str = "tiny", rule: str = "", **wildcards: str | int) -> Path:
        return Path(self.paths.fill(kind, name, rule, **wildcards))

    def label(self, *episodes: int, name: str = "tiny", subtasks: int = 2) -> None:
        labels = [Segment(number * 0.5, f"subtask {number}") for number in range(subtasks)]
        for episode in episodes:
            path = self.path(File.SUBTASKS, name, episode=episode)
            files.write_text(path, subtask_files.dump(labels))

    def answer(self, *outcomes: Outcome, name: str = "tiny") -> None:
        first = outcomes[0].episode // 3 * 3
        path = self.path(File.OUTCOMES, name, group=f"{first:06d}-{first + 2:06d}")
        outcome_files.write(path, outcomes)

    def report(self, unmade: Collection[Path] = (), stops: Mapping[Path, str] | None = None) -> str:
        reasons = {str(log): reason for log, reason in (stops or {}).items()}
        made = {str(path) for path in unmade}
        return summary.report(self.plan, self.config, PRICES, COMMAND, made, reasons)


def test_an_account_of_all_that_can_become_of_an_episode(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny")
    run.label(0, 4)
    run.label(1, subtasks=4)
    run.answer(
        Outcome(0, ANSWER, None, (exchange("a"),)),
        Outcome(1, ANSWER, None, (exchange("b", stored=True),)),
        Outcome(2, None, "the model refused to answer", (exchange("c"),)),
    )
    run.answer(
        Outcome(3, None, "the video is damaged"),
        Outcome(4, ANSWER, None, (exchange("d"),)),
        Outcome(5, ANSWER, None, (exchange("e"),)),
    )
    manifest = Manifest("v.mp4", None, None, None, 10, 20, 2.0, {}, (), "the video is damaged")
    frames = run.path(File.FRAMES, episode=3)
    frames.parent.mkdir(parents=True)
    with archive.Writer(frames) as writer:
        writer.manifest(manifest)
    text = run.report()
    outcomes = run.path(File.OUTCOMES, group="000000-000002")
    assert text == (
        "\n"
        "tiny: 6 episodes selected, 3 annotated, 2 failed, 1 unfinished\n"
        "  2.7 subtasks per episode (2 to 4)\n"
        "  4 requests made, 1 from the store; 5,000 tokens in, 500 out; $0.0375\n"
        "  failed: episode 000002: the model refused to answer\n"
        "  failed: episode 000003: the video is damaged\n"
        "  no frames for episode 3: repair its video and run again; it is then resampled "
        "automatically\n"
        f"  unfinished: episode 5; see the logs in {tmp_path}/work/tiny/logs\n"
        "  not reviewed yet: `snakemake review` prepares a page that shows all labels\n"
        f"  the annotated dataset: {tmp_path}/results/tiny\n"
        "\n"
        "To ask again about the failed episodes, and about nothing else:\n"
        f"  snakemake --cores 4 --keep-going --forcerun {outcomes}\n"
    )


def test_what_unifying_the_labels_took_is_part_of_it(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", labels={"unify": True})
    run.label(0)
    run.answer(Outcome(0, ANSWER, None, (exchange("a"),)))
    asked = (exchange("b", stored=True), exchange("c"))
    unification_file.write(run.path(File.UNIFIED), Unification(asked, ("two labels are odd",)))
    text = run.report()
    assert "  2 requests made, 1 from the store; 3,000 tokens in, 300 out; $0.0225\n" in text
    assert "  warning: two labels are odd\n" in text


def test_episodes_that_deserve_a_look_are_named_unless_somebody_has_looked(
    tmp_path: Path,
) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    run.label(*range(6))
    assert "look at" not in run.report()
    findings = [Finding(Kind.LENGTH, 2.0, 0.5, f"grasp lasts {n}.5 s") for n in range(6)]
    checks = [Checked(episode, 2.0, (findings[episode],)) for episode in (3, 1, 0, 2, 5, 4)]
    check_file.write(run.path(File.CHECKS), checks)
    text = run.report()
    assert (
        "  look at: episode 000003: grasp lasts 3.5 s\n"
        "  look at: episode 000001: grasp lasts 1.5 s\n"
    ) in text
    assert text.count("look at: ") == 5
    assert "  … and 1 more, which `snakemake check` lists\n" in text
    # What is to be made again says nothing.
    assert "look at" not in run.report([run.path(File.CHECKS)])

    files.write_text(run.path(File.CORRECTION, episode=3), "[]")
    text = run.report()
    assert "episode 000003" not in text
    assert text.count("look at: ") == 5
    assert "more, which" not in text
    assert "  1 of 6 episodes reviewed: 0 accepted, 1 corrected\n" in text


def test_frames_that_are_gone_are_sampled_again(tmp_path: Path) -> None:
    """So an episode that failed without them can be asked about."""
    run = Run(tmp_path, "tiny")
    run.answer(*(Outcome(episode, None, "no frames") for episode in range(3)))
    assert "To ask again" in run.report()
    assert "repair" not in run.report()


def test_labels_that_were_to_be_made_again_are_not_called_done(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    run.label(*range(6))
    assert "6 episodes selected, 6 annotated, 0 failed\n" in run.report()
    unmade = [run.path(File.SUBTASKS, episode=episode) for episode in (1, 2)]
    text = run.report(unmade)
    assert "6 episodes selected, 4 annotated, 0 failed, 2 unfinished\n" in text
    assert "unfinished: episodes 1-2; see the logs" in text


def test_without_a_model_nothing_is_said_of_what_was_asked(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    run.label(*range(6))
    assert "requests" not in run.report()
    assert "$" not in run.report()


def test_labels_of_ones_own_are_not_failed(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny")
    run.label(1)
    files.write_text(run.path(File.CORRECTION, episode=1), "[]")
    run.answer(*(Outcome(episode, None, "refused") for episode in range(3)))
    text = run.report()
    assert "1 annotated, 2 failed" in text
    assert "failed: episode 000001" not in text


@pytest.mark.parametrize(
    ("annotator", "rule"), [("claude", "extract_subtasks"), ("kinematic", "segment_motion")]
)
def test_an_episode_without_subtasks_has_its_reason_in_a_log(
    tmp_path: Path, annotator: str, rule: str
) -> None:
    run = Run(tmp_path, "tiny", annotator=annotator)
    run.label(2, subtasks=0)
    log = run.path(File.EPISODE_LOG, "tiny", rule, episode=2)
    assert f"failed: episode 000002: it has no subtasks; {log} says why" in run.report()
    # What stopped that job is said once.
    stopped = run.report(stops={log: "why", tmp_path / "other.log": "no space"})
    assert "stopped: no space" in stopped
    assert "stopped: why" not in stopped


def test_a_damaged_subtasks_file_fails_its_episode_alone(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    run.label(*range(6))
    path = run.path(File.SUBTASKS, episode=3)
    path.write_text("{")
    text = run.report()
    assert "5 annotated, 1 failed" in text
    assert f"failed: episode 000003: {path}" in text


def test_a_damaged_outcomes_file_is_a_problem(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny")
    run.answer(Outcome(0, ANSWER, None))
    run.path(File.OUTCOMES, group="000000-000002").write_text("{")
    with pytest.raises(Problem, match="is damaged"):
        run.report()


def test_one_reason_of_many_jobs_is_said_once_and_many_are_cut(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    same = {tmp_path / f"{number}.log": "no space left" for number in range(50)}
    assert run.report(stops=same).count("stopped: no space left") == 1
    different = {log: f"reason {number}" for number, log in enumerate(same)}
    text = run.report(stops=different)
    assert text.count("stopped: ") == summary.MOST_STOPS
    assert f"… and {50 - summary.MOST_STOPS} more" in text


def test_many_failures_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "MOST_REASONS", 2)
    run = Run(tmp_path, "tiny")
    run.answer(*(Outcome(episode, None, "refused") for episode in range(3)))
    text = run.report()
    assert text.count("failed: episode") == 2
    assert "  … and 1 more\n" in text


def test_what_datasets_share_is_paid_once(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", "small")
    for name in ("tiny", "small"):
        run.answer(Outcome(0, ANSWER, None, (exchange("a"), exchange(name))), name=name)
        run.label(0, name=name)
    text = run.report()
    assert text.count("2,000 tokens in, 200 out; $0.0150") == 2
    assert "All datasets together cost $0.0225." in text


@pytest.mark.parametrize("done", [3, 6])
def test_how_far_a_budget_has_come(tmp_path: Path, done: int) -> None:
    run = Run(tmp_path, "tiny", claude={"budget_usd": 2, "episodes_per_job": 3})
    run.label(*range(done))
    left = (
        ", with 3 of 6 episodes done: raise claude.budget_usd if it ended the run, and run again "
        "to continue"
    )
    sentence = f"Of the budget of $2.00, $0.00 is spent{left if done < 6 else ''}.\n"
    assert sentence in run.report()


def test_episodes_that_lack_files_are_named(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny", annotator="kinematic")
    run.plan["tiny"] = run.plan["tiny"].without({4: ["data/x.parquet"]})
    assert "  left out because files are missing: episode 4\n" in run.report()


def test_datasets_that_are_left_out_are_named() -> None:
    none = plan.Plan()
    assert summary.left_out(none) == ""
    none.left_out += ["a is not a LeRobot dataset", "b has no video"]
    assert summary.left_out(none) == (
        "\nDatasets that are left out:\n  a is not a LeRobot dataset\n  b has no video\n"
    )


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (["snakemake", "-R", "a", "b", "-c4"], ["-c4"]),
        (["x/snakemake", "--forcerun=a", "--cores", "4"], ["--cores", "4"]),
        (["snakemake", "--forcerun", "work/a b.jsonl"], []),
        (["snakemake", "--config", "a=1", "-n"], ["--config", "a=1", "-n"]),
    ],
)
def test_the_command_is_the_users_own(tmp_path: Path, command: list[str], kept: list[str]) -> None:
    run = Run(tmp_path, "tiny")
    run.answer(Outcome(0, None, "refused"))
    text = summary.report(run.plan, run.config, PRICES, command, (), {})
    again = run.path(File.OUTCOMES, group="000000-000002")
    line = text.splitlines()[-1].strip()
    assert line == " ".join(["snakemake", *kept, "--forcerun", str(again)])


def test_a_model_without_a_price_costs_nobody_knows_what(tmp_path: Path) -> None:
    run = Run(tmp_path, "tiny")
    unknown = replace(exchange("a"), model="claude-unknown")
    run.answer(Outcome(0, ANSWER, None, (unknown,)))
    assert f"100 out; {prices.format_usd(None)}\n" in run.report()
