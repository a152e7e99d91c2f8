"""The stand-in for azureml-inference-server-http: same contract, Python's standard library only."""
import os
import platform
import signal
import sys
import traceback

from scoring_server import log
from scoring_server.http_server import HttpServer
from scoring_server.routes import Routes
from scoring_server.settings import Settings, SettingsError
from scoring_server.swagger import Swagger
from scoring_server.user_script import UserScript
from scoring_server.worker import Worker

# gunicorn's code for a worker that cannot start; restarting would not help.
CANNOT_START = 3
TREE_LINES = 200


def serve(listener):
    log.info("This Python (%s) has no azureml-inference-server-http; a stand-in serves." % platform.python_version())
    if os.environ.get("WORKER_COUNT", "1") != "1":
        log.warning("WORKER_COUNT is %s; the stand-in always has one worker." % os.environ["WORKER_COUNT"])
    try:
        settings = Settings(os.environ)
    except SettingsError as error:
        log.error(str(error))
        leave(CANNOT_START)
    log.hook_print()
    script = start(settings)
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    server = HttpServer(listener, worker, Routes(settings, script, Swagger(settings, script), worker))
    server.start()
    log.info("Scoring timeout is set to %d ms." % settings.scoring_timeout_ms)
    log.info("Worker with pid %d is ready." % os.getpid())
    worker.serve()
    leave(0)


def start(settings):
    try:
        script = UserScript(settings)
    except BaseException as error:
        log.error("The entry script could not be loaded.\n" + traceback.format_exc())
        advise(error)
        leave(CANNOT_START)
    try:
        script.init()
    except BaseException as error:
        log.error("init() of the entry script failed.\n" + traceback.format_exc())
        advise(error)
        if os.path.exists(settings.model_directory):
            log.info("AZUREML_MODEL_DIR (%s) holds:" % settings.model_directory)
            for line in tree(settings.model_directory, TREE_LINES):
                log.info(line)
        leave(CANNOT_START)
    return script


def advise(error):
    if isinstance(error, ModuleNotFoundError):
        log.error("%s has no module named %r: install it there, or use a Python that has it." % (sys.executable, error.name))


def tree(path, limit):
    """The folder's content, indented by depth; says so when it is cut."""
    lines = []

    def walk(folder, depth):
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if len(lines) > limit:
                return
            lines.append("    " * depth + entry.name + (os.sep if entry.is_dir() else ""))
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path, depth + 1)

    walk(path, 1)
    return lines if len(lines) <= limit else lines[:limit] + ["Only the first %d lines are shown." % limit]


def leave(code):
    """Ends at once: threads of connections that are kept alive would hold up an orderly exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
