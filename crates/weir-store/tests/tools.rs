//! Other tools read what Weir writes: DuckDB and pyarrow find the same values in a segment.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, RecordBatch};
use serde_json::{Value, json};
use weir_journal::Position;
use weir_schema::Field;
use weir_store::{Store, StoreConfig};
use weir_telemetry::ManualClock;
use weir_testkit::skip;

#[path = "../../weir-journal/tests/support/batches.rs"]
#[expect(dead_code, reason = "other tests make batches of any shape with it")]
mod batches;

const COLUMNS: [Field; 6] =
    [Field::SrcIp, Field::DstIp, Field::NextHop, Field::FlowProtocol, Field::SrcPort, Field::Bytes];

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A Python that has the tools: that of `scripts/setup.sh test`, or the system's.
fn python() -> Option<PathBuf> {
    let own = project().join("target/python/bin/python3");
    let given = std::env::var_os("WEIR_PYTHON").map(PathBuf::from);
    given.into_iter().chain([own, "python3".into()]).find(|python| {
        let tried = Command::new(python).args(["-c", "import duckdb, pyarrow.parquet"]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

fn values(batch: &RecordBatch, field: Field) -> Vec<Value> {
    let Some(column) = batch.column_by_name(field.name()) else { return vec![Value::Null; batch.num_rows()] };
    let value = |row: usize| -> Value {
        if column.is_null(row) {
            return Value::Null;
        }
        match field {
            Field::SrcPort => json!(column.as_primitive::<arrow_array::types::UInt16Type>().value(row)),
            Field::Bytes => json!(column.as_primitive::<arrow_array::types::UInt64Type>().value(row)),
            _ => {
                let coded = column.as_dictionary::<UInt32Type>();
                let at = coded.keys().value(row) as usize;
                match coded.values().as_fixed_size_binary_opt() {
                    Some(values) => {
                        json!(format!("{:032x}", u128::from_be_bytes(values.value(at).try_into().unwrap())))
                    }
                    None => json!(coded.values().as_string::<i32>().value(at)),
                }
            }
        }
    };
    (0..batch.num_rows()).map(value).collect()
}

#[test]
fn other_tools_read_the_same() {
    let Some(python) = python() else {
        return skip("no Python with duckdb and pyarrow: `scripts/setup.sh test` installs them");
    };
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(0))).unwrap();
    for n in 0..8u64 {
        // Runs, nulls, one value, many: the seed decides.
        let batch = batches::batch(20_000 + n as usize, &COLUMNS, n);
        store.append_hot(batch, Position { file: 1, offset: n + 1 });
    }
    store.seal_all().unwrap();
    for compacted in [false, true] {
        if compacted {
            assert_eq!(store.compact_all().unwrap(), 1);
        }
        let snapshot = store.snapshot();
        let path = dir.path().join(&snapshot.segments()[0].path);
        let names = COLUMNS.map(Field::name).join(",");
        let output = Command::new(&python)
            .arg(project().join("scripts/read-segments.py"))
            .args([names.as_str(), path.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        let parts = snapshot.parts(i64::MIN..i64::MAX);
        let parts: Vec<_> = parts.iter().map(|part| part.read(&COLUMNS).unwrap()).collect();
        for tool in ["duckdb", "pyarrow"] {
            for field in COLUMNS {
                let wanted: Vec<Value> = parts.iter().flat_map(|batch| values(batch, field)).collect();
                let found = read[tool][field.name()].as_array().unwrap();
                let differs = wanted.iter().zip(found).position(|(wanted, found)| wanted != found);
                assert_eq!((found.len(), differs), (wanted.len(), None), "{tool}: {}", field.name());
            }
        }
    }
}
