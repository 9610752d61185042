"""A sensor's panel: its signal handler and its timer outlive it."""

import threading

from blinker import signal

measured = signal("measured")


class Panel:
    def __init__(self, name):
        self.name = name
        self.timer = None
        measured.connect(self.show, weak=False)

    def start(self):
        self.timer = threading.Timer(1.0, self.start)
        self.timer.start()

    def show(self, sender, value=None):
        print(self.name, sender, value)

    def close(self):
        print("closed", self.name)
