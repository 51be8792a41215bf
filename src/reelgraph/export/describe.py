"""What a page is made of, in words: its model, what was left out, what that costs, the data and their terms."""

from __future__ import annotations

from reelgraph._version import __version__
from reelgraph.bundle import Bundle
from reelgraph.core.display import counted
from reelgraph.data.terms_of_use import terms_of
from reelgraph.export.measured_loss import MeasuredLoss
from reelgraph.export.page_model import DRAWS_LEFT_OUT, STARS, PageModel


def describe(bundle: Bundle, model: PageModel, loss: MeasuredLoss | None) -> tuple[str, ...]:
    """Sentences for the foot of the page and for whoever makes it."""
    statistics, name = bundle.item_statistics, bundle.info.get("data", {}).get("name", "")
    data = (
        f"{counted(int(statistics.counts.sum()), 'rating')} of {counted(len(bundle.items), 'film')} "
        f"by {counted(statistics.n_users, 'person')}"
    )
    terms = terms_of(name)
    sentences = [
        f"Learnt from {data}{f' ({name})' if name else ''}.",
        terms.summary if terms else "",
        _model_sentence(model),
        _left_out_sentence(model),
        _loss_sentence(model, loss),
        f"Made with reelgraph {__version__}.",
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _model_sentence(model: PageModel) -> str:
    total = sum(weight for _, weight, _ in model.parts)
    parts = [name if len(model.parts) == 1 else f"{weight / total:.0%} {name}" for name, weight, _ in model.parts]
    ranking = f"Ranked by {' and '.join(parts)}"
    if model.stars is None:
        return f"{ranking}, in numbers of 8 bits. It predicts no stars."
    return (
        f"{ranking}, in numbers of 8 bits; stars from "
        f"{counted(len(model.stars.item), 'draw')} of the model that predicts them."
    )


def _left_out_sentence(model: PageModel) -> str:
    names = [name for name in model.left_out if name != DRAWS_LEFT_OUT]
    notes = [f"without {' and '.join(names)}, which the bundle has"] if names else []
    if DRAWS_LEFT_OUT in model.left_out:
        notes.append(f"without {model.left_out[DRAWS_LEFT_OUT]}")
    text = "; ".join(notes)
    return f"{text[0].upper()}{text[1:]}." if text else "Nothing of the bundle's model is left out."


def _loss_sentence(model: PageModel, loss: MeasuredLoss | None) -> str:
    if loss is None:
        return "What that costs was not measured."
    if loss.difference.mean == loss.difference.low == loss.difference.high == 0.0:
        ranking = f"It ranks as the bundle does: NDCG@10 {loss.bundle.mean:.4f} for {counted(loss.n_people, 'person')}"
    else:
        difference = f"{loss.difference.mean:+.4f} [{loss.difference.low:+.4f}, {loss.difference.high:+.4f}]"
        ranking = (
            f"NDCG@10 against the bundle ({loss.bundle.mean:.4f}, {counted(loss.n_people, 'person')}): {difference}"
        )
    if loss.stars is None:
        return f"{ranking}."
    error = f"{loss.stars.mean:+.3f} [{loss.stars.low:+.3f}, {loss.stars.high:+.3f}]"
    return f"{ranking}. Mean error of the {STARS} against the bundle: {error}."
