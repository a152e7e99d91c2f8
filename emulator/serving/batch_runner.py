"""Runs a batch scoring script over files: init() once, then run(mini_batch) for each group of paths.

Reads one line of JSON from standard input; standard input then stays open as long as the emulator lives.
"""
import importlib.util
import json
import os
import signal
import sys
import threading
import time
import traceback


def end_with_owner():
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


class MiniBatchTimeout(Exception):
    pass


def rows_of(result):
    """A list of anything, or a pandas DataFrame; rows of a table are separated by spaces, as Azure writes them."""
    if hasattr(result, "to_csv"):
        return result.to_csv(header=False, index=False, sep=" ").splitlines()
    return [str(row) for row in result]


def main():
    order = json.loads(sys.stdin.buffer.raw.readline())
    threading.Thread(target=end_with_owner, daemon=True).start()
    sys.path.insert(0, order["source"])
    os.chdir(order["source"])
    script = os.path.join(order["source"], order["script"])
    spec = importlib.util.spec_from_file_location("batch_scoring_script", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if hasattr(module, "init"):
        module.init()

    def too_long(*_):
        raise MiniBatchTimeout("run() took longer than %s s." % order["timeoutSeconds"])

    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, too_long)
    failed = 0
    done = 0
    os.makedirs(order["output"], exist_ok=True)
    rows = open(os.path.join(order["output"], order["outputFileName"]), "w", encoding="utf-8") if order["appendRows"] else None
    files = order["files"]
    size = order["miniBatchSize"]
    for start in range(0, len(files), size):
        batch = files[start:start + size]
        began = time.time()
        for attempt in range(order["maxRetries"] + 1):
            try:
                if hasattr(signal, "SIGALRM"):
                    signal.setitimer(signal.ITIMER_REAL, order["timeoutSeconds"])
                result = rows_of(module.run(list(batch)))
                break
            except Exception:
                result = []
                print("Mini batch %d, attempt %d failed:" % (start // size, attempt + 1), flush=True)
                traceback.print_exc()
            finally:
                if hasattr(signal, "SIGALRM"):
                    signal.setitimer(signal.ITIMER_REAL, 0)
        done += min(len(result), len(batch))
        failed += max(0, len(batch) - len(result))
        print("Mini batch %d: %d of %d files in %.3f s" % (start // size, len(result), len(batch), time.time() - began), flush=True)
        if rows:
            rows.writelines(row + "\n" for row in result)
        if 0 <= order["errorThreshold"] < failed:
            raise SystemExit("The error threshold of %d is exceeded: %d files failed." % (order["errorThreshold"], failed))
    if rows:
        rows.close()
    if hasattr(module, "shutdown"):
        module.shutdown()
    print("%d files scored, %d failed." % (done, failed), flush=True)


main()
