from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtasks.errors import Problem
from subtasks.segments import vocabulary_files
from subtasks.segments.segment import clean_label
from subtasks.segments.vocabulary import Vocabulary
from subtasks.segments.vocabulary_files import dump, parse, read, write

KEY = "0123456789abcdef" * 4
GROUPS = {
    "reach toward the red cup": {"reach toward the red cup": 31, "reach for: the cup #2": 4},
    "yes": {"no": 1, "null": None},
    "12": {},
}
VOCABULARY = Vocabulary(GROUPS, (KEY,))

# What YAML could take for something else, and what a model may write.
HOSTILE = (
    """- a|a: b|a #b|#a|? a|&a|*a|!!int 3|~|on|1e3|'|"a"|{|]|%|@|`|a:|>|---|...|<<|=|\\n|é|手|😀"""
)
hostile = st.sampled_from(HOSTILE.split("|"))
labels = (st.text(max_size=12) | hostile).map(clean_label).filter(bool)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    groups: dict[str, dict[str, int | None]] = {each: {} for each in draw(st.sets(labels))}
    for words, label in draw(st.dictionaries(labels, labels, max_size=6)).items():
        groups.setdefault(label, {})[words] = draw(st.none() | st.integers(0, 10**9))
    keys = draw(st.lists(st.integers(0, 2**256 - 1).map("{:064x}".format), unique=True, max_size=3))
    return Vocabulary(groups, tuple(keys))


@given(vocabularies())
def test_a_vocabulary_is_read_as_it_was_written(vocabulary: Vocabulary) -> None:
    assert parse(dump("demo", vocabulary), "file") == vocabulary


@given(
    vocabularies(), st.dictionaries(labels, labels), st.integers(0, 9), st.sampled_from(["", "\n"])
)
def test_an_extension_adds_lines_and_moves_none(
    tmp_path_factory: pytest.TempPathFactory,
    vocabulary: Vocabulary,
    added: dict[str, str],
    count: int,
    end: str,
) -> None:
    path = tmp_path_factory.getbasetemp() / "vocabulary.yaml"
    # As a person leaves it: with a comment, and perhaps no line end.
    before = dump("demo", vocabulary).replace("labels:", "labels:  # mine").rstrip("\n") + end
    path.write_text(before, encoding="utf-8")
    extended = vocabulary.extended(added, dict.fromkeys(added, count), [KEY])
    write(path, "demo", extended)
    assert read(path) == extended
    if vocabulary.groups:
        text = path.read_text(encoding="utf-8")
        assert "labels:  # mine" in text
        # Counts apart, all lines are there, in their order.
        lines = iter([each.rpartition(":")[0] for each in text.splitlines()])
        assert all(each.rpartition(":")[0] in lines for each in before.splitlines())


def test_the_file_is_one_that_a_person_can_read(tmp_path: Path) -> None:
    path = tmp_path / "vocabularies/demo.yaml"
    write(path, "demo", VOCABULARY)
    assert [line for line in path.read_text().splitlines() if line and line[0] != "#"] == [
        "labels:",
        "  reach toward the red cup:",
        "    reach toward the red cup: 31",
        '    "reach for: the cup #2": 4',
        "  yes:",
        "    no: 1",
        "    null:",
        '  "12":',
        "replies:",
        f"  - {KEY}",
    ]
    assert list(path.parent.iterdir()) == [path]


def test_a_persons_file_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    mine = "# mine\nlabels:\n   take the cup: # theirs\n      grab it:   2   # often\n   lift:\n"
    path.write_text(mine)
    vocabulary = read(path)
    write(path, "demo", vocabulary)
    assert path.read_text() == mine
    said = {"grab it": 3, "pick it up": 1, "raise it": 2, "put it down": 1}
    new = {"pick it up": "take the cup", "raise it": "lift", "put it down": "place it"}
    write(path, "demo", vocabulary.extended(new, said, [KEY]))
    assert path.read_text() == (
        "# mine\nlabels:\n   take the cup: # theirs\n      grab it:   3   # often\n"
        "      pick it up: 1\n   lift:\n     raise it: 2\n   place it:\n     put it down: 1\n"
        f"\n{vocabulary_files.REPLIES_HEADER}replies:\n  - {KEY}\n"
    )


