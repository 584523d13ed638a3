"""The page of all releases: the config repository, and the release folders below a work folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from naru.core.report_view import key_of, wanted_proofs
from naru.core.site import FolderEntry
from naru.edge.clock import SystemClock, iso
from naru.edge.release_folder import ReleaseFolder
from naru.errors import NaruError
from naru.model.evidence import Evidence
from naru.model.product import Product
from naru.model.promotion import Promotion
from naru.model.release import Release
from naru.model.timings import Timings
from naru.steps.site import SitePorts
from naru.wiring.overlays import opened_config

MOST_FOLDERS = 500


def site_ports(product: Product, work: Path, out: Path) -> SitePorts:
    """Fresh branches and the folders `work/PRODUCT/*`."""
    repo = opened_config(product)
    repo.fetch()
    return SitePorts(config=repo, folders=lambda: folder_entries(product, work / product.name, out), made=iso(SystemClock().now()))


def folder_entries(product: Product, place: Path, out: Path) -> Iterator[FolderEntry | str]:
    """Each release folder, or a sentence that says why one could not be read; newest first where there are very many."""
    if not place.is_dir():
        return
    roots = [path for path in place.iterdir() if path.is_dir() and not path.is_symlink()]
    for root in sorted(roots, key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_FOLDERS]:
        try:
            entry = _entry(ReleaseFolder(root), product, out)
        except NaruError as error:
            yield f"{root.name}: {error.message}"
            continue
        if entry is not None:
            yield entry


def _entry(folder: ReleaseFolder, product: Product, out: Path) -> FolderEntry | None:
    release, timings = folder.find(Release, "release.json"), folder.find(Timings, "timings.json")
    if (release is None and timings is None) or (release is not None and release.product != product.name):
        return None
    evidence = [folder.find(Evidence, f"evidence/{key_of(proof, cloud)}.json") for proof, cloud in wanted_proofs(product.clouds)]
    promotions = [folder.find(Promotion, f"promotion/{cloud}.json") for cloud in product.clouds]
    return FolderEntry(
        version=release.version if release else timings.version if timings else "", report=_link(folder.root / "report" / "index.html", out),
        evidence=tuple(item for item in evidence if item), promotions=tuple(item for item in promotions if item), timings=timings,
        began=release.run.started if release and release.run else "",
    )


def _link(report: Path, out: Path) -> str:
    """Relative, so that page and folders can be moved together."""
    return quote(os.path.relpath(report.resolve(), out.resolve())) if report.is_file() else ""
