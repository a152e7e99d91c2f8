"""Ends this server when the process that started it is gone, however that one died."""
import os
import signal
import threading
import time

try:
    import fcntl
except ImportError:
    fcntl = None


def hold(grace_seconds):
    """Watches standard input, which the owner keeps open; what it writes there releases this server from it."""
    # Well above the descriptors that socket activation counts on.
    line = fcntl.fcntl(0, fcntl.F_DUPFD, 16) if fcntl else os.dup(0)
    # The entry script must not be able to read the lifeline by accident.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=watch, args=(line, grace_seconds), daemon=True).start()


def watch(line, grace_seconds):
    if os.read(line, 4096):
        return
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_seconds)
    # A scoring script may hang in native code, where no Python signal handler runs.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