def test_a_file_in_another_style_says_the_same_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text("labels: {take: {grab: 1, take: 2}, lift: {}}\nreplies: []\n")
    extended = read(path).extended(
        {"hold": "take", "raise": "lift"}, {"hold": 1, "raise": 1}, [KEY]
    )
    write(path, "demo", extended)
    assert read(path) == extended


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "labels:\n", "labels: {}\n", "---\n"])
def test_a_file_without_labels_is_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(text)
    assert read(path) == read(tmp_path / "none.yaml") == Vocabulary()
    write(path, "demo", VOCABULARY)
    assert read(path) == VOCABULARY


BOMB = "labels:\n" + "".join(f"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("- a\n", "line 1: there must be labels: with labels below it"),
        ("grasp:\n  grab: 1\n", 'line 1: "grasp" is no key: the keys are labels and replies'),
        ("labels:\nlabels:\n", 'line 2: "labels" is there twice: the keys are labels and replies'),
        ("labels: [a]\n", "line 1: below labels: there must be labels, each with a colon"),
        ("labels: a\n", "line 1: below labels: there must be labels, each with a colon"),
        ("labels:\n  a: 3\n", 'line 2: below the label "a" there must be words with a colon and'),
        ("labels:\n  a:\n    b: [1]\n", "line 3: a count must be a text"),
        ("labels:\n  a:\n    b: -1\n", 'line 3: "b" has "-1"; it must have a whole number'),
        ("labels:\n  a:\n    b: 1.5\n", 'line 3: "b" has "1.5"; it must have a whole number'),
        ("labels:\n  a:\n  c:\n  a:\n", 'line 4: the label "a" is there twice, first in line 2'),
        (
            "labels:\n  a:\n    b: 1\n  c:\n    b: 2\n",
            'line 5: "b" is below "a" too, in line 3: remove one of the two lines',
        ),
        ('labels:\n  " ":\n', "line 2: there is a blank label: write one, or remove the line"),
        ('labels:\n  "a\\u200b":\n', "line 2: a label has control characters or more than 200"),
        (f"labels:\n  {'a' * 201}:\n", "line 2: a label has control characters or more than 200"),
        ("labels:\n  ? [a]\n  : 1\n", "line 2: a label must be a text"),
        ("labels: &x\n  a:\n", "line 1: it has an anchor or an alias (& or *)"),
        (BOMB, "line 2: it has an anchor or an alias (& or *)"),
        ("labels: !!python/object/apply:os.system [a]\n", "line 1: it has a tag (!)"),
        ("labels:\n  a:\n\tb: 1\n", "line 3: it is not valid YAML (found character that cannot"),
        ("labels:\n  a: 'b\n", "it is not valid YAML"),
        ("labels: " + "{a: " * 5000, "it is not valid YAML (exceeded maximum nesting depth)"),
        ("labels:\n--- a\n", "line 2: a second document begins: remove it"),
        ("labels:\nreplies:\n  - abc\n", 'line 3: "abc" is not the key of a reply'),
        (f"labels:\nreplies:\n  - {KEY}\n  - {KEY}\n", "line 4: "),
        ("labels:\n  a\x00b:\n", "it is not valid YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_nothing_is_replaced(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(text)
    for work in (lambda: read(path), lambda: write(path, "demo", VOCABULARY)):
        with pytest.raises(Problem) as caught:
            work()
        assert str(caught.value).startswith(f"{path}")
        assert sentence in str(caught.value)
        assert "\n" not in str(caught.value)
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_bytes(b"\xff\xfelabels")
    with pytest.raises(Problem, match="is not UTF-8 text"):
        read(path)
    with pytest.raises(Problem, match="cannot be read: Is a directory"):
        read(tmp_path)


@given(st.text(max_size=60) | hostile.map(lambda text: f"labels:\n  {text}:\n    {text}: 1\n"))
def test_any_text_is_read_or_refused(text: str) -> None:
    said = ""
    try:
        parse(text, "file")
    except Problem as problem:
        said = str(problem)
    assert "\n" not in said


EDITED = """\
# mine
labels:
  grab:  # of the gripper
    # the first answer
    grasp: 2
    "grip: it":
  # what comes before
  reach:
      reach for: 7

replies:
  - {key}
""".format(key="a" * 64)


def renamed(path, text, old, new, said=()):
    path.write_text(text, encoding="utf-8")
    before = vocabulary_files.read(path)
    assert vocabulary_files.rename(path, "demo", old, new, said)
    assert vocabulary_files.read(path) == before.renamed(old, new, said)
    return path.read_text(encoding="utf-8")


def test_a_renamed_label_changes_one_line(tmp_path) -> None:
    path = tmp_path / "demo.yaml"
    assert renamed(path, EDITED, "grab", "take") == EDITED.replace("grab:", "take:")
    assert renamed(path, EDITED, "grab", "a: b") == EDITED.replace("grab:", '"a: b":')
    quoted = EDITED.replace("  reach:", '  "réach":')
    assert renamed(path, quoted, "réach", "go") == EDITED.replace("  reach:", "  go:")


def test_a_merged_label_moves_its_lines_with_their_comments(tmp_path) -> None:
    assert (
        renamed(tmp_path / "demo.yaml", EDITED, "grab", "reach")
        == """\
# mine
labels:
  # what comes before
  reach:
      reach for: 7
      # the first answer
      grasp: 2
      "grip: it":

replies:
  - {key}
""".format(key="a" * 64)
    )
    assert (
        renamed(tmp_path / "demo.yaml", EDITED, "reach", "grab")
        == """\
# mine
labels:
  grab:  # of the gripper
    # the first answer
    grasp: 2
    "grip: it":
    reach for: 7
  # what comes before

replies:
  - {key}
""".format(key="a" * 64)
    )


def test_words_that_are_listed_nowhere_are_added(tmp_path) -> None:
    path = tmp_path / "demo.yaml"
    found = renamed(path, EDITED, "lift", "raise", ["lift"])
    assert "  raise:\n    lift:\n" in found
    assert found.startswith("# mine\n")
    assert "    grab:\n" in renamed(path, EDITED, "grab", "take", ["grab"])
    path.unlink()
    assert vocabulary_files.rename(path, "demo", "lift", "raise", ["lift"])
    assert vocabulary_files.read(path) == Vocabulary({"raise": {"lift": None}})


@pytest.mark.parametrize(
    "text",
    [
        "labels: {grab: {grasp: 2}, reach: {}}\n",
        "labels:\n  grab: {grasp: 2}\n  reach: {reach for: 1}\n",
        "labels:\n  ? grab\n  : grasp: 2\n  reach:\n",
        "labels:\n  grab:\n  reach:\n    reach for: 1",
        "labels:\n  grab:\n    grasp: 1\n  reach:",
        "labels:\n  reach:\n  'grab':\n    grasp: 1\n",
    ],
)
@pytest.mark.parametrize("new", ["take", "reach", "-", "null", "[x]"])
def test_any_layout_says_what_is_meant(tmp_path, text, new) -> None:
    renamed(tmp_path / "demo.yaml", text, "grab", new)


def test_what_changes_nothing_is_not_written(tmp_path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(EDITED)
    before = path.stat()
    assert not vocabulary_files.rename(path, "demo", "nothing", "new")
    assert not vocabulary_files.rename(tmp_path / "absent.yaml", "demo", "a", "b")
    assert path.stat() == before
    assert not (tmp_path / "absent.yaml").exists()


def test_a_damaged_file_is_not_replaced(tmp_path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text("labels: [")
    with pytest.raises(Problem, match=r"demo\.yaml, line"):
        vocabulary_files.rename(path, "demo", "a", "b")
    assert path.read_text() == "labels: ["


@given(st.data())
def test_renaming_in_a_written_file_says_what_is_meant(tmp_path_factory, data) -> None:
    names = st.sampled_from(["grab", "take it", "a: b", "#", "- x", "é", "no", "1.5", '"'])
    groups = data.draw(
        st.dictionaries(names, st.dictionaries(names.map("of {}".format), st.none(), max_size=2))
    )
    words, kept = set(), {}
    for label, group in groups.items():
        kept[label] = {each: None for each in group if each not in words}
        words |= set(group)
    path = tmp_path_factory.mktemp("vocabulary") / "demo.yaml"
    vocabulary_files.write(path, "demo", Vocabulary(kept))
    old, new = data.draw(names), data.draw(names)
    said = data.draw(st.lists(names, max_size=2))
    wanted = Vocabulary(kept).renamed(old, new, said)
    changed = vocabulary_files.rename(path, "demo", old, new, said)
    assert changed == (wanted != Vocabulary(kept))
    assert vocabulary_files.read(path) == wanted
