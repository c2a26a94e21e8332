"""Exports the members of a chest model to ONNX, and the arrays that packing and quantising need.

    python3 export.py --data DATA --population child --out OUT RUN...

RUN is a path of train.py without ending. OUT holds the training.json of figures.py, and receives member-1.onnx and so on; beside OUT, calib-POPULATION.f32 (256
training images as the network sees them, float32 [n,1,224,224]), valid-POPULATION.f32 with the validation part in
the order of scores.csv, and valid-POPULATION-labels.f32. The arrays are patients' images: they must not be published.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch

import data
import net as network

OUTPUTS = ("logits", "cam", "embedding")


def member(run, offset=0.0):
    """The trained network of a run, with an offset added to every logit and so to every place of its map."""
    options, weights = json.load(open(run + ".json"))["options"], torch.load(run + ".pt")
    weights["head.bias"] = weights["head.bias"] + offset
    return network.load(weights, options["last_stride"])


def write_onnx(net, path):
    """Writes the network with a free batch size, and has the file checked."""
    axes = {name: {0: "batch"} for name in ("image", *OUTPUTS)}
    example = torch.zeros(1, 1, data.SIDE, data.SIDE)
    names = {"input_names": ["image"], "output_names": list(OUTPUTS)}
    torch.onnx.export(net, example, str(path), opset_version=13, dynamic_axes=axes, **names)
    onnx.checker.check_model(onnx.load(str(path)))


def map_error(net, images):
    """The largest difference between a logit and the mean of its map: rounding, nothing more."""
    logits, cams, _ = network.answer(net, images)
    return float((cams.mean((1, 2)) - logits).abs().max())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that holds cxr-kermany and cxr-nih")
    parser.add_argument("--population", choices=["child", "adult"], required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the members")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="path of a run without ending")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not (options.out / "training.json").is_file():
        parser.error(f"{options.out} holds no training.json: run figures.py first")
    train, validation = data.parts(options.data, options.population)
    chosen = np.sort(np.random.default_rng(1).choice(len(train), min(256, len(train)), replace=False))
    calibration, images = (data.read_all(part) for part in ([train[at] for at in chosen], validation))
    beside = lambda name: options.out.parent / f"{name}.f32"
    calibration.tofile(beside(f"calib-{options.population}"))
    images.tofile(beside(f"valid-{options.population}"))
    data.labels(validation).tofile(beside(f"valid-{options.population}-labels"))
    offset = json.loads((options.out / "training.json").read_text()).get("offset", 0.0)
    for number, net in enumerate([member(run, offset) for run in options.runs], 1):
        write_onnx(net, options.out / f"member-{number}.onnx")
        print(f"member-{number}: mean(cam) differs from the logit by {map_error(net, torch.from_numpy(images)):.1e}")


if __name__ == "__main__":
    main()
