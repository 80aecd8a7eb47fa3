"""Statistics of agreement on numbers whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from evalverse.calibration.credibility.rank import alpha, auc, interval, over_groups, pairwise, spearman, within

NAN = float("nan")


def test_area_under_roc_counts_ties_half() -> None:
    assert auc(np.array([0.1, 0.2]), np.array([0.3, 0.9])) == 1.0
    assert auc(np.array([0.3, 0.9]), np.array([0.1, 0.2])) == 0.0
    assert auc(np.array([0.5]), np.array([0.5, 0.9])) == 0.75
    assert np.isnan(auc(np.array([]), np.array([0.5])))


def test_area_under_roc_is_that_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    draw = np.random.default_rng(1)
    bad, good = np.round(draw.normal(0, 1, 40), 1), np.round(draw.normal(0.7, 1, 30), 1)
    theirs = metrics.roc_auc_score([0] * 40 + [1] * 30, np.concatenate([bad, good]))
    assert auc(bad, good) == pytest.approx(theirs)


def test_spearman_is_that_of_scipy() -> None:
    from scipy.stats import spearmanr

    draw = np.random.default_rng(2)
    one, other = draw.integers(0, 6, 50).astype(float), draw.integers(0, 6, 50).astype(float)
    assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert np.isnan(spearman(one[:2], other[:2]))


def test_within_groups_what_groups_differ_in_is_gone() -> None:
    group = np.repeat(["a", "b", "c", "d"], 10)
    level = np.repeat([0.0, 10.0, 20.0, 30.0], 10)
    draw = np.random.default_rng(3)
    one, other = level + draw.normal(size=40), level + draw.normal(size=40)
    assert spearman(one, other) > 0.8
    assert abs(within(one, other, group)) < 0.4
    assert within(one, one + 100 * (group == "b"), group) > 0.9


def test_pairs_with_and_without_ties() -> None:
    truth = np.array([1.0, 2.0, 2.0, 3.0])
    perfect = pairwise(truth, truth)
    assert (perfect.all, perfect.decided, perfect.pairs) == (1.0, 1.0, 6)
    never_tied = pairwise(np.array([0.1, 0.2, 0.3, 0.4]), truth)
    assert (never_tied.all, never_tied.decided) == (pytest.approx(5 / 6), 1.0)
    constant = pairwise(np.zeros(4), truth)
    assert (constant.all, constant.decided) == (pytest.approx(1 / 6), 0.5)
    inside = pairwise(truth, truth[::-1], np.array(["a", "a", "b", "b"]))
    assert inside.pairs == 2
    assert inside.all == 0.0
    assert pairwise(truth, truth, np.array(list("abcd"))).pairs == 0


def test_alpha_of_the_published_example() -> None:
    """Krippendorff (2011), section D: ordinal data of four observers, twelve units, missing values: 0.815."""
    ratings = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
            [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
        ]
    ).T
    assert alpha(ratings) == pytest.approx(0.815, abs=5e-4)
    assert np.isnan(alpha(ratings[:, :1]))


def test_intervals_draw_whole_groups() -> None:
    draw = np.random.default_rng(4)
    means = draw.normal(size=12)
    values, group = np.repeat(means, 50), np.repeat(np.arange(12).astype(str), 50)
    low, high = over_groups(lambda chosen, _: float(values[chosen].mean()), group)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * means.std() / np.sqrt(12), rel=0.25)  # as of 12, not of 600 numbers
    assert np.isnan(over_groups(lambda chosen, _: 1.0, np.array(["a", "b"]))[0])
    assert np.isnan(interval(np.array([1.0, NAN, NAN]))[0])
