"""Runs the workflow as a user does: with the real snakemake, in its own folder and environment."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import yaml

from support import snakemake_process
from support.snakemake_process import Fork

PROJECT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 600


class Workflow:
    """A working folder with a config, in which snakemake runs as a child process.

    The config is a plain dictionary, written to a file before every run. Nothing of the tester's
    environment is inherited: no key, no HOME, no proxy. What `start` starts is a process as a user
    has it. So is what the others run with `own_processes`; without, it may be a fork.
    """

    own_processes = False
    checks = False
    """Whether a run also looks at its labels, which most tests are not about."""

    def __init__(self, folder: Path, **config: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir(exist_ok=True)
        (folder / "config").mkdir(exist_ok=True)
        (folder / "config" / "config.yaml").write_bytes(
            (PROJECT / "config" / "config.yaml").read_bytes()
        )
        self.folder = folder
        self.config = config
        self.environment = {**snakemake_process.SAME, "HOME": str(folder / "home")}

    def ask(self, server_url: str, key: str) -> None:
        """Make later runs send their questions to a server."""
        self.environment |= {"ANTHROPIC_BASE_URL": server_url, "ANTHROPIC_API_KEY": key}

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of a run with the present config."""
        (self.folder / "settings.yaml").write_text(
            yaml.safe_dump({"checks": self.checks, **self.config})
        )
        return [
            "snakemake",
            f"--snakefile={PROJECT / 'Snakefile'}",
            "--configfile=settings.yaml",
            "--cores=2",
            "--nocolor",
            *arguments,
        ]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start snakemake in its own process group, so that all of it can be killed."""
        return snakemake_process.start(self.command(*arguments), self.folder, self.environment)

    def run(self, *arguments: str, fails: bool = False) -> str:
        """Run snakemake to its end and return what it printed; `fails` expects an error."""
        process = self._begin(*arguments)
        try:
            printed, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            kill(process)
        assert (process.returncode != 0) == fails, printed
        assert "Traceback" not in printed, printed
        return printed

    def refused(self, *arguments: str) -> str:
        """Run snakemake, which must end with one sentence on standard error; return that."""
        process = self._begin(*arguments, errors_apart=True)
        try:
            output, errors = process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            kill(process)
        assert errors is not None
        printed = output + errors
        assert process.returncode == 1, printed
        sentence = errors.splitlines()[-1]
        assert printed.count(sentence) == 1, printed
        # What Snakemake puts around an exception.
        for word in ("Traceback", "Error", "Exception", "in file", "in line"):
            assert word not in printed, printed
        return sentence

    def jobs(self, *arguments: str) -> dict[str, int]:
        """Return how many jobs of each rule a dry run would run."""
        printed = self.run("--dry-run", *arguments)
        if "Nothing to be done" in printed:
            return {}
        lines = iter(printed.splitlines())
        for line in lines:
            if line.startswith("Job stats:"):
                break
        next(lines), next(lines)
        counts = {}
        for line in lines:
            if not line.strip():
                break
            rule, count = line.split()
            counts[rule] = int(count)
        return {rule: count for rule, count in counts.items() if rule not in ("all", "total")}

    def path(self, *parts: str) -> Path:
        """Return a path inside the working folder."""
        return self.folder.joinpath(*parts)

    def _begin(self, *arguments: str, errors_apart: bool = False) -> subprocess.Popen[str] | Fork:
        own = self.own_processes or not snakemake_process.can_fork(self.environment)
        begin = snakemake_process.start if own else snakemake_process.fork
        command = self.command(*arguments)
        return begin(command, self.folder, self.environment, errors_apart=errors_apart)


def kill(process: subprocess.Popen[str] | Fork) -> str:
    """End a run and all of its children at once, as a power cut would.

    Returns what it printed and nobody has read yet.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is None or process.stdout.closed:
        return ""
    with process.stdout as printed:
        return printed.read()
