"""A page is put together from modules that each other's names come from, under a policy that lets nothing else run."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from pathlib import Path

import numpy as np

import reelgraph.export.film_page as film_page
from reelgraph.export.film_page import person_key, scripts, styles
from tests.service.conftest import small

FOLDER = Path(film_page.__file__).parent / "page"


def test_modules_import_what_earlier_ones_export_and_none_is_left_out() -> None:
    exported: dict[str, set[str]] = {}
    for name in film_page._SCRIPTS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        for names, module in re.findall(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', text, re.MULTILINE):
            wanted = {word.strip() for word in names.split(",")}
            assert wanted <= exported[f"{module}.js"], f"{name} imports {wanted} from {module}"
            body = text.split("from ", 1)[1]
            assert all(re.search(rf"(?<![\w$]){re.escape(word)}(?![\w$])", body.split("\n", 1)[1]) for word in wanted)
        exported[name] = {found for _, found in film_page._EXPORT.findall(text)}
    assert exported.keys() == {path.name for path in FOLDER.glob("*.js")}
    assert set(film_page._STYLES) == {path.name for path in FOLDER.glob("*.css")}


def test_the_policy_allows_these_scripts_and_styles_and_nothing_else() -> None:
    page = film_page._page("Ours & <theirs>", {"a": "</script>"}, "QUJD", ("One & two.",))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (scripts(), styles())]
    assert policy.group(1).replace("&#x27;", "'") == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert f"<script>{scripts()}</script>" in page
    assert f"<style>{styles()}</style>" in page
    assert "<title>Ours &amp; &lt;theirs&gt;</title>" in page
    assert '{"a":"\\u003c/script>"}' in page
    assert re.findall(r"https?://[\w.]+", page.replace("http://www.w3.org", "")) == []
    assert "{{" not in page.replace(scripts(), "")


def test_ratings_are_kept_for_the_same_movies_and_not_shared_with_others() -> None:
    bundle = small()
    others = dataclasses.replace(bundle.catalogue, title=np.array([f"Other {row}" for row in range(len(bundle.items))]))
    assert person_key(bundle) == person_key(small(shift=0.5))  # another fit
    assert person_key(bundle) != person_key(dataclasses.replace(bundle, catalogue=others))
