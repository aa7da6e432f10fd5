"""What an analyst changes in a model by hand: a reason kept as it was, taken out, or held within bounds.

An edit names a reason as it is shown to people: a feature (its table, and the table it has with the days to departure)
or two features that matter together (``a*b``). Edits change tables and nothing else. What an edited reason said is not
taken over by another one, as it would be if the feature were left out of learning: that is why one edits. The level is
put right afterwards, by a new calibration.

``freeze``
    The tables of a named release, also when a later release is trained.
``flatten``
    No contribution, whatever the value.
``cap``
    No contribution beyond a limit, up or down. The limit holds for what is shown: table and days to departure together.

A total effect that goes against its direction after an edit is refused, as it is after training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

import numpy as np

from models.directions import Directed, direction_violations
from models.errors import RiskError
from models.terms import Axis, Floats, Group, Indices, Term, Terms, to_grid

Kind = Literal["freeze", "flatten", "cap"]
FREEZE: Final = "freeze"
FLATTEN: Final = "flatten"
CAP: Final = "cap"


class EditError(RiskError):
    """Tables cannot be edited as asked."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change by hand.

    Parameters
    ----------
    kind : {"freeze", "flatten", "cap"}
    term : str
        Code of the reason: ``a`` or ``a*b``.
    reason : str
        Why; never empty.
    by : str
        Who.
    at : str
        When, as ISO 8601.
    limit : float, optional
        Of a cap, in log-odds.
    source, source_until : str, optional
        Of a freeze: the release whose tables are kept, and until when that had learned.

    Raises
    ------
    EditError
        Nobody, no reason, or a cap without a positive limit.
    """

    kind: Kind
    term: str
    reason: str
    by: str
    at: str
    limit: float | None = None
    source: str | None = None
    source_until: str | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.by.strip():
            raise EditError(f"The edit of {self.term} has no reason or nobody who made it; it needs both.")
        if self.kind == CAP and not (self.limit is not None and 0 < self.limit < np.inf):
            raise EditError(f"The cap of {self.term} is {self.limit}; it has to be more than 0 log-odds.")

    def to_json(self) -> dict[str, Any]:
        """For the manifest; without what does not apply."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Edit:
        """Read what `to_json` wrote."""
        return cls(**document)


@dataclass(frozen=True, eq=False)
class Edits:
    """Edits in the order in which they are made.

    Parameters
    ----------
    made : sequence of Edit
    frozen : mapping of code to Terms
        For each frozen reason a model that has its tables.
    """

    made: Sequence[Edit] = ()
    frozen: Mapping[str, Terms] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.made)

    def to_json(self) -> list[dict[str, Any]]:
        """For the manifest."""
        return [edit.to_json() for edit in self.made]

    def then(self, later: Edits) -> Edits:
        """These, and others after them."""
        return Edits((*self.made, *later.made), {**self.frozen, **later.frozen})

    @classmethod
    def kept_in(cls, documents: Iterable[Mapping[str, Any]], terms: Terms) -> Edits:
        """The edits of a release, from its manifest; what was frozen is in its tables."""
        made = tuple(Edit.from_json(document) for document in documents)
        return cls(made, {edit.term: terms for edit in made if edit.kind == FREEZE})


def apply_edits(terms: Terms, edits: Edits, *, strict: bool = True) -> Terms:
    """Tables after the edits.

    Parameters
    ----------
    terms : Terms
    edits : Edits
    strict : bool
        Refuse an edit that finds nothing to change; otherwise it is passed over, as is right for a bag of a model,
        which may lack a pair.

    Raises
    ------
    EditError
        With ``strict``: a reason that is not there, or a cap that is never reached. Always: a frozen feature whose
        levels or place are others here.
    """
    for edit in edits.made:
        group = _group(terms, edit.term)
        kept = edits.frozen.get(edit.term) if edit.kind == FREEZE else None
        if group is None and (kept is None or _group(kept, edit.term) is None):
            if strict:
                raise EditError(
                    f"There is no reason {edit.term!r} to {edit.kind}.",
                    what_to_do=f"There are: {', '.join(g.code for g in terms.groups) or 'none'}.",
                )
            continue
        if edit.kind == FREEZE and kept is not None:
            terms = _frozen(terms, edit.term, kept)
        elif edit.kind == FLATTEN:
            terms = _assembled(terms.base, terms.axes, _others(terms, group), terms.context)
        elif edit.kind == CAP and group is not None and edit.limit is not None:
            terms = _capped(terms, group, float(to_grid(edit.limit)), strict=strict)
    return terms


def check_directions(terms: Terms, features: Iterable[Directed], edits: Edits) -> None:
    """Refuse edits after which a total effect goes against its direction.

    Raises
    ------
    EditError
        Naming the first step that does, and what else has a say in it.
    """
    broken = direction_violations(terms, features)
    if not broken:
        return
    name = broken[0].split(":")[0]
    edited = {_names(edit.term) for edit in edits.made}
    also = [g.code for g in terms.groups if name in g.features and frozenset(g.features) not in edited]
    raise EditError(
        f"After {', '.join(f'{edit.kind} {edit.term}' for edit in edits.made)} {len(broken)} directions are broken, "
        f"first: {broken[0]}.",
        what_to_do=f"Nothing was published. {name} speaks through {', '.join(also)} too: flatten that as well."
        if also
        else "Nothing was published. Flatten it, or leave it as it is.",
    )


