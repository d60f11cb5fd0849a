"""Run `snakemake --lint` for both annotators; exit with 1 if it finds anything that applies.

One lint does not apply: the programs run in the environment of Snakemake itself, with the
packages of pyproject.toml, and not in one environment per rule. The workflow cannot be read
without a dataset, so a small one is rendered.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LINT = "    * "
DOES_NOT_APPLY = f"{LINT}Specify a conda environment or container for each rule.:"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        render(folder)
        for annotator in ("claude", "kinematic"):
            lint(folder, annotator)
    print("snakemake --lint: nothing found")


def render(folder: str) -> None:
    program = PROJECT / "scripts" / "make_demo_dataset.py"
    command = [sys.executable, program, f"--output={folder}/data/my_dataset", "--episodes=1"]
    subprocess.run(command, check=True, capture_output=True)
    config = Path(folder, "config", "config.yaml")
    config.parent.mkdir()
    config.write_bytes((PROJECT / "config" / "config.yaml").read_bytes())


def lint(folder: str, annotator: str) -> None:
    snakefile = PROJECT / "Snakefile"
    run = subprocess.run(
        ["snakemake", f"--snakefile={snakefile}", "--lint", f"--config=annotator={annotator}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (run.stdout + run.stderr).splitlines()
    lints = [line for line in lines if line.startswith(LINT)]
    applying = [line for line in lints if line != DOES_NOT_APPLY]
    # A failure without a lint: Snakemake could not read the workflow.
    if applying or (run.returncode and not lints):
        print("\n".join([*lines, "", "Apply here:", *applying]))
        sys.exit(1)


if __name__ == "__main__":
    main()
