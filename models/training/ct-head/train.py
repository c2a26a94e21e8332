"""Trains the head-CT demonstration model on phantoms and exports it to ONNX.

    python3 train.py DATA OUT

DATA holds what make-data.ts has written: images, masks and truth of train-*, tune*, test and golden.
OUT receives model.onnx, training.json (temperature and thresholds from the tuning set, figures of the test set),
golden-answers.json (this network's answers to the golden series), and calib and valid images for a quantiser.
Needs PyTorch 1.13 or newer and numpy; runs on the CPU with one thread and fixed seeds.
"""

import glob
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIDE = 128
GRID = 16
LEAST_BLEED = 30.0
EPOCHS = 11
BATCH = 32
PEAK_LEARNING_RATE = 3e-3
PLACE_WEIGHT = 0.1
CELL_WEIGHT = 15.0
CELL_BALANCE = 3.0
TOP = 3
TUNED_SPECIFICITY = {"slice": 0.99, "series": 0.95}
ALPHA = 0.1
BLEEDS = ["intraparenchymal", "subdural", "subarachnoid", "intraventricular"]
MIMICS = [
    "pineal-calcification",
    "choroid-calcification",
    "ganglia-calcification",
    "falx-calcification",
    "dense-sinus",
    "old-infarct",
    "motion",
    "clip",
]
# Heights, millimetres, at which bone of the skull base fills slices in part.
SKULL_BASE = (-38, -6)


class Block(nn.Module):
    """Two 3x3 convolutions with a residual path."""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class Net(nn.Module):
    """A small ResNet. The 1x1 convolution before the mean makes `cam` the exact class activation map of `logits`."""

    def __init__(self, width=16):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 5, 2, 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            Block(width, 2 * width, 2),
            Block(2 * width, 4 * width, 2),
            Block(4 * width, 6 * width, 1),
        )
        self.head = nn.Conv2d(6 * width, 1, 1)
        # Says of every cell whether it holds blood. It only teaches the features, and is not exported.
        self.teacher = nn.Conv2d(6 * width, 1, 1)

    def forward(self, image):
        features = self.features(image)
        cam = self.head(features)
        return cam.mean((2, 3)), cam, features.mean((2, 3))

    def taught(self, image):
        """Logits, map and the teacher's answers."""
        features = self.features(image)
        cam = self.head(features)
        return cam.mean((2, 3)), cam, self.teacher(features)


class Data:
    """Slices of one part. `label` is 1 or 0, or -1 where there is too little blood to say."""

    def __init__(self, folder, part):
        names = sorted(glob.glob(os.path.join(folder, part + ".images.f32")))
        read = lambda kind, dtype: np.concatenate(
            [np.fromfile(name.replace("images.f32", kind), dtype) for name in names]
        )
        self.images = torch.from_numpy(read("images.f32", "<f4").reshape(-1, 1, SIDE, SIDE))
        self.masks = read("masks.u8", "u1").reshape(-1, SIDE, SIDE)
        truth = read("truth.f32", "<f4").reshape(-1, 7)
        self.head, self.index = truth[:, 0].astype(int), truth[:, 1].astype(int)
        self.height, self.area = truth[:, 3], truth[:, 4]
        self.bleeds, self.mimics = truth[:, 5].astype(int), truth[:, 6].astype(int)
        self.label = np.where(self.area >= LEAST_BLEED, 1, np.where(self.area == 0, 0, -1))

    def grid(self):
        """1 for the cells of the activation map that hold blood."""
        cell = SIDE // GRID
        cells = (self.masks >= 64).reshape(-1, GRID, cell, GRID, cell)
        return torch.from_numpy(cells.any((2, 4)).astype("f4"))


def logits_and_maps(net, images):
    net.eval()
    with torch.no_grad():
        parts = [net(part)[:2] for part in images.split(100)]
    return torch.cat([p[0] for p in parts])[:, 0].numpy(), torch.cat([p[1] for p in parts])[:, 0].numpy()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def auc(labels, scores):
    """Area under the ROC curve: the Mann-Whitney statistic, ties counted as half."""
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    below = np.searchsorted(negative, positive, "left")
    equal = np.searchsorted(negative, positive, "right") - below
    return float((below + 0.5 * equal).sum() / (len(positive) * len(negative)))


