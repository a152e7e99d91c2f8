"""Fits the three versions of the model and measures what was written. Run once, with scikit-learn:

    pip install scikit-learn && python train.py

The files it writes are checked in as `npm run format` lays them out, so that nobody needs scikit-learn to try the
example.
"""
import json
import sys
from pathlib import Path

from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "source"))
from ridge import Ridge as Served

SEED = 0
ALPHA = 1.0
DATA = load_diabetes(scaled=False)
FEATURES = list(DATA.feature_names)


def main():
    rows, held_out_rows, targets, held_out_targets = train_test_split(
        DATA.data, DATA.target, test_size=0.25, random_state=SEED
    )
    write("heldout.json", {"features": FEATURES, "data": held_out_rows.tolist(), "target": held_out_targets.tolist()})
    held_out = (held_out_rows, held_out_targets)
    export("v1", fit(rows, targets, ["bmi", "bp"]), held_out, unscaled=True)
    export("v2", fit(rows, targets, FEATURES), held_out, unscaled=True)
    # The mistake: the coefficients belong to standardised features, and the file says nothing of the scaler.
    export("v3", fit(rows, targets, FEATURES), held_out, unscaled=False)


def fit(rows, targets, used):
    columns = [FEATURES.index(feature) for feature in used]
    scaler = StandardScaler().fit(rows[:, columns])
    ridge = Ridge(alpha=ALPHA).fit(scaler.transform(rows[:, columns]), targets)
    return columns, scaler, ridge


def export(version, fitted, held_out, unscaled):
    columns, scaler, ridge = fitted
    rows, targets = held_out
    weights = ridge.coef_ / scaler.scale_ if unscaled else ridge.coef_
    intercept = ridge.intercept_ - (weights @ scaler.mean_ if unscaled else 0)
    by_feature = dict(zip((FEATURES[column] for column in columns), weights))
    model = {
        "kind": "ridge regression",
        "features": FEATURES,
        "intercept": float(intercept),
        "coefficients": {feature: float(by_feature.get(feature, 0.0)) for feature in FEATURES},
        "fit": {
            "alpha": ALPHA,
            "seed": SEED,
            "trainedOnRows": len(DATA.target) - len(targets),
            "r2BeforeExport": round(r2_score(targets, ridge.predict(scaler.transform(rows[:, columns]))), 4),
        },
    }
    path = write(f"models/{version}/ridge.json", model)
    # What counts is what will be served: the written file, read by the code that serves it.
    served = Served(path)
    predictions = [served.predict(row) for row in rows.tolist()]
    r2 = r2_score(targets, predictions)
    error = root_mean_squared_error(targets, predictions)
    print(f"{version}: R² {model['fit']['r2BeforeExport']:.4f} before export, {r2:.4f} as served, typical error {error:.1f}")


def write(name, content):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2) if "models" in name else json.dumps(content, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
