"""Places that destroy one another are refused under whatever name; all others work."""

import os
from pathlib import Path
from typing import Any

import pytest

from subtasks.errors import Problem
from subtasks.workflow import places
from subtasks.workflow.config import Config
from support import configs
from support.many_episodes import render


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a few links."""
    folder = tmp_path / "run"
    for name in ("run/work", "run/results", "run/replies", "run/corrections", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(folder)
    Path("to_work").symlink_to("work")
    Path("to_here").symlink_to(".")
    Path("to_elsewhere").symlink_to("../elsewhere")
    return folder


def check(**given: Any) -> None:
    places.check(configs.read(**given), in_storage=False)


def refused(**given: Any) -> str:
    with pytest.raises(Problem) as caught:
        check(**given)
    sentence = str(caught.value)
    assert sentence.startswith("config: ")
    assert sentence.isprintable()
    return sentence.removeprefix("config: ")


# one inside another ------------------------------------------------------------------------------

INSIDE_WORK = [
    *("work", "work/", "./work", "work/x", "work/x/../y", "x/../work", "results/../work/x"),
    *("to_work", "to_work/x", "to_here/work", "to_here/to_here/work/x", "../run/work"),
    *("work/not/there/yet",),
]
APART = [(inner, outer) for inner, outer, _ in places._APART]


@pytest.mark.parametrize("path", INSIDE_WORK)
@pytest.mark.parametrize("key", ["results", "replies", "corrections", "vocabularies"])
def test_nothing_that_is_kept_lies_in_work(key: str, path: str) -> None:
    sentence = refused(**{key: path})
    assert sentence.startswith(f"{key} is {path}, ")
    assert sentence.endswith(f"; work may be deleted at any time: set {key} to a folder of its own")


def test_an_absolute_path_is_no_way_around(here: Path) -> None:
    assert "inside work" in refused(replies=str(here / "work" / "x"))
    assert "the same folder as work" in refused(replies="work", work=str(here / "work"))


@pytest.mark.parametrize("path", ["results/x", "to_here/results/my_dataset"])
def test_no_reply_lies_in_results(path: str) -> None:
    sentence = refused(replies=path)
    assert sentence.startswith(f"replies is {path}, inside results, which is results; results hold")


@pytest.mark.parametrize("key", ["work", "corrections", "vocabularies"])
def test_what_lies_beside_the_results_is_in_none_of_them(key: str) -> None:
    config = configs.read(**{key: "results/tiny/x"})
    places.check(config, in_storage=False)
    places.check_results(["other"], config)
    with pytest.raises(Problem, match=f"{key} is results/tiny/x, inside the result of tiny"):
        places.check_results(["other", "tiny"], config)


@pytest.mark.parametrize(("inner", "outer"), APART)
def test_a_folder_made_later_is_seen_before(inner: str, outer: str) -> None:
    assert refused(**{outer: "new", inner: "new/a/b"}).startswith(f"{inner} is new/a/b, inside")
    assert " is new, the same folder as " in refused(**{outer: "new", inner: "new"})


def test_the_folder_of_the_run_holds_everything_else() -> None:
    assert refused(work=".").startswith("results is results, inside work, which is .;")
    assert refused(results=".").startswith("replies is replies, inside results, which is .;")
    assert refused(work="..").startswith("results is results, inside work, which is ..;")
    assert refused(work="/").startswith("results is results, inside work, which is /;")


def test_replies_and_corrections_are_not_one_folder() -> None:
    assert refused(replies="x", corrections="./x").startswith("replies and corrections are both x")
    assert refused(results="x", corrections="./x").startswith("results and corrections are both x")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"work": "out/work", "results": "out/results"},
        {"work": "out/.work", "results": "out", "corrections": "out/.corrections"},
        {"work": "out/work", "results": "out/r", "replies": "out/p", "corrections": "out/c"},
        {"work": "work2", "results": "work2x"},
        {"results": "wor", "work": "work/x/.."},
        {"replies": "out", "work": "out/work", "results": "out/results"},
        {"corrections": "out", "replies": "out/replies"},
        {"replies": "out", "corrections": "out/corrections"},
        {"work": "../elsewhere/work", "results": "to_elsewhere/results"},
        {"results": "to_elsewhere"},
        {"replies": "../shared/replies"},
        {"work": "a b/c", "results": "a b"[:-2] + "/r"},
        {"results": "Work"},
    ],
)
def test_harmless_places_work(given: dict[str, Any]) -> None:
    check(**given)


def test_a_folder_is_itself_under_another_spelling(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that does not tell capitals from small letters."""
    number = Path("work").stat()
    told_apart = places._marks

    def marks(path: Path) -> list[places.Mark]:
        if path == here / "WORK":
            return [str(path), (number.st_dev, number.st_ino)]
        return told_apart(path)

    monkeypatch.setattr(places, "_marks", marks)
    assert "the same folder as work" in refused(replies="WORK")
    assert "inside work" in refused(replies="WORK/x")


# what is no folder -------------------------------------------------------------------------------


@pytest.mark.parametrize("key", places.FOLDERS)
def test_a_file_is_no_folder(key: str, here: Path) -> None:
    Path("file").touch()
    Path("to_file").symlink_to("file")
    Path("gone").symlink_to("nowhere")
    Path("loop").symlink_to("loop")
    os.mkfifo("pipe")
    assert refused(**{key: "file"}) == f"{key} is file, which is a file: name a folder"
    assert refused(**{key: "to_file"}) == f"{key} is to_file, which is a file: name a folder"
    assert refused(**{key: "pipe"}) == f"{key} is pipe, which is a file: name a folder"
    for path in ("file/x", "file/x/y"):
        assert (
            refused(**{key: path}) == f"{key} is {path}, but {here}/file is a file: name a folder"
        )
    for path in ("gone", "loop"):
        assert refused(**{key: path}) == (
            f"{key} is {path}, which is a link that leads nowhere: name a folder"
        )
    assert refused(**{key: "gone/x"}).endswith("/gone is a link that leads nowhere: name a folder")


