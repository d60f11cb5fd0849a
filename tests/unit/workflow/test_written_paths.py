"""Paths of a config are written out: `~` is a home, and what a shell replaces is refused."""

from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.workflow import written_paths
from support import configs


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")


def expand(**given: Any) -> dict[str, Any]:
    return written_paths.expand(configs.filled(**given))


def test_every_path_is_written_out() -> None:
    found = expand(
        results="~/r",
        work="~/w/",
        replies="~",
        corrections="./c//d/",
        vocabularies="~/v",
        reviews="./i",
        evaluations="~/e",
        mixture="~/m.json",
        datasets=[{"root": "~/a"}, {"root": "b"}, {"root": "s3://c/~/$d"}, {"repo_id": "e/f"}],
        claude={"prices": "~/p.yaml"},
        labels={"protocol": "~/p.md", "prompts": {"segment": "~/s.md", "relabel": "~/l.md"}},
    )
    assert [found[key] for key in written_paths.FOLDERS] == [
        "/home/me/r",
        "/home/me/w",
        "/home/me",
        "c/d",
        "/home/me/v",
        "i",
        "/home/me/e",
    ]
    assert found["mixture"] == "/home/me/m.json"
    assert found["datasets"] == [
        {"root": "/home/me/a"},
        {"root": "b"},
        {"root": "s3://c/~/$d"},
        {"repo_id": "e/f"},
    ]
    assert found["claude"]["prices"] == "/home/me/p.yaml"
    assert found["labels"]["protocol"] == "/home/me/p.md"
    assert found["labels"]["prompts"] == {
        "describe": "config/prompts/describe.md",
        "segment": "/home/me/s.md",
        "relabel": "/home/me/l.md",
        "refine": "config/prompts/refine.md",
        "unify": "config/prompts/unify.md",
    }


def test_the_defaults_stay_as_they_are() -> None:
    assert expand() == configs.filled()


def test_what_is_given_is_not_changed() -> None:
    given = configs.filled(results="~/r", datasets=[{"root": "~/a"}], claude={"prices": "~/p"})
    written_paths.expand(given)
    assert given["results"] == "~/r"
    assert given["datasets"] == [{"root": "~/a"}]
    assert given["claude"]["prices"] == "~/p"


def test_another_users_home_is_found() -> None:
    assert written_paths.path("x", "~root/a").endswith("/a")
    assert not written_paths.path("x", "~root/a").startswith("~")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("results", "results"),
        ("./results", "results"),
        ("././results", "results"),
        ("results/", "results"),
        ("a//b///c/", "a/b/c"),
        ("a/./b", "a/b"),
        ("a/../b", "a/../b"),
        ("../b", "../b"),
        ("//tmp/a", "/tmp/a"),
        ("///tmp/a", "/tmp/a"),
        ("/", "/"),
        (".", "."),
        ("a b/c", "a b/c"),
        ("a~", "a~"),
        ("a/~/b", "a/~/b"),
        ("./~", "~"),
        ("./~nobody-of-that-name", "~nobody-of-that-name"),
        ("100%", "100%"),
        ("a$", "a$"),
        ("a$1", "a$1"),
        ("a$/b", "a$/b"),
        ("é", "é"),
        ('it\'s \\ "so"; *?[x] & #', 'it\'s \\ "so"; *?[x] & #'),
        ("c:/x", "c:/x"),
    ],
)
def test_one_folder_has_one_name(given: str, expected: str) -> None:
    assert expand(results=given)["results"] == expected


REFUSED = [
    (
        "~nobody-of-that-name/x",
        "there is no user whose home that is: write the path out, or put ./",
    ),
    ("$SCRATCH/x", "$SCRATCH is not replaced in a config: write the path out, or have the shell"),
    ("${SCRATCH}/x", "${SCRATCH} is not replaced in a config: write the path out"),
    ("/data/$USER", "$USER is not replaced in a config: write the path out"),
    ("a-$HOME-b/c", "$HOME is not replaced in a config: write the path out"),
    ("{x}", "braces have a meaning to Snakemake: use a path without { and }"),
    ("a/{dataset}", "braces have a meaning to Snakemake: use a path without { and }"),
    ("-", "a path that begins with - looks like an option: write the path out, from /"),
    ("--cores", "a path that begins with - looks like an option: write the path out, from /"),
    ("./-x/y", "a path that begins with - looks like an option: write the path out, from /"),
    ("a}", "braces have a meaning to Snakemake: use a path without { and }"),
    ("{{a}}", "braces have a meaning to Snakemake: use a path without { and }"),
]
KEYS = [*written_paths.FOLDERS, "mixture"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("path", "sentence"), REFUSED)
def test_what_is_no_path_here_is_one_sentence(key: str, path: str, sentence: str) -> None:
    said = configs.refused({key: path})
    assert said.startswith(f"config: {key} is {path}")
    assert sentence in said


