"""Command-line options shared by the programs that ask: about which episodes, how, and whom."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from subtasks import episode_facts
from subtasks.api import session_options
from subtasks.api.border_files import BorderFiles
from subtasks.api.episode_files import EpisodeFiles
from subtasks.api.session_options import SessionOptions
from subtasks.api.talk import EpisodeTalk, Files
from subtasks.cost import prices
from subtasks.cost.prices import Prices
from subtasks.errors import Problem
from subtasks.questions.conversation import AskSettings
from subtasks.questions.guidance import Guidance
from subtasks.questions.protocol import Protocol
from subtasks.questions.windows import RequestLimits
from subtasks.store import outcome_files

MAX_PROMPT_BYTES = 1 << 20


def ask_settings(
    *,
    model: str,
    max_tokens: int,
    effort: str | None,
    prompts: Mapping[str, Path],
    protocol: Path,
    max_frames: int,
    window: bool,
    guidance: Guidance,
    table: Prices,
) -> AskSettings:
    """Put together what episodes are asked with.

    `prompts` maps the name of each pass to its prompt file, `protocol` is the file with the
    definitions that fill them, `max_frames` bounds the frames of one request, and `table` says how
    many images the model takes. Raises `Problem` for a prompt or a protocol that cannot be used.
    """
    return AskSettings(
        model=model,
        max_tokens=max_tokens,
        effort=effort,
        passes={name: read_text("prompt", path) for name, path in prompts.items()},
        protocol=Protocol.from_text(read_text("protocol", protocol)),
        limits=RequestLimits(max_frames, table.capacity(model).images),
        guidance=guidance,
        window=window,
    )


def read_text(what: str, path: Path) -> str:
    """Read a prompt or a protocol; `what` says which.

    Raises `Problem` for a file that is empty, too large or not UTF-8.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Problem(f"the {what} {path} must be UTF-8 text") from None
    if not text or len(data) > MAX_PROMPT_BYTES:
        raise Problem(f"the {what} {path} is empty or larger than {MAX_PROMPT_BYTES >> 20} MB")
    return text


def read_guidance(path: Path) -> Guidance:
    """Read a file of guidance. Raises `Problem` if it is missing or damaged."""
    try:
        return Guidance.from_json(path.read_bytes(), str(path))
    except OSError as error:
        raise Problem(f"the guidance {path} cannot be read ({error.strerror})") from None


@dataclass(frozen=True)
class AskOptions(SessionOptions):
    """The shared options; the fields are named like them.

    A program's own options extend this class.
    """

    frames: Path
    episodes: Path
    prompt: list[tuple[str, str]]
    protocol: Path
    guidance: Path | None
    motion: Path | None
    outcomes: Path | None
    max_frames: int
    window: bool

    def talks(self) -> list[EpisodeTalk]:
        """Return a conversation for each episode, in the order of episodes; none is started.

        Raises `Problem` for a damaged file of facts, and for unusable settings.
        """
        settings = self.settings()
        files_of = self._files()
        return [
            EpisodeTalk(episode, facts, files_of(episode), settings)
            for episode, facts in sorted(episode_facts.read(self.episodes).items())
        ]

    def _files(self) -> Callable[[int], Files]:
        """Return what names the files of an episode.

        Raises `Problem` for an outcomes file that is damaged or lacks an episode.
        """
        outcomes = self.outcomes
        if outcomes is None:
            return lambda episode: EpisodeFiles.in_folders(episode, self.frames, self.motion)
        found = {outcome.episode: outcome for outcome in outcome_files.read(outcomes)}

        def files(episode: int) -> Files:
            if episode not in found:
                raise Problem(
                    f"{outcomes} has no outcome of episode {episode}: remove it and run again"
                )
            return BorderFiles.in_folder(self.frames, found[episode])

        return files

    def settings(self) -> AskSettings:
        """Return what the episodes are asked with. Raises `Problem` as `ask_settings` does."""
        return ask_settings(
            model=self.model,
            max_tokens=self.max_tokens,
            effort=self.effort,
            prompts={name: Path(path) for name, path in self.prompt},
            protocol=self.protocol,
            max_frames=self.max_frames,
            window=self.window,
            guidance=read_guidance(self.guidance) if self.guidance else Guidance(),
            table=prices.read(self.prices),
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the shared options."""
    add = parser.add_argument
    add("--frames", type=Path, required=True, help="folder of the frames archives")
    add("--episodes", type=Path, required=True, help="file with what is known of the episodes")
    add_prompt_options(parser, required=True)
    add("--guidance", type=Path, help="JSON file with the user's guidance about the labels")
    add("--motion", type=Path, help="folder of motion files; default: no motion hints")
    add(
        "--outcomes",
        type=Path,
        help="outcomes file of the first look, to ask about the borders in it (pass refine)",
    )
    add("--max-frames", type=int, default=600, help="maximum number of frames in one request")
    add("--window", action="store_true", help="ask about long episodes in windows")
    session_options.add_arguments(parser)


def add_prompt_options(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options that give the prompt of each pass and the protocol in them."""
    add = parser.add_argument
    add(
        "--prompt",
        nargs=2,
        action="append",
        required=required,
        default=[],
        metavar=("PASS", "FILE"),
        help="a pass (describe, segment, relabel, refine) and its prompt file; once for each pass",
    )
    add("--protocol", type=Path, required=required, help="file that defines the subtasks")
