"""The guide to serving: its code runs, and its calls reach servers on loopback."""

import json
from pathlib import Path

import numpy as np
import pages
import pytest
import strangers
from loopback import grpc_server, rest_server
from strangers import TLS, info, reply

CODE = [1.0, 2.0]


def handle(request):
    if request.target.endswith("/metadata"):
        inputs = {"inputs": info((-1, 64))}
        return reply(strangers.metadata({"codes": info((-1, 2))}, inputs))
    sent = json.loads(request.body)["inputs"]
    rows = len(sent["inputs"] if isinstance(sent, dict) else sent)
    return reply({"outputs": rows * [CODE]})


@pytest.mark.slow
def test_the_guide_runs_from_its_first_line_to_its_last(
    call_cli, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODELS_TOKEN", "a-token")
    for name in ("authority.pem", "client.pem", "client.key"):
        Path(name).write_bytes((TLS / name).read_bytes())
    with (
        rest_server("saved_models") as rest,
        grpc_server("saved_models") as rpc,
        strangers.server(handle, tls=True, asks_certificate=True) as (port, asked),
    ):
        addresses = (
            ("http://127.0.0.1:8501", rest),
            ("grpc://127.0.0.1:8500", rpc),
            ("https://models.example.com", f"https://127.0.0.1:{port}"),
        )
        names, _ = pages.run("guides/serve.md", call_cli, addresses)
        names["stable"].close()
        names["client"].close()
    assert names["version"].name == "1"
    count = len(names["x_test"])
    assert names["scores"].shape == (count,)
    assert names["codes"].tolist() == np.load("codes.npy").tolist() == count * [CODE]
    assert np.load("decoded.npy").shape == (count, 64)
    assert names["rebuilt"].shape == (count, 64)
    assert set(names["detect"].signatures["detect"][0]) == {"speed", "heat", "kind"}
    assert names["found"]["is_anomaly"].tolist() == [0, 1]
    for one in asked:
        assert one.headers["authorization"] == "Bearer a-token"
        assert one.headers["x-tenant"] == "research"
