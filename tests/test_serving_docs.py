"""The examples of docs/serving.md that call a server."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import strangers
from strangers import TLS, info, reply

PAGE = Path(__file__).parents[1] / "docs" / "serving.md"
CODES = [[1.0, 2.0], [3.0, 4.0]]


def handle(request):
    if request.target.endswith("/metadata"):
        known = strangers.metadata({"codes": info((-1, 2))})
        found = known["metadata"]["signature_def"]["signature_def"]
        found["score"] = found["encode"] | {"outputs": {"score": info((-1,))}}
        return reply(known)
    scores = b'"score"' in request.body
    return reply({"outputs": [0.5, 0.25] if scores else CODES})


@pytest.fixture
def servers(tmp_path, monkeypatch):
    """Where the page's URLs lead, by URL, and what was asked of the encrypted one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELS_TOKEN", "a-token")
    np.save("x.npy", np.zeros((2, 2), "float32"))
    for name in ("authority.pem", "client.pem", "client.key"):
        Path(name).write_bytes((TLS / name).read_bytes())
    with (
        strangers.server(handle) as (plain, _),
        strangers.server(handle, tls=True, asks_certificate=True) as (encrypted, asked),
    ):
        yield (
            {
                "http://127.0.0.1:8501": f"http://127.0.0.1:{plain}",
                "https://models.example.com": f"https://127.0.0.1:{encrypted}",
            },
            asked,
        )


def blocks(language, servers):
    text = PAGE.read_text()
    for theirs, ours in servers.items():
        text = text.replace(theirs, ours)
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_python_runs(servers):
    names = {}
    for block in blocks("python", servers[0]):
        exec(block, names)
    names["stable"].close()
    assert names["scores"].tolist() == [0.5, 0.25]
    assert names["codes"].tolist() == CODES
    for one in servers[1]:
        assert one.headers["authorization"] == "Bearer a-token"
        assert one.headers["x-tenant"] == "research"


def test_the_command_with_credentials_runs(servers, call_cli, tmp_path):
    (command,) = (
        block
        for block in blocks("sh", servers[0])
        if block.startswith("tfae predict") and "--token-variable" in block
    )
    words = shlex.split(command.replace("\\\n", " "))[1:]
    result = call_cli(*words)
    assert result.returncode == 0, result.stderr
    assert np.load(tmp_path / "codes.npy").tolist() == CODES
    assert servers[1][0].headers["authorization"] == "Bearer a-token"
