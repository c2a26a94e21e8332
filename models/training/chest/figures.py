"""Measures a chest model on the validation part, which no training has seen.

    python3 figures.py --data DATA --population child --out OUT --report child.json RUN... [--joint RUN]

RUN is a path of train.py without ending; the model's logit is the mean of its members'. OUT receives training.json
and scores.csv (file, patient, label, logit); the report is training.json without the answer to every file.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

import augment
import data
import insertion_probe
import net as network
from export import member
from measures import (
    at_sensitivity,
    at_specificity,
    auc,
    calibration_error,
    delong,
    log_loss,
    offset,
    operating_point,
    sigmoid,
    summary,
    temperature,
)

FRAME = 1 / 8
FEWEST = 5
OTHER = {"child": "adult", "adult": "child"}
CRITERION = "highest threshold with a sensitivity of at least 90 % on the validation part"


class Model:
    """Members whose mean logit is the model's; `of` images gives [members,n]."""

    def __init__(self, runs, offset=0.0):
        self.nets = [member(run, offset) for run in runs]

    def of(self, images):
        images = torch.from_numpy(np.ascontiguousarray(images, np.float32))
        return np.stack([network.answer(net, images)[0].numpy() for net in self.nets]).astype(np.float64)

    def __call__(self, images):
        return self.of(images).mean(0)


class Part:
    """The validation part of a population: items, images, labels and patients."""

    def __init__(self, root, population):
        _, self.items = data.parts(root, population)
        self.images, self.known = data.read_all(self.items), data.labels(self.items)
        self.patients = np.array([item.patient for item in self.items])


def age_band(item):
    """The decades of an adult's age that the subgroups go by."""
    if not item.age.isdigit():
        return "age absent"
    return next(name for limit, name in ((40, "age < 40"), (60, "age 40-59"), (999, "age >= 60")) if int(item.age) < limit)


def groups(items):
    """Subgroups by name: which items belong to each. Kinds of pneumonia are compared with every normal."""
    names = [
        {"bacteria": ["bacteria"], "virus": ["virus"], "": ["bacteria", "virus"]}[item.kind]
        if item.population == "child"
        else [age_band(item), f"sex {item.sex or 'absent'}", f"view {item.view or 'absent'}"]
        for item in items
    ]
    return {name: np.array([name in own for own in names]) for name in sorted(set(sum(names, [])))}


def subgroup_figures(part, logits, threshold):
    """AUC and operating point of every subgroup with enough of both classes to say anything."""
    found = {}
    for name, at in groups(part.items).items():
        known, scores = part.known[at], logits[at]
        found[name] = {"n": int(at.sum()), "positives": int(known.sum())}
        if min(known.sum(), len(known) - known.sum()) >= FEWEST:
            found[name]["auc"] = delong(known, scores)
            found[name].update(operating_point(known, scores, threshold))
    return found


def frame_only(images):
    """Images of which only the outer eighth is left, the rest is grey."""
    changed = images.copy()
    changed[(slice(None), *augment.inner(data.SIDE, FRAME))] = 0.5
    return changed


def frame_removed(images):
    """Images without their outer eighth."""
    within = (slice(None), *augment.inner(data.SIDE, FRAME))
    changed = np.zeros_like(images)
    changed[within] = images[within]
    return changed


def frame_exchanged(images, known):
    """Images in the frame of an image of the other class."""
    dice, changed = np.random.default_rng(3), images.copy()
    within = (slice(None), *augment.inner(data.SIDE, FRAME))
    for label in (0, 1):
        changed[known == label] = images[dice.choice(np.flatnonzero(known != label), (known == label).sum())]
    changed[within] = images[within]
    return changed


def marked(images):
    """Images with a white square of 5 % of the side in the upper left corner."""
    edge = round(0.05 * data.SIDE)
    changed = images.copy()
    changed[:, edge : 2 * edge, edge : 2 * edge] = 1
    return changed


def insertion(normals, model, threshold, draw):
    """How a model tells normals from the same normals with something drawn into them."""
    dice = np.random.default_rng(11)
    before, after = model(normals), model(np.stack([draw(image, dice) for image in normals]))
    known = np.r_[np.zeros(len(before)), np.ones(len(after))]
    value = delong(known, np.r_[before, after])
    alarms = [float((scores >= threshold).mean()) for scores in (before, after)]
    return {"n": len(normals), "auc": value, "raised": float((after > before).mean()), "alarms": alarms}


DRAWINGS = {
    "insertedByIndependentGenerator": lambda image, dice: insertion_probe.insert(image, dice)[0],
    "insertedAsInTraining": lambda image, dice: augment.draw_opacity(image, augment.inside_lungs, dice)[0],
    "insertedOutsideLungs": lambda image, dice: augment.draw_opacity(image, augment.outside_lungs, dice)[0],
}

CHANGES = {
    "blurred": lambda image, dice: ndimage.gaussian_filter(image, 1.2),
    "jpeg": lambda image, dice: augment.recompress(image, np.random.default_rng(0)),
    "noisy": lambda image, dice: np.clip(image + dice.normal(0, 0.05, image.shape), 0, 1),
    "gamma 0.7": lambda image, dice: image**0.7,
    "gamma 1.4": lambda image, dice: image**1.4,
    "turned 8 degrees": lambda image, dice: ndimage.rotate(image, 8, reshape=False, order=1),
}


