"""Figures of merit: AUC with its intervals, operating points, calibration."""

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import norm, rankdata


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, np.float64)))


def auc(known, scores):
    """The share of pairs (positive, negative) that the scores put in the right order; ties count half."""
    known = np.asarray(known) > 0
    positives, negatives = known.sum(), (~known).sum()
    ranks = rankdata(scores)[known].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def delong(known, scores, level=0.95):
    """AUC and its interval after DeLong, on the logit scale, so that it stays within 0..1."""
    known, scores = np.asarray(known) > 0, np.asarray(scores, np.float64)
    value, (x, y) = auc(known, scores), (scores[known], scores[~known])
    all_ranks = rankdata(np.r_[x, y])
    of_x = (all_ranks[: len(x)] - rankdata(x)) / len(y)
    of_y = 1 - (all_ranks[len(x) :] - rankdata(y)) / len(x)
    variance = of_x.var(ddof=1) / len(x) + of_y.var(ddof=1) / len(y)
    if variance == 0 or value in (0, 1):
        return value, value, value
    half = norm.ppf((1 + level) / 2) * np.sqrt(variance) / (value * (1 - value))
    return (value, *(float(sigmoid(np.log(value / (1 - value)) + way * half)) for way in (-1, 1)))


def bootstrap(known, scores, patients, draws=1000, seed=1):
    """The interval of the AUC when whole patients are drawn again."""
    dice, names = np.random.default_rng(seed), np.unique(patients)
    of = {name: np.flatnonzero(patients == name) for name in names}
    values = []
    for _ in range(draws):
        at = np.concatenate([of[name] for name in dice.choice(names, len(names))])
        if 0 < known[at].sum() < len(at):
            values.append(auc(known[at], scores[at]))
    return [float(edge) for edge in np.quantile(values, [0.025, 0.975])]


def by_patient(known, scores, patients):
    """Label (largest) and score (mean) of every patient."""
    names = np.unique(patients)
    pick = [patients == name for name in names]
    return np.array([known[at].max() for at in pick]), np.array([scores[at].mean() for at in pick])


def at_sensitivity(known, scores, share):
    """The highest threshold (alarm at or above) that finds at least this share of the positives."""
    positives = np.sort(scores[known > 0])[::-1]
    return float(positives[int(np.ceil(share * len(positives))) - 1])


def at_specificity(known, scores, share):
    """The lowest threshold that leaves at least this share of the negatives alone."""
    negatives = np.sort(scores[known == 0])
    above = scores[scores > negatives[int(np.ceil(share * len(negatives))) - 1]]
    return float(above.min()) if len(above) else float(scores.max())


def wilson(hits, count):
    """A share and its 95 % interval after Wilson."""
    z, p = 1.959964, hits / count
    middle, half = p + z * z / (2 * count), z * np.sqrt(p * (1 - p) / count + z * z / (4 * count**2))
    return [float(p), *(float((middle + way * half) / (1 + z * z / count)) for way in (-1, 1))]


def operating_point(known, scores, threshold):
    """Sensitivity and specificity with intervals, alarm at or above the threshold."""
    alarm = scores >= threshold
    return {
        "sensitivity": wilson(int(alarm[known > 0].sum()), int((known > 0).sum())),
        "specificity": wilson(int((~alarm)[known == 0].sum()), int((known == 0).sum())),
    }


def log_loss(known, logits):
    return float(np.logaddexp(0, np.where(known > 0, -logits, logits)).mean())


def temperature(known, logits):
    """What logits are to be divided by for the smallest log loss."""
    found = minimize_scalar(lambda t: log_loss(known, logits / np.exp(t)), bounds=(-4, 4), method="bounded")
    return float(np.exp(found.x))


def offset(known, logits):
    """What is to be added to logits, beside dividing by a temperature, for the smallest log loss."""
    loss = lambda at: log_loss(known, (logits + at[0]) / np.exp(at[1]))
    return float(minimize(loss, [0.0, 0.0], method="Nelder-Mead").x[0])


def calibration_error(known, probabilities, bins=10):
    """Expected calibration error over bins of equal width."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [abs((probabilities - known)[place == at].sum()) for at in range(bins)]
    return float(sum(gaps) / len(known))


def summary(known, scores, patients):
    """AUC per image and per patient with intervals."""
    value, low, high = delong(known, scores)
    patient_low, patient_high = bootstrap(known, scores, patients)
    per_patient = delong(*by_patient(known, scores, patients))
    return {
        "n": len(known),
        "positives": int(known.sum()),
        "patients": len(np.unique(patients)),
        "auc": value,
        "aucLow": low,
        "aucHigh": high,
        "aucPatientBootstrap": [patient_low, patient_high],
        "aucPerPatient": per_patient,
    }
