"""The report of a dataset's labels: what is in it, and that foreign texts are only texts."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subtasks.checks.finding import Checked, Finding, Kind
from subtasks.review import labels_report
from subtasks.review.labels_report import Report
from subtasks.review.overview_file import Episode, Overview
from subtasks.segments.segment import Segment
from support.browser import Browser

FPS = 10.0


def episode(number: int, length: int, *labels: tuple[float, str]) -> Episode:
    return Episode(number, "", length, tuple(Segment(time, label) for time, label in labels))


EPISODES = (
    episode(3, 50, (0.0, "reach"), (1.0, "grasp")),
    episode(4, 60, (0.0, "reach"), (2.0, "grasp")),
    Episode(5, "pick", 40, (), "Claude gave no usable answer"),
    episode(6, 60, (0.0, "reach"), (1.5, "lift")),
)
CHECKS = (
    Checked(6, 3.25, (Finding(Kind.RARE, 1.0, None, "lift is nowhere else"),)),
    Checked(
        4,
        2.0,
        (
            Finding(Kind.LENGTH, 1.0, 2.0, "grasp lasts 4 s"),
            Finding(Kind.MOTION, 1.0, None, "and this"),
        ),
    ),
)


def html(
    episodes: tuple[Episode, ...] = EPISODES,
    checks: tuple[Checked, ...] | None = CHECKS,
    annotation: dict[str, object] | None = None,
    name: str = "demo",
) -> str:
    return "".join(
        labels_report.page(Report(Overview(name, FPS, episodes), checks, annotation or {}))
    )


class Page(HTMLParser):
    """Collects the elements of a page, its attributes and its text."""

    VOID = ("meta",)
    CELLS = ("td", "p", "h1", "h2", "li")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.cells: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.cells = [cell.strip() for cell in self.cells]
        assert not self._open, "elements that are not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in self.VOID:
            self._open.append(tag)
        if tag in self.CELLS:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data
            if set(self.CELLS) & set(self._open):
                self.cells[-1] += data


PLAIN = Page(html(annotation={"replies": 1, "tokens": {"live": {"input_tokens": 3}}, "usd": 1.0}))


def test_the_episodes_that_deserve_a_look_come_first() -> None:
    report = Report(Overview("demo", FPS, EPISODES), CHECKS, {})
    assert [each.episode for each in labels_report.worst_first(report)] == [6, 4, 5, 3]
    cells = Page(html()).cells
    first = cells.index("6")
    assert cells[first : first + 4] == ["6", "4", "5", "3"]
    notes = cells[first + 4 : first + 8]
    assert notes == [
        "lift is nowhere else",
        "grasp lasts 4 s (and 1 more)",
        "Claude gave no usable answer",
        "",
    ]


def test_labels_have_counts_and_lengths() -> None:
    cells = Page(html()).cells
    place = cells.index("reach", cells.index("Labels"))
    assert cells[place : place + 6] == ["reach", "3", "3", "1.5 s", "1.1 to 1.9 s", "4.5 s"]
    assert "mistakes" not in html()


def test_checks_have_scores_and_sentences() -> None:
    cells = Page(html()).cells
    place = cells.index("Checks")
    assert [each for each in cells[place : place + 10] if each] == [
        *("Checks", "6", "3.2", "lift is nowhere else"),
        *("4", "2.0", "2.0 s: grasp lasts 4 s", "and this"),
    ]
    assert "Nothing was found" in html(checks=())
    unchecked = Page(html(checks=None)).cells
    assert "There were none." in unchecked[unchecked.index("Checks") + 1]


def test_the_bill_says_what_was_paid_or_that_nobody_was_asked() -> None:
    assert "No model was asked." in html(annotation={"annotator": "kinematic"})
    annotation = {
        "annotator": "claude",
        "failures": {"5": "x"},
        "replies": 12,
        "last_reply": "2026-01-02T03:04:05Z",
        "tokens": {"live": {"input_tokens": 12345}, "batch": {"output_tokens": 7}},
        "usd": 1.234567,
        "prices": "2026-01-01",
    }
    page = Page(html(annotation=annotation))
    assert "12 replies of the model, which cost $1.23, by the prices of 2026-01-01" in page.text
    place = page.cells.index("input tokens")
    assert page.cells[place : place + 6] == [
        "input tokens",
        "12,345",
        "0",
        "output tokens",
        "0",
        "7",
    ]
    unknown = html(annotation=annotation | {"usd": None})
    assert "a cost that is not known" in unknown
    assert "1 reply of" in html(annotation=annotation | {"replies": 1})


def test_settings_are_those_of_the_annotation_without_the_account() -> None:
    annotation = {
        "annotator": "claude",
        "camera": ["top", "wrist"],
        "sample": {"fps": 2.0, "window": None, "sheet": {"columns": 5}},
        "labels": {"motion_hints": True},
        "prompts": {"segment": {"name": "segment.md", "sha256": "0123456789abcdef"}},
        "replies": 3,
    }
    cells = Page(html(annotation=annotation)).cells
    place = cells.index("Settings")
    assert cells[place + 1 :] == [
        *("annotator", "claude", "camera", "top, wrist", "sample.fps", "2.0"),
        *("sample.window", "-", "sample.sheet.columns", "5", "labels.motion_hints", "yes"),
        *("prompts.segment", "segment.md, SHA-256 0123456789ab…"),
    ]
    assert "They are not known." in html()


def test_large_datasets_have_thin_rows_and_stay_small() -> None:
    labels = [(step / 2, f"label {step}") for step in range(12)]
    many = tuple(episode(number, 70, *labels) for number in range(1000))
    checks = tuple(
        Checked(
            number, 2.0, (Finding(Kind.LENGTH, 1.0, 1.0, "grasp lasts 6.1 s, others 0.4 to 1.2 s"),)
        )
        for number in range(100)
    )
    found = html(many, checks)
    assert len(found) < 1_000_000
    assert found.count('<svg class="bars"') == 2
    # Labels of 200 characters, sentences in all episodes: each label is written a few times.
    labels = [(step / 2, f"{step} ".ljust(200, "x")) for step in range(12)]
    many = tuple(episode(number, 70, *labels) for number in range(1000))
    checks = tuple(
        Checked(number, 2.0, (Finding(Kind.LENGTH, 1.0, 1.0, "x" * 200),)) for number in range(1000)
    )
    assert len(html(many, checks)) < 1_000_000


def test_many_labels_and_findings_are_counted_after_the_first() -> None:
    many = tuple(episode(number, 70, (0.0, f"label {number}")) for number in range(2000))
    checks = tuple(
        Checked(
            number, 2.0, tuple(Finding(Kind.MOTION, 1.0, None, f"sentence {k}") for k in range(15))
        )
        for number in range(2000)
    )
    text = Page(html(many, checks)).text
    assert "And 1,500 other labels" in text
    assert "And 1,000 other episodes" in text
    assert "and 5 more" in text
    assert "and 1,968 other labels" in text


@pytest.mark.parametrize("number", [0, 1])
def test_a_dataset_without_labels_has_a_report(number: int) -> None:
    page = Page(html(EPISODES[2:3] * number, ()))
    assert "There are none." in page.text


HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style></svg><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "]]><!--",
    "\x1b[31mred",
    "\u202egnp.exe",
    "x" * 10_000,
    "&lt;b&gt;",
    "\0",
    "\ud83d",
]
hostile = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=[]), min_size=1)


@settings(max_examples=60)
@given(
    *(hostile,) * 6,
    st.lists(hostile, max_size=5),
)
def test_foreign_texts_add_no_element_and_no_attribute(
    label: str, task: str, sentence: str, failure: str, name: str, value: str, others: list[str]
) -> None:
    episodes = (
        Episode(0, task, 50, (Segment(0.0, label), Segment(1.0, others[0] if others else "x"))),
        Episode(1, task, 50, (), failure),
    )
    checks = (
        Checked(
            0,
            1.0,
            (Finding(Kind.MOTION, 1.0, 1.0, sentence), Finding(Kind.MOTION, 1.0, None, label)),
        ),
    )
    annotation = {
        "annotator": value,
        **dict.fromkeys(others, value),
        "prices": value,
        "tokens": {value: {label: 3}},
        "usd": 1.0,
        "replies": 2,
        "last_reply": value,
    }
    source = html(episodes, checks, annotation, name)
    source.encode()
    found = Page(source)
    assert found.tags <= PLAIN.tags
    assert found.attributes <= PLAIN.attributes
    assert "script" not in found.tags
    assert not {each for each in found.attributes if each.startswith("on")}
    assert not {"\x1b", "\u202e", "\0", "\ud83d"} & set(source)
    assert len(source) < 100_000


def test_in_a_browser_rows_stand_beside_their_bars_and_nothing_is_wider(
    browser: Browser, tmp_path: Path
) -> None:
    labels = [*HOSTILE[:7], "взять чашку", "برداشتن فنجان"]
    episodes = tuple(
        Episode(
            number,
            "<b>task</b>",
            100,
            tuple(Segment(step * 1.0, labels[(number + step) % len(labels)]) for step in range(9)),
        )
        for number in range(400)
    )
    checks = tuple(
        Checked(number, 2.0, (Finding(Kind.RARE, 1.0, 2.0, f"{labels[number % 9]} is rare"),) * 2)
        for number in range(40)
    )
    annotation = {"annotator": "claude", "workflow": "x" * 5000}
    (tmp_path / "labels.html").write_text(html(episodes, checks, annotation, HOSTILE[1]))
    for width in (960, 1600):
        with browser.page(f"file://{tmp_path}/labels.html", size=(width, 800)) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("script, img, style ~ style").count() == 0
            assert HOSTILE[0] in page.locator("table").first.inner_text()
            tall, thin = page.locator(".bars").all()
            rows = page.locator(".notes p").all()
            assert len(rows) == 40
            for bars, names in ((tall, ".numbers:not(.thin)"), (thin, ".numbers.thin")):
                drawn, beside = bars.bounding_box(), page.locator(names).bounding_box()
                assert drawn
                assert beside
                assert beside["y"] == drawn["y"]
                assert abs(beside["height"] - drawn["height"]) < 20
            top = tall.bounding_box()
            last = rows[-1].bounding_box()
            assert top
            assert last
            assert last["y"] + last["height"] == pytest.approx(top["y"] + top["height"])
            assert last["x"] >= top["x"] + top["width"]
