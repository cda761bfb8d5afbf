//! `weir store`: the segments of a data directory: what there is, whether it is sound, putting it together, copying it.

mod compact;
mod export;
mod ls;
mod verify;

use std::path::Path;

use weir_schema::Table;
use weir_store::{ReadStore, Snapshot, StoreError};

use crate::cli::{Store, StoreAction};
use crate::failure::Failure;

pub(crate) fn run(arguments: &Store) -> Result<(), Failure> {
    match &arguments.action {
        StoreAction::Ls(arguments) => ls::run(arguments),
        StoreAction::Verify(arguments) => verify::run(arguments),
        StoreAction::Compact(arguments) => compact::run(arguments),
        StoreAction::Export(arguments) => export::run(arguments),
    }
}

/// The rows of a table on disk, also beside a running server.
fn snapshot(data: &Path, table: Table) -> Result<Snapshot, Failure> {
    if data.exists() && !data.is_dir() {
        return Err(Failure::failed(format!("`{}` is a file, not a data directory", data.display())));
    }
    ReadStore::open_table(data, table).and_then(|store| store.snapshot()).map_err(|error| failed(&error))
}

fn failed(error: &StoreError) -> Failure {
    Failure::from_error(error).maybe_help(error.help())
}
