"""The server on the command line: prints the variables to export, then runs until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

# `python tests/servers/claude` puts this folder on the path; the package needs tests/ there, and
# what reads sheets needs the library.
TESTS = Path(__file__).resolve().parents[2]
sys.path[:1] = [str(TESTS), str(TESTS.parent / "scripts")]


def main() -> None:
    """Run a server until it is interrupted."""
    from servers.claude import ClaudeServer, TruthFiles

    parser = argparse.ArgumentParser(
        prog="python tests/servers/claude",
        description="A stand-in for the Claude API on this machine, to try the workflow without "
        "a key. Without --dataset, it gives every episode the same three subtasks.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free port")
    parser.add_argument("--key", help="the API key to accept; default: a random one")
    parser.add_argument("--dataset", type=Path, help="a local LeRobot dataset, v2.1 or v3.0")
    parser.add_argument(
        "--labels",
        type=Path,
        help="folder of its true subtasks, one JSON file per episode; default: DATASET/truth",
    )
    parser.add_argument("--latency", type=float, default=1.0, help="seconds until an answer")
    parser.add_argument(
        "--batch-seconds", type=float, default=10.0, help="seconds until a batch ends"
    )
    options = parser.parse_args()
    settings = {
        "latency": options.latency,
        "batch_seconds": options.batch_seconds,
        "key": options.key,
        "port": options.port,
    }
    if options.dataset:
        settings["oracle"] = TruthFiles(options.dataset, options.labels)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ClaudeServer(**settings) as server:
        print(f"export ANTHROPIC_BASE_URL={server.url}")
        print(f"export ANTHROPIC_API_KEY={server.key}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
