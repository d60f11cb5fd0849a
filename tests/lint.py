"""Run `snakemake --lint` with the arguments given; exit with 1 for any lint that applies.

Left out is the one that does not: the programs' packages are those of pyproject.toml, in the
environment Snakemake itself runs in, and not one environment a rule.
"""

import subprocess
import sys

LINT = "    * "
DOES_NOT_APPLY = f"{LINT}Specify a conda environment or container for each rule.:"


def main() -> None:
    run = subprocess.run(
        ["snakemake", "--lint", *sys.argv[1:]], capture_output=True, text=True, check=False
    )
    lines = (run.stdout + run.stderr).splitlines()
    lints = [line for line in lines if line.startswith(LINT)]
    applying = [line for line in lints if line != DOES_NOT_APPLY]
    # No lint and yet no success: Snakemake could not read the workflow.
    if applying or (run.returncode and not lints):
        print("\n".join(lines))
        sys.exit(1)
    print("snakemake --lint: nothing that applies")


if __name__ == "__main__":
    main()
