"""The YAML file with the vocabulary of a dataset, which a person reads and edits.

Read is only what the file is meant to hold: labels, words and counts, as texts. Nothing is
constructed from tags, and aliases are refused, so that no file of a few lines stands for billions.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from subtasks import files
from subtasks.errors import Problem
from subtasks.segments.segment import MAX_LABEL, clean_label
from subtasks.segments.vocabulary import Vocabulary
from subtasks.wording import one_line, shorten_json

LABELS, REPLIES = "labels", "replies"

MAX_BYTES = 20_000_000
"""Size of a file: that of 100,000 words has less."""

HEADER = """\
# The labels of {dataset}: each line that ends in a colon is a label as it is written, and below
# it stand Claude's own words that mean the same, with how often they occur.
#
# Edit it as you like, and run again; only the episodes that are concerned are written anew:
# - to rename a label, change its line; to take words to another label, move their line there;
# - to give words a label of their own, write that as a new line and move theirs below it;
# - words whose line is removed are asked about again.
# New words are added by the next run that finds some. What stands here is never changed by itself.
"""
REPLIES_HEADER = (
    "# The answers that the labels came from, for the account of what was paid. Leave it.\n"
)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,'()/.+-]*")
_KEY = re.compile(r"[0-9a-f]{64}")
_COUNT = re.compile(r"[0-9]{1,12}")


class _Fault(Exception):
    """What is wrong in a file, as a clause, and the line, counted from 0."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


def read(path: Path) -> Vocabulary:
    """Read a vocabulary; one that does not exist is empty.

    Raises `Problem` with the file, the line and what is wrong with it.
    """
    return parse(text_of(path), str(path))


