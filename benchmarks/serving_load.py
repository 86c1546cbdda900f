"""A served model under load: clients that call it again as soon as it has answered.

The flagship is exported and served on loopback, by the official gRPC servicer and by
the REST server of the tests, each in a process of its own in front of TensorFlow's C
API. The clients are threads of this process; they compare every answer with that of the
Keras model. "bare C API" is `tfae.serving.c_session.Session.run` (`TF_SessionRun`) in a
process without a server, called by as many threads. Memory is that of the process of a
server. Exits with 1 for an error, a wrong answer, or growth of memory.

    python benchmarks/serving_load.py [--seconds 60] [--warm-up 10] [--rows 32]
        [--clients 1 4 16] [--record docs/serving_load.json]
"""

import argparse
import array
import collections
import contextlib
import functools
import json
import math
import multiprocessing
import os
import platform
import sys
import tempfile
import threading
import time
from concurrent import futures
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

# Of the children, too.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import serving_tables

TESTS = Path(__file__).parent.parent / "tests"
MODEL = "flagship"
SIGNATURE, OUTPUT = "encode", "codes"
FEATURES = 784
CASES = 8  # different batches
BARE = serving_tables.BARE
SERVED = ("gRPC", "REST")
LARGEST_DIFFERENCE = 1e-5  # of a code
MOST_GROWTH = 0.02  # of the memory after the warm-up
SECONDS_TO_END = 20


class Load(NamedTuple):
    """What came of the calls.

    Attributes:
        latencies: Seconds of each right answer that came while it was measured.
        seconds: How long it was measured.
        errors: Dict from the text of an error to its number, warm-up included.
        memory: Bytes of the process after the warm-up and at the end.
    """

    latencies: np.ndarray
    seconds: float
    errors: dict
    memory: tuple


def drive(connect, cases, clients, warm_up, seconds, process=None):
    """Calls from threads, each with a connection of its own.

    Args:
        connect: Function that returns a context of a function from rows to an answer.
        cases: List of pairs (rows, answer).
        clients: Number of threads.
        warm_up: Seconds before it is measured, from the first answer to each client.
        seconds: Seconds that are measured.
        process: Number of the process whose memory is read; by default this one.
    """
    errors, stop = collections.Counter(), threading.Event()
    first = [threading.Event() for _ in range(clients)]
    lock = threading.Lock()

    def work(number):
        try:
            with connect() as call:
                return repeat(call, number)
        finally:
            first[number].set()

    def repeat(call, number):
        times, turn = array.array("d"), number
        while not stop.is_set():
            rows, expected = cases[turn % len(cases)]
            turn += 1
            started = time.perf_counter()
            problem = None
            try:
                found = call(rows)
            except Exception as error:  # of any kind: it is counted
                problem = f"{type(error).__name__}: {error}"
            ended = time.perf_counter()
            if problem is None and not is_right(found, expected):
                problem = "wrong answer"
            if problem is None:
                times.extend((started, ended))
            else:
                with lock:
                    errors[problem] += 1
            first[number].set()
        return np.array(times).reshape(-1, 2)

    with futures.ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(work, number) for number in range(clients)]
        try:
            for one in first:
                one.wait()
            time.sleep(warm_up)
            begun, before = time.perf_counter(), memory(process)
            time.sleep(seconds)
            after, done = memory(process), time.perf_counter()
        finally:
            stop.set()
        times = np.concatenate([one.result() for one in running])
    measured = (times[:, 0] >= begun) & (times[:, 1] <= done)
    latencies = times[measured, 1] - times[measured, 0]
    return Load(latencies, done - begun, dict(errors), (before, after))


def is_right(found, expected):
    """Whether an answer is the expected array, but for rounding."""
    return found.shape == expected.shape and np.allclose(
        found, expected, rtol=0, atol=LARGEST_DIFFERENCE
    )