@pytest.mark.parametrize(("path", "sentence"), REFUSED)
def test_it_is_so_for_datasets_prompts_and_prices_too(path: str, sentence: str) -> None:
    for given, key in [
        ({"datasets": [{"repo_id": "a/b"}, {"root": path}]}, "datasets[1].root"),
        ({"claude": {"prices": path}}, "claude.prices"),
        ({"labels": {"prompts": {"segment": path}}}, "labels.prompts.segment"),
        ({"labels": {"prompts": {"describe": path}}}, "labels.prompts.describe"),
        ({"labels": {"protocol": path}}, "labels.protocol"),
    ]:
        said = configs.refused(given)
        assert said.startswith(f"config: {key} is {path}")
        assert sentence in said


@pytest.mark.parametrize(
    "address", ["https://a/b", "gs://a/b", "file:///a", "hf://a/b", "ssh://a/b"]
)
def test_an_address_is_no_path(address: str) -> None:
    assert configs.refused({"datasets": [{"root": address}]}) == (
        f"config: datasets[0].root is {address}; it must be a folder or s3://bucket/folder: for a "
        "dataset on the Hub set repo_id"
    )
    for key in (*written_paths.FOLDERS, "mixture"):
        for each in (address, "s3://bucket/x"):
            said = configs.refused({key: each})
            assert said == f"config: {key} is {each}; it must be a path on this machine"


def test_a_folder_that_has_such_a_name_is_used(tmp_path: Path) -> None:
    for name in ("$DATA", "~nobody-of-that-name", "a$B"):
        (tmp_path / name).mkdir()
        assert written_paths.path("x", f"{name}/c") == f"{name}/c"
    (tmp_path / "link").symlink_to("$DATA")
    assert written_paths.path("x", f"{tmp_path}/$DATA/x/y") == f"{tmp_path}/$DATA/x/y"
    with pytest.raises(Problem, match="is not replaced in a config"):
        written_paths.path("x", "$DAT/x")


def test_a_long_path_is_cut_in_the_sentence() -> None:
    with pytest.raises(Problem) as caught:
        written_paths.path("config: results", "$A/" + "x" * 5000)
    assert len(str(caught.value)) < 300


def test_the_place_of_true_labels_is_a_path_or_an_address_on_the_hub() -> None:
    found = expand(
        evaluate={"truth": "~/t/{dataset}/x", "prompt": "~/j.md"},
        datasets=[
            {"root": "a", "evaluate": {"truth": "hf://datasets/me/~x@main"}},
            {"root": "b", "evaluate": {"truth": "~/{dataset}"}},
            {"root": "c", "evaluate": {}},
        ],
    )
    assert found["evaluate"]["truth"] == "/home/me/t/{dataset}/x"
    assert found["evaluate"]["prompt"] == "/home/me/j.md"
    assert [entry["evaluate"].get("truth") for entry in found["datasets"]] == [
        "hf://datasets/me/~x@main",
        "/home/me/{dataset}",
        None,
    ]


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        ("https://example.org/t", "hf://datasets/owner/name for a dataset on the Hub"),
        ("s3://bucket/t", "hf://datasets/owner/name"),
        ("t/{episode}", "braces have a meaning"),
        ("$HOME/t", "is not replaced"),
        ("-t", "looks like an option"),
    ],
)
def test_a_place_that_true_labels_cannot_have_is_a_problem(truth: str, reason: str) -> None:
    with pytest.raises(Problem, match=reason) as problem:
        expand(evaluate={"truth": truth})
    assert str(problem.value).startswith(f"config: evaluate.truth is {truth}")
