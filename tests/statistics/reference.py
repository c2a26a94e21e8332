"""Figures of the sample cases by scikit-learn, SciPy and statsmodels: one "name value" a line.

Usage: reference.py CASES.csv               every figure of the sample cases
       reference.py MARKERS.csv NAME ...    areas alone, of the named columns
"""

import csv
import sys

import numpy as np
import statsmodels.api as sm
from scipy import optimize, special, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

Z = stats.norm.ppf(0.975)
THRESHOLD = 0.5


def emit(name, value):
    print(name, repr(float(value)))


def emit_all(name, values):
    for at, value in enumerate(values):
        emit(f"{name}.{at}", value)


def emit_estimate(name, value, low, high):
    emit(name, value)
    emit(f"{name}.low", low)
    emit(f"{name}.high", high)


def areas(y, scores):
    for name, values in scores.items():
        emit(f"auc.{name}", metrics.roc_auc_score(y, values))
        emit(f"ap.{name}", metrics.average_precision_score(y, values))


def curves(y, s):
    x, y_roc, _ = metrics.roc_curve(y, s, drop_intermediate=False)
    emit_all("roc.x", x)
    emit_all("roc.y", y_roc)
    precision, recall, _ = metrics.precision_recall_curve(y, s)
    emit_all("pr.x", recall[:-1][::-1])
    emit_all("pr.y", precision[:-1][::-1])


def proportions():
    for k, n in [(95, 100), (0, 17), (9990, 10000)]:
        for name, method in [("clopper", "beta"), ("wilson", "wilson")]:
            low, high = proportion_confint(k, n, method=method)
            # statsmodels leaves rounding, or NaN, where nothing was hit.
            emit(f"{name}.{k}/{n}.low", 0 if k == 0 else low)
            emit(f"{name}.{k}/{n}.high", high)


def calibration(y, s):
    emit("brier", metrics.brier_score_loss(y, s))
    observed, said = calibration_curve(y, s, n_bins=10, strategy="quantile")
    emit_all("bin.said", said)
    emit_all("bin.observed", observed)
    edges = np.percentile(s, np.linspace(0, 100, 11))
    index = np.searchsorted(edges[1:-1], s)
    parts = [s[index == b].size * abs(s[index == b].mean() - y[index == b].mean())
             for b in np.unique(index)]
    emit("ece", sum(parts) / y.size)
    logits = np.log(s / (1 - s))
    line = sm.Logit(y, sm.add_constant(logits)).fit(disp=0, tol=1e-14, method="newton")
    for name, at in [("intercept", 0), ("slope", 1)]:
        emit_estimate(name, line.params[at], *line.conf_int()[at])
    large = sm.GLM(y, np.ones((y.size, 1)), family=sm.families.Binomial(), offset=logits)
    fit = large.fit(tol=1e-14)
    emit_estimate("large", fit.params[0], *fit.conf_int()[0])
    loss = lambda inverse: np.mean(np.logaddexp(0, np.where(y == 1, -1, 1) * inverse * logits))
    slope = lambda inverse: np.mean((1 / (1 + np.exp(-inverse * logits)) - y) * logits)
    near = optimize.minimize_scalar(loss, bounds=(0.01, 100), method="bounded").x
    emit("temperature", 1 / optimize.brentq(slope, near / 2, near * 2, xtol=1e-15))


def clustered_covariance(y, one, other, patients):
    """Obuchowski 1997, equations by brute force over all pairs."""

    def placements(s):
        wins = (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])
        return wins.mean(), wins.mean(axis=1), wins.mean(axis=0)

    m, n = (y == 1).sum(), (y == 0).sum()
    names = np.unique(patients)

    def sums(s):
        area, of_positives, of_negatives = placements(s)
        positive = [(of_positives - area)[patients[y == 1] == name].sum() for name in names]
        negative = [(of_negatives - area)[patients[y == 0] == name].sum() for name in names]
        return np.array(positive), np.array(negative)

    has = np.array([[(y[patients == name] == label).any() for name in names] for label in (1, 0)])
    both = (has[0] & has[1]).sum()
    (p1, n1), (p2, n2) = sums(one), sums(other)
    s10 = has[0].sum() / ((has[0].sum() - 1) * m) * (p1 * p2).sum()
    s01 = has[1].sum() / ((has[1].sum() - 1) * n) * (n1 * n2).sum()
    s11 = both / (both - 1) * ((p1 * n2).sum() + (n1 * p2).sum())
    return s10 / m + s01 / n + s11 / (m * n)


