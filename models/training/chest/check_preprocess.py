"""Compares data.py's preparation with the appliance's models/preprocess.ts.

    python3 check_preprocess.py --data DATA

Draws a few images of each population, lets check-preprocess.ts prepare the same bytes, and prints the largest
difference. Exit codes: 0 within 1e-6; 1 not.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def in_service(grey):
    """What the appliance makes of a grey image uint8 [rows,columns]: float32 [224,224]."""
    with tempfile.TemporaryDirectory() as folder:
        stored, prepared = Path(folder, "stored.u8"), Path(folder, "prepared.f32")
        grey.tofile(stored)
        program = ["node", "scripts/launch.mjs", str(HERE / "check-preprocess.ts")]
        rows, columns = map(str, grey.shape)
        subprocess.run([*program, str(stored), rows, columns, str(prepared)], cwd=ROOT, check=True)
        return np.fromfile(prepared, np.float32).reshape(data.SIDE, data.SIDE)


def difference(grey):
    """The largest difference between the two preparations of an image."""
    return float(np.abs(in_service(grey) - data.prepare(grey)).max())


def examples(root, count=3):
    """A few images of each population, and one whose sides are no multiples of anything."""
    for population, items in data.ITEMS.items():
        chosen = list(items(root))
        for item in chosen[:: len(chosen) // count][:count]:
            yield population, np.asarray(Image.open(item.file).convert("L"))
    yield "odd sides", np.random.default_rng(1).integers(0, 256, (389, 611), np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that holds cxr-kermany and cxr-nih")
    worst = 0.0
    for name, grey in examples(parser.parse_args().data):
        worst = max(worst, difference(grey))
        print(f"{name} {grey.shape}: {worst:.2e}")
    sys.exit(worst > 1e-6)


if __name__ == "__main__":
    main()
