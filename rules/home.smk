"""Where the workflow's own files are: programs, library, prompts, prices.

That is its folder, also when another Snakefile uses it as a module. From a remote repository
Snakemake fetches nothing but rule files; the rest is unpacked here, once for each commit, so
that everything that runs is of one version.
"""

import contextlib
import os
import tempfile
import zipfile

SHIPPED = ("Snakefile", "config", "pyproject.toml", "rules", "scripts")


def home(origin):
    """Folder of the workflow, for what `own_folder` says of it."""
    return origin if isinstance(origin, Path) else unpacked(*origin)


def unpacked(repo, ref):
    """Folder with the files of a commit that jobs need, where all jobs of this run find them."""
    commit = repo.commit(ref).hexsha
    folder = Path(".snakemake", "workflows", commit).absolute()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=folder.parent) as new,
            tempfile.TemporaryFile() as file,
        ):
            repo.archive(file, treeish=commit, path=SHIPPED, format="zip")
            with zipfile.ZipFile(file) as archive:
                archive.extractall(Path(new, commit))
            # Another process may have been faster.
            with contextlib.suppress(OSError):
                Path(new, commit).rename(folder)
    return folder


WORKFLOW = home(own_folder())
sys.path.insert(0, str(WORKFLOW / "scripts"))

# Jobs find the programs and the interpreter that runs Snakemake through their environment, not
# through parameters: another checkout or virtual environment is no reason to run a job again.
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    ),
    SUBTASKS_SCRIPTS=str(WORKFLOW / "scripts"),
)

if moves_paths():
    stop(
        "prefix: and replace_prefix: do not reach the folders inside this workflow's config: "
        "set results:, work:, replies:, corrections: and vocabularies: there instead"
    )
