"""Restore a folder of Parquet files with Spark: ``spark-submit with_spark.py wire/ restored/``."""

import sys

from pyspark.sql import SparkSession

import newsnorm.integrations.spark


def main(source, target):
    spark = SparkSession.builder.appName("restore").getOrCreate()
    articles = spark.read.parquet(source).select("id", "text")
    # Many small tasks: a worker that dies costs little, and the last ones to end are soon done.
    articles = articles.repartition(8 * spark.sparkContext.defaultParallelism)
    restored = newsnorm.integrations.spark.restore(articles, "text", into="restored", quotes="curly")
    restored.write.mode("overwrite").parquet(target)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
