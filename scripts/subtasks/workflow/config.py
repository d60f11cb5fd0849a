"""The settings of a run as frozen dataclasses, filled once after the schema has accepted them.

Every class here mirrors a section of config/schema.yaml and has its keys as fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, get_args, get_origin, get_type_hints

from subtasks.outputs import registry
from subtasks.questions.passes import REFINE

if TYPE_CHECKING:
    from subtasks.frames.sampler import SampleSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LabelLimits:
    """What a user says about a dataset's labels, None where nothing is said.

    `context` is a text for the model alone. `vocabulary` is a closed list of labels.
    `min_segment` is the shortest subtask in seconds, `max_segments` the most of an episode.
    """

    context: str | None = None
    vocabulary: tuple[str, ...] | None = None
    min_segment: float | None = None
    max_segments: int | None = None

    def or_else(self, default: Self) -> Self:
        """Fill in from `default` what is not said here."""
        values = (
            (name, value if value is not None else getattr(default, name))
            for name, value in self._items()
        )
        return type(self)(**dict(values))

    def _items(self) -> list[tuple[str, Any]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


@dataclass(frozen=True, slots=True)
class DatasetTruth:
    """Where the true labels of one dataset are."""

    truth: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """One entry of `datasets`: where a dataset is, and which of its episodes are annotated."""

    root: str | None = None
    repo_id: str | None = None
    revision: str | None = None
    name: str | None = None
    camera: str | tuple[str, ...] | None = None
    state: str | tuple[str, ...] | None = None
    action: str | tuple[str, ...] | None = None
    follow_links: bool = False
    episodes: str | tuple[int, ...] | None = None
    exclude: tuple[int, ...] = ()
    max_episodes: int | None = None
    task: str | None = None
    labels: LabelLimits = LabelLimits()
    evaluate: DatasetTruth = DatasetTruth()

    @property
    def origin(self) -> str:
        """Its folder or address, or its id on the Hub."""
        return self.root or self.repo_id or ""

    @property
    def cameras(self) -> tuple[str, ...] | None:
        """The cameras to sample; None if one is found by its name."""
        return (self.camera,) if isinstance(self.camera, str) else self.camera

    @property
    def state_features(self) -> tuple[str, ...] | None:
        """The features with the robot's state; None if they are found by their names."""
        return (self.state,) if isinstance(self.state, str) else self.state

    @property
    def action_features(self) -> tuple[str, ...] | None:
        """The features with the robot's actions; None if they are found by their names."""
        return (self.action,) if isinstance(self.action, str) else self.action


@dataclass(frozen=True, slots=True)
class Sheet:
    """Size of a contact sheet: tiles in a row, rows, pixels of a tile's width."""

    columns: int
    rows: int
    tile_width: int


@dataclass(frozen=True, slots=True)
class Frame:
    """Size of a single frame: pixels of its width."""

    width: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Which frames are taken from an episode and how they are laid out."""

    fps: float
    layout: Literal["sheet", "frame"]
    sheet: Sheet
    frame: Frame
    jpeg_quality: int
    max_frames: int
    window: bool
    missing_seconds: float

    def settings(self) -> "SampleSettings":
        """Return what sampling depends on."""
        # Only here: most who read the config sample nothing, and need no video library.
        from subtasks.frames.sampler import SampleSettings

        return SampleSettings(
            fps=self.fps,
            layout=self.layout,
            columns=self.sheet.columns,
            rows=self.sheet.rows,
            tile_width=self.sheet.tile_width,
            frame_width=self.frame.width,
            jpeg_quality=self.jpeg_quality,
            # In windows an episode keeps its rate, whatever its length.
            max_frames=None if self.window else self.max_frames,
        )


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompt file of each pass, and of the question which labels mean the same."""

    describe: str
    segment: str
    relabel: str
    refine: str
    unify: str


