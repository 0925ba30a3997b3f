"""The fences of the test suite itself."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from fence import NetworkForbiddenError


def test_the_network_is_out_of_reach():
    """A name cannot be looked up and an address cannot be connected to, unless it is this machine's."""
    with pytest.raises(NetworkForbiddenError, match=r"iss\.moex\.com"):
        socket.getaddrinfo("iss.moex.com", 443)
    with socket.socket() as outward, pytest.raises(NetworkForbiddenError, match=r"192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))


def test_this_machine_is_within_reach():
    """A server on the loopback is reached by name."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as client:
            assert port == client.getpeername()[1]


def test_a_child_process_is_fenced_too():
    """A process that a test starts is refused the network as well."""
    code = "import socket; socket.getaddrinfo('iss.moex.com', 443)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (1, True) == (done.returncode, "NetworkForbiddenError" in done.stderr)


def test_a_golden_file_is_compared_to_the_letter(golden, request, tmp_path, monkeypatch):
    """Equal text passes, other text fails with a diff that names the file, and the switch rewrites it."""
    if request.config.getoption("--update-golden"):
        pytest.skip("golden files are being rewritten")
    monkeypatch.setitem(golden.__globals__, "GOLDEN", tmp_path)
    (tmp_path / "told.txt").write_text("one\ntwo\n", encoding="utf-8")
    golden("told.txt", "one\ntwo\n")
    with pytest.raises(pytest.fail.Exception, match=r"(?s)tests/golden/told.txt.*-two.*\+three"):
        golden("told.txt", "one\nthree\n")
