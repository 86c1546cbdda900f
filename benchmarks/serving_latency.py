"""Latency of the client against the bare call of TensorFlow's C++ loader.

The flagship is served on loopback by the servers of the tests, which hand each request
to the loader in a process of its own; what a ratio holds beyond 1 is the client, the
protocol, and that hand-over. Calls of the three kinds take turns.

    python benchmarks/serving_latency.py [--calls 300] [--record]
"""

import argparse
import contextlib
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "guides" / "serve.md"
ROWS = (1, 256)
WARM_UP = 20


def bare(connection, path):
    """Child: answers calls of a signature with the rows it is sent, and their time."""
    from tfae.serving.c_session import Session

    session = Session(path)
    with contextlib.suppress(EOFError):  # the parent is done
        while True:
            signature, rows = connection.recv()
            started = time.perf_counter()
            answer = session.run(signature, {"inputs": rows})
            connection.send((answer, time.perf_counter() - started))


@contextlib.contextmanager
def bare_calls(path):
    """Function of a signature and rows that returns the answer and the seconds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=bare, args=(theirs, path), daemon=True)
    child.start()
    theirs.close()

    def call(signature, rows):
        ours.send((signature, rows))
        return ours.recv()

    try:
        yield call
    finally:
        ours.close()
        child.join()


def measure(calls):
    """Dict from (kind of call, rows) to its seconds."""
    sys.path.insert(0, str(ROOT / "tests"))
    import loopback

    from tfae import recipes
    from tfae.export import export
    from tfae.recipes import building
    from tfae.serving import Client

    model = building.build(recipes.get("leaky_relu_mnist"), (784,))
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        path = export(model, Path(folder) / "flagship", check=False)
        with (
            bare_calls(path) as call_bare,
            loopback.rest_server(folder) as rest,
            loopback.grpc_server(folder) as grpc,
        ):
            kinds = {"bare C API": lambda rows: call_bare("encode", rows)[1]}
            for name, url in (("REST client", rest), ("gRPC client", grpc)):
                client = Client(url, "flagship")

                def call(rows, client=client):
                    started = time.perf_counter()
                    client.predict(rows, "encode")
                    return time.perf_counter() - started

                kinds[name] = call
            for count in ROWS:
                rows = np.random.default_rng(0).random((count, 784), dtype="float32")
                for turn in range(WARM_UP + calls):
                    for name, function in kinds.items():
                        taken = function(rows)
                        if turn >= WARM_UP:
                            seconds.setdefault((name, count), []).append(taken)
    return seconds


def table(seconds, calls):
    """Markdown table of the percentiles and their ratios to the bare call."""
    lines = [
        f"`encode` of the flagship, {calls} calls each, in turn, on loopback and 2 CPU "
        "cores:",
        "",
        "| call | rows | p50, ms | p99, ms | p50, times bare | p99, times bare |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (name, rows), taken in seconds.items():
        found = np.percentile(taken, [50, 99])
        base = np.percentile(seconds["bare C API", rows], [50, 99])
        figures = [*(f"{value * 1e3:.2f}" for value in found)]
        figures += [f"{value:.1f}" for value in found / base]
        lines.append(f"| {name} | {rows} | {' | '.join(figures)} |")
    return "\n".join(lines)


def main():
    """Prints the table, and with `--record` puts it into docs/guides/serve.md."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=300, help="of each kind")
    parser.add_argument("--record", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    text = table(measure(options.calls), options.calls)
    print(text)
    if options.record:
        before, rest = PAGE.read_text().split("<!-- latency -->\n")
        after = rest.split("<!-- /latency -->")[1]
        PAGE.write_text(f"{before}<!-- latency -->\n{text}\n<!-- /latency -->{after}")


if __name__ == "__main__":
    main()
