#!/usr/bin/env python3
"""Prints what DuckDB and pyarrow read of Parquet files: {tool: {column: [value, ...]}} as JSON.

    scripts/read-segments.py COLUMN[,COLUMN]... FILE...

Bytes are printed as hexadecimal digits. The test crates/weir-store/tests/tools.rs compares them with what was written.
"""

import json
import sys

import duckdb
import pyarrow.parquet as parquet


def plain(value):
    return bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else value


def by_duckdb(columns, files):
    names = ", ".join(f'"{column}"' for column in columns)
    listed = ", ".join(f"'{file}'" for file in files)
    rows = duckdb.sql(f"SELECT {names} FROM read_parquet([{listed}])").fetchall()
    return {column: [plain(row[place]) for row in rows] for place, column in enumerate(columns)}


def by_pyarrow(columns, files):
    read = {column: [] for column in columns}
    for file in files:
        table = parquet.ParquetFile(file).read(columns=columns)
        for column in columns:
            read[column].extend(plain(value) for value in table.column(column).to_pylist())
    return read


def main():
    columns, files = sys.argv[1].split(","), sys.argv[2:]
    read = {"duckdb": by_duckdb(columns, files), "pyarrow": by_pyarrow(columns, files)}
    json.dump(read, sys.stdout)


main()
