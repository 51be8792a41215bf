"""Upload of a bundle and its card to the Hugging Face Hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from reelgraph._version import __version__
from reelgraph.bundle.bundle import Bundle
from reelgraph.bundle.contents import file_names, verify_forgetting
from reelgraph.bundle.hub import SCHEME, clear_errors, hub_package, require_repository
from reelgraph.bundle.manifest import FORGETTING, HISTORY, KNOWN_FILES, MANIFEST, USERS, read_manifest
from reelgraph.bundle.model_card import ADDRESS, CARD, details_of_movies, model_card
from reelgraph.core.errors import BundleError
from reelgraph.data.terms_of_use import terms_of

_PEOPLE = frozenset({HISTORY, USERS, FORGETTING})


@dataclass(frozen=True)
class Pushed:
    """A bundle that was uploaded.

    Args:
        address: by which `Bundle.load` finds it, its revision included.
        is_public: whether everybody may read the repository.
        files: names of what was uploaded.
    """

    address: str
    is_public: bool
    files: tuple[str, ...]


def push_bundle(
    path: str | Path,
    repository: str,
    *,
    with_people: bool | None = None,
    public: bool = False,
    licence: str | None = None,
    card: str | None = None,
) -> Pushed:
    """Upload a bundle and its card in one commit; the repository is made where it is missing.

    Args:
        path: folder of the bundle, whose files are verified first.
        repository: ``owner/name``.
        with_people: True to upload who rated what, too, False to leave them out; None to refuse a bundle with people.
        public: let everybody read it. A repository that is there keeps its visibility.
        licence: identifier of a licence that the Hub knows, for the card; see `model_card`.
        card: text of ``README.md`` in place of that of `model_card`.

    Raises:
        CapabilityError: ``huggingface-hub`` is not installed.
        BundleError: ``repository`` is no such name; the bundle is damaged; it holds people and ``with_people`` is None;
            the newest revision of the repository holds people, and what is uploaded does not; it would become public
            although that was not asked for, or although the terms of its data do not allow it and neither ``licence``
            nor ``card`` states others; the front matter of ``card`` cannot be read; or the Hub refuses it. Nothing is
            uploaded then.
    """
    require_repository(repository)
    hub, folder = hub_package(), Path(path)
    bundle = Bundle.load(folder)
    verify_forgetting(folder)
    if bundle.has_people and with_people is None:
        hint = "--without-people leaves them out, --with-people uploads them"
        raise BundleError(f"{folder} holds people and all they rated: it is not uploaded", hint)
    if public and not (licence or card) and (problem := _obstacle(bundle)):
        raise BundleError(f"{folder} is not made public: {problem}", "state by --license or --card what allows it")
    is_stripped = bundle.has_people and not with_people
    if is_stripped:
        bundle = bundle.without_people()  # before the card, which says whether people are in it
    text = (card or model_card(bundle, f"{SCHEME}{repository}", licence)).replace(ADDRESS, f"{SCHEME}{repository}")
    _require_front_matter(hub, text)
    with _temporary_folder() as scratch:
        if is_stripped:
            folder = bundle.save(Path(scratch) / "bundle")
        with clear_errors(repository):
            return _commit(hub, folder, repository, text, public=public)


def _temporary_folder() -> TemporaryDirectory[str]:
    """A folder that is removed at the end."""
    try:
        return TemporaryDirectory()
    except OSError as error:
        reason = error.strerror or error
        raise BundleError(f"no temporary folder can be made: {reason}", "TMPDIR names where they are made") from error


def _obstacle(bundle: Bundle) -> str:
    """Why the terms of the data do not allow everybody to read a bundle; "" if they do."""
    terms = terms_of(bundle.info.get("data", {}).get("name", ""))
    if terms is None:
        return "the terms of its data are not known"
    details = details_of_movies(bundle.catalogue)
    if terms.may_be_passed_on and details:
        return f"it has {', '.join(details)} of the movies, whose terms are not known"
    return "" if terms.may_be_passed_on else terms.summary


def _require_front_matter(hub: ModuleType, card: str) -> None:
    """Refuse a card whose front matter the Hub could not read; errors of YAML have no class of the Hub."""
    try:
        hub.ModelCard(card)
    except Exception as error:
        reason = str(error).splitlines()[0]
        hint = "compare it with that of: reelgraph bundle card"
        raise BundleError(f"the front matter of the card cannot be read: {reason}", hint) from error


def _commit(hub: ModuleType, folder: Path, repository: str, card: str, *, public: bool) -> Pushed:
    """Upload a bundle in one commit, and take away what an earlier one has more, but for people: history keeps them."""
    api = hub.HfApi(library_name="reelgraph", library_version=__version__)
    api.create_repo(repository, private=not public, exist_ok=True)
    is_public = not api.model_info(repository).private
    if is_public and not public:
        raise BundleError(f"{repository} is public", "--public uploads to it; or take another repository")
    stored = set(api.list_repo_files(repository)) & {MANIFEST, *KNOWN_FILES}
    manifest = read_manifest(folder)
    names = [MANIFEST, *file_names(manifest), *([FORGETTING] if FORGETTING in manifest["files"] else [])]
    if stored & _PEOPLE and not _PEOPLE & set(names):
        hint = "take another repository: what was uploaded once stays in its history"
        raise BundleError(f"{repository} holds the people of an earlier bundle", hint)
    operations = [hub.CommitOperationAdd(path_in_repo=name, path_or_fileobj=str(folder / name)) for name in names]
    operations.append(hub.CommitOperationAdd(path_in_repo=CARD, path_or_fileobj=card.encode()))
    operations += [hub.CommitOperationDelete(path_in_repo=name) for name in sorted(stored - set(names))]
    message = f"Upload bundle {manifest['digest'][:12]}"
    commit = api.create_commit(repository, operations, commit_message=message)
    return Pushed(f"{SCHEME}{repository}@{commit.oid}", is_public, (*names, CARD))
