"""Where a bank listens: on a loopback port, or on a file that is gone with it."""

import errno
import socket
import stat
from pathlib import Path

import pytest

from api.listening import bound, is_unused


def test_an_address_is_bound_once_and_let_go() -> None:
    """Whoever comes second is told, and can have it afterwards."""
    with bound("127.0.0.1", 0) as (first,):
        port = first.getsockname()[1]
        first.listen()
        with (
            pytest.raises(OSError, match="in use") as refused,
            bound("127.0.0.1", port),
        ):
            pass
        assert refused.value.errno == errno.EADDRINUSE

    with bound("127.0.0.1", port) as (again,):
        assert again.getsockname() == ("127.0.0.1", port)


def test_a_file_is_there_as_long_as_it_is_bound(tmp_path: Path) -> None:
    """What a killed bank has left is taken away; anybody may connect."""
    file = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(file))

    with bound("", 0, uds=file) as (made,):
        made.listen()
        assert stat.S_IMODE(file.stat().st_mode) == 0o666
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(file))

    assert not file.exists()


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    """It is somebody's, whatever it is."""
    file = tmp_path / "notes"
    file.write_text("mine")

    with pytest.raises(OSError, match="in use"), bound("", 0, uds=file):
        pass

    assert file.read_text() == "mine"


def test_a_file_that_somebody_listens_at_is_not_taken_away(tmp_path: Path) -> None:
    """Whoever comes second is told; the first can still be reached."""
    file = tmp_path / "socket"
    with bound("", 0, uds=file) as (first,):
        first.listen()

        with pytest.raises(OSError, match="in use"), bound("", 0, uds=file):
            pass

        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(file))


def test_a_file_that_another_has_put_there_since_stays(tmp_path: Path) -> None:
    """It is not ours to take away."""
    file = tmp_path / "socket"
    with bound("", 0, uds=file):
        file.unlink()
        file.write_text("mine")

    assert file.read_text() == "mine"


def test_where_nobody_listens_it_can_be_listened(tmp_path: Path) -> None:
    """Nothing is there, or what a killed bank has left; not where there is more."""
    file, other = tmp_path / "socket", tmp_path / "notes"
    other.write_text("mine")
    assert is_unused(file)
    assert not is_unused(other)

    with bound("", 0, uds=file) as (made,):
        assert is_unused(file)
        made.listen()
        assert not is_unused(file)
