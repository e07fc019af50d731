"""``uptake serve`` and ``uptake demo`` as they are started and ended."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are those of POSIX")
@pytest.mark.parametrize("command", [["demo"], ["serve", "training-first", "everything"]])
def test_it_serves_until_it_is_interrupted(command: list[str]) -> None:
    words = [sys.executable, "-m", "sim", *command, "--no-browser", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:(\d+)(/\?token=\S+)  \(Ctrl-C ends it\)", said)
        assert match, said
        connection = http.client.HTTPConnection("127.0.0.1", int(match[1]), timeout=20)
        for path, status in ((match[2], 200), ("/", 401)):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
        connection.close()
        server.send_signal(signal.SIGINT)
        rest, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        assert "nothing else ever was" in rest


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_brand_that_is_wrong_is_said_before_anything_is_served(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "brand.yaml").write_text("colours: {accent: '#ffff00'}\nclint: A\n")
    for command in ("serve", "demo"):
        told = said(capsys, command, "--brand", str(tmp_path / "brand.yaml"), "--no-browser")
        assert "has a contrast of 1.1 to 1 on white" in told
        assert "client" in told


def test_what_cannot_be_served_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "up to 4 side by side" in said(capsys, "serve", *["training-first"] * 5)
    assert "a shipped name" in said(capsys, "serve", "trainig-first")
    assert "would open 0.0.0.0 to everybody" in said(
        capsys, "serve", "--host", "0.0.0.0", "--no-token", "--no-browser", "--port", "0"
    )
    assert "up to 20,000" in said(capsys, "serve", "--organisation", "million", "--no-browser")
    assert "cannot be listened on" in said(
        capsys, "serve", "--host", "192.0.2.1", "--no-browser", "--port", "0"
    )
