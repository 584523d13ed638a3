"""Figures as SVG: text stays text, in Korean too, and the same figure gives the same bytes."""

import xml.etree.ElementTree as ET

from fakes.scaling_bundles import load_bundle
from naru.core.scaling import judge_scaling
from naru.core.scaling_plot import plot_of
from naru.edge.plots import SvgPlots
from naru.model.cloud import ScalingLimits
from naru.model.plot import Figure


def figure():
    run, limits = load_bundle("healthy")
    return plot_of(run, judge_scaling(run, ScalingLimits.model_validate(limits)))


def test_a_scaling_figure_is_one_document_whose_words_can_be_searched():
    data = SvgPlots().svg(figure())
    texts = {"".join(node.itertext()) for node in ET.fromstring(data).iter("{http://www.w3.org/2000/svg}text")}
    wanted = {"자동 확장 · Scaling  naver/egov  (fast)  passed", "파드 수 · replicas", "지연 · latency", "메트릭 metric"}
    assert wanted <= {text.strip() for text in texts}
    assert b"<script" not in data
    assert len(data) < 600_000


def test_the_same_figure_gives_the_same_bytes():
    assert SvgPlots().svg(figure()) == SvgPlots().svg(figure())


def test_a_figure_without_any_panel_is_still_a_document():
    assert ET.fromstring(SvgPlots().svg(Figure(title="비어 있음", x_label="s", panels=()))).tag.endswith("svg")
