"""What goes in and out of an entry script that works with raw HTTP: the request, and AMLResponse."""
import json
from urllib.parse import parse_qsl

raw_http_requested = False


def rawhttp(function):
    """Marks run(): it is given the request itself instead of its body."""
    global raw_http_requested
    raw_http_requested = True
    return function


class Headers(dict):
    """Header names in title case, found in any case; repeated headers are joined by commas."""

    def __init__(self, pairs=()):
        super().__init__()
        for name, value in pairs:
            name = name.title()
            super().__setitem__(name, self[name] + "," + value if name in self else value)

    def __contains__(self, name):
        return super().__contains__(name.title())

    def __getitem__(self, name):
        return super().__getitem__(name.title())

    def get(self, name, default=None):
        return super().get(name.title(), default)


class Arguments(dict):
    """Query parameters: the first value of each, and all of them by getlist()."""

    def __init__(self, query):
        super().__init__()
        self._all = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            self.setdefault(name, value)
            self._all.setdefault(name, []).append(value)

    def getlist(self, name):
        return list(self._all.get(name, []))


class Request:
    """The part of Flask's request that scoring scripts use."""

    def __init__(self, method, target, headers, body):
        self.method = method
        self.path, _, query = target.partition("?")
        self.full_path = self.path + "?" + query
        self.query_string = query.encode("latin-1")
        self.args = Arguments(query)
        self.headers = headers
        self.content_type = headers.get("Content-Type", "")
        self.mimetype = self.content_type.partition(";")[0].strip().lower()
        self._body = body

    def __getattr__(self, name):
        raise AttributeError(
            "request.%s is Flask's, and this Python has no azureml-inference-server-http; install it to use that." % name
        )

    @property
    def is_json(self):
        return self.mimetype == "application/json" or (
            self.mimetype.startswith("application/") and self.mimetype.endswith("+json")
        )

    @property
    def data(self):
        # Flask takes forms apart, and what it has taken apart is no longer in `data`.
        form = self.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
        return b"" if form else self._body

    def get_data(self, cache=True, as_text=False, parse_form_data=False):
        body = self.data if parse_form_data else self._body
        return body.decode("utf-8", "replace") if as_text else body

    @property
    def json(self):
        return self.get_json()

    def get_json(self, force=False, silent=False, cache=True):
        try:
            if not (force or self.is_json):
                raise ValueError("The request's Content-Type is not application/json.")
            return json.loads(self._body)
        except ValueError:
            if silent:
                return None
            raise


class AMLResponse:
    """An answer with a status and headers of its own."""

    def __init__(self, message, status_code, response_headers={}, json_str=False, run_function_failed=False):
        self.status_code = status_code
        as_json = json_str or message is None
        content_type = "application/json" if as_json else "text/html; charset=utf-8"
        self.headers = [("Content-Type", content_type)]
        if not as_json and any(name.lower() == "content-type" for name in response_headers):
            self.headers = []
        self.add("x-ms-run-function-failed", run_function_failed)
        for name, value in response_headers.items():
            for part in value.split(","):
                self.add(name, part.strip())
        # An iterator is sent piece by piece as it yields.
        self.body = json.dumps({} if message is None else message) if as_json else message

    def add(self, name, value):
        self.headers.append((name, str(value)))

    def set(self, name, value):
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.add(name, value)


def error_response(status, message, run_function_failed=False):
    return AMLResponse({"message": message}, status, json_str=True, run_function_failed=run_function_failed)
