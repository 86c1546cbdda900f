"""A process of its own that runs SavedModels through TensorFlow's C API."""

import functools
import multiprocessing
import sys


def _serve(connection):
    from tfae.serving.c_session import Session

    sessions = {}
    while True:
        try:
            path, signature, inputs = connection.recv()
        except EOFError:  # the parent is done
            return
        try:
            if path not in sessions:
                sessions[path] = Session(path)
            answer = sessions[path].run(signature, inputs)
        except ValueError as error:
            answer = error
        strangers = {"tensorflow", "keras"} & set(sys.modules)
        connection.send((answer, strangers))


class Runner:
    """Answers of SavedModels, by the loader that TF Serving uses."""

    def __init__(self):
        # Spawned, not forked: nothing of this process' TensorFlow goes along.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        context.Process(target=_serve, args=(theirs,), daemon=True).start()
        theirs.close()

    def run(self, path, signature, inputs):
        """Outputs by name; raises `ValueError` where the model or the loader fails."""
        self.connection.send((str(path), signature, inputs))
        answer, strangers = self.connection.recv()
        assert not strangers, f"{strangers} imported beside the C API"
        if isinstance(answer, ValueError):
            raise answer
        return answer


@functools.cache
def runner():
    """The one runner of this test process."""
    return Runner()