@pytest.mark.parametrize("path", ["x" * 300, "a/" + "x" * 300, "x/" * 3000])
def test_a_name_that_is_too_long_is_said(path: str) -> None:
    sentence = refused(results=path)
    assert sentence.endswith("which cannot be used: File name too long")
    assert len(sentence) < 200


def test_a_folder_that_may_not_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "results")
    assert refused(results="results/x").startswith(
        "results is results/x, and nothing may be written into "
    )
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Problem, match="replies is replies, and nothing may be written"):
        places.check(configs.read(results="/etc/hostname"), in_storage=True)
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "corrections")
    check()
    Path("mine").mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: path.name != "mine")
    check(vocabularies="mine")
    sentence = refused(vocabularies="mine", labels={"unify": True})
    assert sentence.startswith("vocabularies is mine, and nothing may be written into mine")


def test_places_in_object_storage_need_not_be_folders_here() -> None:
    Path("file").touch()
    with pytest.raises(Problem, match="which is a file"):
        places.check(configs.read(work="file"), in_storage=False)
    places.check(configs.read(work="file"), in_storage=True)
    with pytest.raises(Problem, match="the same folder as work"):
        places.check(configs.read(work="x", results="x"), in_storage=True)


# sources -----------------------------------------------------------------------------------------


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return render(tmp_path / "data" / "cups", 1)


def check_sources(config: Config, **roots: Path) -> None:
    places.check_sources(roots, config)


def refused_sources(config: Config, **roots: Path) -> str:
    with pytest.raises(Problem) as caught:
        check_sources(config, **roots)
    return str(caught.value).removeprefix("config: ")


@pytest.mark.parametrize("inside", ["", "x", "meta", "data/../x", "videos/x/y"])
@pytest.mark.parametrize("key", places.FOLDERS)
def test_nothing_is_written_into_a_source(key: str, inside: str, source: Path) -> None:
    path = str(source / inside)
    sentence = refused_sources(configs.read(**{key: path}), cups=source)
    assert sentence.startswith(f"{key} is ")
    assert sentence.endswith(f"which is only read: set {key} to a folder outside it")


@pytest.mark.parametrize("key", places.FOLDERS)
def test_links_are_no_way_around(key: str, source: Path) -> None:
    Path("link").symlink_to(source)
    assert "which is only read" in refused_sources(configs.read(**{key: "link/x"}), cups=source)
    assert "which is only read" in refused_sources(
        configs.read(**{key: str(source / "x")}), cups=Path("link")
    )


def test_a_run_in_the_folder_of_the_dataset_itself_is_refused(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source)
    assert refused_sources(configs.read(), cups=Path()).startswith(
        "results is results, inside the dataset ., which is only read"
    )


@pytest.mark.parametrize("work", ["data", "data/cups/..", "/", ".."])
def test_a_source_does_not_lie_in_work(
    work: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent.parent)
    config = configs.read(work=work, results="/r", replies="/p", corrections="/c")
    assert "work may be deleted at any time" in refused_sources(config, cups=source)


def test_no_result_is_written_over_a_source(source: Path, tmp_path: Path) -> None:
    config = configs.read(results=str(source.parent))
    other = render(tmp_path / "other", 1)
    check_sources(config, labelled=source)
    check_sources(config, labelled=source, other=other)
    for roots in ({"cups": source}, {"cups": other, "mine": source}):
        assert "give it another name: or set another results:" in refused_sources(config, **roots)
    (source.parent / "linked").symlink_to(source)
    assert "over the dataset" in refused_sources(config, linked=source)
    (source.parent / "inner").symlink_to(source / "meta")
    assert "over the dataset" in refused_sources(config, inner=source)
    render(source.parent / "outer" / "deep", 1)
    assert "over the dataset" in refused_sources(config, outer=source.parent / "outer" / "deep")


@pytest.mark.parametrize("key", ["results", "work"])
def test_a_datasets_own_folder_is_looked_at_too(key: str, source: Path) -> None:
    Path(key, "cups").symlink_to(source)
    assert f"the {key} of {source} would be written to {key}/cups, over the dataset" in (
        refused_sources(configs.read(), cups=source)
    )
    Path(key, "cups").unlink()
    check_sources(configs.read(), cups=source)
    Path(key, "cups").touch()
    assert refused_sources(configs.read(), cups=source) == (
        f"{key} is {key}/cups, which is a file: name a folder"
    )
    with pytest.raises(Problem, match="is only read"):
        places.check_sources({"cups": source}, configs.read(replies=str(source)), in_storage=True)
    places.check_sources({"cups": source}, configs.read(), in_storage=True)


def test_the_result_of_an_earlier_run_is_a_source(tmp_path: Path) -> None:
    earlier = render(tmp_path / "run" / "results" / "cups", 1)
    check_sources(configs.read(results="results2"), cups=earlier)
    check_sources(configs.read(), cups2=earlier)
    assert "over the dataset" in refused_sources(configs.read(), cups=earlier)


def test_thousands_of_sources_are_looked_at_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    marks = places._marks
    monkeypatch.setattr(places, "_marks", lambda path: looked.append(path) or marks(path))
    roots = {f"d{number}": tmp_path / f"d{number}" for number in range(300)}
    check_sources(configs.read(), **roots)
    assert len(looked) < 30 * len(roots)
