"""Programs that ask about labels, started as a rule starts them."""

import os
import subprocess
import sys
from pathlib import Path

from servers.claude import ClaudeServer
from support.workflow import PROJECT


def start(
    program: str, folder: Path, server: ClaudeServer | None, *options: str
) -> subprocess.Popen[str]:
    """Start a program in a folder, with the prompt of its kind and a store of its own."""
    prompt = {"unify_labels": "unify"}.get(program, program)
    command = [
        sys.executable,
        str(PROJECT / f"scripts/{program}.py"),
        "--dataset=demo",
        f"--prompt={PROJECT / f'config/prompts/{prompt}.md'}",
        *("--model=claude-opus-4-7", "--replies=replies", "--max-retries=0"),
        f"--prices={PROJECT / 'config/prices.yaml'}",
        *options,
    ]
    environment = {"PATH": os.environ["PATH"]}
    if server is not None:
        environment |= {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": server.key}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def run(
    program: str,
    folder: Path,
    server: ClaudeServer | None,
    *options: str,
    exit_code: int = 0,
) -> str:
    """Run a program to its end; returns what it has logged."""
    process = start(program, folder, server, *options)
    _, said = process.communicate(timeout=60)
    assert process.returncode == exit_code, said
    assert "Traceback" not in said
    return said
