"""Restore a folder of Parquet files with Ray: ``python with_ray.py wire/ restored/``."""

import sys

import ray

from newsnorm.integrations.pandas import restore
from newsnorm.model import load


class Restorer:
    """An actor: it loads the model once, and restores one batch after the other on one core."""

    def __init__(self):
        # As many processes as cores share this machine, so each of them has one thread.
        self.model = load(threads=1)

    def __call__(self, batch):
        return batch.assign(restored=restore(batch["text"], model=self.model, quotes="curly"))


def main(source, target):
    ray.init(include_dashboard=False)
    cores = int(ray.cluster_resources()["CPU"])
    # One core is left for reading and writing.
    actors = ray.data.ActorPoolStrategy(size=max(1, cores - 1))
    articles = ray.data.read_parquet(source)
    restored = articles.map_batches(Restorer, batch_format="pandas", batch_size=200, num_cpus=1, compute=actors)
    restored.write_parquet(target)
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
