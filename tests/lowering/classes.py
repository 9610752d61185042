import threading
from typing import Optional

REGISTRY: dict[str, "Worker"] = {}


class Worker(threading.Thread):
    alive = []

    def __init__(self, name: str, queue=None):
        super().__init__(daemon=True)
        self.queue = queue or make_queue()
        self._timer: Optional[threading.Timer] = None
        REGISTRY[name] = self
        Worker.alive.append(self)

    def run(self):
        global counter
        while (job := self.queue.get()) is not None:
            counter += 1
            job()

    @property
    def busy(self):
        return self._timer is not None

    @staticmethod
    def count():
        return len(REGISTRY)

    @classmethod
    def create(cls, name):
        return cls(name)

    def stop(self):
        def later():
            nonlocal_name = self._timer
            nonlocal_name.cancel()

        self._timer = threading.Timer(1, later)
        del REGISTRY[self.name]


counter = 0
