"""Reads the two collections of radiographs, prepares them as the appliance does and splits them by patient."""

import csv
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from math import floor
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 224
SEED = "chest-1"
TRAIN_PERCENT = {"child": 83, "adult": 80}
# No opacity, and no normal lung either: such images teach nothing about opacities.
LEFT_OUT = {"Pneumothorax", "Emphysema|Pneumothorax", "Pneumothorax|Emphysema"}


@dataclass(frozen=True)
class Item:
    """One image. `label` is opacity (1) or none (0); `stratum` is the pneumonia label that the split goes by."""

    file: str
    patient: str
    label: int
    stratum: int
    population: str
    kind: str = ""
    age: str = ""
    sex: str = ""
    view: str = ""


def child_items(root):
    """Children (Kermany): the folder is the label, the file's name begins with the patient."""
    for path in sorted(Path(root, "cxr-kermany", "images").glob("*/*.jpeg")):
        label = int(path.parent.name == "PNEUMONIA")
        patient = re.match(r"person\d+|(?:NORMAL2-IM|IM)-\d+", path.name).group()
        kind = re.search("bacteria|virus|$", path.name).group()
        yield Item(str(path), patient, label, label, "child", kind)


def adult_items(root):
    """Adults (NIH): findings are text-mined; every finding but those left out counts as an opacity."""
    folder = Path(root, "cxr-nih")
    for row in csv.DictReader(open(folder / "labels.csv")):
        findings = row["findings"]
        label = -1 if findings in LEFT_OUT else int(findings != "No Finding")
        facts = {name: row[name] for name in ("age", "sex", "view")}
        path = str(folder / "images" / row["file"])
        yield Item(path, row["patient"], label, int("Pneumonia" in findings), "adult", **facts)


ITEMS = {"child": child_items, "adult": adult_items}


def ranked_patients(items, seed=SEED):
    """Patients of each stratum (the largest label of a patient's images) in the order of their hashes."""
    stratum = defaultdict(int)
    for item in items:
        stratum[item.patient] = max(stratum[item.patient], item.stratum)
    rank = lambda patient: (hashlib.sha256(f"{seed}:{patient}".encode()).hexdigest(), patient)
    order = sorted(stratum, key=rank)
    return [[name for name in order if stratum[name] == label] for label in (0, 1)]


def split(items, percent):
    """Items of the training part (the first `percent` of the patients of each stratum) and of the validation part."""
    first = set()
    for patients in ranked_patients(items):
        first.update(patients[: floor(len(patients) * percent / 100 + 0.5)])
    return [i for i in items if i.patient in first], [i for i in items if i.patient not in first]


def fold(items, index, folds):
    """Items whose patient is not in inner fold `index`, and those whose patient is."""
    inside = {name for patients in ranked_patients(items) for name in patients[index::folds]}
    return [i for i in items if i.patient not in inside], [i for i in items if i.patient in inside]


def parts(root, population):
    """The training and the validation part of a population, without the images that are left out."""
    both = split(list(ITEMS[population](root)), TRAIN_PERCENT[population])
    return [[item for item in part if item.label >= 0] for part in both]


def area_kernel(inputs, outputs):
    """Matrix [outputs, inputs]: an input sample weighs as much of an output sample as it covers."""
    edges = np.arange(outputs + 1) * (inputs / outputs)
    start, end = edges[:-1, None], edges[1:, None]
    at = np.arange(inputs)[None]
    return np.clip(np.minimum(end, at + 1) - np.maximum(start, at), 0, None) * (outputs / inputs)


def shrink(image, side=SIDE):
    """Stretches a whole image to side x side: first every row, then every column, each rounded to float32."""
    rows, columns = image.shape
    if columns != side:
        image = (image.astype(np.float64) @ area_kernel(columns, side).T).astype(np.float32)
    if rows != side:
        image = (area_kernel(rows, side) @ image.astype(np.float64)).astype(np.float32)
    return image.astype(np.float32)


def percentile_window(image, low=1, high=99):
    """Maps the nearest-rank percentiles to 0 and 1 and clips, as the appliance's step of that name."""
    ranks = [floor(q / 100 * (image.size - 1) + 0.5) for q in (low, high)]
    bottom, top = np.partition(image.ravel(), ranks)[ranks].astype(np.float64)
    scale = 1 / (top - bottom) if top > bottom else 0.0
    return np.clip((image.astype(np.float64) - bottom) * scale, 0, 1).astype(np.float32)


def prepare(image):
    """What the network sees of a grey image: float32 [224,224] in [0,1]."""
    return percentile_window(shrink(np.asarray(image)))


def read(item):
    """The prepared image of an item."""
    return prepare(Image.open(item.file).convert("L"))


def read_all(items):
    """Prepared images float32 [n,224,224] of items."""
    images = np.empty((len(items), SIDE, SIDE), np.float32)
    for at, item in enumerate(items):
        images[at] = read(item)
    return images


def labels(items):
    """Labels float32 [n] of items."""
    return np.array([item.label for item in items], np.float32)
