"""Restore a folder of Parquet files with Dask: ``python with_dask.py wire/ restored/``."""

import os
import sys

import dask.dataframe as dd
from dask.distributed import Client

from newsnorm.integrations.pandas import restore
from newsnorm.model import load


def restore_partition(articles):
    """Restore one partition; a worker loads the model with its first one, and has one thread for it."""
    model = load(threads=1)
    return articles.assign(restored=restore(articles["text"], model=model, quotes="curly"))


def main(source, target):
    # A process for each core, each with one thread: threads of one process would share one core's worth of Python.
    with Client(n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address=None):
        articles = dd.read_parquet(source)
        like = articles._meta.assign(restored=articles._meta["text"])
        articles.map_partitions(restore_partition, meta=like).to_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
