"""Overlays that may not be rendered, each with the file and line that says why."""

import pytest

from naru.core.kustomization_lint import lint_overlay
from naru.errors import Missing

BASE = {"overlays/base/kustomization.yaml": b"resources: [app.yaml]\n", "overlays/base/app.yaml": b"kind: ConfigMap\n"}


def lint(text, **more):
    files = {name.replace("__", "/") + ".yaml": data for name, data in more.items()}
    return lint_overlay(BASE | {"overlays/naver/kustomization.yaml": text.encode()} | files, "overlays/naver")


def test_every_file_that_rendering_reads_is_listed():
    tree = BASE | {
        "overlays/naver/kustomization.yaml": b"resources: [../base]\npatches:\n- path: p.yaml\nconfigMapGenerator:\n- name: c\n  files: [k=d.txt, e.txt]\n",
        "overlays/naver/p.yaml": b"a: 1\n", "overlays/naver/d.txt": b"\tany text: [", "overlays/naver/e.txt": b"x", "overlays/naver/unused.yaml": b"a: &x 1",
    }
    assert lint_overlay(tree, "overlays/naver") == {
        "overlays/naver/kustomization.yaml", "overlays/base/kustomization.yaml", "overlays/base/app.yaml",
        "overlays/naver/p.yaml", "overlays/naver/d.txt", "overlays/naver/e.txt",
    }


@pytest.mark.parametrize(("text", "says"), [
    ("resources:\n- https://github.com/a/b\n", "line 2: 'https://github.com/a/b' is an address; bases are committed, never fetched"),
    ("resources:\n- github.com/a/b//c\n", "line 2: 'github.com/a/b//c' is an address"),
    ("resources:\n- git@github.com:a/b\n", "is an address"),
    ("resources:\n- ssh://host/a\n", "is an address"),
    ("resources:\n- file:///etc\n", "is an address"),
    ("resources:\n- ../base?ref=main\n", "is an address"),
    ("resources:\n- host.example/a.git/b\n", "is an address"),
    ("resources:\n- ../../..\n", "line 2: '../../..' leads out of the repository"),
    ("resources:\n- ../../../etc/passwd\n", "leads out of the repository"),
    ("resources:\n- /etc/passwd\n", "line 2: '/etc/passwd' is not a path relative to its file"),
    ("resources:\n- missing.yaml\n", "line 2: there is no overlays/naver/missing.yaml"),
    ("resources:\n- ../naver\n", "a circle"),
    ("components: [../../outside]\n", "there is no outside"),
    ("patches:\n- path: /x\n", "line 2: '/x' is not a path relative"),
    ("patchesJson6902:\n- {path: https://x.example/a}\n", "is an address"),
    ("replacements:\n- path: ../../../x\n", "leads out of the repository"),
    ("openapi: {path: ../../../x}\n", "leads out of the repository"),
    ("configMapGenerator:\n- name: a\n  files: [a=../../../../etc/shadow]\n", "leads out of the repository"),
    ("configMapGenerator:\n- name: a\n  envs: [/etc/environment]\n", "is not a path relative"),
    ("configMapGenerator:\n- name: a\n  env: /etc/environment\n", "is not a path relative"),
    ("helmCharts:\n- name: x\n", "line 1: 'helmCharts' is not allowed: Helm charts are fetched and run"),
    ("generators: [x.yaml]\n", "line 1: 'generators' is not allowed: generators can run programs"),
    ("transformers: [x.yaml]\n", "transformers can run programs"),
    ("validators: [x.yaml]\n", "validators can run programs"),
    ("secretGenerator: []\n", "a Secret's values do not belong into Git"),
    ("plugins: []\n", "line 1: 'plugins' is not a field that Naru renders"),
    ("resources: &a [x]\n", "the anchor '&a' is not allowed"),
    ("resources: []\nresources: []\n", "the key 'resources' stands here twice"),
    ("- a\n", "a kustomization is a map of fields"),
    ("", "is empty"),
])
def test_what_leads_out_or_runs_something_is_refused(text, says):
    with pytest.raises(Missing) as caught:
        lint(text)
    assert says in str(caught.value)


def test_a_fault_in_a_file_further_down_is_found_there():
    with pytest.raises(Missing, match=r"overlays/base/app.yaml line 1: the anchor '&b' is not allowed"):
        lint("resources: [../base]\n", overlays__base__app=b"a: &b 1\n")


def test_another_spelling_of_the_file_name_is_named():
    tree = {"overlays/naver/kustomization.yml": b"resources: []\n"}
    with pytest.raises(Missing, match=r"Rename kustomization.yml to kustomization.yaml"):
        lint_overlay(tree, "overlays/naver")
