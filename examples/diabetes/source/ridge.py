"""A fitted ridge regression: its file, and its prediction. Python's standard library only."""
import json
import math


class Ridge:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            fitted = json.load(file)
        self.features = fitted["features"]
        self.intercept = fitted["intercept"]
        self.coefficients = [fitted["coefficients"][feature] for feature in self.features]

    def predict(self, row):
        """The disease progression one year on, for the raw values of the features in their order."""
        return self.intercept + sum(weight * value for weight, value in zip(self.coefficients, row))

    def check(self, rows):
        """What is wrong with the rows as a whole sentence, or None."""
        if not isinstance(rows, list) or not rows:
            return '"data" must be a list of at least one row.'
        for number, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(self.features):
                names = ", ".join(self.features)
                return "Row %d must be a list of %d numbers: %s." % (number, len(self.features), names)
            for feature, value in zip(self.features, row):
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
                    return "Row %d: %s must be a finite number, not %s." % (number, feature, json.dumps(value))
        return None
