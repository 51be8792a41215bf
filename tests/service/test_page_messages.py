"""The messages of the page: complete, used, alike in all languages, and no text beside them."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel import Locale
from jinja2 import Environment, nodes
from markupsafe import Markup

from reelgraph.serve import web
from reelgraph.serve.web.messages import (
    DEFAULT_LANGUAGE,
    FAMILIES,
    LANGUAGES,
    LOCALES,
    PLACEHOLDER,
    WITHOUT_STARS,
    Message,
    all_messages,
    element,
    messages_for,
    translator,
)  # fmt: skip
from reelgraph.serve.web.script_strings import QUOTED, script_keys, script_strings

FOLDER = Path(web.__file__).parent
ENGLISH = all_messages(DEFAULT_LANGUAGE)
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
SOURCES = [*TEMPLATES, *FOLDER.glob("static/*.js"), *FOLDER.rglob("*.py")]
NAMES = {"reelgraph", "IMDb", "NDCG@10", "★", "·"}  # the same in all languages
CLASSES = {"hot", "cold"}  # of CSS, chosen in expressions
FILES = {"csv", "css", "html", "js", "json", "svg"}  # endings of names that look like keys
TEXT_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt"}


def forms(message: Message) -> dict[str, str]:
    return {"other": message} if isinstance(message, str) else dict(message)


def placeholders(text: str) -> set[str]:
    return {f"<{tag}>" if tag else name for name, tag, _ in PLACEHOLDER.findall(text)} | {
        name for _, _, inner in PLACEHOLDER.findall(text) for name in placeholders(inner)
    }


def keys_in(path: Path) -> set[str]:
    first_parts = {key.split(".")[0] for key in ENGLISH}
    return {
        key
        for key in QUOTED.findall(path.read_text("utf-8"))
        if key.split(".")[0] in first_parts and key.split(".")[-1] not in FILES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_keys_of_english_in_the_same_order(language: str) -> None:
    pairs = json.loads((LOCALES / f"{language}.json").read_text("utf-8"), object_pairs_hook=lambda pairs: pairs)
    assert [key for key, _ in pairs] == list(ENGLISH)
    assert len(dict(pairs)) == len(pairs), "a key is there twice"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_plural_forms_agree(language: str) -> None:
    locale = Locale.parse(language)
    needed = {locale.plural_form(number) for number in (*range(1000), 0.5, 1.5)} | {"other"}
    allowed = needed | {*locale.plural_form.rules}
    for key, message in all_messages(language).items():
        is_plural = not isinstance(message, str)
        assert is_plural == (not isinstance(ENGLISH[key], str)), key
        assert not is_plural or needed <= set(message) <= allowed, key
        in_english = placeholders(forms(ENGLISH[key])["other"])
        for text in forms(message).values():
            assert text.strip(), key
            assert placeholders(text) - {"count"} == in_english - {"count"}, key
        assert not is_plural or "count" in placeholders(forms(message)["other"]), key


def test_every_key_is_used_and_every_key_used_exists() -> None:
    used = {key: path.name for path in SOURCES for key in keys_in(path)}
    assert {key: name for key, name in used.items() if key not in ENGLISH} == {}
    defined = {key for key in ENGLISH if not key.startswith(FAMILIES)}
    assert {key for key in defined if key.removesuffix(WITHOUT_STARS) not in used} == set()
    assert {
        key for key in defined if key.endswith(WITHOUT_STARS) and key.removesuffix(WITHOUT_STARS) not in defined
    } == set()


def test_every_error_that_the_page_may_meet_has_a_message() -> None:
    sources = [*FOLDER.glob("*.py"), *FOLDER.parent.glob("*.py"), *FOLDER.parent.glob("state/*.py")]
    kinds = {kind for path in sources for kind in re.findall(r'ApiError\(\d+, "([a-z-]+)"', path.read_text("utf-8"))}
    assert {"time-limit", "too-many-guests", "empty"} <= kinds
    not_met = {"bad-request", "head-too-large", "not-found", "session"}  # by a page that is in order
    assert {kind for kind in kinds - not_met if f"error.{kind}" not in ENGLISH} == set()


class _Texts(HTMLParser):
    """Texts and text attributes of a template whose expressions are replaced with nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts += [line.strip() for line in data.splitlines()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_description = tag == "meta" and ("name", "description") in attrs
        names = TEXT_ATTRIBUTES | ({"content"} if is_description else set())
        self.texts += [value or "" for name, value in attrs if name in names]


def written_texts(source: str) -> list[str]:
    """What a template writes without the messages: HTML texts, and constants of its expressions."""
    script_name = r"\{% block script %\}\w+\{% endblock %\}"
    tree, parser = Environment().parse(re.sub(script_name, "", source)), _Texts()
    html = "".join(
        node.data if isinstance(node, nodes.TemplateData) else "\x00"
        for output in tree.find_all(nodes.Output)
        for node in output.nodes
    )
    parser.feed(html)
    constants = [
        node.value
        for output in tree.find_all(nodes.Output)
        for expression in output.nodes
        for node in _shown_constants(expression)
    ]
    texts = [*parser.texts, *constants]
    return [text for text in texts if re.search(r"[^\W\d_]", text) and text not in NAMES | CLASSES]


def _shown_constants(expression: nodes.Node) -> list[nodes.Const]:
    """Strings of an expression that it may write, so not those that are compared, or arguments of a function."""
    if isinstance(expression, nodes.Const):
        return [expression] if isinstance(expression.value, str) else []
    if isinstance(expression, nodes.CondExpr):
        branches = [expression.expr1, expression.expr2]
        return [const for branch in branches if branch is not None for const in _shown_constants(branch)]
    if isinstance(expression, nodes.Or | nodes.And):
        return _shown_constants(expression.left) + _shown_constants(expression.right)
    return []


def test_the_checker_sees_texts_attributes_and_constants() -> None:
    source = '<a title="Go" href="/x">Home {{ t("nav.home") }}</a>{{ "loved" if a == "b" else "" }}<p>·</p>'
    assert written_texts(source) == ["Go", "Home \x00", "loved"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_text_of_their_own(path: Path) -> None:
    texts = [text.strip("\x00 ") for text in written_texts(path.read_text("utf-8"))]
    assert [text for text in texts if text and text not in NAMES | CLASSES] == []


def test_numbers_and_plurals_follow_the_language() -> None:
    english = translator("en", True)
    assert english.text("count.ratings", count=1) == "1 rating"
    assert english.text("count.ratings", count=1234) == "1,234 ratings"
    assert translator("en", False).text("count.ratings", count=2) == "2 views"
    assert (english.stars(4.0), english.stars(4.5), english.stars(1.0)) == ("4", "4.5", "1")
    assert english.text("stars.count", count=1.0) == "1 star"
    assert english.text("stars.count", count=0.5) == "0.5 stars"
    assert (english.percent(0.8), english.decimal(0.12345, 3), english.decimal(3, 0)) == ("80%", "0.123", "3")
    assert (english.percent(0.123), english.percent(0.123, 1), english.percent(0.12, 1)) == ("12%", "12.3%", "12%")
    assert english.genre("no such genre") == "no such genre"
    with pytest.raises(KeyError):
        english.text("no.such")
    with pytest.raises(KeyError):
        english.text("count.ratings")


def test_messages_in_templates_escape_what_is_put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    english = translator("en", True)
    message = "<link>{title} & more</link> of {title}"
    monkeypatch.setattr(english, "_messages", {"x.y": message})
    link = element("a", href='/?q="1"')
    assert english("x.y", title="<b>", link=link) == Markup(
        '<a href="/?q=&#34;1&#34;">&lt;b&gt; &amp; more</a> of &lt;b&gt;'
    )
    assert english.text("x.y", title="<b>", link=str.upper) == "<B> & MORE of <b>"


def test_scripts_get_their_messages_of_one_kind_of_bundle_only() -> None:
    assert "toast.undo" in script_keys()
    assert "nav.home" not in script_keys()
    for language in LANGUAGES:
        for has_stars in (True, False):
            source = script_strings(language, has_stars).source.decode().removeprefix("globalThis.pageStrings = ")
            body = json.loads(source.rstrip(";\n"))
            assert body["language"] == language
            assert body["messages"] == {
                key: message for key, message in messages_for(language, has_stars).items() if key in script_keys()
            }


@pytest.mark.parametrize(
    ("language", "word"), [("de", "Originaltitel"), ("fr", "titre original"), ("es", "título original")]
)
def test_a_search_that_finds_nothing_tells_which_titles_are_here(language: str, word: str) -> None:
    assert word in json.loads((LOCALES / f"{language}.json").read_text("utf-8"))["search.none"]
