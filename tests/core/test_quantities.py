"""Kubernetes quantities as numbers."""

import pytest

from naru.core.quantities import cores, plain_quantity


@pytest.mark.parametrize(("text", "value"), [
    ("2", 2), ("1500m", 1.5), ("24683656Ki", 24683656 * 1024), ("2Gi", 2 * 1024**3), ("3k", 3000), ("1.5", 1.5), (".5", 0.5), ("12345678n", 0.012345678),
    ("250u", 0.00025), ("1e3", 1000), ("2E", 2 * 10**18), ("1Ei", 1024**6), ("5e-1", 0.5),
])
def test_a_quantity_is_read_as_a_plain_number(text, value):
    assert float(plain_quantity(text)) == pytest.approx(value)


@pytest.mark.parametrize("text", ["2Xi", "Gi2", "1e", "", ".", "-1", "1 ", "٢", "1ki", "1e999"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match="not a quantity"):
        plain_quantity(text)


@pytest.mark.parametrize(("given", "value"), [("100m", 0.1), ("2", 2.0), (None, 0), ("", 0), ("junk", 0), (2, 2.0)])
def test_cores_that_are_absent_or_unreadable_are_none(given, value):
    assert cores(given) == pytest.approx(value)