def loss_of(net, images, labels, cells):
    """Cross-entropy of the slice, of every cell, and of the place: the map's weight belongs on the blood."""
    answers = net.taught(images.contiguous(memory_format=torch.channels_last))
    logits, cam, taught = (part.float() for part in answers)
    loss = F.binary_cross_entropy_with_logits(logits[:, 0], labels)
    balance = torch.tensor(CELL_BALANCE)
    loss = loss + CELL_WEIGHT * F.binary_cross_entropy_with_logits(taught[:, 0], cells, pos_weight=balance)
    wanted = cells.flatten(1)
    has = wanted.sum(1) > 0
    if has.any():
        weights = F.log_softmax(cam[:, 0].flatten(1)[has], 1)
        place = -torch.logsumexp(weights + torch.log(wanted[has] + 1e-9), 1).mean()
        loss = loss + PLACE_WEIGHT * place
    return loss


def augment(images, cells):
    """Mirrored, shifted by whole cells of the map's quarter, brighter or darker by up to 2 HU."""
    if torch.rand(1) < 0.5:
        images, cells = images.flip(3), cells.flip(2)
    steps = [int(s) for s in torch.randint(-3, 4, (2,))]
    moved = torch.roll(images, steps, (2, 3))
    inside = (images > 0) & (images < 1)
    bright = (torch.rand(len(images), 1, 1, 1) - 0.5) * 0.05
    return torch.where(torch.roll(inside, steps, (2, 3)), (moved + bright).clamp(0, 1), moved), cells