def tango(only_first, only_second, cases):
    """Limits of the score interval, the restricted likelihood being maximised numerically."""
    estimate = (only_second - only_first) / cases
    same = cases - only_first - only_second

    def statistic(difference):
        def loss(first):
            second, rest = first + difference, 1 - 2 * first - difference
            return -(only_first * np.log(first) + only_second * np.log(second)
                     + same * np.log(rest))

        def slope(first):
            second, rest = first + difference, 1 - 2 * first - difference
            return only_first / first + only_second / second - 2 * same / rest

        low, high = max(0, -difference) + 1e-13, (1 - difference) / 2 - 1e-13
        first = optimize.brentq(slope, low, high, xtol=1e-16, rtol=1e-15)
        near = optimize.minimize_scalar(loss, bounds=(low, high), method="bounded").x
        assert abs(near - first) < 1e-4
        variance = (2 * first + difference - difference**2) / cases
        return (estimate - difference) / np.sqrt(variance)

    limit = lambda z, a, b: optimize.brentq(lambda d: statistic(d) - z, a, b, xtol=1e-14)
    return estimate, limit(Z, -0.9, estimate), limit(-Z, estimate, 0.9)


def pairs(y, one, other):
    for label in (0, 1):
        first = (one >= THRESHOLD)[y == label] == label
        second = (other >= THRESHOLD)[y == label] == label
        b, c = (first & ~second).sum(), (second & ~first).sum()
        mcnemar_figures(f"mcnemar.{label}", b, c)
        emit_estimate(f"difference.{label}", *tango(b, c, first.size))
    mcnemar_figures("mcnemar.10/25", 10, 25)


def mcnemar_figures(name, b, c):
    table = [[0, b], [c, 0]]
    emit(name, mcnemar(table, exact=True).pvalue)
    emit(f"{name}.approximate", mcnemar(table, exact=False, correction=True).pvalue)


def agreement(readers):
    table = [[((readers[:, 0] == i) & (readers[:, 1] == j)).sum() for j in (0, 1)] for i in (0, 1)]
    result = cohens_kappa(np.array(table))
    emit_estimate("cohen", result.kappa, result.kappa_low, result.kappa_upp)
    counts = np.stack([(readers == label).sum(axis=1) for label in (0, 1)], axis=1)
    emit("fleiss", fleiss_kappa(counts))


def predictive(y, flags, prevalence):
    """Mercaldo, Lau and Zhou 2007, adjusted logit interval."""
    add = Z**2 / 2
    tp, fn = (flags & (y == 1)).sum(), (~flags & (y == 1)).sum()
    fp, tn = (flags & (y == 0)).sum(), (~flags & (y == 0)).sum()
    se, sp = tp / (tp + fn), tn / (tn + fp)
    ppv = se * prevalence / (se * prevalence + (1 - sp) * (1 - prevalence))
    npv = sp * (1 - prevalence) / ((1 - se) * prevalence + sp * (1 - prevalence))
    n1, n0 = tp + fn + 2 * add, tn + fp + 2 * add
    se, sp = (tp + add) / n1, (tn + add) / n0
    logit_ppv = np.log(se * prevalence / ((1 - sp) * (1 - prevalence)))
    logit_npv = np.log(sp * (1 - prevalence) / ((1 - se) * prevalence))
    half_ppv = Z * np.sqrt((1 - se) / se / n1 + sp / (1 - sp) / n0)
    half_npv = Z * np.sqrt(se / (1 - se) / n1 + (1 - sp) / sp / n0)
    expit = lambda x: 1 / (1 + np.exp(-x))
    emit_estimate("ppv", ppv, expit(logit_ppv - half_ppv), expit(logit_ppv + half_ppv))
    emit_estimate("npv", npv, expit(logit_npv - half_npv), expit(logit_npv + half_npv))


def weighted_share(hits, weights):
    """Hajek's estimate with Wilson's interval of the smaller effective number of cases."""
    share = np.average(hits, weights=weights)
    kish = weights.sum() ** 2 / (weights**2).sum()
    variance = (weights**2 * (hits - share) ** 2).sum() / weights.sum() ** 2
    effective = min(hits.size, kish, share * (1 - share) / variance)
    low, high = proportion_confint(share * effective, effective, method="wilson")
    return np.array([share, low, high]), effective


