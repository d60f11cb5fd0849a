"""One table of path patterns, for the rules' outputs and for those that look for the files."""

import re
from itertools import combinations

import pytest

from subtasks.workflow.paths import File, Paths
from support import configs
from support.workflow import PROJECT

PATHS = Paths("w", "r", "c", "v", "i", "e")
WILDCARDS = {"episode": 17, "group": "000016-000031", "started": "20260930-120000"}
PLAIN = {**WILDCARDS, "file": "data/chunk-000/x.parquet", "meta": "meta/stats.json"}


def test_the_folders_are_those_of_the_config() -> None:
    config = configs.read(
        work="/tmp/w", results="out", corrections="mine", vocabularies="theirs", reviews="seen"
    )
    assert Paths.of(config) == Paths("/tmp/w", "out", "mine", "theirs", "seen", "evaluations")
    assert Paths.of(config).fill(File.FRAMES, "d", episode=3) == (
        "/tmp/w/d/frames/episode_000003.zip"
    )


def test_a_pattern_keeps_its_wildcards_for_snakemake() -> None:
    assert PATHS.pattern(File.OUTCOMES) == "w/{dataset}/outcomes/{group}.jsonl"
    assert PATHS.pattern(File.SUBTASKS) == "r/{dataset}/subtasks/episode_{episode}.json"
    assert PATHS.pattern(File.CORRECTION) == "c/{dataset}/episode_{episode}.json"
    assert PATHS.pattern(File.VOCABULARY) == "v/{dataset}.yaml"
    assert PATHS.pattern(File.GROUP_LOG, "annotate") == "w/{dataset}/logs/annotate/{group}.log"


def test_a_number_is_an_episodes() -> None:
    assert PATHS.fill(File.MOTION, "d", episode=17) == "w/d/motion/episode_000017.json"
    assert PATHS.fill(File.MOTION, "d", episode="000017") == "w/d/motion/episode_000017.json"
    assert PATHS.fill(File.EPISODE_LOG, "d", "find_motion", episode=1) == (
        "w/d/logs/find_motion/episode_000001.log"
    )


@pytest.mark.parametrize("file", File)
def test_every_pattern_can_be_filled_in(file: File) -> None:
    filled = PATHS.fill(file, "d", "rule", **PLAIN)
    assert "{" not in filled
    assert filled.startswith(("w/", "r/", "c/", "v/", "i/", "e/"))


def test_a_wildcard_that_is_not_given_is_an_error() -> None:
    with pytest.raises(KeyError, match="episode"):
        PATHS.fill(File.FRAMES, "d")


def test_the_folder_of_a_kind_of_files() -> None:
    assert PATHS.folder(File.CORRECTION, "d") == "c/d"
    assert PATHS.folder(File.FRAMES, "d") == "w/d/frames"


def test_no_two_kinds_share_a_pattern() -> None:
    assert len({file.value for file in File}) == len(File)


def test_no_path_of_one_kind_is_one_of_another() -> None:
    """But for the files of a result, where the rules say which of them are copied and which made.

    Snakemake finds the rule of a file by its pattern, with the wildcards limited as in the rules.
    """
    rules = (PROJECT / "rules/common.smk").read_text()
    limits = dict(re.findall(r'^    (\w+)=r?"(.+)",$', rules, re.MULTILINE))
    assert limits.keys() == {"dataset", "episode", "group", "started", "file"}
    limits |= {"meta": "meta/.+", "file": "(data|videos)/.+"}
    in_result = {File.RESULT, File.METADATA}
    kinds = [file for file in File if "{rule}" not in file and file not in in_result]
    for one, other in combinations(kinds, 2):
        for kind, name in ((one, other), (other, one)):
            pattern = re.escape(PATHS.pattern(kind))
            for wildcard, limit in limits.items():
                pattern = pattern.replace(rf"\{{{wildcard}\}}", f"(?:{limit})")
            filled = PATHS.fill(name, "d", **PLAIN)
            assert not re.fullmatch(pattern, filled), f"{filled} is also a {kind.name}"
