"""Samples synthetic radiographs for demonstrations: patient-like, but of no patient.

    python3 sample_radiographs.py --data DATA --out demo/radiographs

The principal components of normal training radiographs are sampled, edges raised, fine grain added, and opacities
drawn into some. OUT receives the images (8-bit grey JPEG of 224 x 224) and radiographs.json. Prints how near samples come to the
nearest patient's image, compared with images of other patients. The components themselves never leave the program:
they tell who was among the patients.
"""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial.distance import cdist

import augment
import data

COMPONENTS = {"child": 150, "adult": 60}
LARGEST_SHARE = 0.1
LOWEST_RATIO = 0.93
SPREAD = 0.85
STRENGTH = 0.75
PLAN = [("child", "none", 8), ("child", "one", 4), ("child", "two", 4), ("adult", "none", 6)]
POPULATION_NAME = {"child": "child", "adult": "adult-like"}
FIRST_SEED = {"child": 100, "adult": 500}


class Basis:
    """Mean [D], components [K,D] and their standard deviations of images [n,D].

    Components that owe much to one image are left out: a sample must not show one patient.
    """

    def __init__(self, images, count):
        self.mean = images.mean(0)
        centred = images - self.mean
        values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
        shares = (vectors**2).max(0)
        kept = [at for at in np.argsort(-values)[:count] if shares[at] <= LARGEST_SHARE]
        values, vectors = values[kept], vectors[:, kept]
        self.components = (vectors / np.sqrt(values)).T.astype(np.float32) @ centred
        self.deviations = np.sqrt(values / len(images))
        self.largest_share = round(float(shares[kept].max()), 4)

    def sample(self, dice):
        """One smooth image [S,S]."""
        amounts = dice.standard_normal(len(self.deviations)) * SPREAD * self.deviations
        return (self.mean + amounts.astype(np.float32) @ self.components).reshape(data.SIDE, data.SIDE)


def view(image, window):
    """The part of an image [S,S] that a window (centre x, y, width, height; relative) shows, stretched to its side."""
    x, y, width, height = np.asarray(window) * len(image)
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return np.asarray(Image.fromarray(image).resize(image.shape, Image.BILINEAR, box))


def windows(count, dice):
    """Random windows within an image, away from its edge, where films end and letters stand."""
    sizes = dice.uniform(0.7, 0.93, (count, 2))
    return np.hstack([0.5 + (dice.random((count, 2)) - 0.5) * (0.93 - sizes), sizes])


def likeness(image, target):
    """Correlation of two images."""
    return np.corrcoef(image.ravel(), target.ravel())[0, 1]


def aligned(images, dice, rounds=2):
    """Images [n,S,S] cut so that their chests lie as in the mean; components of unaligned chests give only haze."""
    small = np.stack([augment.resized(image, 56) for image in images])
    target, best = small.mean(0), [(0.5, 0.5, 0.93, 0.93)] * len(images)
    for _ in range(rounds):
        for at, image in enumerate(small):
            candidates = [best[at], *windows(120, dice)]
            best[at] = max(candidates, key=lambda window: likeness(view(image, window), target))
        target = np.mean([view(*pair) for pair in zip(small, best)], axis=0)
    return np.stack([view(*pair) for pair in zip(images, best)])


def grain(sigma, amount, dice):
    """Noise of a coarseness and a standard deviation."""
    noise = gaussian_filter(dice.standard_normal((data.SIDE, data.SIDE)), sigma)
    return amount * noise / noise.std()


def develop(smooth, dice):
    """A smooth sample with edges raised and fine grain."""
    sharp = smooth + 0.6 * (smooth - gaussian_filter(smooth, 3))
    return np.clip(sharp + grain(0.8, 0.012, dice) + grain(2.5, 0.012, dice), 0, 1).astype(np.float32)


