"""The entry script: how it is loaded, what its run() wants, and how a request becomes run()'s arguments."""
import importlib.util
import inspect
import json
import os
import sys
import types

from scoring_server import log, messages


class UserScriptError(Exception):
    """The entry script does not keep the contract."""


class BadInput(Exception):
    """The request is not what run() takes; `status` is the answer's."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class UserScript:
    def __init__(self, settings):
        path = os.path.join(settings.app_root, settings.entry_script)
        sys.path.append(settings.app_root)
        if settings.source_directory:
            sys.path.append(os.path.join(settings.app_root, settings.source_directory))
        offer_shims()
        if not os.path.isfile(path):
            raise UserScriptError("The entry script %s does not exist." % path)
        spec = importlib.util.spec_from_file_location("entry_module", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name in ("init", "run"):
            if not callable(getattr(module, name, None)):
                raise UserScriptError("The entry script %s has no function %s()." % (path, name))
        # Generated scripts wrap the user's as `driver_module`; its run() is the one that is decorated.
        driver = getattr(module, "driver_module", None)
        self.init = module.init
        self.run = driver.run if isinstance(driver, types.ModuleType) and hasattr(driver, "run") else module.run
        self._analyze_run()
        log.info("The entry script is %s." % path)

    def _analyze_run(self):
        parameters = inspect.signature(self.run).parameters
        named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        if any(parameter.kind not in named for parameter in parameters.values()):
            raise UserScriptError("run() cannot have positional-only parameters, *args, or **kwargs.")
        self._wants_headers = "request_headers" in parameters
        self._parameters = [parameter for name, parameter in parameters.items() if name != "request_headers"]
        if not self._parameters:
            raise UserScriptError("run() needs a parameter for the input data.")
        self.schema = input_schema_of(self.run)
        if messages.raw_http_requested and self.schema:
            raise UserScriptError("run() cannot have both @rawhttp and @input_schema.")

    def arguments(self, request):
        """Raises BadInput when the request cannot be given to run()."""
        first = self._parameters[0].name
        if messages.raw_http_requested:
            arguments = {first: request}
        elif request.method not in ("GET", "POST"):
            raise BadInput(405, "Method not allowed")
        elif self.schema:
            arguments = self._typed(query_values(request) if request.method == "GET" else json_object(request))
        elif request.method == "GET":
            arguments = {first: json.dumps(query_values(request))}
        else:
            arguments = {first: text(request)}
        if self._wants_headers:
            arguments["request_headers"] = dict(request.headers)
        return arguments

    def _typed(self, values):
        arguments = {}
        for parameter in self._parameters:
            value = values.get(parameter.name, parameter.default)
            if value is inspect.Parameter.empty:
                raise BadInput(400, "A value is not provided for the %r parameter." % parameter.name)
            arguments[parameter.name] = value
        return arguments


def query_values(request):
    """Each parameter's value as JSON where it is JSON; a repeated parameter becomes a list."""

    def value(given):
        try:
            return json.loads(given)
        except ValueError:
            return given

    values = {name: [value(given) for given in request.args.getlist(name)] for name in request.args}
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def text(request):
    try:
        return str(request.data, "utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(400, "Input cannot be decoded as UTF-8: %s" % error)


def json_object(request):
    if not request.is_json:
        raise BadInput(415, "Expects Content-Type to be application/json")
    body = request.get_data()
    if not body:
        raise BadInput(400, "POST body is empty. Expecting a JSON dictionary.")
    try:
        values = json.loads(body)
    except ValueError as error:
        raise BadInput(400, "POST body could not be decoded as JSON: %s" % error)
    if not isinstance(values, dict):
        raise BadInput(400, "POST body should be a JSON dictionary.")
    return values


def input_schema_of(run):
    """The decorations of inference-schema, or None. A script that has any has imported the package already."""
    if "inference_schema" not in sys.modules:
        return None
    from inference_schema import schema_util

    return schema_util if schema_util.is_schema_decorated(run) else None


def offer_shims():
    """@rawhttp and AMLResponse under the names scripts import them by, where the packages are not installed."""
    for package in ("azureml.contrib.services", "azureml_inference_server_http.api"):
        for name in (package + ".aml_request", package + ".aml_response"):
            module = types.ModuleType(name)
            module.rawhttp = messages.rawhttp
            module.AMLRequest = messages.Request
            module.AMLResponse = messages.AMLResponse
            parts = name.split(".")
            for end in range(1, len(parts)):
                parent = ".".join(parts[:end])
                if parent not in sys.modules:
                    sys.modules[parent] = types.ModuleType(parent)
                    sys.modules[parent].__path__ = []
            sys.modules[name] = module