def probes(part, model, threshold):
    """Where the score comes from, and what it withstands."""
    images, known = part.images, part.known
    found = {
        "frameOnly": {"auc": delong(known, model(frame_only(images)))},
        "frameRemoved": {"auc": delong(known, model(frame_removed(images)))},
        "frameOfOtherClass": {"auc": delong(known, model(frame_exchanged(images, known)))},
    }
    before, after = model(images), model(marked(images))
    found["marker"] = {
        "meanShift": float((after - before).mean()),
        "changedDecisions": float(((after >= threshold) != (before >= threshold)).mean()),
    }
    for name, draw in DRAWINGS.items():
        found[name] = insertion(images[known == 0], model, threshold, draw)
    return found


def robustness(part, model, threshold):
    """AUC and operating point on images changed as other equipment might."""
    found, dice = {}, np.random.default_rng(5)
    for name, change in CHANGES.items():
        logits = model(np.stack([data.percentile_window(change(i, dice).astype(np.float32)) for i in part.images]))
        found[name] = {"auc": auc(part.known, logits), **operating_point(part.known, logits, threshold)}
    return found


def thresholds(known, logits):
    """Thresholds of the logit by the rule that each keeps to on the validation part."""
    return {
        "sensitivity90": at_sensitivity(known, logits, 0.90),
        "sensitivity95": at_sensitivity(known, logits, 0.95),
        "specificity90": at_specificity(known, logits, 0.90),
        "specificity95": at_specificity(known, logits, 0.95),
    }


def alternatives(known, logits, heat):
    """What every threshold does, as probabilities after temperature."""
    return {
        name: {"threshold": float(sigmoid(at / heat)), **operating_point(known, logits, at)}
        for name, at in thresholds(known, logits).items()
    }


def calibration(known, logits, heat):
    """Log loss and expected calibration error before and after temperature."""
    return {
        name: {"logLoss": log_loss(known, z), "expectedError": calibration_error(known, sigmoid(z))}
        for name, z in (("before", logits), ("after", logits / heat))
    }


def uncertainty(members, known, threshold):
    """Whether members disagree where the model errs."""
    if len(members) < 2:
        return None
    spread, wrong = members.std(0, ddof=1), (members.mean(0) >= threshold) != (known > 0)
    return {"medianSpread": float(np.median(spread)), "errorAuc": delong(wrong, spread) if 1 < wrong.sum() else None}


def crossed(model, part, threshold):
    """The model on the population that it was not made for."""
    logits = model(part.images)
    facts = {"auc": delong(part.known, logits), "alarms": float((logits >= threshold).mean())}
    return {"population": part.items[0].population, "n": len(part.items), **facts}


def measure(options, model, part):
    """Everything that training.json says."""
    members = model.of(part.images)
    logits, known = members.mean(0), part.known
    heat, threshold = temperature(known, logits), thresholds(known, logits)["sensitivity90"]
    report = {
        "population": options.population,
        "members": len(members),
        "temperature": heat,
        "threshold": float(sigmoid(threshold / heat)),
        "thresholdLogit": threshold,
        "offset": options.offset,
        "criterion": CRITERION,
        "thresholds": alternatives(known, logits, heat),
        "validation": {**summary(known, logits, part.patients), **operating_point(known, logits, threshold)},
        "memberAuc": [auc(known, each) for each in members],
        "calibration": calibration(known, logits, heat),
        "uncertainty": uncertainty(members, known, threshold),
        "subgroups": subgroup_figures(part, logits, threshold),
        "probes": probes(part, model, threshold),
        "robustness": robustness(part, model, threshold),
        "crossPopulation": crossed(model, Part(options.data, OTHER[options.population]), threshold),
    }
    if options.joint:
        report["oneModelForBoth"] = {"auc": delong(known, Model(options.joint)(part.images))}
    return report, members


def write_scores(path, part, logits):
    """scores.csv, in the order of the validation arrays."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "patient", "label", "logit"])
        for item, logit in zip(part.items, logits):
            rows.writerow([Path(item.file).name, item.patient, item.label, f"{logit:.6f}"])


def rounded(value):
    """The same with floats of six digits."""
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return round(float(value), 6) if isinstance(value, (float, np.floating)) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that holds cxr-kermany and cxr-nih")
    parser.add_argument("--population", choices=["child", "adult"], required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for training.json and scores.csv")
    parser.add_argument("--report", type=Path, help="file for the figures without the answer to every file")
    parser.add_argument("--joint", nargs="+", help="runs of one model for both populations, to compare with")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="path of a run without ending")
    options = parser.parse_args()
    torch.set_num_threads(1)
    part = Part(options.data, options.population)
    plain = Model(options.runs)
    options.offset = offset(part.known, plain(part.images))
    report, members = measure(options, Model(options.runs, options.offset), part)
    logits = members.mean(0)
    expected = {Path(item.file).name: float(logit) for item, logit in zip(part.items, logits)}
    options.out.mkdir(parents=True, exist_ok=True)
    write_scores(options.out / "scores.csv", part, logits)
    full = rounded({**report, "expected": expected})
    (options.out / "training.json").write_text(json.dumps(full, indent=1) + "\n")
    if options.report:
        options.report.write_text(json.dumps(rounded(report), indent=1) + "\n")
    print(json.dumps(rounded(report["validation"])))


if __name__ == "__main__":
    main()
