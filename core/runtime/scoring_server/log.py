"""The log, in the line format of azureml-inference-server-http. Printed lines carry the request that printed them."""
import builtins
import os
import sys
import threading
import time

INITIALIZATION = "00000000-0000-0000-0000-000000000000"

_lock = threading.Lock()
_print = builtins.print
_current_request = INITIALIZATION


def info(message):
    _write("I", "azmlinfsrv", message)


def warning(message):
    _write("W", "azmlinfsrv", message)


def error(message):
    _write("E", "azmlinfsrv", message)


def set_current_request(request_id):
    """Whose request the entry script works on from now on; it works on one at a time."""
    global _current_request
    _current_request = request_id


def hook_print():
    """What the entry script prints becomes lines of the log; printing to other files stays as it is."""
    builtins.print = _print_to_log


def _print_to_log(*objects, sep=None, end=None, file=None, flush=False):
    if file is not None and file is not sys.stdout:
        _print(*objects, sep=sep, end=end, file=file, flush=flush)
        return
    text = (" " if sep is None else sep).join(map(str, objects))
    for line in text.split("\n"):
        _write("I", "azmlinfsrv.print", "[%s] %s" % (_current_request, line))


def _write(level, name, message):
    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
    line = "%s,%03d %s [%d] %s - %s\n" % (stamp, now % 1 * 1000, level, os.getpid(), name, message)
    with _lock:
        sys.stdout.flush()
        _write_whole(line.encode("utf-8", "backslashreplace"))


def _write_whole(data):
    while data:
        data = data[os.write(1, data) :]
