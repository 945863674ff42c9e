"""The documentation as a site: whole, and without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = Path(sys.executable).with_name("zensical")
# What a browser fetches on its own, unlike a link that a reader follows.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)[^>]*\ssrc=["']?(?P<source>[^"'\s>]+)"""
    r"""|<link[^>]*rel=["']?(?:stylesheet|icon|preload)[^>]*href=["']?(?P<style>[^"'\s>]+)""",
    re.IGNORECASE,
)
LINK = re.compile(r"""<a[^>]*\shref=["']?(?P<target>[^"'\s>]+)""", re.IGNORECASE)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site from a copy, so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    done = subprocess.run(
        [GENERATOR, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def test_every_page_of_the_docs_is_a_page_of_the_site(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in site.glob("*.html")}


def test_pages_fetch_nothing_from_another_address(site: Path) -> None:
    for page in site.glob("*.html"):
        for found in FETCHED.finditer(page.read_text(encoding="utf-8")):
            source = found["source"] or found["style"]
            assert not source.startswith(("http:", "https:", "//")), (page.name, source)


def test_links_between_pages_lead_somewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        if page.name == "404.html":
            continue
        for found in LINK.finditer(page.read_text(encoding="utf-8")):
            target, _, anchor = unquote(found["target"]).partition("#")
            if target.startswith(("http:", "https:", "mailto:")):
                continue
            path = page if not target else (page.parent / target)
            path = path / "index.html" if path.is_dir() else path
            assert path.is_file(), (page.name, target)
            if anchor and path.suffix == ".html":
                text = path.read_text(encoding="utf-8")
                assert re.search(rf"""\sid=["']?{re.escape(anchor)}["'\s>]""", text), (
                    page.name,
                    found["target"],
                )


def test_diagrams_are_drawn_by_a_script_of_the_site(site: Path) -> None:
    page = (site / "streams.html").read_text(encoding="utf-8")
    assert "erDiagram" in page
    assert re.search(r"""src=["']?(\./)?assets/mermaid\.tiny\.js""", page)