def text_of(path: Path) -> str:
    """Return the text of a vocabulary; one that does not exist is empty. Raises `Problem`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise Problem(f"{path} is larger than {MAX_BYTES // 1_000_000} MB: it is no vocabulary")
    try:
        # Some editors put a byte-order mark before the text.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(f"{path} is not UTF-8 text: save it in that encoding") from None


def parse(text: str, place: str) -> Vocabulary:
    """Read the text of a vocabulary. Raises `Problem`, naming `place`."""
    # Only here: programs of which no vocabulary is asked need no YAML.
    import yaml

    try:
        return _Reader(_events(text)).vocabulary()
    except _Fault as fault:
        raise Problem(f"{place}, line {fault.line + 1}: {fault}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise Problem(f"{place}{where}: it is not valid YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Problem(f"{place}: it is not valid YAML ({one_line(str(error), 100)})") from None


def write(path: Path, dataset: str, vocabulary: Vocabulary) -> None:
    """Write a vocabulary that contains all that the file does; one that is equal is not written.

    A person's comments and order stay as they are. Raises `Problem` for a file that is damaged:
    it is not replaced.
    """
    before = text_of(path)
    present = parse(before, str(path))
    if present == vocabulary and before:
        return
    text = _edited(before, vocabulary) if before else ""
    if not text or not _says(text, vocabulary):
        text = dump(dataset, vocabulary)
    files.write_text(path, text)


def rename(path: Path, dataset: str, old: str, new: str, said: Collection[str] = ()) -> bool:
    """Give a label another name, or its words to a label that has that name already.

    `said` are words of the model's, see `Vocabulary.renamed`. A person's comments stay where they
    are, as far as the file is laid out line by line. Returns whether anything has changed. Raises
    `Problem` for a file that is damaged: it is not replaced.
    """
    before = text_of(path)
    present = parse(before, str(path))
    wanted = present.renamed(old, new, said)
    if wanted == present:
        return False
    text = _renamed(before, old, new) if old in present.groups else before
    # The words `old`, where nobody has listed them.
    text = _edited(text, wanted) if text and _is_part(text, wanted) else ""
    if not text or not _says(text, wanted):
        text = dump(dataset, wanted)
    files.write_text(path, text)
    return True


def dump(dataset: str, vocabulary: Vocabulary) -> str:
    """Return the text of a vocabulary."""
    lines = [HEADER.format(dataset=dataset), *_lines_of_labels(vocabulary)]
    return "".join([*lines, *_lines_of_replies(vocabulary.questions)])


def _lines_of_labels(vocabulary: Vocabulary) -> Iterator[str]:
    if not vocabulary.groups:
        yield f"{LABELS}: {{}}\n"
        return
    yield f"{LABELS}:\n"
    for label, group in vocabulary.groups.items():
        yield f"  {_scalar(label)}:\n"
        for words, count in group.items():
            yield _entry(words, count, 4)


def _entry(words: str, count: int | None, indent: int) -> str:
    number = "" if count is None else f" {count}"
    return f"{' ' * indent}{_scalar(words)}:{number}\n"


def _lines_of_replies(questions: tuple[str, ...]) -> Iterator[str]:
    if questions:
        yield f"\n{REPLIES_HEADER}{REPLIES}:\n"
        yield from (f"  - {key}\n" for key in questions)


def _scalar(text: str) -> str:
    """Return a text as a key: as it is where YAML reads it so, else in quotes."""
    if _PLAIN.fullmatch(text) and text[-1] != " ":
        return text
    return json.dumps(text, ensure_ascii=False)


# Changing a text that a person may have edited -------------------------------------------------


def _edited(text: str, vocabulary: Vocabulary) -> str:
    """Put the vocabulary's new words, counts and keys into a text that holds the others.

    What cannot be done by adding lines, such as where several entries share a line, is left out.
    """
    reader = _Reader(_events(text))
    present = reader.vocabulary()
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    for label, group in present.groups.items():
        for words, count in group.items():
            if (new := vocabulary.groups[label][words]) != count:
                line, start, stop = reader.counts[words]
                number = f" {new}" if count is None else str(new)
                lines[line] = f"{lines[line][:start]}{number}{lines[line][stop:]}"
    added: dict[int, list[str]] = {}
    for label, group in vocabulary.groups.items():
        if known := present.groups.get(label):
            last = max(reader.lines[words] for words in known)
            indent = reader.indents[next(iter(known))]
        elif label in present.groups:
            last, indent = reader.lines_of_labels[label], reader.indent + 2
        else:
            last, indent = reader.end, reader.indent + 2
            added.setdefault(last, []).append(f"{' ' * reader.indent}{_scalar(label)}:\n")
        entries = [_entry(w, count, indent) for w, count in group.items() if w not in (known or {})]
        added.setdefault(last, []).extend(entries)
    if keys := vocabulary.questions[len(present.questions) :]:
        if present.questions:
            added.setdefault(reader.last_key, []).extend(f"  - {key}\n" for key in keys)
        else:
            added.setdefault(len(lines) - 1, []).extend(_lines_of_replies(keys))
    return "".join("".join([line, *added.get(number, [])]) for number, line in enumerate(lines))


def _renamed(text: str, old: str, new: str) -> str:
    """Change the line of a label in a text, or move the lines below it to another label.

    What cannot be done line by line comes out wrong, which `rename` notices.
    """
    reader = _Reader(_events(text))
    groups = reader.vocabulary().groups
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    at = reader.lines_of_labels[old]
    if new not in groups:
        start, stop = reader.columns_of_labels[old]
        lines[at] = f"{lines[at][:start]}{_scalar(new)}{lines[at][stop:]}"
        return "".join(lines)
    last = max([at, *(reader.lines[words] for words in groups[old])])
    moved = lines[at + 1 : last + 1]
    own, other = (next(iter(groups[label]), None) for label in (old, new))
    if own is not None and other is not None:
        shift = reader.indents[other] - reader.indents[own]
        moved = [_shifted(line, shift) for line in moved]
    end = max([reader.lines_of_labels[new], *(reader.lines[words] for words in groups[new])])
    kept = [
        [*([] if at <= number <= last else [line]), *(moved if number == end else [])]
        for number, line in enumerate(lines)
    ]
    return "".join(line for several in kept for line in several)


def _shifted(line: str, columns: int) -> str:
    if columns < 0:
        return line[min(-columns, len(line) - len(line.lstrip(" "))) :]
    return " " * columns + line


def _is_part(text: str, vocabulary: Vocabulary) -> bool:
    """Whether all that a text says is also said by a vocabulary, under the same labels."""
    try:
        present = parse(text, "")
    except Problem:
        return False
    return all(
        group.items() <= vocabulary.groups.get(label, {}).items()
        for label, group in present.groups.items()
    )


def _says(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a text says exactly what a vocabulary does."""
    try:
        return parse(text, "") == vocabulary
    except Problem:
        return False


# Reading ----------------------------------------------------------------------------------------


