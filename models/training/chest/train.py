"""Trains one member of a chest model.

    python3 train.py --data DATA --population child --fold 0 --out RUN

Of the training part of the population, one inner fold is kept back to choose the epoch by; the validation part is
not touched. Writes RUN.pt (weights, averaged over the last steps) and RUN.json (arguments, every epoch, minutes).
One thread, fixed seeds.
"""

import argparse
import copy
import json
import time

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score

import data
import net as network
from augment import expose, hide_lungs, paste, place

SMOOTHING = 0.02


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--data", required=True, help="folder that holds cxr-kermany and cxr-nih")
    add("--population", choices=["child", "adult", "both"], required=True)
    add("--out", required=True, help="path of the run, without ending")
    add("--fold", type=int, default=0, help="inner fold that the epoch is chosen by (0)")
    add("--folds", type=int, default=6, help="number of inner folds (6)")
    add("--seed", type=int, default=1, help="seed of weights and augmentation (1)")
    add("--epochs", type=int, default=10, help="length of the schedule (10)")
    add("--rate", type=float, default=3e-3, help="peak learning rate (0.003)")
    add("--width", type=int, default=16, help="channels of the first stage (16)")
    add("--last-stride", type=int, default=1, choices=[1, 2], help="1: map of 14x14; 2: 7x7 (1)")
    add("--start", help="weights to start from (.pt)")
    add("--paste", type=float, default=0.2, help="share of negatives that get a drawn opacity (0.2)")
    add("--locate", type=float, default=0.1, help="weight of the loss on where drawn opacities are seen (0.1)")
    add("--swap", type=float, default=0.3, help="share of images that get another's frame (0.3)")
    add("--hide", type=float, default=0.05, help="share of images that keep only their frame (0.05)")
    add("--strength", type=float, default=1, help="how strongly images are changed (1)")
    add("--mixup", type=float, default=0, help="alpha of mixup, 0 for none (0)")
    add("--dropout", type=float, default=0.1, help="share of the last features dropped (0.1)")
    add("--average", type=float, default=0.99, help="decay of the average of the weights (0.99)")
    add("--adult-repeats", type=int, default=3, help="with both: how often an adult is seen in an epoch (3)")
    add("--patience", type=int, default=100, help="epochs without gain before stopping (100)")
    return parser.parse_args()


class Source:
    """One population: images as bytes [n,224,224], labels and class weights [n], and the inner fold to choose by."""

    def __init__(self, options, population):
        train, _ = data.parts(options.data, population)
        learn, choose = data.fold(train, options.fold, options.folds)
        self.images = torch.from_numpy((data.read_all(learn) * 255 + 0.5).astype(np.uint8))
        self.labels = torch.from_numpy(data.labels(learn))
        self.kept = torch.from_numpy(data.read_all(choose)), data.labels(choose)
        # Weights per population: were they shared, the population would predict the label.
        share = self.labels.mean()
        self.weights = 0.5 / torch.stack([1 - share, share])


def join(sources, repeats):
    """All images, labels, class weights [n,2] and the indices that make one epoch."""
    images = torch.cat([source.images for source in sources])
    known = torch.cat([source.labels for source in sources])
    weights = torch.cat([source.weights.expand(len(source.labels), 2) for source in sources])
    counts = torch.cat([torch.full((len(s.labels),), r) for s, r in zip(sources, repeats)])
    return images, known, weights, torch.repeat_interleave(torch.arange(len(known)), counts)


def figures(net, kept):
    """AUC and class-balanced log loss on images kept back, and their sum to choose an epoch by."""
    images, known = kept
    logits = network.answer(net, images)[0].numpy()
    loss = np.logaddexp(0, np.where(known > 0, -logits, logits))
    loss = (loss[known > 0].mean() + loss[known == 0].mean()) / 2
    auc = roc_auc_score(known, logits)
    return {"auc": round(float(auc), 4), "loss": round(float(loss), 4), "rank": float(1 - auc + 0.05 * loss)}


def prepare_image(options, image, other, label, dice):
    """An augmented image, its label after pasting, its target and where a pasted opacity is."""
    image = place(image, other, options.swap, options.strength, dice)
    image, label, covered = paste(image, label, options.paste, dice)
    image, target = expose(image, options.strength, dice), label * (1 - 2 * SMOOTHING) + SMOOTHING
    if dice.random() < options.hide:
        # Nothing can be known about the lungs of an image that shows none.
        image, target, covered = hide_lungs(image, dice), 0.5, np.zeros_like(image)
    return image, np.float32(label), np.float32(target), covered


