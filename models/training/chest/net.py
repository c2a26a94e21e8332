"""The network of the chest models: a small residual network with an exact class activation map."""

import torch
import torch.nn.functional as F
from torch import nn

MULTIPLES = (1, 2, 4, 8)


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
    """Image [B,1,224,224] in [0,1] -> logits [B,1], cam [B,1,h,w], embedding [B,8*width].

    The 1x1 convolution stands before the mean, so that mean(cam) is the logit: the map is exact, not an estimate.
    `last_stride` 1 gives a map of 14x14, 2 one of 7x7; the weights have the same shapes.
    """

    def __init__(self, width=16, last_stride=1, dropout=0.1):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 5, 2, 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
        sizes = [width * multiple for multiple in MULTIPLES]
        strides = (1, 2, 2, last_stride)
        inputs = [width] + sizes[:-1]
        self.body = nn.Sequential(*(Block(*shape) for shape in zip(inputs, sizes, strides)))
        self.dropout = nn.Dropout2d(dropout)
        self.head = nn.Conv2d(sizes[-1], 1, 1)

    def forward(self, x):
        features = self.body(self.stem(x))
        cam = self.head(self.dropout(features))
        return cam.mean((2, 3)), cam, features.mean((2, 3))


def load(weights, last_stride=1):
    """The network of a state dict, ready to answer. Its width is read off the first kernel."""
    net = Net(len(weights["stem.0.weight"]), last_stride)
    net.load_state_dict(weights)
    return net.eval()


@torch.no_grad()
def answer(net, images, batch=64):
    """Logits [n], cams [n,h,w] and embeddings [n,D] of float images [n,224,224]."""
    parts = [net(images[i : i + batch, None]) for i in range(0, len(images), batch)]
    logits, cams, embeddings = (torch.cat(column) for column in zip(*parts))
    return logits[:, 0], cams[:, 0], embeddings
