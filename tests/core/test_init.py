"""`init` in pure form: what is taken over, what is dropped, what is guessed, what is marked, and what is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.init_app import SECRET, as_served, autoscaler, deployment, found, guestbook_files, plain, plan, request, service
from naru.core.config_file import parse_config
from naru.core.init_check import parsed_product, tried
from naru.core.init_clean import cleaned
from naru.core.init_cloud import port_blocks
from naru.core.init_marks import MARK, as_planned, marks_in
from naru.core.init_plan import standing
from naru.core.init_request import NewApp, checked, clouds_from, markers_from
from naru.core.release_names import names_from_parameters, names_from_tag
from naru.core.yaml_text import yaml_documents
from naru.errors import Judged, Malformed, Missing, NaruError
from naru.model.cloud import CloudConfig

NAVER = "overlays/guestbook-naver"


def texts(*objects):
    return {"app.yaml": yaml_documents(list(objects))}


def cloud_of(plan_, folder):
    path = f"overlays/{folder}/cloud.yaml"
    return parse_config(plan_.files[path], CloudConfig, path)


def everything(plan_):
    return b"\n".join(plan_.files.values()).decode()


# -- the guest book: a StatefulSet in another language ----------------------------------------------------------------


def test_the_guest_books_files_pass_the_parsers_and_take_a_release():
    plan_ = plan()
    product = parsed_product("guestbook", plan_.files, plan_.cloud_names)
    clouds, patched = tried(plan_, plan_.files)
    assert [cloud.name for cloud in clouds] == list(product.clouds) == ["guestbook-naver", "guestbook-ktcloud"]
    assert {len(patch.changes) for patch in patched.patches.values()} == {3}


def test_a_tag_of_the_written_product_reads_back_as_its_parameters():
    plan_ = plan(lines=("1.0", "2.1.beta"))
    product = parsed_product("guestbook", plan_.files, plan_.cloud_names)
    names = names_from_parameters(product, {"RELEASE_LINE": "2.1.beta", "BUILD_NUMBER": "7"})
    assert (names.version, names.tag) == ("2.1.beta.7", "guestbook-2.1.beta-7")
    assert names_from_tag(product, names.tag) == names


def test_a_file_that_needs_no_change_keeps_its_bytes_and_comments():
    files = guestbook_files()
    plan_ = plan(files)
    assert plan_.files["overlays/guestbook-base/guestbook.yaml"] == files["guestbook.yaml"]


def test_a_headless_service_gets_one_for_users_beside_it():
    home = plain(plan(), "overlays/guestbook-base/home-service.yaml")
    assert home["spec"] == {"type": "LoadBalancer", "selector": {"app": "guestbook"}, "ports": [{"name": "http", "port": 8000}]}


def test_config_says_that_scaling_is_not_proven_on_a_stateful_set():
    plan_ = plan()
    assert "# Fail-over is proven on this app, rollout on all. Scaling is not proven: guestbook is a StatefulSet" in everything(plan_)
    assert any("Scaling is not proven" in note for note in plan_.notes)


def test_of_a_secret_only_its_name_and_keys_are_taken():
    plan_ = plan()
    assert SECRET not in everything(plan_) + " ".join(plan_.notes)
    secrets = {secret.name: secret.values for secret in cloud_of(plan_, "guestbook-naver").stand_in.secrets}
    assert secrets == {"guestbook-admin": {"password": "sandbox-only"}, "registry-login": {}}


def test_claims_without_a_class_get_a_default_one_in_the_stand_in():
    classes = cloud_of(plan(), "guestbook-naver").stand_in.storage_classes
    assert [(item.name, item.default) for item in classes] == [("standard", True)]


def test_the_app_is_told_its_release_and_pod_beside_what_it_is_told_already():
    operations = plain(plan(), "overlays/guestbook-base/tell-guestbook.yaml")
    assert [operation["path"].rpartition("containers/0")[2] for operation in operations] == ["/envFrom/-", "/env/-"]
    bare = plan(texts(deployment(), service()), name="shop")
    paths = [operation["path"] for operation in plain(bare, "overlays/shop-base/tell-shop.yaml")]
    assert paths == ["/spec/template/spec/containers/0/envFrom", "/spec/template/spec/containers/0/env"]


def test_a_pod_name_that_the_app_sets_itself_stays():
    own = {"env": [{"name": "POD_NAME", "value": "mine"}]}
    plan_ = plan(texts(deployment(container=own), service()), name="shop")
    assert len(plain(plan_, "overlays/shop-base/tell-shop.yaml")) == 1


# -- what a cluster adds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "Service"])
def test_what_the_server_owns_is_dropped(kind):
    written = service() if kind == "Service" else {**deployment(), "kind": kind}
    served = as_served(written)
    after = cleaned(served)
    if kind == "Service":
        written["spec"]["ports"][0]["protocol"] = "TCP"
    assert after == written
    assert SECRET not in json.dumps(after)


def test_a_headless_service_stays_headless():
    headless = service(clusterIP="None")
    assert cleaned({**as_served(headless), "spec": headless["spec"]})["spec"]["clusterIP"] == "None"


def test_claim_templates_and_claims_lose_what_binding_wrote():
    template = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "creationTimestamp": None},
                "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}
    found_ = cleaned({"kind": "StatefulSet", "metadata": {"name": "a"}, "spec": {"volumeClaimTemplates": [template]}})
    assert found_["spec"]["volumeClaimTemplates"] == [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]
    claim = cleaned({"kind": "PersistentVolumeClaim", "metadata": {"name": "a"}, "spec": {"volumeName": "pv-7", "volumeMode": "Block"}})
    assert claim["spec"] == {"volumeMode": "Block"}


def test_a_jobs_generated_selector_goes_and_a_written_one_stays():
    generated = {"selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "7"}},
                 "template": {"metadata": {"labels": {"batch.kubernetes.io/controller-uid": "7", "job-name": "a", "app": "a"}}}}
    spec = cleaned({"kind": "CronJob", "metadata": {"name": "a"}, "spec": {"jobTemplate": {"spec": generated}}})["spec"]["jobTemplate"]["spec"]
    assert spec == {"template": {"metadata": {"labels": {"app": "a"}}}}
    written = {"selector": {"matchLabels": {"app": "a"}}}
    assert cleaned({"kind": "Job", "metadata": {"name": "a"}, "spec": written})["spec"] == written


def test_objects_of_controllers_and_of_the_whole_cluster_are_left_out_with_the_reason():
    owned = {**deployment("made"), "metadata": {"name": "made", "ownerReferences": [
        {"apiVersion": "x/v1", "kind": "Shop", "name": "shop", "uid": "1", "controller": True}]}}
    crowd = [owned, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
             {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt"}},
             {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "shop"}}]
    found_ = found(texts(deployment(), service(), *crowd))
    assert [obj["metadata"]["name"] for obj in found_.objects] == ["shop", "shop"]
    assert [entry.partition(" (")[0] for entry in found_.left_out] == ["Deployment/made", "Namespace/shop", "ConfigMap/kube-root-ca.crt", "Ingress/shop"]


def test_a_list_is_taken_apart_and_its_file_written_anew():
    text = json.dumps({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [as_served(deployment()), service()]})
    plan_ = plan({"dump.json": text}, name="shop")
    assert b"managedFields" not in plan_.files["overlays/shop-base/dump.yaml"]
    assert plan_.files["overlays/shop-base/dump.yaml"].count(b"apiVersion:") == 2


def test_the_number_of_replicas_is_left_to_an_autoscaler():
    plan_ = plan(texts(deployment(), service(), autoscaler()), name="shop")
    assert b"replicas: 2" not in plan_.files["overlays/shop-base/app.yaml"]
    app = cloud_of(plan_, "shop-naver").app("shop")
    assert (app.kind, app.expected_replicas) == ("Deployment", 1)
    assert "Scaling is not proven" not in everything(plan_)


# -- what is guessed, and how to say otherwise ------------------------------------------------------------------------


def test_well_known_images_and_images_by_digest_are_not_the_products_own():
    digest = "quay.io/x/proxy@sha256:" + "a" * 64
    files = texts(deployment(), service(), deployment("db", "postgres:16"), service("db", "db"), deployment("proxy", digest), service("proxy", "proxy"))
    plan_ = plan(files, name="shop")
    assert [image.ref.full for image in plan_.images] == ["registry.example.com/team/shop"]
    assert [app.name for app in cloud_of(plan_, "shop-naver").apps] == ["shop"]


def test_where_every_image_has_a_digest_that_is_no_sign_of_elsewhere():
    digest = "@sha256:" + "a" * 64
    files = texts(deployment(image="registry.example.com/team/shop:1.0" + digest), service(), deployment("db", "postgres:16" + digest))
    plan_ = plan(files, name="shop")
    assert [(image.ref.full, image.repository) for image in plan_.images] == [("registry.example.com/team/shop", "team/shop")]


def test_an_image_from_elsewhere_without_a_digest_is_marked():
    plan_ = plan(texts(deployment(), service(), deployment("db", "postgres:16")), name="shop")
    text = plan_.files["overlays/shop-base/kustomization.yaml"].decode()
    assert f"  - name: postgres\n    digest: sha256:{'0' * 64} {MARK} its digest; a tag alone may be another image tomorrow (postgres:16)" in text


def test_own_images_can_be_named():
    files = texts(deployment(), service(), deployment("db", "postgres:16"), service("db", "db"))
    plan_ = plan(files, name="shop", own_images=("postgres", "team/shop"))
    assert [(image.name, image.repository) for image in plan_.images] == [("postgres", "shop/postgres"), ("shop", "team/shop")]
    with pytest.raises(Malformed, match="means 0 of the images"):
        plan(files, name="shop", own_images=("nothing",))


def test_two_images_of_one_name_stay_apart():
    files = texts(deployment("a", "r.example/one/web:1"), service("a", "a"), deployment("b", "r.example/two/web:1"), service("b", "b"))
    names = [image.name for image in plan(files, name="shop").images]
    assert names == ["web", "two-web"]


def test_fail_over_is_proven_on_the_autoscaled_app_unless_said_otherwise():
    files = texts(deployment("big", "r.example/x/big:1", replicas=5), service("big", "big"), deployment(), service(), autoscaler())
    assert cloud_of(plan(files, name="shop"), "shop-naver").proven_app == "shop"
    assert cloud_of(plan(files, name="shop", proven_app="big"), "shop-naver").proven_app == "big"
    with pytest.raises(Malformed, match="is no app"):
        plan(files, name="shop", proven_app="nobody")


def test_users_come_by_the_outer_service_and_one_that_is_not_becomes_a_load_balancer():
    inner = service("a-inner", ports=[{"name": "admin", "port": 9000}])
    plan_ = plan(texts(deployment(), inner, service()), name="shop")
    assert cloud_of(plan_, "shop-naver").app("shop").service == "shop"
    patches = plain(plan_, "overlays/shop-base/kustomization.yaml")["patches"]
    assert patches[-1]["target"] == {"kind": "Service", "name": "shop"}
    balanced = plan(texts(deployment(), service(type="LoadBalancer")), name="shop")
    assert len(plain(balanced, "overlays/shop-base/kustomization.yaml")["patches"]) == 1


def test_a_page_is_needed():
    with pytest.raises(Missing, match="No Deployment or StatefulSet that runs an image of this product is reached by a Service"):
        plan(texts(deployment()), name="shop")


def test_values_that_look_like_secrets_are_told_without_the_value():
    env = {"env": [{"name": "DB_PASSWORD", "value": SECRET}]}
    settings_ = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"API_KEY": SECRET}}
    notes = " ".join(plan(texts(deployment(container=env), service(), settings_), name="shop").notes)
    assert "DB_PASSWORD" in notes
    assert "API_KEY" in notes
    assert SECRET not in notes


def test_custom_kinds_get_a_marked_condition():
    custom = {"apiVersion": "shop.example/v1", "kind": "Till", "metadata": {"name": "till"}, "spec": {"template": "text", "containers": 5}}
    plan_ = plan(texts(deployment(), service(), custom), name="shop")
    assert cloud_of(plan_, "shop-naver").conditions == {"Till": "FILL-IN"}
    assert any("condition of a Till" in mark.why for mark in marks_in(plan_.files))


def test_more_volumes_than_the_stand_ins_have_and_updates_on_delete_are_told():
    files = {path: data.replace(b"replicas: 2", b"replicas: 5\n  updateStrategy: {type: OnDelete}") for path, data in guestbook_files().items()}
    notes = " ".join(plan(files).notes)
    assert "5 volumes are asked for" in notes
    assert "updates OnDelete" in notes


def test_ports_of_other_clouds_are_not_taken_again():
    other = cloud_of(plan(), "guestbook-ktcloud")
    assert other.apps[0].endpoint_port == 18310
    assert port_blocks([other], 3) == [18300, 18320, 18330]


# -- beside what is there ---------------------------------------------------------------------------------------------


def test_what_is_there_and_equal_is_not_written_and_marks_may_be_filled_in():
    plan_ = plan()
    filled = {path: b"\n".join(b"filled" if MARK.encode() in line else line for line in data.split(b"\n")) for path, data in plan_.files.items()}
    now = standing(plan_, filled)
    assert (now.missing, now.marks) == ((), ())
    half = dict(list(filled.items())[:3])
    assert len(standing(plan_, half).missing) == len(plan_.files) - 3


def test_what_is_there_and_differs_stops_everything():
    plan_ = plan()
    path = f"{NAVER}/cloud.yaml"
    with pytest.raises(Judged, match="says something else; nothing was written"):
        standing(plan_, {path: plan_.files[path].replace(b"namespace: guestbook", b"namespace: other")})
    assert not as_planned(b"a\n", b"a\nb\n")


# -- what is refused --------------------------------------------------------------------------------------------------

HOSTILE = {
    "bomb": "a: &a [x, x]\nb: [*a, *a]\n",
    "tag": "apiVersion: v1\nkind: !!python/object:os.system ConfigMap\nmetadata: {name: a}\n",
    "duplicate": "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: a}\n",
    "deep": "a: " + "[" * 60 + "]" * 60,
    "not-an-object": "just: text\n",
    "name-of-a-path": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ../../etc/passwd}\n",
    "name-is-a-list": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [a]}\n",
    "labels-are-text": "apiVersion: x/v1\nkind: Till\nmetadata: {name: a, labels: text}\n",
    "owners-are-a-number": "apiVersion: x/v1\nkind: Till\nmetadata: {name: a, ownerReferences: 5}\n",
    "foreign-deployment": "apiVersion: evil/v1\nkind: Deployment\nmetadata: {name: a}\nspec: text\n",
    "old-api": "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n",
    "wrong-shape": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: text}}}\n",
    "list-of-text": "apiVersion: v1\nkind: List\nitems: [text]\n",
    "list-in-a-list": "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]\n",
    "kind-is-a-map": "apiVersion: v1\nkind: {}\nmetadata: {name: a}\n",
    "twice-in-two-documents": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "only-a-secret": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {{a: {SECRET}}}\n",
    "not-utf-8": b"\xff\xfe",
    "image-that-is-none": yaml_documents([deployment(image="$(reboot) x"), service()]),
    "two-namespaces": yaml_documents([as_served(deployment(), "one"), as_served(service(), "two")]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_or_broken_manifests_are_refused_in_a_sentence(name):
    with pytest.raises(NaruError) as told:
        plan({"manifests.yaml": HOSTILE[name]}, name="shop")
    assert SECRET not in str(told.value)
    assert told.value.exit_code in {2, 3}


def test_the_same_object_in_two_files_is_refused():
    with pytest.raises(Missing, match="is there twice"):
        found({"a.yaml": yaml_documents([service()]), "b.yaml": yaml_documents([service()])})


@pytest.mark.parametrize("path", ["../../../evil.yaml", "a/../../b.yaml", "kustomization.yaml.yaml", "UPPER Case.yaml", ".yaml", "한글.yaml"])
def test_no_path_of_a_manifest_leads_out_of_the_base(path):
    plan_ = plan({path: yaml_documents([deployment(), service()])}, name="shop")
    for file in plan_.files:
        assert ".." not in file.split("/")
        assert file.isascii()
    tried(plan_, plan_.files)


def test_files_whose_names_become_equal_stay_apart():
    plan_ = plan({"a/b.yaml": yaml_documents([deployment()]), "a-b.yml": yaml_documents([service()])}, name="shop")
    assert {"overlays/shop-base/a-b.yaml", "overlays/shop-base/a-b-2.yaml"} <= plan_.files.keys()


WORDS = [
    {"name": "Shop"}, {"name": ""}, {"name": "a" * 31}, {"name": "../x"}, {"namespace": "A b"}, {"lines": ()}, {"lines": ("v1;rm",)},
    {"home": "home"}, {"health": "no"}, {"source": "a\nb"}, {"build": ("a\x00",)}, {"base": "x" * 401},
    {"app": NewApp(0)}, {"app": NewApp(80, "DaemonSet")}, {"app": NewApp(80, "StatefulSet", "data")}, {"app": NewApp(80, volume="/data")},
    {"app": NewApp(80, size="1GB")}, {"app": NewApp(80, replicas=0)},
]


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_flags_that_cannot_be_are_refused(words):
    with pytest.raises(Malformed):
        request(**words)


@pytest.mark.parametrize("words", [["Naver"], ["naver=Bad_Host"], ["naver", "naver=x.example"], ["=x"], ["naver=https://x"], ["a" * 40]])
def test_clouds_that_cannot_be_are_refused(words):
    with pytest.raises(Malformed):
        request(*words)


def test_a_marker_is_for_all_apps_or_for_one():
    assert markers_from(["방명록", "shop=a=b"]) == {"": "방명록", "shop": "a=b"}
    assert markers_from(["Price = 5"]) == {"": "Price = 5"}
    for bad in (["shop="], [" "], ["a\nb"]):
        with pytest.raises(Malformed):
            markers_from(bad)


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60) | st.sampled_from(["a: b # c", "no", "0755", "'", '"', "{x}"])


@given(title=TEXT, marker=TEXT, source=TEXT, word=TEXT)
@settings(max_examples=60, deadline=None)
def test_whatever_is_answered_reads_back_as_it_was_given(title, marker, source, word):
    asked = checked(request(title=title, source=source, build=(word,), markers={"": marker}))
    plan_ = plan_of(asked)
    product = parsed_product("guestbook", plan_.files, plan_.cloud_names)
    assert (product.title["en"], product.source.url, product.build.command) == (title, source, (word,))
    assert cloud_of(plan_, "guestbook-naver").app("guestbook").marker == marker


GUESTBOOK = found(guestbook_files())


def plan_of(asked):
    from naru.core.init_plan import plan_init

    return plan_init(asked, GUESTBOOK, ())


def test_clouds_keep_their_order():
    assert [cloud.name for cloud in clouds_from(["b", "a"])] == ["b", "a"]