def train(net, data, tune):
    net.to(memory_format=torch.channels_last)
    known = torch.from_numpy(np.flatnonzero(data.label >= 0))
    labels = torch.from_numpy(data.label.astype("f4"))
    cells = data.grid()
    steps = EPOCHS * (len(known) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LEARNING_RATE, total_steps=steps, pct_start=0.15
    )
    start = time.time()
    for epoch in range(EPOCHS):
        net.train()
        order = known[torch.randperm(len(known))]
        total = 0.0
        for part in order.split(BATCH):
            if len(part) < BATCH:
                continue
            images, wanted = augment(data.images[part], cells[part])
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(net, images, labels[part], wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        logits, _ = logits_and_maps(net, tune.images[::3])
        known_tune = tune.label[::3] >= 0
        area = auc(tune.label[::3][known_tune], logits[known_tune])
        print(epoch, round(total / (len(known) // BATCH), 4), round(area, 4), f"{time.time() - start:.0f} s", flush=True)
    net.to(memory_format=torch.contiguous_format)
    return time.time() - start


def fit_temperature(labels, logits):
    """The temperature of the lowest cross-entropy."""
    candidates = np.arange(0.4, 3.01, 0.02)
    losses = [
        np.mean(np.logaddexp(0, logits / t) - labels * logits / t) for t in candidates
    ]
    return round(float(candidates[int(np.argmin(losses))]), 2)


def by_series(data, probabilities):
    """Label, mean of the highest slices, kinds of haemorrhage and mimics of every head."""
    rows = []
    for head in np.unique(data.head):
        own = data.head == head
        label = 1 if (data.label[own] == 1).any() else 0 if data.bleeds[own][0] == 0 else -1
        score = np.sort(probabilities[own])[-TOP:].mean()
        rows.append((label, score, data.bleeds[own][0], int(np.bitwise_or.reduce(data.mimics[own])), head))
    return [np.array(column) for column in zip(*rows)]


def threshold(labels, scores, specificity):
    """The lowest threshold of two decimals with the wanted specificity."""
    negative = scores[labels == 0]
    reached = [t for t in np.arange(0.05, 0.96, 0.01) if (negative < t).mean() >= specificity]
    return round(float(reached[0]), 2)


def share(count, of):
    return {"count": int(count), "of": int(of)}


def operating_point(labels, scores, at):
    flagged = scores >= at
    return {
        "sensitivity": share(flagged[labels == 1].sum(), (labels == 1).sum()),
        "specificity": share((~flagged[labels == 0]).sum(), (labels == 0).sum()),
    }


def interval(labels, scores, heads, rounds=400):
    """Area under the curve with its 95 % interval: bootstrap over heads."""
    random = np.random.RandomState(1)
    names, own = np.unique(heads), {h: np.flatnonzero(heads == h) for h in np.unique(heads)}
    areas = []
    for _ in range(rounds):
        chosen = np.concatenate([own[h] for h in random.choice(names, len(names))])
        if 0 < labels[chosen].sum() < len(chosen):
            areas.append(auc(labels[chosen], scores[chosen]))
    low, high = np.percentile(areas, [2.5, 97.5])
    return {k: round(float(v), 4) for k, v in [("value", auc(labels, scores)), ("low", low), ("high", high)]}


def conformal(scores):
    """Quantile that a share ALPHA of the calibration cases exceeds; 1 where there are too few."""
    rank = int(np.ceil((len(scores) + 1) * (1 - ALPHA)))
    return round(float(np.sort(scores)[rank - 1]), 4) if rank <= len(scores) else 1.0


def peaks(data, maps, flagged):
    """Of the flagged positive slices: the map's highest cell holds blood; its highest point, enlarged, is blood."""
    cells = data.grid().numpy()
    chosen = np.flatnonzero(flagged & (data.label == 1))
    large = F.interpolate(torch.from_numpy(maps[chosen])[:, None], size=(SIDE, SIDE), mode="bilinear")[:, 0].numpy()
    in_cell = [cells[at].flat[maps[at].argmax()] > 0 for at in chosen]
    in_mask = [data.masks[at].flat[picture.argmax()] >= 128 for at, picture in zip(chosen, large)]
    return chosen, np.array(in_cell), np.array(in_mask)


def has(bits, at):
    return (bits >> at) & 1 == 1


def by_bleed(data, slices, series, cuts, found):
    """Sensitivity by the only haemorrhage of a head."""
    probabilities, (labels, scores, kinds, _, _) = slices, series
    chosen, in_cell, in_mask = found
    result = {}
    for at, name in enumerate(BLEEDS):
        only, lone = data.bleeds == 2**at, kinds == 2**at
        positive = only & (data.label == 1)
        here = only[chosen]
        result[name] = {
            "slices": share((probabilities[positive] >= cuts["slice"]).sum(), positive.sum()),
            "series": share((scores[lone & (labels == 1)] >= cuts["series"]).sum(), (lone & (labels == 1)).sum()),
            "peakCell": share(in_cell[here].sum(), here.sum()),
            "peakPoint": share(in_mask[here].sum(), here.sum()),
        }
    return result


def by_mimic(data, probabilities, series, cuts):
    """Specificity where a mimic is in the slice, or anywhere in a series without haemorrhage."""
    labels, scores, _, kinds, _ = series
    result = {}
    for at, name in enumerate(MIMICS):
        slices = has(data.mimics, at) & (data.label == 0)
        heads = has(kinds, at) & (labels == 0)
        result[name] = {
            "slices": share((probabilities[slices] < cuts["slice"]).sum(), slices.sum()),
            "series": share((scores[heads] < cuts["series"]).sum(), heads.sum()),
        }
    base = (data.height > SKULL_BASE[0]) & (data.height < SKULL_BASE[1]) & (data.label == 0)
    result["partial-volume-of-skull-base"] = {
        "slices": share((probabilities[base] < cuts["slice"]).sum(), base.sum())
    }
    return result


def by_size(data, probabilities, cut):
    """Sensitivity of slices by the area of blood, square millimetres."""
    edges = [(30, 60), (60, 120), (120, 300), (300, 1e9)]
    result = {}
    for low, high in edges:
        own = (data.area >= low) & (data.area < high)
        name = f"{low}-{high}" if high < 1e9 else f"from-{low}"
        result[name] = share((probabilities[own] >= cut).sum(), own.sum())
    return result


def evaluate(net, tune, test):
    tune_logits, _ = logits_and_maps(net, tune.images)
    known = tune.label >= 0
    temperature = fit_temperature(tune.label[known], tune_logits[known])
    tuned = sigmoid(tune_logits / temperature)
    tune_series = by_series(tune, tuned)
    cuts = {
        "slice": threshold(tune.label, tuned, TUNED_SPECIFICITY["slice"]),
        "series": threshold(tune_series[0], tune_series[1], TUNED_SPECIFICITY["series"]),
    }
    logits, maps = logits_and_maps(net, test.images)
    probabilities = sigmoid(logits / temperature)
    series = by_series(test, probabilities)
    known, sure = test.label >= 0, series[0] >= 0
    found = peaks(test, maps, probabilities >= cuts["slice"])
    return {
        "temperature": temperature,
        "thresholds": cuts,
        "top": TOP,
        "conformal": {
            "alpha": ALPHA,
            "positive": conformal(1 - tune_series[1][tune_series[0] == 1]),
            "negative": conformal(tune_series[1][tune_series[0] == 0]),
        },
        "tuning": {
            "series": operating_point(tune_series[0], tune_series[1], cuts["series"]),
            "slice": operating_point(tune.label, tuned, cuts["slice"]),
        },
        "slice": {
            "auc": interval(test.label[known], probabilities[known], test.head[known]),
            **operating_point(test.label, probabilities, cuts["slice"]),
            "undecided": int((~known).sum()),
        },
        "series": {
            "auc": interval(series[0][sure], series[1][sure], series[4][sure]),
            **operating_point(series[0], series[1], cuts["series"]),
            "undecided": int((~sure).sum()),
        },
        "peak": {"cell": share(found[1].sum(), len(found[1])), "point": share(found[2].sum(), len(found[2]))},
        "byBleed": by_bleed(test, probabilities, series, cuts, found),
        "byMimic": by_mimic(test, probabilities, series, cuts),
        "byArea": by_size(test, probabilities, cuts["slice"]),
    }


def export(net, path):
    net.eval()
    names = ["image", "logits", "cam", "embedding"]
    torch.onnx.export(
        net,
        torch.zeros(1, 1, SIDE, SIDE),
        path,
        opset_version=13,
        input_names=names[:1],
        output_names=names[1:],
        dynamic_axes={name: {0: "batch"} for name in names},
    )


def answer_golden(net, golden, temperature, path):
    """PyTorch's own answers, so that another runtime's are checked against them and not against themselves."""
    logits, _ = logits_and_maps(net, golden.images)
    probabilities = sigmoid(logits / temperature)
    cases = [
        {"seed": int(head), "probabilities": [round(float(p), 5) for p in probabilities[golden.head == head]]}
        for head in sorted(set(golden.head))
    ]
    with open(path, "w") as file:
        json.dump(cases, file)


def write_part(data, chosen, out, name):
    data.images[chosen].numpy().astype("<f4").tofile(os.path.join(out, f"{name}.f32"))
    data.label[chosen].astype("<f4").tofile(os.path.join(out, f"{name}.labels.f32"))


def main(data, out):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    part = {name: Data(data, name) for name in ["train-*", "tune*"]}
    net = Net()
    seconds = train(net, part["train-*"], part["tune*"])
    os.makedirs(out, exist_ok=True)
    torch.save(net.state_dict(), os.path.join(out, "weights.pt"))
    export(net, os.path.join(out, "model.onnx"))
    part.update({name: Data(data, name) for name in ["test", "golden"]})
    figures = evaluate(net, part["tune*"], part["test"])
    figures["parameters"] = sum(p.numel() for name, p in net.named_parameters() if not name.startswith("teacher"))
    figures["seconds"] = {"wall": round(seconds), "processor": round(time.process_time())}
    for name, key in [("training", "train-*"), ("tuning", "tune*"), ("test", "test")]:
        heads = len(set(part[key].head))
        figures.setdefault("cases", {})[name] = {"heads": heads, "slices": len(part[key].label)}
    with open(os.path.join(out, "training.json"), "w") as file:
        json.dump(figures, file, indent=2)
        file.write("\n")
    answer_golden(net, part["golden"], figures["temperature"], os.path.join(out, "golden-answers.json"))
    random = np.random.RandomState(2)
    calib = random.choice(np.flatnonzero(part["train-*"].label >= 0), 256, False)
    valid = random.choice(np.flatnonzero(part["tune*"].label >= 0), 1000, False)
    write_part(part["train-*"], np.sort(calib), out, "calib")
    write_part(part["tune*"], np.sort(valid), out, "valid")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
