"""What the load balancers of the sandbox lead to, as the machine remembers it."""

import pytest

from fakes.clock import FakeClock
from naru.edge.stand_ins import StandIns
from naru.edge.state_dir import StateDir
from naru.errors import Missing
from naru.model.sandbox import BalancedApp
from steps.test_clouds_up import SANDBOX

APPS = (BalancedApp(namespace="khan", app="egov", service="egov", port=18081), BalancedApp(namespace="t", app="a", service="s", port=18086))


@pytest.fixture
def stand_ins(tmp_path):
    return StandIns(SANDBOX, StateDir(tmp_path), None, FakeClock())


def test_what_a_balancer_leads_to_is_remembered_by_name(stand_ins):
    assert stand_ins.balanced_apps("lb-1") == ()
    stand_ins.keep_balanced_apps("lb-1", APPS)
    assert stand_ins.balanced_apps("lb-1") == APPS
    assert stand_ins.balanced_apps("lb-2") == ()


def test_a_file_that_is_no_such_record_is_named(stand_ins, tmp_path):
    stand_ins.keep_balanced_apps("lb-1", APPS)
    (tmp_path / "balanced" / "lb-1.json").write_text('{"apps": 1}')
    with pytest.raises(Missing, match=r"lb-1\.json is not a valid BalancedApps"):
        stand_ins.balanced_apps("lb-1")
