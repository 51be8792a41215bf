"""Writes one tiny data set in every layout: five ratings by two users of three movies, worked by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl

# user, movie, stars, time (2000-01-01 and the days after)
ROWS = [
    (1, 10, 5.0, 946684800),
    (1, 20, 3.0, 946771200),
    (2, 10, 4.0, 946857600),
    (2, 30, 1.0, 946944000),
    (2, 20, 2.0, 947030400),
]
TITLES = {10: "Heat (1995)", 20: "Amélie (2001)", 30: "Nameless"}
GENRES = {10: "Action|Crime", 20: "Comedy", 30: "(no genres listed)"}
YEARS = {10: 1995, 20: 2001, 30: 0}


def _lines(separator: str, whole: bool = True) -> str:
    return "".join(
        separator.join([str(u), str(i), f"{r:.0f}" if whole else f"{r}", str(t)]) + "\n" for u, i, r, t in ROWS
    )


def ml_100k(folder: Path) -> Path:
    (folder / "u.data").write_text(_lines("\t"))
    flags = {10: {1, 6}, 20: {5}, 30: {0}}
    items = [
        f"{i}|{title}|01-Jan-{YEARS[i] or ''}||http://example.org|"
        + "|".join(str(int(n in flags[i])) for n in range(19))
        for i, title in TITLES.items()
    ]
    (folder / "u.item").write_bytes(("\n".join(items) + "\n").encode("latin-1"))
    (folder / "u.user").write_text("1|24|M|technician|85711\n2|57|F|none|V3N4P\n")
    return folder


def ml_1m(folder: Path) -> Path:
    (folder / "ratings.dat").write_text(_lines("::"))
    movies = "".join(f"{i}::{TITLES[i]}::{'' if i == 30 else GENRES[i]}\n" for i in TITLES)
    (folder / "movies.dat").write_bytes(movies.encode("latin-1"))
    (folder / "users.dat").write_text("1::M::18::17::85711\n2::F::56::0::02139-1234\n")
    return folder


def ml_10m(folder: Path) -> Path:
    (folder / "ratings.dat").write_text(_lines("::", whole=False))
    (folder / "movies.dat").write_text("".join(f"{i}::{TITLES[i]}::{GENRES[i]}\n" for i in TITLES), encoding="utf-8")
    (folder / "tags.dat").write_text("1::10::Noir::946684800\n2::10::noir::946684800\n2::10::Al :: Pacino::946684800\n")
    return folder


def ml_latest(folder: Path) -> Path:
    (folder / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + _lines(",", whole=False))
    movies = "".join(f'{i},"{TITLES[i]}",{GENRES[i]}\n' for i in TITLES)
    (folder / "movies.csv").write_text("movieId,title,genres\n" + movies, encoding="utf-8")
    (folder / "links.csv").write_text("movieId,imdbId,tmdbId\n10,0113277,949\n20,0211915,\n30,,\n")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,10,Noir,1\n2,10,noir,2\n2,10,bank,3\n")
    return folder


def plain_csv(folder: Path) -> Path:
    path = folder / "mine.csv"
    path.write_text("user_id,item_id,rating,timestamp\n" + _lines(","))
    return path


def plain_tsv(folder: Path) -> Path:
    path = folder / "mine.tsv"
    path.write_text("user\titem\tstars\tdatetime\n" + _lines("\t"))
    return path


def semicolons_quoted_reordered(folder: Path) -> Path:
    path = folder / "mine.txt"
    rows = "".join(f'"{t}";"x;y";"{r}";"{i}";"{u}"\n' for u, i, r, t in ROWS)
    path.write_text('"time";"note";"score";"Movie ID";"User ID"\n' + rows)
    return path


def no_header(folder: Path) -> Path:
    path = folder / "mine.csv"
    path.write_text(_lines(","))
    return path


def windows(folder: Path) -> Path:
    path = folder / "mine.csv"
    text = "userId,movieId,rating,timestamp\n" + _lines(",")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    return path


def iso_dates(folder: Path) -> Path:
    path = folder / "mine.csv"
    days = [f"2000-01-0{n}T00:00:00Z" for n in range(1, 6)]
    rows = "".join(f"{u},{i},{r},{day}\n" for (u, i, r, _), day in zip(ROWS, days, strict=True))
    path.write_text("user,item,rating,timestamp\n" + rows)
    return path


def milliseconds(folder: Path) -> Path:
    path = folder / "mine.csv"
    path.write_text("user,item,rating,timestamp\n" + "".join(f"{u},{i},{r},{t * 1000}\n" for u, i, r, t in ROWS))
    return path


def recbole(folder: Path) -> Path:
    inter = "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + "".join(
        f"{u}\t{i}\t{r}\t{float(t)}\n" for u, i, r, t in ROWS
    )
    (folder / "toy.inter").write_text(inter)
    genres = {10: "Action Crime", 20: "Comedy", 30: ""}
    items = "".join(f"{i}\t{TITLES[i]}\t{YEARS[i] or ''}\t{genres[i]}\n" for i in TITLES)
    header = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    (folder / "toy.item").write_text(header + items, encoding="utf-8")
    users = "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    (folder / "toy.user").write_text(users + "1\t24\tM\ttechnician\t85711\n2\t56\tF\t0\t02139\n")
    return folder


def parquet(folder: Path) -> Path:
    path = folder / "mine.parquet"
    pl.DataFrame(ROWS, schema=["userID", "itemID", "weight", "timestamp"], orient="row").write_parquet(path)
    return path


def zipped_ml_1m(folder: Path) -> Path:
    inside = folder / "ml-1m"
    inside.mkdir()
    return pack(ml_1m(inside), folder / "ml-1m.zip")


def zipped_csv(folder: Path) -> Path:
    path = folder / "mine.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain_csv(folder), "mine.csv")
        archive.writestr("../evil.csv", "user,item,rating\n9,9,1\n")
        archive.writestr("__MACOSX/._mine.csv", "\0")
        archive.writestr("README.txt", "about")
    return path


def pack(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")
    return target


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    make.__name__: make
    for make in (
        ml_100k, ml_1m, ml_10m, ml_latest, plain_csv, plain_tsv, semicolons_quoted_reordered, no_header, windows,
        iso_dates, milliseconds, recbole, parquet, zipped_ml_1m, zipped_csv,
    )
}  # fmt: skip
TITLED = ("ml_100k", "ml_1m", "ml_10m", "ml_latest", "recbole", "zipped_ml_1m")
