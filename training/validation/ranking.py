"""Who would be looked at, given how many can be.

Ties and abstentions have a stated place. Rows with the same score share the places left to them equally, as if they
stood in the queue in any order with equal chance: figures are the mean over all orders, so no figure depends on how a
file happens to be sorted. A row without a score comes last, after every row that has one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.terms import Floats, Indices


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rows in the order in which they would be looked at, within each queue.

    Attributes
    ----------
    order : ndarray of intp, shape (n,)
        Rows, queue by queue, the most urgent first.
    block : ndarray of intp, shape (n,)
        Of each place in ``order``, the number of its block of equal scores.
    queue_of_block : ndarray of intp, shape (blocks,)
    queues : int
    """

    order: Indices
    block: Indices
    queue_of_block: Indices
    queues: int

    @classmethod
    def of(cls, score: Floats, *, queue: npt.NDArray[np.generic] | None = None) -> Ranking:
        """Rank scores.

        Parameters
        ----------
        score : ndarray of float64, shape (n,)
            The higher, the earlier; NaN is an abstention.
        queue : ndarray, shape (n,), optional
            Name of the queue each row stands in, such as its office; one queue if not given.
        """
        at = np.zeros(score.size, dtype=np.intp)
        if queue is not None:
            at = np.asarray(np.unique(queue, return_inverse=True)[1], dtype=np.intp)
        value = np.where(np.isnan(score), -np.inf, score)
        order = np.lexsort((np.isnan(score), -value, at))
        new = np.ones(order.size, dtype=np.bool_)
        abstains = np.isnan(score)[order]
        same = (at[order][1:] == at[order][:-1]) & (value[order][1:] == value[order][:-1])
        new[1:] = ~(same & (abstains[1:] == abstains[:-1]))
        block = np.cumsum(new) - 1
        return cls(order, block, at[order][new], int(at.max(initial=-1)) + 1)

    def chosen(self, capacity: float, *, mass: Floats | None = None) -> Floats:
        """How much of each row is looked at.

        Parameters
        ----------
        capacity : float
            Share of each queue that can be looked at, 0 to 1.
        mass : ndarray of float64, shape (n,), optional
            How many cases each row stands for; one if not given.

        Returns
        -------
        ndarray of float64, shape (n,)
            0 to 1; between them where a block of equal scores does not fit whole.
        """
        mass = np.ones(self.order.size) if mass is None else mass
        blocks = self.queue_of_block.size
        by_block = np.bincount(self.block, weights=mass[self.order], minlength=blocks)
        by_queue = np.bincount(self.queue_of_block, weights=by_block, minlength=self.queues)
        before_queue = np.concatenate([[0.0], np.cumsum(by_queue)[:-1]])
        before = np.concatenate([[0.0], np.cumsum(by_block)[:-1]]) - before_queue[self.queue_of_block]
        room = np.maximum(capacity * by_queue[self.queue_of_block] - before, 0.0)
        share = np.divide(room, by_block, out=np.zeros(blocks), where=by_block > 0)
        out = np.empty(self.order.size)
        out[self.order] = np.minimum(share, 1.0)[self.block]
        return out

    def average_precision(self, label: Floats, weight: Floats) -> float:
        """Area under the curve of precision over recall, by steps.

        Parameters
        ----------
        label, weight : ndarray of float64, shape (n,)
            0 or 1; cases each row stands for.

        Returns
        -------
        float
            NaN without a positive.

        Raises
        ------
        ValueError
            When there is more than one queue: scores of different queues have no common order.
        """
        if self.queues > 1:
            raise ValueError("the area under the curve is that of one queue")
        blocks = self.queue_of_block.size
        mass = np.bincount(self.block, weights=weight[self.order], minlength=blocks)
        hits = np.bincount(self.block, weights=(weight * label)[self.order], minlength=blocks)
        total = hits.sum()
        if total <= 0:
            return float("nan")
        reached, good = np.cumsum(mass), np.cumsum(hits)
        precision = np.divide(good, reached, out=np.zeros(blocks), where=reached > 0)
        return float((precision * hits).sum() / total)
