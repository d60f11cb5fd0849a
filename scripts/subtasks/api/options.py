"""Options of the programs that ask: which episodes, with which prompts and settings."""

import argparse
from pathlib import Path

from subtasks.cost import prices
from subtasks.errors import Problem
from subtasks.questions.windows import Limits

MAX_PROMPT_BYTES = 1 << 20


def add_prompt_option(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the option that names each pass with its prompt."""
    parser.add_argument(
        "--prompt",
        nargs=2,
        action="append",
        required=required,
        default=[],
        metavar=("PASS", "FILE"),
        help="a pass (describe, segment, relabel) and its prompt; once for each pass",
    )


def read_prompt(path: Path) -> str:
    """Read a prompt file; raises `Problem` for one that is empty or no text."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Problem(f"the prompt {path} is no UTF-8 text") from None
    if not text or len(data) > MAX_PROMPT_BYTES:
        raise Problem(f"the prompt {path} is empty or larger than {MAX_PROMPT_BYTES >> 20} MB")
    return text


def read_files(options: argparse.Namespace) -> None:
    """Add to the options what stands in the files they name: `passes`, `capacity`, `limits`."""
    options.passes = {name: read_prompt(Path(path)) for name, path in options.prompt}
    options.capacity = prices.read(options.prices).capacity(options.model)
    options.limits = Limits(options.max_frames, options.capacity.images)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say which episodes are asked about, and how."""
    add = parser.add_argument
    add("--frames", type=Path, required=True, help="folder of the frames archives")
    add("--tasks", type=Path, required=True, help="JSON file with the episodes by their tasks")
    add_prompt_option(parser, required=True)
    add("--guidance", default="{}", help="what the user says about the labels, as JSON")
    add("--motion", type=Path, help="folder of motion files, to tell the model about them")
    add("--model", required=True, help="name of the model")
    add("--max-tokens", type=int, default=8192, help="room for one answer")
    add("--effort", help="how hard the model thinks; not given: no thinking where allowed")
    add("--max-frames", type=int, default=600, help="most frames of one request")
    add("--window", action="store_true", help="ask about long episodes in windows")
    add("--replies", type=Path, required=True, help="folder of the reply store")
    add("--prices", type=Path, required=True, help="table of prices")
    add("--budget", type=float, help="US dollars all replies together may cost")
    add("--provider", choices=("anthropic", "bedrock", "vertex"), default="anthropic")
    add("--base-url", help="where the API is; default: as the SDK finds it")
    add("--max-retries", type=int, default=8, help="how often one request is tried again")


def connection(options: argparse.Namespace) -> dict[str, object]:
    """What `client.connect` needs of the command line."""
    return {
        "provider": options.provider,
        "base_url": options.base_url,
        "max_retries": options.max_retries,
    }
