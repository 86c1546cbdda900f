"""Threads that share a client, against servers that are slow, drop, restart and lie.

The servers, REST and gRPC, run in this process and know one function; each answer is
checked against the request of its thread. Exits with 1 for a wrong answer, an error
that is not the client's own, or growth of memory.

    python benchmarks/client_soak.py [--seconds 60] [--threads 16]
"""

import argparse
import collections
import contextlib
import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Before gRPC is loaded: each restart would be reported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent))

import client_soak_servers as servers

from tfae.serving import Client

TIMEOUT = 0.5  # seconds; some answers take longer
LARGEST_ANSWER = 100_000  # bytes; some answers are larger
SECONDS_BETWEEN_RESTARTS = 1.0
SHARE_OF_WARM_UP = 0.2  # of the time, before memory is measured
MOST_GROWTH = 32 * 2**20  # bytes
# What tells the kinds of the client's own errors, in the order of the search.
PHRASES = (
    *("did not answer within", "cannot be reached", "is unavailable", "is overloaded"),
    *("refused the call", "redirects to", "is not a model of TF Serving", "bytes"),
    *("in place of", "that is no array of"),
)


class Result(NamedTuple):
    """What came of the calls.

    Attributes:
        right: Dict from interface to its number of right answers.
        errors: Dict from (interface, phrase) to the number of the client's errors.
        wrong: List of descriptions of wrong answers.
        foreign: List of descriptions of other errors.
        behaviours: Dict from (interface, behaviour) to what the servers did.
        restarts: Number of restarts.
        memory: Bytes of the process after the warm-up and at the end.
        threads: Numbers of threads before and after.
    """

    right: dict
    errors: dict
    wrong: list
    foreign: list
    behaviours: dict
    restarts: int
    memory: tuple
    threads: tuple

    @property
    def passed(self):
        """Whether all is well."""
        grown = self.memory[1] - self.memory[0]
        return not (self.wrong or self.foreign) and grown <= MOST_GROWTH


def soak(seconds, threads, behaviours=None):
    """Calls the servers for some seconds from some threads.

    Args:
        seconds: How long.
        threads: How many.
        behaviours: Names of what the servers may do, all by default.
    """
    before = threading.active_count()
    counts = collections.Counter()
    right, errors, wrong, foreign = collections.Counter(), collections.Counter(), [], []
    lock = threading.Lock()
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        running = [kind(counts, behaviours) for kind in servers.kinds()]
        for server in running:
            server.start(threads)
            stack.callback(server.stop)
        options = {"retries": 2, "timeout": TIMEOUT, "max_answer_bytes": LARGEST_ANSWER}
        clients = [
            (server.name, stack.enter_context(Client(server.url, "x", **options)))
            for server in running
        ]
        for _, client in clients:
            _ = client.signatures  # which a server that lies would not give for long

        def work(seed):
            chance = np.random.default_rng(seed)
            while not stop.is_set():
                name, client = clients[chance.integers(len(clients))]
                rows = chance.integers(-(2**20), 2**20, (chance.integers(1, 6), 3))
                try:
                    found = client.predict(rows, "encode", batch_size=2)
                except (ValueError, ConnectionError) as error:
                    phrase = next((one for one in PHRASES if one in str(error)), None)
                    with lock:
                        if phrase is None:
                            foreign.append(f"{name}: {error!r}")
                        errors[name, phrase] += 1
                except Exception as error:  # which is what is looked for
                    with lock:
                        foreign.append(f"{name}: {error!r}")
                else:
                    with lock:
                        if servers.is_right(rows, found):
                            right[name] += 1
                        else:
                            wrong.append(f"{name}: {rows.tolist()} gave {found}")

        workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        try:
            started, restarts, at_start = time.monotonic(), 0, None
            while (passed := time.monotonic() - started) < seconds:
                if at_start is None and passed >= SHARE_OF_WARM_UP * seconds:
                    at_start = memory()
                time.sleep(min(SECONDS_BETWEEN_RESTARTS, seconds / 4))
                running[restarts % len(running)].restart(threads)
                restarts += 1
            at_end = memory()
        finally:
            stop.set()
            for worker in workers:
                worker.join()
    return Result(
        *(dict(right), dict(errors), wrong, foreign, dict(counts), restarts),
        *((at_start or at_end, at_end), (before, threading.active_count())),
    )


def memory():
    """Bytes of this process that are in memory (Linux)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def report(result):
    """Lines that say what came of it."""
    yield f"restarts {result.restarts}"
    for what, counts in (("did", result.behaviours), ("error", result.errors)):
        for (name, kind), count in sorted(counts.items()):
            yield f"{name:5} {what:6} {kind:26} {count:7}"
    for name, count in sorted(result.right.items()):
        yield f"{name:5} right answers {count:26}"
    start, end = (size / 2**20 for size in result.memory)
    yield f"memory after the warm-up {start:.1f} MiB, at the end {end:.1f} MiB"
    yield f"threads before {result.threads[0]}, after {result.threads[1]}"
    yield f"wrong answers {len(result.wrong)}, foreign errors {len(result.foreign)}"
    yield from [*result.wrong[:5], *result.foreign[:5]]


def main():
    """Prints what came of it; exits with 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=16)
    options = parser.parse_args()
    result = soak(options.seconds, options.threads)
    print("\n".join(report(result)))
    sys.exit(not result.passed)


if __name__ == "__main__":
    main()
