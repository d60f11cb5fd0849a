"""A machine of its own, whose processes reach a Hub on this machine."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from servers.hub import HubServer
from subtasks import program
from support.workflow import PROJECT

V2, V3 = "g1_bottle_v2.1", "g1_bottle_v3.0"
CAMERA = "observation.images.cam_high"
VIDEO = f"videos/chunk-000/{CAMERA}/episode_000000.mp4"
DATA = "data/chunk-000/episode_000000.parquet"
NOBODY = "http://127.0.0.1:9"

ENSURE_SNAPSHOT = textwrap.dedent("""
    import sys
    from pathlib import Path
    from subtasks.sources import hub
    from subtasks import program

    folder, repo_id, revision, update = sys.argv[1:]
    program.run(
        lambda: hub.ensure_snapshot(Path(folder), repo_id, revision or None, update=bool(update))
    )
    print("client" if "huggingface_hub" in sys.modules else "no client")
""")

_ON_A_SMALL_DISK = """
    set -e
    mount -t tmpfs -o size=1m none "$1"
    cp -r "$2"/. "$1"
    head -c 20000 /dev/zero >"$1"/spare
    cat /dev/zero >"$1"/others 2>/dev/null || rm "$1"/spare
    shift 2
    exec "$@"
"""


class Machine:
    """Runs processes with a home and an environment of their own."""

    def __init__(self, home: Path, server: HubServer) -> None:
        self.home = home
        self.environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "PYTHONPATH": str(PROJECT / "scripts"),
            "HF_ENDPOINT": server.url,
        }

    def python(self, code: str, *arguments: object, fails: bool = False) -> str:
        """Run some code; return what it printed, or the sentence with which it failed."""
        return self._run(["-c", textwrap.dedent(code), *map(str, arguments)], fails)

    def program(self, name: str, *arguments: object, fails: bool = False) -> str:
        """Run a program; return its log, or the sentence with which it failed."""
        return self._run([str(PROJECT / "scripts" / name), *map(str, arguments)], fails)

    def ensure_snapshot(
        self,
        folder: Path,
        repo_id: str = "me/bottle",
        revision: str = "",
        *,
        update: bool = False,
        fails: bool = False,
    ) -> str:
        """Make a snapshot of a dataset as the workflow does when it is read."""
        arguments = (folder, repo_id, revision, "yes" if update else "")
        return self.python(ENSURE_SNAPSHOT, *arguments, fails=fails)

    def fetch_file(self, folder: Path, path: str, *, fails: bool = False) -> str:
        """Run `fetch_file.py` for a file of a snapshot, with its output in the same folder."""
        content = json.loads((folder / "files.json").read_text())[path]["content"]
        options = (f"--source={folder}", f"--path={path}", f"--content={content}")
        return self.program("fetch_file.py", *options, f"--output={folder / path}", fails=fails)

    def fill_cache(self, **patterns: str) -> None:
        """Let the user have fetched what the patterns allow into the Hub's own cache."""
        self.python(
            f"""
            import os
            os.environ["HF_HUB_DISABLE_XET"] = "1"
            from huggingface_hub import snapshot_download
            snapshot_download("me/bottle", repo_type="dataset", max_workers=1, **{patterns})
            """
        )

    def go_offline(self) -> None:
        """Take the Hub away and set HF_HUB_OFFLINE."""
        self.environment |= {"HF_ENDPOINT": NOBODY, "HF_HUB_OFFLINE": "1"}

    def fails_on_a_small_disk(self, folder: Path, disk: Path, *command: object) -> str:
        """Run Python beside a copy of a folder with room for 20 kB; return how it failed."""
        disk.mkdir()
        # In a namespace of its own, nobody else sees the disk, and nothing is left to unmount.
        inside = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
        mount = [*inside, f"mount -t tmpfs none {disk}"]
        try:
            subprocess.run(mount, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("no disk can be mounted here: it takes Linux and a namespace of its own")
        finished = subprocess.run(
            [*inside, _ON_A_SMALL_DISK, "sh", disk, folder, sys.executable, *map(str, command)],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert finished.returncode == program.EXIT_FULL, finished
        assert "Traceback" not in finished.stderr
        return finished.stderr.rstrip().splitlines()[-1].split(" ERROR ", 1)[1]

    def _run(self, command: list[str], fails: bool) -> str:
        finished = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        printed = finished.stdout + finished.stderr
        assert "Traceback" not in printed, printed
        assert (finished.returncode != 0) == fails, printed
        return printed.rstrip().splitlines()[-1].split(" ERROR ", 1)[-1] if fails else printed


def contents(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
