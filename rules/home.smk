"""Where the workflow's own files lie: programs, library, prompts, prices.

That is its folder, also when another Snakefile uses it as a module. From a remote repository
Snakemake fetches nothing but rule files; the rest is unpacked here, once for each commit, so
that whatever runs is of one version.
"""

import contextlib
import tempfile
import zipfile
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile, LocalGitFile, LocalSourceFile

SHIPPED = ("config", "pyproject.toml", "rules", "scripts")


def home(rules):
    """Folder of the workflow whose rule files lie in `rules`."""
    match rules:
        case LocalSourceFile():
            return Path(rules.path).parent
        case HostingProviderFile():
            return unpacked(rules.hosted_repo.repo, rules.ref)
        case LocalGitFile():
            # Only here: the import looks for git.
            from git import Repo

            return unpacked(Repo(rules.repo_path), rules.ref)
    raise WorkflowError(
        "the programs of this workflow cannot be fetched from a plain address: use it from a "
        "folder, or with github(…) or gitlab(…)"
    )


def unpacked(repo, ref):
    """Files of a commit that jobs need, where all jobs of this working folder find them."""
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


WORKFLOW = home(workflow.current_basedir)

if workflow.modifier.path_modifier.replace_prefix("results") != "results":
    raise WorkflowError(
        "prefix: and replace_prefix: do not reach the folders inside this workflow's config: "
        "set results:, work:, replies: and corrections: there instead"
    )
