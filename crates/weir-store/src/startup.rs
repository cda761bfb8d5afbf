//! What opening a store does with what it finds: it finishes or removes what a process that died left half done, and
//! removes nothing that may hold rows that are nowhere else.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tracing::{error, info, warn};

use crate::StoreError;
use crate::manifest::{self, Manifest};
use crate::published::Published;
use crate::rollup::{self, RollupFile};
use crate::segment::{self, Segment};

/// Where files go that look like segments and that no list has.
const ORPHANED: &str = "orphaned";
/// Missing segments that are named in the log one by one.
const NAMED: usize = 10;

/// Makes a directory and those above it, durably: a new name is on disk only once the directory that has it is.
pub(crate) fn create_directory(dir: &Path) -> io::Result<()> {
    let absent: Vec<&Path> = dir.ancestors().take_while(|above| !is_there(above)).collect();
    fs::create_dir_all(dir)?;
    for made in absent {
        let above = made.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

/// Whether there is something, or something that cannot be looked at. The empty path is where the process is.
fn is_there(path: &Path) -> bool {
    let absent = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
    path.as_os_str().is_empty() || !fs::metadata(path).is_err_and(absent)
}

/// Refuses to begin with an empty manifest, or to go on with an old one, where there are segments: they would count as
/// rubbish.
pub(crate) fn open_manifest(dir: &Path) -> Result<(Manifest, Option<Published>), StoreError> {
    let published = Published::read_changes(dir).unwrap_or_else(|error| {
        warn!(error = %weir_telemetry::chain(&error), "the published list of segments is damaged, writing it anew");
        None
    });
    let commits = published.as_ref().map_or(0, |published| published.commits);
    let lost = |state| StoreError::ManifestLost { path: manifest::path(dir), state };
    if manifest::is_absent(dir)? && (commits > 0 || has_segments(dir)?) {
        return Err(lost("missing"));
    }
    let mut manifest = Manifest::open(dir)?;
    if manifest.state()?.commits < commits {
        return Err(lost("older than the segments"));
    }
    Ok((manifest, published))
}

fn has_segments(dir: &Path) -> Result<bool, StoreError> {
    Ok(list(&dir.join(segment::FOLDER))?.iter().any(|name| name.ends_with(".parquet")))
}

/// The names of the files in a folder.
fn list(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::io("list", folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Removes files of segments that were never committed, whose rows the journal or other segments have. Other files that no list has are
/// moved out of the way.
pub(crate) fn tidy(dir: &Path, manifest: &mut Manifest, now_ns: i64) -> Result<(), StoreError> {
    let folder = dir.join(segment::FOLDER);
    let next_segment = manifest.state()?.next_segment;
    let mut changed = false;
    for name in list(&folder)? {
        let path = folder.join(&name);
        let failed = |action| {
            let path = &path;
            move |source| StoreError::io(action, path, source)
        };
        if let Some(given_up) = name.strip_suffix(segment::GIVEN_UP) {
            // There was not even room to take it off the list.
            if let Some(id) = segment::id_of(given_up) {
                manifest.drop_segments(&[id], now_ns)?;
            }
            fs::remove_file(&path).map_err(failed("remove"))?;
        } else if name.ends_with(segment::UNFINISHED) {
            info!(path = %path.display(), "removing a segment that was not finished; its rows are where they were");
            fs::remove_file(&path).map_err(failed("remove"))?;
        } else if name.ends_with(".parquet") && !manifest.knows(&format!("{}/{name}", segment::FOLDER))? {
            if segment::id_of(&name).is_some_and(|id| id >= next_segment) {
                info!(path = %path.display(), "removing a segment that was not committed; its rows are where they were");
                fs::remove_file(&path).map_err(failed("remove"))?;
            } else {
                warn!(path = %path.display(), "a file that is not in the list of segments, moved to `{ORPHANED}`");
                let orphaned = folder.join(ORPHANED);
                create_directory(&orphaned).map_err(failed("move"))?;
                fs::rename(&path, orphaned.join(&name)).map_err(failed("move"))?;
            }
        } else {
            continue;
        }
        changed = true;
    }
    if changed {
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| StoreError::io("sync", &folder, source))?;
    }
    Ok(())
}

/// The roll-ups whose files are there. Files that are not listed were never committed, and go.
pub(crate) fn rollups(dir: &Path, manifest: &mut Manifest) -> Result<Vec<RollupFile>, StoreError> {
    let folder = dir.join(rollup::FOLDER);
    if !is_there(&folder) {
        return Ok(Vec::new());
    }
    for name in list(&folder)? {
        if !manifest.knows(&format!("{}/{name}", rollup::FOLDER))? {
            let path = folder.join(&name);
            fs::remove_file(&path).map_err(|source| StoreError::io("remove", &path, source))?;
        }
    }
    let (present, missing): (Vec<_>, Vec<_>) =
        manifest.rollups()?.into_iter().partition(|file| is_there(&dir.join(&file.path)));
    if !missing.is_empty() {
        warn!(files = missing.len(), "roll-ups are missing; the segments that are there have the rows");
    }
    Ok(present)
}

/// The segments whose files are there. One that is missing stays in the manifest, for it may come back; it leaves
/// when it would have been too old.
pub(crate) fn present(
    dir: &Path,
    manifest: &mut Manifest,
    oldest_ns: i64,
    now_ns: i64,
) -> Result<Vec<Segment>, StoreError> {
    let mut missing = Vec::new();
    let mut present = Vec::new();
    for segment in manifest.segments()? {
        let path = dir.join(&segment.path);
        match fs::metadata(&path) {
            Ok(_) => present.push(segment),
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(segment),
            Err(source) => return Err(StoreError::io("look at", &path, source)),
        }
    }
    if missing.len() > present.len() {
        let total = missing.len() + present.len();
        return Err(StoreError::SegmentsMissing {
            folder: dir.join(segment::FOLDER),
            missing: missing.len(),
            total,
        });
    }
    for segment in missing.iter().take(NAMED) {
        error!(
            path = segment.path,
            rows = segment.rows,
            "segment is missing, queries answer without its rows"
        );
    }
    if missing.len() > NAMED {
        error!(segments = missing.len(), "segments are missing in total");
    }
    let too_old: Vec<u64> =
        missing.iter().filter(|segment| segment.created_ns < oldest_ns).map(|segment| segment.id).collect();
    if !too_old.is_empty() {
        manifest.drop_segments(&too_old, now_ns)?;
    }
    Ok(present)
}
