//! `weir store verify`: reads every segment and says which are not sound.

use std::fmt::Write as _;

use weir_schema::Table;

use crate::cli::StoreVerify;
use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run(arguments: &StoreVerify) -> Result<(), Failure> {
    let (mut segments, mut rows, mut bytes, mut damaged) = (0, 0, 0, 0);
    for table in Table::ALL {
        let snapshot = super::snapshot(&arguments.data, table)?;
        for segment in snapshot.segments() {
            segments += 1;
            rows += segment.rows;
            bytes += segment.bytes;
            if let Some(problem) = snapshot.verify(segment) {
                damaged += 1;
                let folder = weir_store::table_dir(&arguments.data, table);
                let path = folder.join(&segment.path);
                say(&format!("{}: {} rows: {problem}\n", path.display(), segment.rows))?;
            }
        }
    }
    if damaged == 0 {
        let mut text = String::new();
        let _ = writeln!(text, "{segments} segments with {rows} rows in {bytes} bytes are sound");
        return say(&text);
    }
    let (what, them) = if damaged == 1 { ("segment is", "it") } else { ("segments are", "them") };
    Err(Failure::failed(format!("{damaged} of {segments} {what} damaged")).help(format!(
        "queries go on without {them}; put {them} back from a backup of the directory `segments`"
    )))
}
