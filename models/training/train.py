"""Trains the demonstration model on phantoms and exports it to ONNX.

    python3 train.py DATA OUT

DATA holds what make-data.ts has written: images and labels of train-*, tune, test and golden, and golden.json.
OUT receives model.onnx, training.json (figures of the held-out test set, thresholds from the tuning set) and
golden.json (the golden cases with this network's answers).
Needs PyTorch 1.13 or newer and numpy; runs on the CPU with two threads and fixed seeds.
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

FINDINGS = ["pneumothorax", "pleural-effusion", "nodule"]
SIDE = 96
EPOCHS = 10
BATCH = 32
PEAK_LEARNING_RATE = 3e-3
TUNED_SPECIFICITY = 0.98
LOWEST_THRESHOLD = 0.1
GOLDEN_TOLERANCE = 0.005


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
            Block(width, width, 1),
            Block(width, 2 * width, 2),
            Block(2 * width, 4 * width, 2),
            Block(4 * width, 6 * width, 1),
        )
        self.head = nn.Conv2d(6 * width, len(FINDINGS), 1)

    def forward(self, image):
        features = self.features(image)
        cam = self.head(features)
        return cam.mean((2, 3)), cam, features.mean((2, 3))


def load(folder, pattern):
    names = sorted(glob.glob(os.path.join(folder, pattern + ".images.f32")))
    images = [np.fromfile(name, "<f4").reshape(-1, 1, SIDE, SIDE) for name in names]
    labels = [
        np.fromfile(name.replace(".images.", ".labels."), "<f4").reshape(-1, len(FINDINGS))
        for name in names
    ]
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(labels))


def predict(net, images):
    """Probabilities, in evaluation mode."""
    net.eval()
    with torch.no_grad():
        return torch.cat([torch.sigmoid(net(part)[0]) for part in images.split(100)]).numpy()


def auc(labels, scores):
    """Area under the ROC curve: the Mann-Whitney statistic, ties counted as half."""
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    below = np.searchsorted(negative, positive, "left")
    equal = np.searchsorted(negative, positive, "right") - below
    return float((below + 0.5 * equal).sum() / (len(positive) * len(negative)))


def each(function, labels, scores):
    return {name: function(labels[:, k], scores[:, k]) for k, name in enumerate(FINDINGS)}


def threshold(labels, scores):
    """The lowest threshold of two decimals that reaches the wanted specificity."""
    candidates = np.arange(LOWEST_THRESHOLD, 0.96, 0.01)
    negative = scores[labels == 0]
    reached = [t for t in candidates if (negative < t).mean() >= TUNED_SPECIFICITY]
    return round(float(reached[0]), 2)


def operating_point(labels, scores, at):
    flagged = scores >= at
    return {
        "sensitivity": round(float(flagged[labels == 1].mean()), 4),
        "specificity": round(float((~flagged[labels == 0]).mean()), 4),
        "positives": int((labels == 1).sum()),
        "negatives": int((labels == 0).sum()),
    }


def train_epoch(net, images, labels, optimizer, schedule):
    net.train()
    order = torch.randperm(len(images))
    total = 0.0
    for start in range(0, len(images) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        batch = images[chosen]
        if torch.rand(1) < 0.5:
            batch = batch.flip(3)
        loss = F.binary_cross_entropy_with_logits(net(batch)[0], labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
    return total / (len(images) // BATCH)


def train(net, images, labels, tune):
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, PEAK_LEARNING_RATE, total_steps=steps, pct_start=0.15
    )
    start = time.time()
    for epoch in range(EPOCHS):
        loss = train_epoch(net, images, labels, optimizer, schedule)
        areas = each(auc, tune[1].numpy(), predict(net, tune[0]))
        print(epoch, round(loss, 4), areas, f"{time.time() - start:.0f} s", flush=True)
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


def evaluate(net, tune, test):
    thresholds = each(threshold, tune[1].numpy(), predict(net, tune[0]))
    labels, scores = test[1].numpy(), predict(net, test[0])
    points = {
        name: operating_point(labels[:, k], scores[:, k], thresholds[name])
        for k, name in enumerate(FINDINGS)
    }
    areas = {name: round(area, 4) for name, area in each(auc, labels, scores).items()}
    return {"thresholds": thresholds, "auc": areas, "operatingPoints": points, "cases": len(labels)}


def answer_golden(net, data, out):
    """PyTorch's own answers, so that another runtime's are checked against them and not against themselves."""
    with open(os.path.join(data, "golden.json")) as file:
        phantoms = json.load(file)
    answers = predict(net, load(data, "golden")[0])
    cases = [
        {
            "phantom": phantom,
            "probabilities": {name: round(float(p), 5) for name, p in zip(FINDINGS, answer)},
        }
        for phantom, answer in zip(phantoms, answers)
    ]
    with open(os.path.join(out, "golden.json"), "w") as file:
        json.dump({"tolerance": GOLDEN_TOLERANCE, "cases": cases}, file, indent=2)
        file.write("\n")


def main(data, out):
    torch.manual_seed(1)
    torch.set_num_threads(2)
    images, labels = load(data, "train-*")
    tune, test = load(data, "tune"), load(data, "test")
    net = Net()
    seconds = train(net, images, labels, tune)
    os.makedirs(out, exist_ok=True)
    export(net, os.path.join(out, "model.onnx"))
    answer_golden(net, data, out)
    figures = evaluate(net, tune, test)
    figures["parameters"] = sum(p.numel() for p in net.parameters())
    figures["trainingCases"] = len(images)
    figures["seconds"] = round(seconds)
    with open(os.path.join(out, "training.json"), "w") as file:
        json.dump(figures, file, indent=2)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:3])
