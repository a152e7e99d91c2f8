# Prints the syntax trees of Bicep files as one JSON object by path.
import json
import sys
from pathlib import Path

from pycep import BicepParser

parser = BicepParser()
print(json.dumps({path: parser.parse(text=Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]}))
