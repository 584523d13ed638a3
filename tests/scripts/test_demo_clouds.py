"""`./naru demo` beside products of one's own: only the sample's clouds are brought up."""

import pytest

from naru.commands import demo
from naru.errors import OutsideDown
from naru.wiring.config import load_product


def test_the_demo_brings_up_the_clouds_of_its_own_product_and_no_others(monkeypatch):
    asked = []

    def up(names, role, console):
        asked.append((tuple(names), role))
        raise OutsideDown("stopped here")

    monkeypatch.setattr(demo, "up", up)
    with pytest.raises(OutsideDown):
        demo.demo()
    assert asked == [(load_product(demo.PRODUCT).clouds, None)]
