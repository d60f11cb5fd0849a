"""The daemons of a Slurm cluster of one node: started, asked, stopped."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol", "squeue")
# The daemons are in folders that a user's PATH does not have.
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
START_SECONDS = 30
CPUS = 4
CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthInfo=socket={folder}/munge.socket
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=16000 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
"""


def reason_to_skip() -> str | None:
    """Say why no cluster can be started here; None if one can."""
    if os.geteuid() != 0:
        return "Slurm's daemons need root"
    absent = [name for name in PROGRAMS if shutil.which(name, path=SEARCHED) is None]
    if absent:
        return f"Slurm is not installed (no {', '.join(absent)}): apt-get install slurm-wlm munge"
    return None


class SlurmCluster:
    """A running cluster; at the end of the block, its jobs and daemons are stopped."""

    def __enter__(self) -> "SlurmCluster":
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        # munged serves all users, and refuses a folder that some cannot enter.
        self.folder.chmod(0o755)
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._write_files()
        try:
            self._start("munged", "--foreground", "--force", *self._munge_options())
            self._wait_for(lambda: (self.folder / "munge.socket").exists())
            self._start("slurmctld", "-D", "-c")
            self._start("slurmd", "-D")
            self._wait_for(lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%T"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if len(self._daemons) > 1:
            for job in self.jobs():
                self.ask("scancel", "--signal=KILL", "--full", job)
            self._wait_for(lambda: not self.jobs())
        for daemon in reversed(self._daemons):
            daemon.terminate()
            daemon.wait()
        shutil.rmtree(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which Slurm's programs find the cluster; PATH is to precede others."""
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": str(self.folder / "bin")}

    def ask(self, *command: str) -> str:
        """Run one of Slurm's programs and return what it prints, "" if it fails."""
        run = subprocess.run(
            command,
            env={"PATH": SEARCHED} | {"SLURM_CONF": self.environment["SLURM_CONF"]},
            capture_output=True,
            text=True,
            check=False,
        )
        return run.stdout if run.returncode == 0 else ""

    def jobs(self) -> dict[str, str]:
        """Running and waiting jobs: their comments, which name the rule, by job id."""
        lines = self.ask("squeue", "--noheader", "--format=%i %k").splitlines()
        return dict(line.split(maxsplit=1) for line in lines)

    def files(self) -> list[Path]:
        """All files that the daemons have written: logs, states, scripts, environments of jobs."""
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def _write_files(self) -> None:
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir()
        config = CONFIG.format(
            folder=self.folder,
            host=socket.gethostname(),
            controller_port=_free_port(),
            node_port=_free_port(),
            cpus=CPUS,
        )
        (self.folder / "slurm.conf").write_text(config)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        # Snakemake's plugin starts srun without SLURM_CONF, so that srun would look for its config
        # in /etc.
        srun = self.folder / "bin" / "srun"
        real = shutil.which("srun", path=SEARCHED)
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {real} "$@"\n')
        srun.chmod(0o755)

    def _munge_options(self) -> list[str]:
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        return [f"--{option}={self.folder}/munge.{name}" for option, name in files.items()]

    def _start(self, program: str, *options: str) -> None:
        with (self.folder / f"{program}.out").open("wb") as out:
            daemon = subprocess.Popen(
                [str(shutil.which(program, path=SEARCHED)), *options],
                # Not the environment of the test, which may hold a key.
                env={"PATH": SEARCHED} | {"SLURM_CONF": self.environment["SLURM_CONF"]},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._daemons.append(daemon)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                printed = {
                    path.name: path.read_text()[-2000:] for path in self.folder.glob("*.out")
                }
                raise TimeoutError(f"the Slurm cluster is stuck: {printed}")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
