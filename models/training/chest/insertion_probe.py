"""Draws opacities into normal radiographs, only to ask trained models about them.

Unlike the soft ellipses of augment.py on purpose, and used for nothing else: no model is trained with these and no
choice is made by them. A consolidation is fractal noise cut off at a level within a third of a lung that was found in
the image itself, with air bronchograms; streaks spread from the hilum.
"""

import numpy as np
from scipy import ndimage


def smoothed(image, sigma):
    return ndimage.gaussian_filter(image, sigma)


def within_body(shape):
    """The middle of a frontal chest image, where lungs lie."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] / shape[0]
    return (rows > 0.12) & (rows < 0.85) & (columns > 0.1) & (columns < 0.9)


def typical_lungs(shape, size=1.0):
    """Two ellipses where the lungs of a frontal image lie."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] / shape[0]
    return [((columns - x) / 0.15) ** 2 + ((rows - 0.46) / 0.3) ** 2 < size**2 for x in (0.3, 0.7)]


def lung_near(dark, usual):
    """The largest dark region about the usual place of a lung; the usual lung where that is too small to be one."""
    regions, count = ndimage.label(dark)
    sizes = ndimage.sum(usual, regions, range(1, count + 1)) if count else [0]
    if max(sizes) < 0.03 * dark.size:
        return usual
    return ndimage.binary_fill_holes(ndimage.binary_closing(regions == 1 + np.argmax(sizes), iterations=4))


def air(middle):
    """What is black from the edge of the image inwards, and a little more: beside the patient, not in the lungs."""
    regions, _ = ndimage.label(middle < 0.15)
    edge = np.unique(np.r_[regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    return ndimage.binary_dilation(np.isin(regions, edge[edge > 0]), iterations=9)


def lungs(image):
    """Masks of the two lungs of an image [S,S]: what is darker than most of the chest, but not the air around it."""
    middle, usual = smoothed(image, 3), typical_lungs(image.shape)
    level = np.median(middle[usual[0] | usual[1]]) + 0.06
    dark = ndimage.binary_opening((middle < level) & ~air(middle), iterations=2)
    surroundings = typical_lungs(image.shape, 1.25)
    return [lung_near(dark & near, own & ~air(middle)) for own, near in zip(usual, surroundings)]


def fractal(side, slope, dice):
    """Noise with a spectrum of 1/f^slope, mean 0, standard deviation 1."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = 1
    spectrum = np.fft.fft2(dice.standard_normal((side, side))) / frequency**slope
    spectrum[0, 0] = 0
    noise = np.fft.ifft2(spectrum).real
    return noise / noise.std()


def zone(lung, dice):
    """How much each row belongs to the upper, middle or lower third of a lung: weights [S,1] without an edge."""
    rows = np.flatnonzero(lung.any(1))
    height = rows[-1] + 1 - rows[0]
    centre = rows[0] + height * (0.5 + dice.integers(3)) / 3
    return np.exp(-(((np.arange(len(lung)) - centre) / (0.22 * height)) ** 2))[:, None]


def hilum(lung):
    """A place (row, column) beside the middle of the chest at half height of a lung."""
    rows, columns = np.nonzero(lung)
    middle = lung.shape[1] / 2
    return rows.mean(), columns[np.argsort(abs(columns - middle))[: max(1, len(columns) // 20)]].mean()


def line(shape, start, angle, length, dice):
    """A thin, slightly winding line: 1 on it, 0 elsewhere."""
    drawn, (row, column) = np.zeros(shape), start
    for _ in range(int(length)):
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            break
        drawn[int(row), int(column)] = 1
        angle += dice.normal(0, 0.12)
        row, column = row + np.sin(angle), column + np.cos(angle)
    return drawn


def spread(lung, count, length, dice):
    """Lines that leave the hilum towards the lung."""
    start, target = hilum(lung), ndimage.center_of_mass(lung)
    outwards = 0 if target[1] > start[1] else np.pi
    angles = outwards + dice.uniform(-1.3, 1.3, count)
    return np.max([line(lung.shape, start, a, dice.uniform(0.3, 1) * length, dice) for a in angles], axis=0)


def consolidation(lung, dice):
    """Weights of a ragged patch about a third of a lung, with darker airways in it."""
    noise = fractal(len(lung), dice.uniform(1.3, 1.9), dice) + 3 * zone(lung, dice)
    patch = lung & (noise > np.quantile(noise[lung], dice.uniform(0.6, 0.85)))
    weights = smoothed(patch.astype(float), dice.uniform(1.2, 2.5)) * (1 + 0.15 * fractal(len(lung), 1, dice))
    airways = smoothed(spread(lung, 5, 0.35 * len(lung), dice), 0.8)
    return np.clip(weights * (1 - 0.5 * airways / max(airways.max(), 1e-9)), 0, 1)


def streaks(lung, dice):
    """Weights of interstitial streaks through a lung."""
    drawn = smoothed(spread(lung, 14, 0.4 * len(lung), dice), 0.7) * lung
    return np.clip(drawn / max(drawn.max(), 1e-9), 0, 1)


def insert(image, dice):
    """The image with a consolidation and streaks in one lung, and the mask of the consolidation."""
    lung = lungs(image)[dice.integers(2)]
    patch = consolidation(lung, dice)
    tissue = np.quantile(image[within_body(image.shape)], dice.uniform(0.7, 0.9))
    weights = np.maximum(patch * dice.uniform(0.5, 0.85), streaks(lung, dice) * dice.uniform(0.15, 0.35))
    changed = image + weights * np.maximum(tissue - image, 0)
    return np.clip(changed, 0, 1).astype(np.float32), patch > 0.4