def prepare_batch(options, images, known, dice):
    """Images float32 [B,1,S,S], labels [B], targets [B] and places of pasted opacities [B,1,S,S]."""
    images = [image.astype(np.float32) / 255 for image in images.numpy()]
    rows = zip(images, images[::-1], known.tolist())
    columns = zip(*(prepare_image(options, *row, dice) for row in rows))
    images, labels, targets, covered = (torch.from_numpy(np.stack(column)) for column in columns)
    return images[:, None], labels, targets, covered[:, None]


def place_loss(cams, covered):
    """How little of the map's weight lies on the opacities that were pasted; 0 in a batch without any."""
    cells = F.adaptive_avg_pool2d(covered, cams.shape[2:]).flatten(1) > 0.3
    has = cells.any(1)
    if not has.any():
        return 0.0
    shares = F.log_softmax(cams.flatten(1)[has], 1).masked_fill(~cells[has], -1e4)
    return -shares.logsumexp(1).mean()


def batch_loss(net, options, images, known, weights, dice):
    """The loss of one batch of byte images after augmentation."""
    images, known, targets, covered = prepare_batch(options, images, known, dice)
    weights = weights.gather(1, known.long()[:, None])[:, 0]
    if options.mixup:
        images, targets = mix(images, targets, options.mixup, dice)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits, cams, _ = net(images.contiguous(memory_format=torch.channels_last))
    each = F.binary_cross_entropy_with_logits(logits.float()[:, 0], targets, reduction="none")
    return (each * weights).mean() + options.locate * place_loss(cams.float(), covered)


def mix(images, targets, alpha, dice):
    """Mixes every image and its target with those of another of the batch."""
    share, other = float(dice.beta(alpha, alpha)), torch.randperm(len(images))
    return [share * each + (1 - share) * each[other] for each in (images, targets)]


@torch.no_grad()
def follow(average, net, decay):
    """Moves the averaged weights towards the current ones."""
    for kept, now in zip(average.state_dict().values(), net.state_dict().values()):
        if kept.dtype.is_floating_point:
            kept.mul_(decay).add_(now, alpha=1 - decay)
        else:
            kept.copy_(now)


class Trainer:
    """The network, its average, the optimiser and the schedule (one cycle) of a run."""

    def __init__(self, options, steps):
        self.options, self.step = options, 0
        self.dice = np.random.default_rng(options.seed)
        self.net = network.Net(options.width, options.last_stride, options.dropout)
        if options.start:
            self.net.load_state_dict(torch.load(options.start))
        self.net = self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.optimiser = torch.optim.AdamW(self.net.parameters(), options.rate, weight_decay=1e-2)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, options.rate, total_steps=steps + 1, pct_start=0.2
        )

    def learn(self, *batch):
        """One step; returns its loss."""
        loss = batch_loss(self.net, self.options, *batch, self.dice)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.schedule.step()
        self.step += 1
        follow(self.average, self.net, min(self.options.average, (1 + self.step) / (10 + self.step)))
        return loss.item()


def run_epoch(trainer, images, known, weights, epoch, batch=32):
    """Trains on every image once, in a new order; returns the mean loss."""
    trainer.net.train()
    order = epoch[torch.randperm(len(epoch))].split(batch)
    full = [at for at in order if len(at) == batch]
    return float(np.mean([trainer.learn(images[at], known[at], weights[at]) for at in full]))


def train(options, sources):
    """Runs the schedule; returns the best weights, their epoch and the history."""
    repeats = [options.adult_repeats if at else 1 for at in range(len(sources))]
    images, known, weights, epoch = join(sources, repeats)
    trainer = Trainer(options, options.epochs * (len(epoch) // 32))
    best, history = None, []
    for number in range(options.epochs):
        row = {"epoch": number, "trainLoss": run_epoch(trainer, images, known, weights, epoch)}
        row["kept"] = [figures(trainer.average, source.kept) for source in sources]
        history.append(row)
        print(json.dumps(row), flush=True)
        rank = sum(each["rank"] for each in row["kept"])
        if best is None or rank < best[0]:
            best = rank, copy.deepcopy(trainer.average.state_dict()), number
        if number - best[2] >= options.patience:
            break
    return best[1], best[2], history


def main():
    options = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    begun = time.time()
    populations = ["child", "adult"] if options.population == "both" else [options.population]
    sources = [Source(options, population) for population in populations]
    best, epoch, history = train(options, sources)
    torch.save({name: value.contiguous() for name, value in best.items()}, options.out + ".pt")
    minutes = round((time.time() - begun) / 60, 2)
    facts = {"options": vars(options), "epoch": epoch, "minutes": minutes, "history": history}
    json.dump(facts, open(options.out + ".json", "w"), indent=1)
    print(f"{options.out}: epoch {epoch}, {history[epoch]}, {minutes} minutes")


if __name__ == "__main__":
    main()