def memory(process=None):
    """Bytes of a process that are in memory (Linux)."""
    pages = Path(f"/proc/{process or 'self'}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def bare(connection, path, cases):
    """Child: drives the C API itself, as often as it is asked to."""
    from tfae.serving.c_session import Session

    with Session(path) as session:

        @contextlib.contextmanager
        def connect():
            yield lambda rows: session.run(SIGNATURE, {"inputs": rows})[OUTPUT]

        with contextlib.suppress(EOFError):  # the parent is done
            while True:
                connection.send(drive(connect, cases, *connection.recv()))
                assert "tensorflow" not in sys.modules


def serve(connection, kind, path, workers):
    """Child: a server of the exported version at `path`; sends its URL."""
    sys.path.insert(0, str(TESTS))
    import loopback

    from tfae.serving.c_session import Session

    folder = Path(path).parent.parent
    models = loopback.Models(folder)
    # Unlike a server, the tests look for versions in each call.
    models.path = functools.cache(models.path)
    models.signatures = functools.cache(models.signatures)
    with Session(path) as session:

        def run(_, *call):
            return session.run(*call)

        if kind == "REST":
            answer = loopback.rest_answer(models, run)
            server = loopback.rest_server(folder, answer)
        else:
            servicer = loopback.Predictions(models, run)
            server = loopback.grpc_server(folder, servicer, workers)
        with server as url, contextlib.suppress(EOFError):
            connection.send(url)
            connection.recv()  # until the parent is done


@contextlib.contextmanager
def child(target, *arguments):
    """A process of its own, and the connection to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        ours.close()
        process.join(SECONDS_TO_END)


def client_of(url):
    """Function that returns a context of calls by a client; none is repeated."""
    from tfae.serving import Client

    @contextlib.contextmanager
    def connect():
        with Client(url, MODEL, retries=0) as client:
            yield lambda rows: client.predict(rows, SIGNATURE, len(rows))[OUTPUT]

    return connect


def measure(clients, warm_up, seconds, rows):
    """Dict from the numbers of clients to the `Load` of each kind of call."""
    from tfae import recipes
    from tfae.export import export
    from tfae.recipes import building

    model = building.build(recipes.get("leaky_relu_mnist"), (FEATURES,))
    generator = np.random.default_rng(0)
    batches = generator.random((CASES, rows, FEATURES), dtype="float32")
    cases = [(batch, np.asarray(model.encode(batch))) for batch in batches]
    found = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path = str(export(model, folder / MODEL, check=False))
        _, alone = stack.enter_context(child(bare, path, cases))
        served = {}
        for kind in SERVED:
            process, connection = stack.enter_context(
                child(serve, kind, path, max(clients))
            )
            served[kind] = client_of(connection.recv()), process.pid
        for count in clients:
            alone.send((count, warm_up, seconds))
            found[count] = {BARE: alone.recv()}
            for kind, (connect, process) in served.items():
                found[count][kind] = drive(
                    connect, cases, count, warm_up, seconds, process
                )
    return found


def figures(load, rows, alone):
    """Dict of the figures of a load, beside those of the bare calls."""
    (p50, p99), (_, alone_p99) = _percentiles(load), _percentiles(alone)
    speed, base = (rows * len(one.latencies) / one.seconds for one in (load, alone))
    before, after = load.memory
    return {
        "requests": len(load.latencies),
        "rows_per_second": round(speed, 1),
        "p50_ms": round(p50, 3),
        "p99_ms": round(p99, 3),
        "errors": load.errors,
        "memory_mib": [round(before / 2**20, 1), round(after / 2**20, 1)],
        "memory_growth": round(after / before - 1, 5),
        "rows_per_second_ratio": round(speed / base if base else math.nan, 4),
        "p99_ratio": round(p99 / alone_p99, 2),
    }


def _percentiles(load):
    """Milliseconds of half of the calls, and of 99 of 100."""
    found = load.latencies if len(load.latencies) else [math.nan]
    return 1e3 * np.percentile(found, [50, 99])


def problems(record):
    """Lines that say what is wrong."""
    for level in record["levels"]:
        for name, one in level["calls"].items():
            where = f"{level['clients']} clients, {name}"
            for error, count in one["errors"].items():
                yield f"{where}: {count} times {error}"
            if not one["requests"]:
                yield f"{where}: no answer"
            # The bare calls run in the process that keeps their times.
            if name != BARE and one["memory_growth"] >= MOST_GROWTH:
                yield f"{where}: memory grew by {100 * one['memory_growth']:.1f} %"


def recorded(found, warm_up, seconds, rows):
    """What is recorded, for JSON."""
    return {
        "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        "versions": dict(_versions("tensorflow", "grpcio", "orjson")),
        "seconds": seconds,
        "warm_up": warm_up,
        "rows": rows,
        "signature": SIGNATURE,
        "levels": [
            {
                "clients": count,
                "calls": {
                    name: figures(load, rows, loads[BARE])
                    for name, load in loads.items()
                },
            }
            for count, loads in found.items()
        ],
    }


def _versions(*names):
    for name in names:
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)


def main():
    """Prints the table; exits with 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of each level")
    parser.add_argument("--warm-up", type=float, default=10, help="seconds before each")
    parser.add_argument("--rows", type=int, default=32, help="of a request")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--record", type=Path)
    options = parser.parse_args()
    settings = options.warm_up, options.seconds, options.rows
    record = recorded(measure(options.clients, *settings), *settings)
    print(serving_tables.table(record))
    wrong = [*problems(record)]
    print(*wrong, sep="\n")
    if options.record:
        options.record.write_text(json.dumps(record, indent=1) + "\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
