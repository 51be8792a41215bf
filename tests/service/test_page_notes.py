"""Every note that the library writes for lists, explanations and imports has a message of the page."""

from __future__ import annotations

import pytest

from reelgraph.core import RatingScale
from reelgraph.core.display import counted
from reelgraph.importers.rating_text import RatingConverter
from reelgraph.recommend.cold_start import KNOWS_ORDER_NOTE, NEW_ITEM_NOTE
from reelgraph.recommend.series_order import LATER_PARTS_NOTE
from reelgraph.serve.web.messages import translator
from reelgraph.serve.web.note_translation import translated_note, translated_notes
from tests.service.conftest import Running

ENGLISH = translator("en", True)


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        (NEW_ITEM_NOTE, "New here: nobody has rated it yet, it is listed for what is known of it."),
        (LATER_PARTS_NOTE, "No other film is left: further films of series come last."),
        (KNOWS_ORDER_NOTE, "The order in which you rated counts already: asking for the latest changes nothing."),
        (f"from {counted(1, 'movie')} you watched", "From 1 film you watched."),
        (f"from {counted(1234, 'movie')} you watched", "From 1,234 films you watched."),
        (
            "no rating above 2.5 stars: these are the most rated movies",
            "No rating above 2.5 stars yet: these are the most rated films.",
        ),
        (
            "no movie that you liked yet: this list leans on what people like in general",
            "No film that you liked yet: this list leans on what people like in general."
            " Rate one you love to make it yours.",
        ),
        (
            "the model learns nothing from such seldom rated movies: these are the most rated movies",
            "Too few people rated the films you named to learn from them: these are the most rated films.",
        ),
        ("only 7 of these are predicted at 3.0 stars or more", "Only 7 of these are predicted at 3 stars or more."),
        (
            "held fixed: the number of ratings, mean and spread of the person's scores of all movies",
            "This holds for your films as they are now: without one of them the others would count a little"
            " differently.",
        ),
        ("12 ratings rounded to the nearest half star", "12 ratings rounded to the nearest half star."),
        (RatingConverter(10.0).note, "The ratings are out of 10: divided by 2 to make stars."),
        (RatingConverter(10.0, RatingScale(-10.0, 10.0)).note, "Ratings from -10 to 10 are converted to stars."),
        ("cannot be read: row 7: ;; | 12", "Cannot be read: row 7: ;; | 12."),
        ("no message for these movies", "No message for these films."),
        ("a note.", "A note."),
    ],
)
def test_a_note_is_a_sentence_of_the_page(note: str, sentence: str) -> None:
    assert translated_note(note, ENGLISH) == sentence


def test_notes_are_parted_at_semicolons_and_those_of_dials_are_left_out() -> None:
    note = f"no ratings yet: these are the most rated movies; re-ranked for niche 0.5; {NEW_ITEM_NOTE}"
    assert translated_notes(note, ENGLISH) == (
        "No ratings yet: these are the most rated films. "
        "New here: nobody has rated it yet, it is listed for what is known of it."
    )
    assert translated_notes("", ENGLISH) == ""


def test_the_page_gets_the_notes_of_its_list_as_sentences(module_service: Running) -> None:
    picks = module_service.http.get("/api/me/picks").json()
    assert picks["note"] == "No ratings yet: these are the most rated films."
