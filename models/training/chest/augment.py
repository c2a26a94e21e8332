"""Changes training images as acquisition does, never as anatomy doesn't: no mirroring, at most 10 degrees.

Images are float32 [S,S] in [0,1]; `dice` is a numpy Generator; `strength` scales how far and how often (0: not at all).
"""

import io
from math import cos, exp, pi, sin

import numpy as np
from PIL import Image, ImageFilter

from data import percentile_window

# Degrees, log scale, log aspect, shear, shift across and down (1: half the side).
WARP_HIGH = np.array([10, 0.12, 0.12, 0.05, 0.12, 0.12])
WARP_LOW = np.array([-10, -0.16, -0.12, -0.05, -0.12, -0.12])


def resized(image, side):
    """Bilinear, over the area covered when reducing."""
    return np.asarray(Image.fromarray(image).resize((side, side), Image.BILINEAR))


def warp(image, strength, dice):
    """Turns, shifts, scales, stretches (films are squeezed to a square) and shears a little; black comes in."""
    turn, zoom, aspect, shear, *shift = strength * dice.uniform(WARP_LOW, WARP_HIGH)
    angle, scale, aspect, middle = turn * pi / 180, exp(zoom), exp(aspect), len(image) / 2
    a, b = cos(angle) * scale * aspect, -sin(angle) * scale + shear
    d, e = sin(angle) * scale, cos(angle) * scale / aspect
    x, y = middle * (1 + np.array(shift))
    matrix = (a, b, x - (a + b) * middle, d, e, y - (d + e) * middle)
    return np.array(Image.fromarray(image).transform(image.shape, Image.AFFINE, matrix, Image.BILINEAR))


def tone(image, strength, dice):
    """Gamma, an uneven exposure, and the appliance's window with its ends a little off."""
    field = (dice.uniform(-1, 1, (3, 3)) * dice.uniform(0, 0.15 * strength)).astype(np.float32)
    image = image ** np.float32(exp(dice.uniform(-0.4, 0.4) * strength)) + resized(field, len(image))
    low, high = 1 + strength * dice.uniform((-0.8, -4), (4, 0.8))
    return percentile_window(image, low, 98 + high)


def recompress(image, dice):
    """JPEG of a random quality."""
    memory = io.BytesIO()
    Image.fromarray((image * 255 + 0.5).astype(np.uint8)).save(memory, "JPEG", quality=int(dice.integers(35, 96)))
    return np.asarray(Image.open(memory), np.float32) / 255


def soften(image, dice):
    """A detour over fewer pixels."""
    return resized(resized(image, int(len(image) / dice.uniform(1.2, 2.5))), len(image))


def sharpen(image, dice):
    """Edges raised."""
    grey = Image.fromarray((image * 255 + 0.5).astype(np.uint8))
    blurred = np.asarray(grey.filter(ImageFilter.BoxBlur(1)), np.float32) / 255
    return np.clip(image + np.float32(dice.uniform(0.3, 1.5)) * (image - blurred), 0, 1)


def detail(image, strength, dice):
    """Changes the sharpness of half of the images, adds noise to half: sharpness must not give a label away."""
    if dice.random() < 0.5 * strength:
        image = (recompress, soften, sharpen)[dice.integers(3)](image, dice)
    if dice.random() < 0.5 * strength:
        noise = dice.standard_normal(image.shape, np.float32)
        image = np.clip(image + np.float32(dice.uniform(0, 0.05)) * noise, 0, 1)
    return image


def mark(image, strength, dice):
    """Puts a rectangle near an edge of half of the images, as side markers and collimators do."""
    if dice.random() > 0.5 * strength:
        return image
    side = len(image)
    sizes = (side * dice.uniform(0.03, (0.12, 0.15))).astype(int)
    place = dice.random(2)
    place[dice.integers(2)] = dice.uniform(0, 0.12) if dice.random() < 0.5 else dice.uniform(0.88, 1)
    top, left = (place * (side - sizes)).astype(int)
    image = image.copy()
    image[top : top + sizes[0], left : left + sizes[1]] = dice.random()
    return image


