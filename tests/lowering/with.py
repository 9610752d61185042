from contextlib import contextmanager, nullcontext


def merge(left, right, lock=None):
    with open(left) as a, open(right) as b:
        for line in a:
            if not line:
                return b
        with lock or nullcontext():
            b.read()
    return a


@contextmanager
def opened(path):
    handle = open(path)
    try:
        yield handle
    finally:
        handle.close()
