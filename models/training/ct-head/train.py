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

from evaluate import auc, evaluate, logits_and_maps, sigmoid

SIDE = 128
GRID = 16
LEAST_BLEED = 30.0
EPOCHS = 11
BATCH = 32
PEAK_LEARNING_RATE = 3e-3
PLACE_WEIGHT = 0.1
CELL_WEIGHT = 15.0
CELL_BALANCE = 3.0


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