def untouched(before: Terms, after: Terms, edits: Edits, X: Floats) -> bool:
    """Whether every reason that was not edited contributes on a block (n, k) what it did before, to the last bit."""
    edited = {_names(edit.term) for edit in edits.made}
    parts = []
    for terms in (before, after):
        found = terms.group_contributions(X)
        parts.append({g.code: found[:, j] for j, g in enumerate(terms.groups) if frozenset(g.features) not in edited})
    ours, theirs = parts
    return (
        before.base == after.base and ours.keys() == theirs.keys() and all((ours[c] == theirs[c]).all() for c in ours)
    )


def _group(terms: Terms, code: str) -> Group | None:
    return next((group for group in terms.groups if frozenset(group.features) == _names(code)), None)


def _names(code: str) -> frozenset[str]:
    return frozenset(code.split("*"))


def _others(terms: Terms, group: Group | None) -> list[Term]:
    inside = set(group.terms) if group else set()
    return [term for i, term in enumerate(terms.terms) if i not in inside]


def _capped(terms: Terms, group: Group, limit: float, *, strict: bool) -> Terms:
    """Clip what the group adds up to in every cell; a clipped total keeps the order it had."""
    main = next((terms.terms[i] for i in group.terms if terms.terms[i].features == group.features), None)
    beside = [terms.terms[i] for i in group.terms if terms.terms[i] is not main]
    if len(beside) > 1:
        raise EditError(f"{group.code} meets more than one context; its sum cannot be capped.")
    name = group.features[0]
    if not beside:
        assert main is not None  # noqa: S101  # nosec B101 # for the type checker: a group has a term
        total = main.values
        made = [Term(main.features, np.clip(total, -limit, limit))]
    else:
        first = beside[0].features[0] == name
        table = beside[0].values if first else beside[0].values.T
        alone = main.values if main is not None else np.zeros(table.shape[0])
        total = alone[:, None] + table
        inside = np.clip(alone, -limit, limit)
        rest = np.clip(total, -limit, limit) - inside[:, None]
        made = [Term((name,), inside), Term(beside[0].features, rest if first else rest.T)]
    largest = float(np.abs(total).max())
    if largest <= limit:
        if strict:
            raise EditError(f"{group.code} never contributes more than {largest:.3f}; a cap of {limit:g} is no change.")
        return terms
    return _assembled(terms.base, terms.axes, [*_others(terms, group), *made], terms.context)


def _frozen(terms: Terms, code: str, kept: Terms) -> Terms:
    """The tables of another model in place of the group's; bins are made fine enough for both."""
    old = _group(kept, code)
    rest = _others(terms, _group(terms, code))
    brought = [kept.terms[i] for i in old.terms] if old else []
    names = {name for term in brought for name in term.features}
    axes = {axis.name: axis for axis in terms.axes}
    theirs = {axis.name: axis for axis in kept.axes if axis.name in names}
    still = {name for term in rest for name in term.features}
    joint = {
        name: _joint(axes[name], axis) if name in axes and name in still else axis for name, axis in theirs.items()
    }
    every = {**axes, **joint}
    made = [_refined(term, axes, every) for term in rest] + [_refined(term, theirs, every) for term in brought]
    return _assembled(terms.base, every.values(), made, terms.context | (kept.context & names))


def _joint(a: Axis, b: Axis) -> Axis:
    if (a.column, a.levels) != (b.column, b.levels):
        raise EditError(f"{a.name} is another feature in the release it is to be frozen from.")
    return a if a.levels else Axis(a.name, a.column, np.union1d(a.cuts, b.cuts))


def _refined(term: Term, before: Mapping[str, Axis], after: Mapping[str, Axis]) -> Term:
    """The same table over finer bins."""
    at = [_old_bins(before[name], after[name]) for name in term.features]
    return Term(term.features, term.values[np.ix_(*at)])


def _old_bins(before: Axis, after: Axis) -> Indices:
    return before.assign(np.array([after.representative(i) for i in range(after.bins)]))


def _assembled(base: float, axes: Iterable[Axis], terms: Iterable[Term], context: Iterable[str]) -> Terms:
    """Tables in their usual order, without axes that nobody uses."""
    made = [term for term in terms if term.values.any()]
    used = {name for term in made for name in term.features}
    kept = sorted((axis for axis in axes if axis.name in used), key=lambda axis: axis.column)
    column = {axis.name: axis.column for axis in kept}
    made.sort(key=lambda term: (len(term.features), [column[name] for name in term.features]))
    return Terms(base=base, axes=kept, terms=made, context=context)
