"""An annotate job on its own, without Snakemake, about as many episodes as a test wants."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from servers.claude import ClaudeServer
from subtasks import episode_facts
from subtasks.dataset import dataset
from subtasks.episode_facts import EpisodeFacts
from subtasks.frames import archive
from subtasks.questions.outcome import Outcome
from subtasks.store import outcome_files
from subtasks.workflow import rule_params
from support import configs, programs
from support.workflow import PROJECT

REAL_EPISODES = 8
TASKS = [f"Pick up the yellow bottle on the table, way {number}." for number in range(16)]


def sample_real_episodes(real_data: Path, folder: Path) -> Path:
    """Sample the real episodes as the workflow does; return the folder of their archives."""
    source = dataset.load(real_data / "g1_bottle_v2.1")
    for episode in source.episodes.values():
        footage = [source.root / path for path in episode.footage]
        programs.run(
            "sample_frames.py",
            *shlex.split(rule_params.footage(source, episode, footage)),
            *shlex.split(rule_params.sampling(configs.read().sample)),
            *("--output", folder / f"episode_{episode.index:06d}.zip"),
        )
    return folder


class AnnotateJob:
    """A folder in which annotate.py asks about `count` episodes.

    `frames` has the archives of the eight real episodes. They are used again and again, each
    time with another task, so that every episode is another question.
    """

    def __init__(self, folder: Path, frames: Path, count: int) -> None:
        self.folder = folder
        (folder / "frames").mkdir(parents=True)
        facts = {}
        for episode in range(count):
            name = f"episode_{episode % REAL_EPISODES:06d}.zip"
            os.link(frames / name, folder / "frames" / f"episode_{episode:06d}.zip")
            manifest = archive.read_manifest(frames / name)
            facts[episode] = EpisodeFacts(TASKS[episode // REAL_EPISODES], manifest.frames)
        episode_facts.write(folder / "facts.json", facts)

    def command(self) -> list[str]:
        """Return the command line of annotate.py."""
        return [
            sys.executable,
            str(PROJECT / "scripts/annotate.py"),
            "--frames=frames",
            "--episodes=facts.json",
            *("--prompt", "segment", str(PROJECT / "config/prompts/segment.md")),
            *("--protocol", str(PROJECT / "config/protocols/phases.md")),
            "--model=claude-opus-4-7",
            "--replies=replies",
            f"--prices={PROJECT / 'config/prices.yaml'}",
            "--output=outcomes.jsonl",
        ]

    def environment(self, server: ClaudeServer) -> dict[str, str]:
        """Return the address, the key and PATH, and nothing else of the tester's environment."""
        return {
            "PATH": os.environ["PATH"],
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": server.key,
        }

    def start(self, server: ClaudeServer, *options: str) -> subprocess.Popen[str]:
        """Start annotate.py; `options` override those of `command`."""
        return subprocess.Popen(
            [*self.command(), *options],
            cwd=self.folder,
            env=self.environment(server),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, server: ClaudeServer, *options: str, exit_code: int = 0) -> str:
        """Run annotate.py to its end and return what it printed."""
        process = self.start(server, *options)
        try:
            printed, _ = process.communicate()
        finally:
            process.kill()
        assert process.returncode == exit_code, printed
        assert "Traceback" not in printed, printed
        return printed

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes that were written."""
        return list(outcome_files.read(self.folder / "outcomes.jsonl"))