def share_of_sum(part, rest):
    """Donner and Zou 2012, the defining equation of the ratio's limits solved numerically."""
    (a, low_a, high_a), (b, low_b, high_b) = part, rest

    def limit(b_limit, a_limit, start, end):
        def distance(r):
            return (b - r * a) ** 2 - (b - b_limit) ** 2 - (r * (a_limit - a)) ** 2

        return optimize.brentq(distance, start, end, xtol=1e-16, rtol=1e-15)

    ratio = b / a
    most, least = limit(high_b, low_a, ratio, 1000 * ratio), limit(low_b, high_a, 0, ratio)
    return 1 / (1 + ratio), 1 / (1 + most), 1 / (1 + least)


def audit(y, flags):
    """Exams with a flag are all verified, the others with unequal weights, for 900 and 2100 exams."""
    weights = 1.0 + np.arange(y.size) % 7
    flagged, _ = weighted_share(y[flags], np.ones(flags.sum()))
    unflagged, effective = weighted_share(y[~flags], weights[~flags])
    emit_estimate("audit.unflagged", *unflagged)
    emit("audit.effective", effective)
    emit_estimate("audit.sensitivity", *share_of_sum(900 * flagged, 2100 * unflagged))
    right, wrong = 1 - unflagged[[0, 2, 1]], 1 - flagged[[0, 2, 1]]
    emit_estimate("audit.specificity", *share_of_sum(2100 * right, 900 * wrong))


def divergence(one, other):
    # Ten bins and one of absent values. Not np.histogram: rounding moves its edges, and the scores lie on them.
    bins = lambda values: np.bincount(np.floor(values * 10).astype(int), minlength=11)
    expected, met = bins(one) + 0.5, bins(other) + 0.5
    emit("psi", stats.entropy(expected, met) + stats.entropy(met, expected))
    lower = lambda values: np.floor(values * 10)
    for name, some in [("all", other), ("few", other[:40])]:
        distance = stats.ks_2samp(lower(one), lower(some)).statistic
        emit(f"ks.{name}", distance)
        number = one.size * some.size / (one.size + some.size)
        emit(f"ks.{name}.p", special.kolmogorov(distance * np.sqrt(number)))
    emit_all("kolmogorov", special.kolmogorov([0.15, 0.3, 0.6, 0.99, 1, 1.5, 3, 5]))


def run_lengths():
    """Mean time to absorption of the chart of misses, in thousands: +13 for a miss, -1 for a hit."""
    for limit in (56, 74, 93):
        for rate in (0.05, 0.08, 0.1, 0.15, 0.2):
            chain = np.zeros((limit, limit))
            for value in range(limit):
                chain[value, max(0, value - 1)] += 1 - rate
                if value + 13 < limit:
                    chain[value, value + 13] += rate
            lengths = np.linalg.solve(np.eye(limit) - chain, np.ones(limit))
            emit(f"run.{limit}.{rate}", lengths[0] / 1000)


def read_columns(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    return rows, lambda name: np.array([float(row[name]) for row in rows])


def areas_of(path, names):
    _, column = read_columns(path)
    areas(column("label").astype(int), {name: column(name) for name in names})


def everything_of(path):
    rows, column = read_columns(path)
    y, first, second = column("label").astype(int), column("first"), column("second")
    patients = np.array([row["patient"] for row in rows])
    readers = np.stack([column(f"reader{n}") for n in (1, 2, 3)], axis=1)
    areas(y, {"first": first, "second": second})
    emit("clustered.var", clustered_covariance(y, first, first, patients))
    emit("clustered.cov", clustered_covariance(y, first, second, patients))
    curves(y, first)
    proportions()
    calibration(y, first)
    pairs(y, first, second)
    emit_all("holm", multipletests([0.01, 0.04, 0.03, 0.005, 0.8], method="holm")[1])
    agreement(readers)
    predictive(y, first >= THRESHOLD, 0.05)
    emit("dice", metrics.f1_score(y, first >= THRESHOLD))
    emit("iou", metrics.jaccard_score(y, first >= THRESHOLD))
    silent = second > 0.6
    table = [[(silent & (y == label)).sum() for label in (1, 0)],
             [(~silent & (y == label)).sum() for label in (1, 0)]]
    emit("enrichment", stats.fisher_exact(table, alternative="greater")[1])
    emit("quantile", np.percentile(first, 12.3))
    rank = np.ceil((y.size + 1) * 0.93)
    emit("conformal", np.quantile(first, rank / y.size, method="inverted_cdf"))
    audit(y, first >= THRESHOLD)
    divergence(first, second)
    run_lengths()


if len(sys.argv) > 2:
    areas_of(sys.argv[1], sys.argv[2:])
else:
    everything_of(sys.argv[1])
