"""A release's own estimator as LightGBM's text, so that ``pred_contrib`` explains the very model that our tables are.

Trees of all bags stand in one model, their leaves divided by the number of bags; what the context says by itself, which
is no part of a score, is taken out by one tree more. Thresholds are in the features' own units, so no codes have to be
worked out: a split sends to the left what does not exceed a cut, and what is missing to where its code would go.

Sums agree with the estimator's own but for the order of adding. Values must be legal: an unknown level of a category,
or an infinity, is for the estimator something else than for LightGBM.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.terms import Floats
from training.engines.additive import Estimator
from training.engines.binning import Binning

FAR = 1e300
"""Beyond any value; LightGBM does not read infinities."""
SMALL = 1e-30
"""LightGBM takes what is much smaller for nought."""
MISSING_RIGHT, MISSING_LEFT = 8, 10
"""LightGBM's kinds of decision: a number, where NaN is missing and goes to one side."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A split and its children: numbers of splits, or ``-1 - leaf``."""

    feature: int
    threshold: float
    kind: int
    count: int
    left: int = 0
    right: int = 0


@dataclass(kw_only=True)
class Tree:
    """Splits, the root first, and of each leaf its value and rows of training."""

    splits: list[Split] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def text(self, number: int) -> str:
        """The block of a model's text."""
        lines: dict[str, Iterable[object]] = {
            "split_feature": (split.feature for split in self.splits),
            "split_gain": (0 for _ in self.splits),
            "threshold": (repr(split.threshold) for split in self.splits),
            "decision_type": (split.kind for split in self.splits),
            "left_child": (split.left for split in self.splits),
            "right_child": (split.right for split in self.splits),
            "leaf_value": map(repr, self.values),
            "leaf_weight": self.counts,
            "leaf_count": self.counts,
            "internal_value": (0 for _ in self.splits),
            "internal_weight": (split.count for split in self.splits),
            "internal_count": (split.count for split in self.splits),
        }
        head = f"Tree={number}\nnum_leaves={len(self.values)}\nnum_cat=0\n"
        body = "".join(f"{name}={' '.join(map(str, row))}\n" for name, row in lines.items())
        return f"{head}{body}is_linear=0\nshrinkage=1\n\n\n"


def as_lightgbm(estimator: Estimator) -> str:
    """LightGBM's text of an estimator; its features are those of the estimator, in its order, under their names."""
    binning, bags = estimator.binning, len(estimator.models)
    base = sum(float(np.ravel(model._baseline_prediction)[0]) for model in estimator.models) / bags  # noqa: SLF001
    trees = []
    for model in estimator.models:
        for stage in model._predictors:  # noqa: SLF001  (there is no public way to the trees)
            nodes = stage[0].nodes
            if nodes["is_leaf"][0]:
                base += float(nodes["value"][0]) / bags
            else:
                trees.append(_converted(nodes, binning, bags))
    trees += [_chain(binning, position, level) for position, level in estimator.levels.items()]
    if not trees:
        raise ValueError("a model without a split explains nothing")
    trees[0].values = [value + base for value in trees[0].values]
    return _model(trees, [spec.name for spec in binning.specs])


def probes(estimator: Estimator, *, rows: int) -> Floats:
    """Legal rows that show a wrong conversion: on and beside every cut, every level, missing; shape (rows, k)."""
    specs, axes = estimator.binning.specs, estimator.binning.axes
    drawn = np.random.default_rng(1)
    x = np.full((rows, 1 + max(spec.column for spec in specs)), np.nan)
    for spec, axis in zip(specs, axes, strict=True):
        step = np.maximum(np.spacing(np.abs(axis.cuts)), SMALL)
        values = np.concatenate([axis.cuts, axis.cuts - step, axis.cuts + step, [-1e9, 0.0, 1e9]])
        choice = np.append(np.arange(spec.levels, dtype=np.float64) if spec.levels else values, np.nan)
        x[:, spec.column] = drawn.choice(choice, rows)
    return x


def _converted(nodes: np.ndarray, binning: Binning, bags: int) -> Tree:
    tree = Tree()

    def add(number: int) -> int:
        node = nodes[number]
        if node["is_leaf"]:
            tree.values.append(float(node["value"]) / bags)
            tree.counts.append(int(node["count"]))
            return -len(tree.values)
        at = len(tree.splits)
        feature, count = int(node["feature_idx"]), int(node["count"])
        threshold, kind = _decision(binning, feature, float(node["num_threshold"]))
        tree.splits.append(Split(feature=feature, threshold=threshold, kind=kind, count=count))
        left, right = add(int(node["left"])), add(int(node["right"]))
        tree.splits[at] = replace(tree.splits[at], left=left, right=right)
        return at

    add(0)
    return tree


def _decision(binning: Binning, feature: int, limit: float) -> tuple[float, int]:
    """The threshold in a feature's units for a limit of codes, and the side of what is missing."""
    spec, axis = binning.specs[feature], binning.axes[feature]
    edges = np.arange(spec.levels - 1) + 0.5 if spec.levels else axis.cuts
    last = int(np.floor(limit))  # the last code to the left
    kind = MISSING_LEFT if binning.codes_of_bins(feature)[axis.missing] <= limit else MISSING_RIGHT
    return (-FAR if last < 0 else FAR if last >= len(edges) else float(edges[last])), kind


def _chain(binning: Binning, feature: int, level: np.ndarray) -> Tree:
    """Minus the level of each bin of a feature: one leaf a bin, the missing one last."""
    codes = binning.codes_of_bins(feature)
    order = np.argsort(codes)
    limits = (codes[order][:-1] + codes[order][1:]) / 2
    tree = Tree(values=[-float(level[bin_]) for bin_ in order], counts=[1] * len(order))
    for number, limit in enumerate(limits):
        threshold, kind = _decision(binning, feature, float(limit))
        last = number == len(limits) - 1
        tree.splits.append(
            Split(
                feature=feature, threshold=threshold, kind=kind, count=len(order) - number,
                left=-1 - number, right=-2 - number if last else number + 1,
            )
        )  # fmt: skip
    return tree


def _model(trees: Sequence[Tree], names: Sequence[str]) -> str:
    blocks = [tree.text(number) for number, tree in enumerate(trees)]
    head = [
        "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0",
        f"max_feature_idx={len(names) - 1}", "objective=binary sigmoid:1", f"feature_names={' '.join(names)}",
        f"feature_infos={' '.join('[-1e300:1e300]' for _ in names)}",
        f"tree_sizes={' '.join(str(len(block.encode())) for block in blocks)}",
    ]  # fmt: skip
    return "\n".join(head) + "\n\n" + "".join(blocks) + "end of trees\n"