def inner(side, share):
    """The slices of what lies within a frame as wide as `share` of the side."""
    edge = max(1, round(side * share))
    return slice(edge, -edge), slice(edge, -edge)


def swap_frame(image, other, dice):
    """The image in the outer frame of another."""
    framed, within = other.copy(), inner(len(image), dice.uniform(0.04, 0.15))
    framed[within] = image[within]
    return framed


def hide_lungs(image, dice):
    """Only the frame of the image."""
    framed = image.copy()
    framed[inner(len(image), dice.uniform(0.08, 0.2))] = dice.random()
    return framed


def blob(side, place, dice):
    """A soft, uneven ellipse about a place (x, y; relative to the side): weights [side,side] in [0,1]."""
    at = (np.arange(side, dtype=np.float32) + 0.5) / side
    dx, dy = at[None] - place[0], at[:, None] - place[1]
    turn, (wide, high) = dice.uniform(0, pi), dice.uniform(0.05, 0.17, 2)
    u, v = dx * cos(turn) + dy * sin(turn), dy * cos(turn) - dx * sin(turn)
    soft = np.exp(-0.5 * ((u / wide) ** 2 + (v / high) ** 2) ** np.float32(dice.uniform(1, 1.8)))
    cells = int(dice.integers(6, 32))
    noise = resized(dice.standard_normal((cells, cells), np.float32), side)
    return np.clip(soft * (1 + np.float32(dice.uniform(0.1, 0.5)) * noise), 0, 1)


def whiten(image, weights, dice):
    """Raises an image towards the brightness of its soft tissue, by weights."""
    tissue = np.quantile(image[::4, ::4], dice.uniform(0.75, 0.93))
    strength = np.float32(dice.uniform(0.35, 0.9))
    return np.clip(image + weights * strength * np.maximum(tissue - image, 0), 0, 1).astype(np.float32)


def inside_lungs(dice):
    """A place in the middle of either lung."""
    x = dice.uniform(0.2, 0.38)
    return (x if dice.random() < 0.5 else 1 - x), dice.uniform(0.3, 0.7)


def outside_lungs(dice):
    """A place in the abdomen, an axilla or the neck."""
    along = dice.uniform(0.1, 0.9)
    below, left = (along, dice.uniform(0.86, 0.98)), (dice.uniform(0, 0.08), along)
    right, above = (dice.uniform(0.92, 1), along), (along, dice.uniform(0, 0.08))
    return (below, left, right, above)[dice.integers(4)]


def draw_opacity(image, choose_place, dice):
    """The image with one drawn opacity, in three of ten cases a second, and their weights [S,S]."""
    covered = np.zeros_like(image)
    for _ in range(1 + (dice.random() < 0.3)):
        weights = blob(len(image), choose_place(dice), dice)
        image, covered = whiten(image, weights, dice), np.maximum(covered, weights)
    return image, covered


def paste(image, label, inside, dice, outside=0.1):
    """Makes some negatives positive by an opacity in a lung; one elsewhere leaves any label as it is.

    Returns the image, its label, and where the opacity is that made the label (weights [S,S]; 0 where none did).
    """
    chance = dice.random()
    if chance < inside and label == 0:
        image, covered = draw_opacity(image, inside_lungs, dice)
        return image, 1.0, covered
    if inside <= chance < inside + outside:
        image, _ = draw_opacity(image, outside_lungs, dice)
    return image, label, np.zeros_like(image)


def place(image, other, swap, strength, dice):
    """An image warped; a share `swap` gets the frame of another."""
    image = warp(image, strength, dice)
    return swap_frame(image, other, dice) if dice.random() < swap else image


def expose(image, strength, dice):
    """An image as other equipment would have taken and stored it."""
    return mark(detail(tone(image, strength, dice), strength, dice), strength, dice)
