"""OCI layouts on disk: whole or refused, the same bytes each time."""

import io
import json

import pytest

from naru.edge.oci_layout import CONFIG, OciLayout
from naru.errors import Missing


def made(folder, content=b"layer" * 1000):
    layout = OciLayout(folder).begin()
    layer, diff_id = layout.add_layer(io.BytesIO(content))
    config = layout.add_bytes(json.dumps({"rootfs": {"diff_ids": [diff_id]}, "config": {"Labels": {"a": "b"}}}).encode(), CONFIG)
    return layout, layout.finish(config, (layer,))


def test_what_was_written_reads_back_with_digest_layers_and_labels(tmp_path):
    layout, digest = made(tmp_path / "a")
    image = layout.read()
    assert (image.digest, image.labels, len(image.layers)) == (digest, {"a": "b"}, 1)
    assert image.diff_ids[0] != image.layers[0].digest


def test_equal_layers_give_equal_digests_wherever_and_whenever_they_are_made(tmp_path):
    assert made(tmp_path / "a")[1] == made(tmp_path / "elsewhere" / "b")[1]


def test_a_settled_layout_takes_the_place_of_the_old_one(tmp_path):
    old, _ = made(tmp_path / "target")
    new, digest = made(tmp_path / "new", b"other")
    new.settle(tmp_path / "target")
    assert old.read().digest == digest == new.read().digest
    assert not (tmp_path / "new").exists()


def first_layer(layout):
    return layout.blob_path(layout.read().layers[0].digest)


@pytest.mark.parametrize(
    "harm",
    [
        lambda layout: first_layer(layout).unlink(),
        lambda layout: first_layer(layout).write_bytes(b"short"),
        lambda layout: layout.blob_path(layout.read().config.digest).write_bytes(b"{}"),
        lambda layout: layout.blob_path(layout.read().digest).write_bytes(b"{}"),
        lambda layout: (layout.folder / "index.json").write_text('{"manifests": []}'),
        lambda layout: (layout.folder / "index.json").write_text("no json"),
        lambda layout: (layout.folder / "index.json").unlink(),
    ],
)
def test_a_layout_that_is_not_whole_is_refused(tmp_path, harm):
    layout, _ = made(tmp_path / "a")
    harm(layout)
    with pytest.raises(Missing):
        layout.read()


def test_a_linked_blob_is_the_same_file(tmp_path):
    layout, _ = made(tmp_path / "a")
    source, other = first_layer(layout), OciLayout(tmp_path / "b").begin()
    other.link_blob(layout.read().layers[0].digest, source)
    other.link_blob(layout.read().layers[0].digest, source)
    assert other.blob_path(layout.read().layers[0].digest).stat().st_ino == source.stat().st_ino
