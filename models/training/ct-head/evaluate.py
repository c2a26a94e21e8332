"""What the head-CT demonstration model is worth: temperature and thresholds of the tuning set, figures of the test set.

Every proportion is given as its counts. A slice with too little blood to say is left out, and counted.
"""

import numpy as np
import torch
import torch.nn.functional as F

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
    large = F.interpolate(torch.from_numpy(maps[chosen])[:, None], size=data.masks.shape[1:], mode="bilinear")[:, 0].numpy()
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
