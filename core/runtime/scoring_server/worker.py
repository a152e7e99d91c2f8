"""Runs the entry script's code on the main thread, one call after the other, as a gunicorn sync worker does.

Connections are served by threads of their own, so a slow client holds nobody up and the health probe answers while
run() works. Signals reach only the main thread, which is what the scoring timeout needs.
"""
import queue
import signal
import threading
import time


class ScoringTimeout(Exception):
    """run() took longer than it may."""


class Worker:
    def __init__(self):
        # A SimpleQueue may be put to from a signal handler.
        self._calls = queue.SimpleQueue()
        self._busy = 0
        self._lock = threading.Lock()
        self.stopping = False

    def __enter__(self):
        with self._lock:
            self._busy += 1

    def __exit__(self, *_):
        with self._lock:
            self._busy -= 1

    def call(self, function):
        """Runs the function on the main thread and answers with its result, or raises what it raised."""
        outcome = {}
        done = threading.Event()
        self._calls.put((function, outcome, done))
        done.wait()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["value"]

    def stop(self, *_):
        self.stopping = True
        self._calls.put(None)

    def serve(self):
        """Works until stopped, then until the requests that were already here are answered."""
        while not (self.stopping and self._busy == 0):
            try:
                call = self._calls.get(timeout=0.02) if self.stopping else self._calls.get()
            except queue.Empty:
                continue
            if call is None:
                continue
            function, outcome, done = call
            try:
                outcome["value"] = function()
            except BaseException as error:
                outcome["error"] = error
            done.set()


def timed(function, timeout_ms):
    """The function's result and how many milliseconds it took. Raises ScoringTimeout. Main thread only."""

    def expire(*_):
        raise TimeoutError

    alarm = hasattr(signal, "setitimer")
    started = time.perf_counter()
    try:
        if alarm:
            signal.signal(signal.SIGALRM, expire)
            signal.setitimer(signal.ITIMER_REAL, timeout_ms / 1000)
        try:
            value = function()
        finally:
            if alarm:
                signal.setitimer(signal.ITIMER_REAL, 0)
    except TimeoutError:
        raise ScoringTimeout("Scoring timeout after %d ms" % timeout_ms)
    return value, (time.perf_counter() - started) * 1000