@dataclass(frozen=True, slots=True)
class Labels(LabelLimits):
    """What is asked for. The limits are those of datasets that say nothing of their own.

    `protocol` is a file that defines the subtasks, or the name of a shipped one.
    """

    passes: tuple[str, ...] = ("segment",)
    protocol: str = "phases"
    prompts: Prompts = Prompts("", "", "", "", "")
    motion_hints: bool = False
    unify: bool = False

    @property
    def refines(self) -> bool:
        """Whether each border is looked at again."""
        return REFINE in self.passes

    @property
    def limits(self) -> LabelLimits:
        """The limits alone."""
        names = [field.name for field in fields(LabelLimits)]
        return LabelLimits(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class MessageBatches:
    """How message batches are made and waited for."""

    episodes: int
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class Claude:
    """Whom and how the questions are put to."""

    api: str
    model: str
    max_tokens: int
    effort: str | None
    episodes_per_job: int
    requests_in_flight: int
    max_retries: int
    max_wait: float
    batch: MessageBatches
    budget_usd: float | None
    prices: str
    provider: str
    base_url: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """What is written into the dataset, a field for each output."""

    response: bool
    subtask_index: bool
    language_persistent: bool
    segments: bool
    overwrite: bool

    @property
    def chosen(self) -> list[str]:
        """Names of the outputs that are written."""
        return [name for name in registry.OUTPUTS if getattr(self, name)]

    @property
    def tables(self) -> list[str]:
        """Tables of a whole dataset that are written, as paths inside the result."""
        chosen = (registry.OUTPUTS[name] for name in self.chosen)
        return [output.table for output in chosen if output.table is not None]


@dataclass(frozen=True, slots=True)
class Publish:
    """Where `snakemake publish` brings the results."""

    in_place: bool
    repo_id: str | None
    branch: str | None
    pull_request: bool
    private: bool


@dataclass(frozen=True, slots=True)
class RunEntry:
    """Settings to compare with others: `config` has the keys that differ, or names their file."""

    name: str
    config: Mapping[str, Any] | str | None = None


@dataclass(frozen=True, slots=True)
class Evaluate:
    """What `snakemake evaluate` compares the labels with.

    `truth` is that of datasets that name none of their own; `{dataset}` in it is their name.
    """

    truth: str | None
    judge: bool
    judge_model: str | None
    prompt: str
    max_episodes: int | None
    runs: tuple[RunEntry, ...]

    def truth_of(self, entry: DatasetEntry, name: str) -> str | None:
        """Return where the true labels of a dataset are, None if nobody says."""
        truth = entry.evaluate.truth or self.truth
        return truth and truth.replace("{dataset}", name)


@dataclass(frozen=True, slots=True)
class Hub:
    """How datasets on the Hub are treated."""

    update: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What `snakemake status` prints."""

    list: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """How `snakemake estimate` counts."""

    count_tokens: bool


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a run."""

    datasets: tuple[DatasetEntry, ...]
    mixture: str | None
    max_episodes: int | None
    results: str
    work: str
    replies: str
    corrections: str
    vocabularies: str
    reviews: str
    evaluations: str
    annotator: str
    on_error: str
    checks: bool
    sample: Sample
    labels: Labels
    claude: Claude
    output: Output
    publish: Publish
    evaluate: Evaluate
    hub: Hub
    status: Status
    estimate: Estimate

    @classmethod
    def from_mapping(cls, accepted: Mapping[str, Any]) -> Self:
        """Fill in from what config/schema.yaml has accepted, with its defaults."""
        return _filled(cls, accepted)

    @property
    def asks_claude(self) -> bool:
        """Whether a model finds the subtasks."""
        return self.annotator == "claude"

    def unifies(self, limits: LabelLimits) -> bool:
        """Whether labels of a dataset with these limits are unified; a closed list is as it is."""
        return self.asks_claude and self.labels.unify and not limits.vocabulary

    @property
    def needs_motion(self) -> bool:
        """Whether the robot's state is read."""
        return not self.asks_claude or self.labels.motion_hints


def _filled(kind: type[T], given: Mapping[str, Any]) -> T:
    """Make a dataclass of a mapping, its fields from the keys of their names."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in given.items()})


def _value(hint: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and is_dataclass(hint):
        return _filled(hint, value)  # type: ignore[arg-type]
    if isinstance(value, list | tuple):
        [item] = _items_of(hint)
        return tuple(_value(item, each) for each in value)
    return value


def _items_of(hint: Any) -> list[Any]:
    """Type of the items of a tuple, which may be one of several types of a value."""
    options = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    return [get_args(option)[0] for option in options if get_origin(option) is tuple]
