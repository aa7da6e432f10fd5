"""Tables in a file: ``terms.npz``, plain numbers and names, no pickles, the same bytes for the same tables."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Mapping

import numpy as np

from models.terms import Axis, Floats, Term, Terms

FORMAT = 1
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ARRAYS = (
    "format", "base", "context", "axis_names", "axis_levels", "axis_cut_counts", "axis_cuts", "term_first",
    "term_second", "values",
)  # fmt: skip


def write_terms(terms: Terms) -> bytes:
    """The content of ``terms.npz``.

    The archive is stored uncompressed with fixed time stamps and a fixed order, so that equal tables give equal bytes
    whatever the machine's compression library.
    """
    position = {axis.name: i for i, axis in enumerate(terms.axes)}
    first = [position[term.features[0]] for term in terms.terms]
    second = [position[term.features[1]] if len(term.features) == 2 else -1 for term in terms.terms]
    arrays: dict[str, np.ndarray] = {
        "format": np.array(FORMAT, dtype="<i8"),
        "base": np.array(terms.base, dtype="<f8"),
        "context": np.array(sorted(terms.context), dtype=np.str_),
        "axis_names": np.array([axis.name for axis in terms.axes], dtype=np.str_),
        "axis_levels": np.array([axis.levels for axis in terms.axes], dtype="<i8"),
        "axis_cut_counts": np.array([axis.cuts.size for axis in terms.axes], dtype="<i8"),
        "axis_cuts": _joined([axis.cuts for axis in terms.axes]),
        "term_first": np.array(first, dtype="<i8"),
        "term_second": np.array(second, dtype="<i8"),
        "values": _joined([term.values.ravel() for term in terms.terms]),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_STORED) as archive:
        for name in _ARRAYS:
            member = io.BytesIO()
            np.lib.format.write_array(member, arrays[name], version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=_EPOCH)
            info.external_attr = 0o644 << 16
            archive.writestr(info, member.getvalue())
    return buffer.getvalue()


def read_terms(content: bytes, index: Mapping[str, int]) -> Terms:
    """Tables from the content of ``terms.npz``.

    Parameters
    ----------
    content : bytes
        Verified beforehand; checked here once more for form.
    index : mapping
        Column of each feature in the blocks to be scored.

    Raises
    ------
    ValueError
        When the content is no such file, or of a later format, or its tables contradict themselves.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if "format" not in archive or int(archive["format"]) != FORMAT:
                raise ValueError("terms.npz is of a format this version does not know")
            arrays = {name: archive[name] for name in _ARRAYS}
        axes = [
            Axis(str(name), index[str(name)], cuts, int(levels))
            for name, levels, cuts in zip(
                arrays["axis_names"],
                arrays["axis_levels"],
                _split(arrays["axis_cuts"], arrays["axis_cut_counts"].tolist()),
                strict=True,
            )
        ]
        shapes: list[tuple[int, ...]] = []
        names: list[tuple[str, ...]] = []
        for first, second in zip(arrays["term_first"].tolist(), arrays["term_second"].tolist(), strict=True):
            members = [axes[first]] if second < 0 else [axes[first], axes[second]]
            shapes.append(tuple(axis.bins for axis in members))
            names.append(tuple(axis.name for axis in members))
        parts = _split(arrays["values"], [int(np.prod(shape)) for shape in shapes])
        terms = [Term(n, part.reshape(shape)) for n, part, shape in zip(names, parts, shapes, strict=True)]
        context = [str(name) for name in arrays["context"]]
        return Terms(base=float(arrays["base"]), axes=axes, terms=terms, context=context)
    except (KeyError, IndexError, OSError, EOFError, zipfile.BadZipFile, TypeError) as error:
        raise ValueError(f"terms.npz is damaged or incomplete ({error})") from error


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts]).astype("<f8")


def _split(values: Floats, counts: list[int]) -> list[Floats]:
    if values.ndim != 1 or sum(counts) != values.size or any(count < 0 for count in counts):
        raise ValueError("terms.npz: lengths do not add up")
    ends = np.cumsum([0, *counts])
    return [values[a:b] for a, b in itertools.pairwise(ends)]