def opacity(image, dice, side):
    """The image with a soft opacity in a lung (side 0: left of the picture), and its centre."""
    x, y = dice.uniform(0.26, 0.34), dice.uniform(0.42, 0.62)
    place = (x if side == 0 else 1 - x, y)
    at = (np.arange(data.SIDE) + 0.5) / data.SIDE
    dx, dy = at[None] - place[0], at[:, None] - place[1]
    soft = np.exp(-0.5 * ((dx / dice.uniform(0.08, 0.12)) ** 2 + (dy / dice.uniform(0.1, 0.15)) ** 2) ** 1.3)
    weights = np.clip(soft * (1 + grain(4, 0.25, dice)), 0, 1) * STRENGTH
    tissue = np.percentile(image, 88)
    return np.clip(image + weights * np.maximum(tissue - image, 0), 0, 1), [round(float(each), 3) for each in place]


def draw(basis, seed, kind):
    """A sampled radiograph [S,S] with `none`, `one` or `two` opacities, and their centres (x, y from 0 to 1)."""
    dice, centres = np.random.default_rng(seed), []
    image = develop(basis.sample(dice), dice)
    first = int(dice.integers(2))
    for side in (first, 1 - first)[: ("none", "one", "two").index(kind)]:
        image, centre = opacity(image, dice, side)
        centres.append(centre)
    return data.percentile_window(image), centres


def normals(root, population):
    """Normal images of the training part and of the validation part, [n,D] each."""
    chosen = [[item for item in part if item.label == 0] for part in data.parts(root, population)]
    found = [data.read_all(part) for part in chosen]
    if population == "adult":
        found = [aligned(images, np.random.default_rng(1)) for images in found]
    return [images.reshape(len(images), -1) for images in found]


def nearness(images, patients):
    """Distance to the nearest patient's image (root mean square), and its ratio to that of the second nearest."""
    near = np.sort(cdist(images, patients), 1)[:, :2]
    ratio = near[:, 0] / near[:, 1]
    return {
        "distanceMedian": round(float(np.median(near[:, 0])) / data.SIDE, 4),
        "distanceMin": round(float(near[:, 0].min()) / data.SIDE, 4),
        "ratioMedian": round(float(np.median(ratio)), 4),
        "ratioMin": round(float(ratio.min()), 4),
    }


def memorisation(basis, train, unseen, shipped, count=100):
    """Nearness of a hundred samples and of the shipped ones to training patients, beside that of unseen patients."""
    samples = np.stack([draw(basis, seed, "none")[0].ravel() for seed in range(10_000, 10_000 + count)])
    sets = {"samples": samples, "shipped": shipped, "unseen patients": unseen}
    found = {name: nearness(images, train) for name, images in sets.items()}
    return {**found, "components": len(basis.deviations), "largestShareOfOneImageInAComponent": basis.largest_share}


def write(image, path):
    Image.fromarray((image * 255 + 0.5).astype(np.uint8)).save(path, "JPEG", quality=95)


def acceptable_seeds(basis, train, first):
    """Seeds from the first on whose samples are about as near to a second patient as to the nearest one."""
    for seed in itertools.count(first):
        plain = draw(basis, seed, "none")[0].reshape(1, -1)
        if nearness(plain, train)["ratioMin"] >= LOWEST_RATIO:
            yield seed, plain[0]


def sample_population(out, basis, train, population):
    """Writes the planned images of a population; returns their entries and the images without opacity."""
    entries, plains = [], []
    seeds = acceptable_seeds(basis, train, FIRST_SEED[population])
    kinds = [kind for name, kind, count in PLAN if name == population for _ in range(count)]
    for kind, (seed, plain) in zip(kinds, seeds):
        image, centres = draw(basis, seed, kind)
        name = f"{POPULATION_NAME[population]}-{seed}-{kind}.jpg"
        write(image, out / name)
        plains.append(plain)
        facts = {"file": name, "population": POPULATION_NAME[population], "opacity": kind}
        entries.append({**facts, "seed": seed, "centres": centres})
    return entries, np.stack(plains)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that holds cxr-kermany and cxr-nih")
    parser.add_argument("--out", type=Path, required=True, help="folder for the images and radiographs.json")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    entries, checks = [], {}
    for population in COMPONENTS:
        train, unseen = normals(options.data, population)
        basis = Basis(train, COMPONENTS[population])
        own, plain = sample_population(options.out, basis, train, population)
        entries += own
        checks[population] = memorisation(basis, train, unseen, plain)
        print(population, json.dumps(checks[population], indent=1))
    text = json.dumps({"radiographs": entries, "memorisation": checks}, indent=2)
    (options.out / "radiographs.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
