"""Ratings from files to rows: read, clean, index, split, features."""

from reelgraph.data import features
from reelgraph.data.clean import CleanRules, clean
from reelgraph.data.describe import describe
from reelgraph.data.download import DATASETS, Download, get
from reelgraph.data.generation.generate import GeneratedData, generate
from reelgraph.data.indexing import index
from reelgraph.data.join_ratings import ExtendedDataset, add_ratings, empty_dataset
from reelgraph.data.list_table import read_lists
from reelgraph.data.own_ratings import OwnRatings, read_person
from reelgraph.data.read import read
from reelgraph.data.read_catalogue import read_catalogue
from reelgraph.data.readers.frames import from_frame
from reelgraph.data.readers.movielens_100k import read_fold
from reelgraph.data.splitting.eval_parts import eval_part, without_test
from reelgraph.data.splitting.k_fold import KFold
from reelgraph.data.splitting.last_ratings import LastN, LeaveLastOut
from reelgraph.data.splitting.last_visits import LastVisits
from reelgraph.data.splitting.leak_checks import check_part, check_split, check_train
from reelgraph.data.splitting.predefined import PredefinedSplit
from reelgraph.data.splitting.ready_split import split_of_tables
from reelgraph.data.splitting.split import split
from reelgraph.data.splitting.splitters import ColdItems, HeldOutUsers, PerUser, Random, Splitter, Temporal
from reelgraph.data.splitting.successive import Successive, one_by_one
from reelgraph.data.write import write_ratings

__all__ = [
    "DATASETS",
    "CleanRules",
    "ColdItems",
    "Download",
    "ExtendedDataset",
    "GeneratedData",
    "HeldOutUsers",
    "KFold",
    "LastN",
    "LastVisits",
    "LeaveLastOut",
    "OwnRatings",
    "PerUser",
    "PredefinedSplit",
    "Random",
    "Splitter",
    "Successive",
    "Temporal",
    "add_ratings",
    "check_part",
    "check_split",
    "check_train",
    "clean",
    "describe",
    "empty_dataset",
    "eval_part",
    "features",
    "from_frame",
    "generate",
    "get",
    "index",
    "one_by_one",
    "read",
    "read_catalogue",
    "read_fold",
    "read_lists",
    "read_person",
    "split",
    "split_of_tables",
    "without_test",
    "write_ratings",
]
