"""Parquet files as pyarrow writes them, for src/datasets/parquet.test.ts: what readers are known to get wrong.

    pip install pyarrow==26.0.1
    python bench/golden/parquet_files.py src/datasets/golden

Writes chats.parquet (conversations) and hard.<codec>.parquet (100 rows, or the first 3 of them: integers beyond 2^53, nullable booleans, lists that span pages, messages, times, decimals) and hard.json, the
values that must be read: integers beyond 2^53 as JSON integers.
"""

import datetime
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

target = sys.argv[1]
rows = 100
message = pa.struct([("role", pa.string()), ("content", pa.string()), ("name", pa.string())])
schema = pa.schema(
    [
        pa.field("big", pa.int64()),
        pa.field("unsigned", pa.uint64()),
        pa.field("id", pa.int32(), nullable=False),
        pa.field("flag", pa.bool_()),
        pa.field("answer", pa.string()),
        pa.field("nested", pa.list_(pa.list_(pa.int64()))),
        pa.field("messages", pa.list_(message)),
        pa.field("info", pa.struct([("a", pa.float64()), ("b", pa.list_(pa.string()))])),
        pa.field("when", pa.timestamp("us", tz="UTC")),
        pa.field("day", pa.date32()),
        pa.field("price", pa.decimal128(12, 2)),
        pa.field("huge", pa.decimal128(38, 0)),
        pa.field("bytes", pa.binary()),
    ]
)


def row(i):
    return {
        # Odd beyond 2^53: no double holds one.
        "big": None if i == 7 else (1 << 53) + i if i % 2 else -i,
        "unsigned": (1 << 64) - 1 - i,
        "id": i,
        "flag": None if i % 3 == 0 else i % 2 == 0,
        "answer": None if i == 4 else "\ufeffline\u2028one\r\ntwo" if i == 5 else f"answer {i}",
        "nested": None if i == 9 else [] if i == 10 else [[j * i for j in range(k)] for k in range(i % 13)] + ([None] if i == 12 else []),
        "messages": None
        if i == 11
        else [
            {"role": "user", "content": f"question {i}", "name": None},
            {"role": "assistant", "content": None if i == 13 else "x" * (i % 7), "name": "n"},
        ][: i % 3],
        "info": None if i == 14 else {"a": None if i == 15 else i / 3, "b": ["p", None, "q"][: i % 4]},
        "when": None if i == 16 else datetime.datetime(1969, 12, 31, 23, 59, 59, 999000 + i, tzinfo=datetime.timezone.utc),
        "day": datetime.date(2024, 2, 29) - datetime.timedelta(days=365 * i),
        "price": None if i == 17 else decimal.Decimal(115 * (i - 50)) / 100,
        "huge": decimal.Decimal(10**37 + i) * (-1 if i % 2 else 1),
        "bytes": b"\xff\x00" if i == 18 else f"text {i}".encode(),
    }


def plain(value):
    """As the reader gives it."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent >= 0 else float(value)
    if isinstance(value, bytes):
        return "/wA=" if value == b"\xff\x00" else value.decode()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


data = [row(i) for i in range(rows)]
table = pa.Table.from_pylist(data, schema=schema)
for codec in ["snappy", "zstd", "gzip", "brotli", "lz4"]:
    # Tiny pages and two row groups: lists and runs of nulls go over their ends.
    pq.write_table(
        table if codec in ("snappy", "zstd") else table.slice(0, 3),
        f"{target}/hard.{codec}.parquet",
        compression=codec,
        row_group_size=64,
        data_page_size=64,
        write_batch_size=8,
        data_page_version="2.0" if codec in ("zstd", "brotli") else "1.0",
        use_dictionary=codec in ("snappy", "zstd"),
    )
chats = [
    [{"role": "user", "content": "w3 w4"}, {"role": "assistant", "content": "w5"}],
    [{"role": "user", "content": "w6"}],
    [{"role": r, "content": c} for r, c in [("user", "w7"), ("assistant", "w8 w9"), ("user", "w10"), ("assistant", "w11")]],
]
chat = pa.schema([pa.field("id", pa.int64()), pa.field("messages", pa.list_(message))])
rows_of_chats = [{"id": (1 << 53) + 1, "messages": [{**m, "name": None} for m in messages]} for messages in chats]
pq.write_table(pa.Table.from_pylist(rows_of_chats, schema=chat), f"{target}/chats.parquet", compression="snappy", data_page_size=64, write_batch_size=1)
with open(f"{target}/hard.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(plain(r), separators=(",", ":")) for r in data) + "\n]\n")
