"""What each path answers, and the headers every answer carries."""
import os
import time
import traceback
import uuid

from scoring_server import log
from scoring_server.messages import AMLResponse, error_response
from scoring_server.user_script import BadInput
from scoring_server.worker import ScoringTimeout, timed

LONGEST_ID = 100
# The version whose contract is kept.
VERSION = "azmlinfsrv/1.5.1"


class Ids:
    """The request's ids as they come in and go back: what is missing is taken over from its neighbours."""

    def __init__(self, headers):
        self.request = self.client = self.legacy = ""
        self.problem = None
        request = headers.get("x-request-id", None)
        request = str(uuid.uuid4()) if request is None else request
        if len(request) > LONGEST_ID:
            self.problem = "x-request-id must not exceed %d characters" % LONGEST_ID
            return
        self.request = request
        given = headers.get("x-ms-request-id", "")
        client = headers.get("x-ms-client-request-id", "") or given
        legacy = given or client or request
        if len(client) > LONGEST_ID or len(legacy) > LONGEST_ID:
            self.problem = "x-ms-request-id and x-ms-client-request-id must not exceed %d characters" % LONGEST_ID
            return
        self.client = client
        self.legacy = legacy

    def write(self, response):
        for name, value in (
            ("x-request-id", self.request),
            ("x-ms-request-id", self.legacy),
            ("x-ms-client-request-id", self.client),
        ):
            if value:
                response.set(name, value)


class Routes:
    def __init__(self, settings, script, swagger, worker):
        self._settings = settings
        self._script = script
        self._swagger = swagger
        self._worker = worker
        told = os.environ.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true"
        self._version = VERSION if told else ""
        self._paths = {
            "/": (("GET", "HEAD", "OPTIONS"), self._health),
            "/score": (("GET", "HEAD", "OPTIONS", "POST"), self._score),
            "/swagger.json": (("GET", "HEAD", "OPTIONS"), self._describe),
        }

    def answer(self, request):
        started = time.perf_counter()
        methods, action = self._paths.get(request.path, ((), None))
        if action is None:
            return error_response(404, "There is nothing at %s; the routes are /, /score and /swagger.json." % request.path)
        if request.method not in methods:
            return error_response(405, "%s does not take %s, only %s." % (request.path, request.method, ", ".join(methods)))
        ids = Ids(request.headers)
        if ids.problem:
            response = error_response(431, ids.problem)
        elif request.method == "OPTIONS" and request.path != "/score":
            response = plain("")
            response.add("Allow", ", ".join(methods))
        else:
            response = self._guarded(action, request, ids)
        self._finish(request, response, ids)
        if request.path != "/":
            size = len(response.body) if isinstance(response.body, (str, bytes)) else "streamed"
            milliseconds = (time.perf_counter() - started) * 1000
            log.info("%s %s %d %.3fms %s" % (request.method, request.path, response.status_code, milliseconds, size))
        return response

    def _guarded(self, action, request, ids):
        try:
            return action(request, ids)
        except Exception:
            log.error("The answer could not be made.\n" + traceback.format_exc())
            return error_response(500, "An unexpected internal error occurred. Check the logs for more info.")

    def _health(self, request, ids):
        return plain("Healthy")

    def _describe(self, request, ids):
        document = self._swagger.document(request.args.get("version", "2"))
        if document is None:
            return error_response(404, "The swagger versions of this service are %s." % ", ".join(self._swagger.versions))
        return AMLResponse(document, 200, json_str=True)

    def _score(self, request, ids):
        return self._worker.call(lambda: self._run(request, ids))

    def _run(self, request, ids):
        log.set_current_request(ids.request)
        try:
            arguments = self._script.arguments(request)
            output, milliseconds = timed(lambda: self._script.run(**arguments), self._settings.scoring_timeout_ms)
        except BadInput as error:
            if request.method == "OPTIONS":
                return AMLResponse("", 200)
            return error_response(error.status, str(error))
        except ScoringTimeout as error:
            log.error(str(error) + "\n" + traceback.format_exc())
            return error_response(500, str(error), run_function_failed=True)
        except BaseException:
            # Also SystemExit: a script must not take the server down with it.
            log.error("run() of the entry script failed.\n" + traceback.format_exc())
            message = "An unexpected error occurred in scoring script. Check the logs for more info."
            return error_response(500, message, run_function_failed=True)
        finally:
            log.set_current_request(log.INITIALIZATION)
        if isinstance(output, AMLResponse):
            response = output
            if response.status_code >= 500:
                response.set("x-ms-run-function-failed", True)
        else:
            response = AMLResponse(output, 200, json_str=True)
        response.add("x-ms-run-fn-exec-ms", "%.3f" % milliseconds)
        return response

    def _finish(self, request, response, ids):
        if self._version:
            response.add("x-ms-server-version", self._version)
        ids.write(response)
        if "TraceId" in request.headers:
            response.add("TraceId", request.headers["TraceId"])
        origin = request.headers.get("Origin")
        allowed = self._settings.cors_origins
        if origin and (origin in allowed or "*" in allowed):
            response.add("Access-Control-Allow-Origin", origin)
            if len(allowed) > 1:
                response.add("Vary", "Origin")
            if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
                response.add("Access-Control-Allow-Methods", "GET, POST")


def plain(text):
    response = AMLResponse(text, 200)
    response.headers = [("Content-Type", "text/html; charset=utf-8")]
    return response
