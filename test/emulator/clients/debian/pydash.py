"""What azure-ai-ml 1.4.0 takes from pydash, which Debian does not have: `get`, `omit` and `objects`."""

import sys

objects = sys.modules[__name__]


def get(value, path, default=None):
    for key in path.split(".") if isinstance(path, str) else path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, (list, tuple)) and str(key).isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            value = getattr(value, str(key), None)
        if value is None:
            return default
    return value


def set_(value, path, new):
    *above, last = path.split(".") if isinstance(path, str) else path
    place = value
    for key in above:
        place = place.setdefault(key, {})
    place[last] = new
    return value


def omit(value, *keys):
    left_out = {key for one in keys for key in ([one] if isinstance(one, str) else one)}
    return {key: one for key, one in value.items() if key not in left_out}
