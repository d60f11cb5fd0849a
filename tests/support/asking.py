"""Many episodes to ask about: the frames of the real ones, each with several tasks."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from servers.claude import ClaudeServer
from subtasks.dataset import dataset
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files
from subtasks.workflow import rule_params
from support import programs
from support.workflow import PROJECT

CONFIG = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
REAL = 8  # episodes of the recordings
TASKS = [f"Pick up the yellow bottle on the table, way {number}." for number in range(16)]


def sample(real_data: Path, folder: Path) -> Path:
    """Sample the real episodes as the workflow does; the folder of their archives."""
    source = dataset.load(real_data / "g1_bottle_v2.1")
    for episode in source.episodes.values():
        programs.run(
            "sample_frames.py",
            *("--video", source.root / episode.video),
            *shlex.split(rule_params.video_position(source, episode)),
            *shlex.split(rule_params.sampling(CONFIG)),
            *("--output", folder / f"episode_{episode.index:06d}.zip"),
        )
    return folder


class Asking:
    """A folder in which annotate.py asks about `count` episodes.

    Every eight are the real ones, with a task of their own: so each is another question.
    """

    def __init__(self, folder: Path, frames: Path, count: int) -> None:
        self.folder = folder
        (folder / "frames").mkdir(parents=True)
        self.tasks: dict[str, str] = {}
        for first in range(0, count, REAL):
            last = min(first + REAL, count) - 1
            self.tasks[TASKS[first // REAL]] = f"{first}-{last}"
            for episode in range(first, last + 1):
                original = frames / f"episode_{episode % REAL:06d}.zip"
                os.link(original, folder / "frames" / f"episode_{episode:06d}.zip")
        (folder / "tasks.json").write_text(json.dumps(self.tasks))

    def command(self) -> list[str]:
        """The command line of annotate.py."""
        return [
            sys.executable,
            str(PROJECT / "scripts/annotate.py"),
            "--frames=frames",
            "--tasks=tasks.json",
            *("--prompt", "segment", str(PROJECT / "config/prompts/segment.md")),
            "--model=claude-opus-4-7",
            "--replies=replies",
            f"--prices={PROJECT / 'config/prices.yaml'}",
            "--output=outcomes.jsonl",
        ]

    def environment(self, server: ClaudeServer) -> dict[str, str]:
        """Where it asks, and with which key; nothing of the tester's own."""
        return {
            "PATH": os.environ["PATH"],
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": server.key,
        }

    def start(self, server: ClaudeServer, *options: str) -> subprocess.Popen[str]:
        """Start annotate.py; later options count, as on any command line."""
        return subprocess.Popen(
            [*self.command(), *options],
            cwd=self.folder,
            env=self.environment(server),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, server: ClaudeServer, *options: str, fails: bool = False) -> str:
        """Run annotate.py to its end and return what it printed; `fails` expects an error."""
        process = self.start(server, *options)
        try:
            printed, _ = process.communicate()
        finally:
            process.kill()
        assert process.returncode == int(fails), printed
        assert "Traceback" not in printed, printed
        return printed

    def outcomes(self) -> list[Outcome]:
        """What asking came to."""
        return list(outcome_files.read(self.folder / "outcomes.jsonl"))
