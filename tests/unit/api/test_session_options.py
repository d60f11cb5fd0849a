import argparse
from pathlib import Path

from subtasks.api import session_options
from subtasks.api.connection import Connection
from subtasks.api.session_options import SessionOptions
from support.workflow import PROJECT


def test_the_options_say_whom_to_ask_and_where_replies_are_kept(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    session_options.add_arguments(parser)
    session_options.add_waiting(parser)
    line = ["--model=m", f"--replies={tmp_path}", f"--prices={PROJECT / 'config/prices.yaml'}"]
    given = vars(parser.parse_args([*line, "--base-url=http://127.0.0.1:1", "--api=batch"]))
    assert (given.pop("api"), given.pop("poll_seconds")) == ("batch", 60)
    options = SessionOptions(**given)
    assert options.connection() == Connection("anthropic", "http://127.0.0.1:1", 8, 600)
    with options.open_store() as (store, _):
        assert store.folder == tmp_path
