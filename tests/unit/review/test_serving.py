"""The port, the address and the token."""

import os
import socket
import stat
from pathlib import Path

import pytest

from subtasks.errors import Problem
from subtasks.review import serving
from subtasks.review.access import LOOPBACK, Access


def test_the_next_port_that_is_free_is_taken() -> None:
    with serving.opened(None, 0, 0) as first:
        port = first.getsockname()[1]
        with serving.opened(None, None, port) as second:
            assert second.getsockname()[1] > port
        with pytest.raises(Problem, match=f"127.0.0.1, port {port}: Address already in use"):
            serving.opened(None, port, 0)


def test_an_address_that_is_not_this_machines_is_a_sentence() -> None:
    with pytest.raises(Problem, match=r"nothing can be served on 192\.0\.2\.1, port 0: "):
        serving.opened("192.0.2.1", 0, 0)
    with pytest.raises(Problem, match="nothing can be served on no such host, port 0: "):
        serving.opened("no such host", 0, 0)


def test_the_token_stays_and_is_nobody_elses(tmp_path: Path) -> None:
    first = serving.access(None, tmp_path / "work")
    # A folder that is not there is not made.
    assert serving.access(None, tmp_path / "work").token != first.token
    (tmp_path / "work").mkdir()
    kept = serving.access(None, tmp_path / "work")
    path = tmp_path / "work" / serving.TOKEN_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert serving.access(None, tmp_path / "work") == kept
    assert len(kept.token) == 22
    path.chmod(0o644)
    others_may_read = serving.access(None, tmp_path / "work")
    assert others_may_read.token != kept.token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for content in (b"", b"short", b"../../../../../../../x", b"\xff" * 22):
        path.write_bytes(content)
        path.chmod(0o600)
        assert len(serving.access(None, tmp_path / "work").token) == 22


def test_a_token_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("x" * 22)
    target.chmod(0o600)
    (tmp_path / serving.TOKEN_FILE).symlink_to(target)
    assert serving.access(None, tmp_path).token != "x" * 22
    assert target.read_text() == "x" * 22


def test_only_this_machine_may_connect_without_a_password(tmp_path: Path) -> None:
    access = serving.access(None, tmp_path)
    assert (access.password, access.hosts, access.any_address) == (None, LOOPBACK, False)
    access = serving.access("0.0.0.0", tmp_path)
    assert access.any_address
    assert socket.gethostname().lower() in access.hosts
    other = serving.access("Example.COM", tmp_path)
    assert "example.com" in other.hosts
    assert not other.any_address
    assert access.password
    assert other.password
    assert access.password != other.password


def test_the_address_is_printed_with_the_password_if_there_is_one() -> None:
    with serving.opened(None, 0, 0) as opened:
        port = opened.getsockname()[1]
        assert serving.sentence(opened, Access("t")) == f"http://127.0.0.1:{port}/t/"
        said = serving.sentence(opened, Access("t", password="p"))
        assert said == f"http://127.0.0.1:{port}/t/ (any user name, password p)"
    with serving.opened("0.0.0.0", 0, 0) as opened:
        assert f"http://{socket.gethostname()}:" in serving.sentence(opened, Access("t"))


@pytest.mark.skipif(os.getuid() == 0, reason="root may use any port")
def test_a_port_that_only_root_may_use_is_a_sentence() -> None:
    with pytest.raises(Problem, match="port 1: "):
        serving.opened(None, 1, 0)