def _events(text: str) -> list[Any]:
    """Return YAML's events. Raises `yaml.YAMLError`."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return list(yaml.parse(text, Loader=loader))


class _Reader:
    """Reads the events of a file, and remembers where what stands.

    `lines` has the line of each of the model's words, `indents` the column, `counts` the line and
    the columns of a count that is there. `columns_of_labels` are those of a label in
    its line. `end` is the last line of the labels.
    """

    def __init__(self, events: list[Any]) -> None:
        self._events = iter(events)
        self.lines: dict[str, int] = {}
        self.indents: dict[str, int] = {}
        self.counts: dict[str, tuple[int, int, int]] = {}
        self.lines_of_labels: dict[str, int] = {}
        self.columns_of_labels: dict[str, tuple[int, int]] = {}
        self.indent = 2
        self.end = 0
        self.last_key = 0

    def vocabulary(self) -> Vocabulary:
        import yaml

        next(self._events)  # of the stream
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return Vocabulary()
        first = self._next()
        groups: dict[str, dict[str, int | None]] = {}
        keys: list[str] = []
        if not self._is_blank(first):
            if not isinstance(first, yaml.MappingStartEvent):
                raise _Fault(f"there must be {LABELS}: with labels below it", _line(first))
            seen: set[str] = set()
            while not isinstance(key := self._next(), yaml.MappingEndEvent):
                name = self._text(key, "a key")
                if name in seen or name not in (LABELS, REPLIES):
                    raise _Fault(
                        f"{shorten_json(name)} is {'there twice' if name in seen else 'no key'}: "
                        f"the keys are {LABELS} and {REPLIES}",
                        _line(key),
                    )
                seen.add(name)
                if name == LABELS:
                    groups = self._groups(_line(key))
                else:
                    keys = self._keys()
        self._next()  # the end of the document
        if not isinstance(more := self._next(), yaml.StreamEndEvent):
            raise _Fault("a second document begins: remove it", _line(more))
        return Vocabulary(groups, tuple(keys))

    def _groups(self, line: int) -> dict[str, dict[str, int | None]]:
        import yaml

        self.end = line
        groups: dict[str, dict[str, int | None]] = {}
        owners: dict[str, tuple[str, int]] = {}
        first = self._next()
        if self._is_blank(first):
            return groups
        if not isinstance(first, yaml.MappingStartEvent):
            raise _Fault(f"below {LABELS}: there must be labels, each with a colon", _line(first))
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            label = self._label(key)
            if label in groups:
                at = self.lines_of_labels[label] + 1
                raise _Fault(
                    f"the label {shorten_json(label)} is there twice, first in line {at}: put "
                    "all its words below one of them",
                    _line(key),
                )
            self.lines_of_labels[label] = self.end = _line(key)
            self.indent = key.start_mark.column
            self.columns_of_labels[label] = key.start_mark.column, key.end_mark.column
            groups[label] = self._group(label, owners)
        return groups

    def _group(self, label: str, owners: dict[str, tuple[str, int]]) -> dict[str, int | None]:
        import yaml

        group: dict[str, int | None] = {}
        first = self._next()
        if self._is_blank(first):
            return group
        if not isinstance(first, yaml.MappingStartEvent):
            raise _Fault(
                f"below the label {shorten_json(label)} there must be words with a colon and how "
                "often they occur",
                _line(first),
            )
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            words = self._label(key)
            if words in owners:
                other, line = owners[words]
                raise _Fault(
                    f"{shorten_json(words)} is below {shorten_json(other)} too, in line "
                    f"{line + 1}: remove one of the two lines",
                    _line(key),
                )
            owners[words] = label, _line(key)
            group[words] = self._count(words)
            self.lines[words], self.indents[words] = _line(key), key.start_mark.column
            self.end = _line(key)
        return group

    def _count(self, words: str) -> int | None:
        event = self._next()
        start, stop = event.start_mark, event.end_mark
        if self._is_blank(event):
            self.counts[words] = start.line, start.column, start.column
            return None
        text = self._text(event, "a count")
        if not _COUNT.fullmatch(text):
            raise _Fault(
                f"{shorten_json(words)} has {shorten_json(text)}; it must have a whole number, "
                "how often it occurs, or nothing",
                _line(event),
            )
        self.counts[words] = start.line, start.column, stop.column
        return int(text)

    def _keys(self) -> list[str]:
        import yaml

        keys: list[str] = []
        first = self._next()
        if self._is_blank(first):
            return keys
        if not isinstance(first, yaml.SequenceStartEvent):
            raise _Fault(f"below {REPLIES}: there must be a list", _line(first))
        while not isinstance(item := self._next(), yaml.SequenceEndEvent):
            key = self._text(item, "a reply")
            if not _KEY.fullmatch(key) or key in keys:
                raise _Fault(
                    f"{shorten_json(key)} is not the key of a reply: remove this line", _line(item)
                )
            keys.append(key)
            self.last_key = _line(item)
        return keys

    def _next(self) -> Any:
        """Return the next event. Raises `_Fault` for what no vocabulary needs."""
        import yaml

        event = next(self._events)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Fault(
                "it has an anchor or an alias (& or *): write the text itself", _line(event)
            )
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in (None, "!"):
            raise _Fault("it has a tag (!): write the text alone", _line(event))
        return event

    def _label(self, event: Any) -> str:
        text = self._text(event, "a label")
        label = clean_label(text)
        if not label:
            raise _Fault("there is a blank label: write one, or remove the line", _line(event))
        if label != " ".join(text.split()):
            raise _Fault(
                f"a label has control characters or more than {MAX_LABEL} characters: write "
                f"{shorten_json(label)} instead",
                _line(event),
            )
        return label

    def _text(self, event: Any, what: str) -> str:
        import yaml

        if not isinstance(event, yaml.ScalarEvent):
            raise _Fault(f"{what} must be a text", _line(event))
        return str(event.value)

    def _is_blank(self, event: Any) -> bool:
        import yaml

        if not isinstance(event, yaml.ScalarEvent):
            return False
        return event.value == "" and bool(event.implicit[0])


def _line(event: Any) -> int:
    return int(event.start_mark.line)
