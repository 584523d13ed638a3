"""`init` against fakes: a cluster that is only listed, files that are written once, and nothing at all after a refusal."""

import pytest

from fakes.clock import FakeClock
from fakes.init_app import SECRET, VERSION, FakeCluster, as_served, autoscaler, deployment, request, service
from fakes.overlays import AnySchema
from naru.core.init_found import SourceFile
from naru.core.safe_yaml import load_plain
from naru.core.yaml_text import yaml_text
from naru.errors import Judged, Missing
from naru.steps.effects import Effects
from naru.steps.init_config import READ, Ports, cluster_sources, init_config


class Files:
    def __init__(self, **there):
        self.data = dict(there)

    def there(self, paths):
        return {path: self.data[path] for path in paths if path in self.data}

    def write_new(self, path, data):
        assert path not in self.data
        self.data[path] = data


class Renderer:
    """Gives what it was told, for every cloud."""

    version = "v5"

    def __init__(self, *objects):
        self.rendered = "---\n".join(map(yaml_text, objects)).encode()

    def render_tree(self, tree, folders):
        return dict.fromkeys(folders, self.rendered)


class Quiet:
    def __init__(self):
        self.entries = []

    def append(self, entry):
        self.entries.append(entry)

    def task(self, title, total=None):
        from contextlib import nullcontext

        return nullcontext()

    def line(self, text):
        return None

    detail = line


def ports(files, *rendered, schemas=None):
    log = Quiet()
    return Ports(files=files, renderer=Renderer(*rendered), schemas=schemas or AnySchema(), stand_in_version=VERSION, others=(),
                 effects=Effects(log, FakeClock(), stage="init"), progress=log)


def stateful():
    found = as_served({**deployment("book", "registry.example.com/team/book:1"), "kind": "StatefulSet"})
    found["spec"] |= {"serviceName": "book", "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {}}]}
    return found


def claim(name):
    return as_served({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": {"volumeName": "pv"}})


def names(sources):
    return [source.path for source in sources]


def test_a_cluster_is_listed_kind_by_kind_and_its_secrets_are_never_asked_for():
    cluster = FakeCluster(stateful(), as_served(service("book", "book")))
    assert names(cluster_sources(cluster, "shop")) == ["statefulset-book.yaml", "service-book.yaml"]
    assert cluster.asked == [(version, kind, "shop") for version, kind in READ]
    assert "Secret" not in {kind for _, kind in READ}


def test_claims_that_a_stateful_set_made_stay_with_it_and_others_are_taken():
    cluster = FakeCluster(stateful(), claim("data-book-0"), claim("data-book-11"), claim("data-book-x"), claim("photos"))
    assert names(cluster_sources(cluster, "shop")) == ["statefulset-book.yaml", "persistentvolumeclaim-data-book-x.yaml",
                                                       "persistentvolumeclaim-photos.yaml"]


def test_an_empty_namespace_is_told():
    with pytest.raises(Missing, match="has nothing in the namespace shop"):
        cluster_sources(FakeCluster(), "shop")


def test_what_a_cluster_answered_is_written_without_what_the_server_owns():
    files = Files()
    cluster = FakeCluster(as_served(deployment()), as_served(service()), as_served(autoscaler()))
    asked = request("naver", name="shop", namespace="shop")
    outcome = init_config(ports(files), asked, cluster_sources(cluster, "shop"))
    assert outcome.changed
    written = load_plain(files.data["overlays/shop-base/deployment-shop.yaml"], "it")
    assert written["metadata"] == {"name": "shop"}
    assert written["spec"].keys() == {"selector", "template"}, "the number of replicas is the autoscaler's"
    for word in (SECRET, "resourceVersion", "clusterIP", "nodePort", "managedFields"):
        assert word not in b"\n".join(files.data.values()).decode()


def sources():
    return tuple(SourceFile(f"{obj['kind'].lower()}.yaml", (obj,)) for obj in (deployment(), service()))


def test_a_run_that_was_cut_off_is_finished_by_the_same_command():
    files = Files()
    first = init_config(ports(files), request("naver", name="shop"), sources())
    whole = dict(files.data)
    half = Files(**dict(list(whole.items())[:3]))
    again = init_config(ports(half), request("naver", name="shop"), sources())
    assert (half.data, again.plain["files"]) == (whole, first.plain["files"][3:])
    assert not init_config(ports(half), request("naver", name="shop"), sources()).changed


def test_a_file_of_somebody_else_stops_it_before_anything_is_written():
    files = Files(**{"overlays/shop-naver/cloud.yaml": b"name: theirs\n"})
    with pytest.raises(Judged, match="nothing was written"):
        init_config(ports(files), request("naver", name="shop"), sources())
    assert len(files.data) == 1


def test_what_no_cloud_could_run_is_refused_before_anything_is_written():
    files = Files()
    tagged = deployment(image="registry.example.com/team/shop:1.0")
    with pytest.raises(Missing, match="names no digest"):
        init_config(ports(files, tagged), request("naver", name="shop"), sources())
    assert files.data == {}


def test_weaknesses_of_the_rendered_overlay_are_told_once_for_all_clouds():
    image = "registry.example.com/team/shop@sha256:" + "1" * 64
    outcome = init_config(ports(Files(), deployment(image=image), service()), request("naver", "ktcloud", name="shop"), sources())
    assert sum("no readiness probe" in note for note in outcome.plain["notes"]) == 1
    assert "no readiness probe" in outcome.sentence


def test_a_plan_writes_nothing_and_tells_the_text_of_every_file():
    files = Files()
    outcome = init_config(ports(files), request("naver", name="shop"), sources(), plan_only=True)
    assert (files.data, outcome.changed) == ({}, False)
    assert outcome.plain["content"].keys() == set(outcome.plain["files"])


def test_each_file_written_stands_in_the_log():
    files = Files()
    open_ports = ports(files)
    init_config(open_ports, request("naver", name="shop"), sources())
    assert [entry["target"] for entry in open_ports.progress.entries if entry["what"] == "done"] == list(files.data)
