//! The writer: appends frames, makes them durable, removes files that every reader has passed.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use tracing::{error, info, warn};

use crate::frame::Encoder;
use crate::synced::Mark;
use crate::{FOLDER, JournalConfig, JournalError, JournalReader, Position, Visibility, file, frame, synced};

/// The journal of a data directory, open for appending. There must be only one at a time: the store's lock sees to it.
pub struct Journal {
    folder: PathBuf,
    config: JournalConfig,
    encoder: Encoder,
    active: Active,
    next_sequence: u64,
    /// Frames that are written but not on disk, oldest first.
    unsynced: VecDeque<Vec<u8>>,
    unsynced_bytes: u64,
    synced: Position,
    mark: Mark,
    cut: Cut,
    damage: Damage,
    /// Stands between the journal and the disk, so that a test can make it fail.
    flush: Flush,
}

type Flush = Box<dyn FnMut(&File) -> io::Result<()> + Send>;

/// The file that is appended to.
struct Active {
    file: File,
    number: u64,
    /// Where its first frame begins.
    start: u64,
    end: u64,
    /// The file cannot be trusted any more: a write or an fsync failed.
    failed: bool,
}

/// What opening the journal had to remove: writes that had not finished when the machine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cut {
    /// Bytes after the last sound frame.
    pub bytes: u64,
    /// Files without a header.
    pub files: u64,
}

/// What opening the journal found changed on disk. Nothing of it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Damage {
    /// Files whose header cannot be read. They are set aside, with the suffix `.damaged`.
    pub files: u64,
    /// Frames in them, after the floor, and at the end of the newest other file: those that no reader comes across.
    pub frames: u64,
    /// Rows of those frames, as far as they can still be counted.
    pub rows: u64,
    /// Bytes within the newest other file that are no frames any more.
    pub bytes: u64,
}

impl Journal {
    /// Opens the journal of a data directory, which is made if it is not there. Every later position is greater than
    /// `floor`: pass the greatest position that a reader has kept, for a power failure can take away frames that a
    /// reader has already passed.
    ///
    /// A torn tail is cut off, and a file without a whole header removed: neither was ever acknowledged. What may have
    /// been, and is damaged, stays where it is or is set aside: see [`Journal::damage`].
    pub fn open(dir: &Path, config: JournalConfig, floor: Position) -> Result<Self, JournalError> {
        let folder = dir.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|source| JournalError::io("create", &folder, source))?;
        file::sync_folder(dir)?;
        let acknowledged = synced::read(&folder);
        let mark = Mark::open(&folder)?;
        let (mut cut, mut damage) = (Cut::default(), Damage::default());
        sort_out(&folder, floor, &mut cut, &mut damage)?;
        let newest = open_newest(&folder, acknowledged, &mut cut, &mut damage)?;
        let next_sequence = newest.as_ref().map_or(0, |newest| newest.next_sequence);
        let last_number = newest.as_ref().map_or(0, |newest| newest.active.number);
        let last_number = last_number.max(floor.file).max(file::last_damaged(&folder)?);
        let reusable = newest.filter(|newest| {
            newest.appendable
                && newest.active.number == last_number
                && Position { file: newest.active.number, offset: newest.active.end } >= floor
        });
        let active = match reusable {
            Some(newest) => newest.active,
            None => create_active(&folder, last_number + 1, next_sequence)?,
        };
        if cut != Cut::default() {
            warn!(bytes = cut.bytes, files = cut.files, "journal had an unfinished write, cut off");
        }
        if damage != Damage::default() {
            let Damage { files, frames, rows, bytes } = damage;
            error!(files, frames, rows, bytes, "the journal was changed on disk: what this held is lost");
        }
        let mut journal = Self {
            folder,
            config,
            encoder: Encoder::default(),
            synced: Position { file: active.number, offset: active.end },
            active,
            next_sequence,
            unsynced: VecDeque::new(),
            unsynced_bytes: 0,
            mark,
            cut,
            damage,
            flush: Box::new(File::sync_data),
        };
        journal.publish();
        Ok(journal)
    }

    /// Appends a batch. It can be read at once in this process; it is durable after the next [`Journal::sync`].
    /// After an error nothing was appended.
    pub fn append(&mut self, batch: &RecordBatch) -> Result<Position, JournalError> {
        let frame = self.encoder.encode(batch)?;
        let len = frame.len();
        if self.active.failed || self.unsynced_bytes + len > self.config.unsynced_size.0 {
            self.sync()?;
        }
        if self.active.end > self.active.start && self.active.end + len > self.config.file_size.0 {
            self.sync()?;
            self.active = create_active(&self.folder, self.active.number + 1, self.next_sequence)?;
        }
        let position = Position { file: self.active.number, offset: self.active.end + len };
        let frame = frame.place(self.next_sequence, position);
        self.write(&frame)?;
        self.next_sequence += 1;
        self.unsynced_bytes += len;
        self.unsynced.push_back(frame);
        Ok(position)
    }

    fn write(&mut self, frame: &[u8]) -> Result<(), JournalError> {
        let active = &mut self.active;
        if let Err(source) = active.file.write_all_at(frame, active.end) {
            // Half a frame in the middle of a file would hide what follows it.
            if active.file.set_len(active.end).is_err() {
                active.failed = true;
            }
            return Err(JournalError::io("write", &file::path(&self.folder, active.number), source));
        }
        active.end += frame.len() as u64;
        Ok(())
    }

    /// Makes everything appended durable and returns how far that is. When the disk refuses, the frames are written
    /// again to a new file; only if that fails too is it an error, and then the next call tries once more.
    pub fn sync(&mut self) -> Result<Position, JournalError> {
        if self.unsynced.is_empty() && !self.active.failed {
            return Ok(self.synced);
        }
        let flushed = if self.active.failed { None } else { Some((self.flush)(&self.active.file)) };
        match flushed {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                // A second fsync of the same file may say "done" without having written anything.
                warn!(%error, file = self.active.number, frames = self.unsynced.len(),
                    "fsync of the journal failed, writing its last frames again to a new file");
                self.active.failed = true;
                self.write_again()?;
            }
            None => self.write_again()?,
        }
        self.unsynced.clear();
        self.unsynced_bytes = 0;
        self.synced = self.position();
        self.publish();
        Ok(self.synced)
    }

    /// Copies the frames that are not on disk to a new file and flushes that.
    fn write_again(&mut self) -> Result<(), JournalError> {
        let number = self.active.number + 1;
        let first_sequence = self.next_sequence - self.unsynced.len() as u64;
        self.active = create_active(&self.folder, number, first_sequence)?;
        let mut written = Ok(());
        for frame in &self.unsynced {
            written = written.and_then(|()| self.active.file.write_all_at(frame, self.active.end));
            self.active.end += frame.len() as u64;
        }
        let done = written.and_then(|()| (self.flush)(&self.active.file));
        done.map_err(|source| {
            self.active.failed = true;
            let path = file::path(&self.folder, number);
            // The frames are still in memory and, perhaps, in the file before.
            let _ = fs::remove_file(&path);
            JournalError::io("sync", &path, source)
        })
    }

    fn publish(&mut self) {
        if let Err(error) = self.mark.publish(self.synced) {
            warn!(%error, "cannot publish how far the journal is on disk; other processes see older rows");
        }
    }

    /// The end of the last frame.
    pub fn position(&self) -> Position {
        Position { file: self.active.number, offset: self.active.end }
    }

    /// How far the journal is on disk.
    pub fn synced(&self) -> Position {
        self.synced
    }

    /// What opening had to cut off.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// What opening found damaged, beside what a reader will pass over.
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// Whether the files are so large together that some should go before more is appended. It looks at each.
    pub fn is_full(&self) -> Result<bool, JournalError> {
        Ok(self.size_bytes()? >= self.config.max_size.0.max(2 * self.config.file_size.0))
    }

    /// Bytes of all files.
    pub fn size_bytes(&self) -> Result<u64, JournalError> {
        let mut bytes = 0;
        for number in file::list(&self.folder)? {
            bytes += fs::metadata(file::path(&self.folder, number)).map_or(0, |found| found.len());
        }
        Ok(bytes)
    }

    /// Removes the files that lie wholly before `upto`, which every reader has passed. Returns their number.
    pub fn retire(&mut self, upto: Position) -> Result<u64, JournalError> {
        let mut removed = 0;
        for number in file::list(&self.folder)? {
            if number >= upto.file || number >= self.active.number {
                break;
            }
            let path = file::path(&self.folder, number);
            fs::remove_file(&path).map_err(|source| JournalError::io("remove", &path, source))?;
            removed += 1;
        }
        if removed > 0 {
            file::sync_folder(&self.folder)?;
        }
        Ok(removed)
    }

    /// Reads from a position on, frames that are not on disk yet included. At the end it yields `None`; asked again
    /// later, it goes on.
    pub fn reader(&self, from: Position) -> Result<JournalReader, JournalError> {
        JournalReader::in_folder(self.folder.clone(), from, Visibility::All)
    }

    /// Replaces the fsync, for tests that make it fail.
    pub fn flush_with(&mut self, flush: impl FnMut(&File) -> io::Result<()> + Send + 'static) {
        self.flush = Box::new(flush);
    }
}

fn create_active(folder: &Path, number: u64, first_sequence: u64) -> Result<Active, JournalError> {
    let (file, end) = file::create(folder, number, first_sequence)?;
    Ok(Active { file, number, start: end, end, failed: false })
}

struct Newest {
    active: Active,
    next_sequence: u64,
    /// Its frames have today's columns, and it is whole.
    appendable: bool,
}

/// Deals with files that have no header, as far as `floor` does not say that their rows are somewhere else.
fn sort_out(folder: &Path, floor: Position, cut: &mut Cut, damage: &mut Damage) -> Result<(), JournalError> {
    for number in file::list(folder)?.into_iter().filter(|number| *number >= floor.file) {
        let path = file::path(folder, number);
        let failed = |action, source| JournalError::io(action, &path, source);
        let opened = File::open(&path).map_err(|source| failed("open", source))?;
        if file::read_header(&opened, folder, number)?.is_some() {
            continue;
        }
        if file::is_unfinished(&opened, number).map_err(|source| failed("look at", source))? {
            info!(path = %path.display(), "removing a journal file without a header");
            fs::remove_file(&path).map_err(|source| failed("remove", source))?;
            cut.files += 1;
            continue;
        }
        let (frames, rows) =
            file::count_after(&opened, number, floor).map_err(|source| failed("read", source))?;
        let kept = file::set_aside(folder, number)?;
        error!(path = %kept.display(), frames, rows, "a journal file has lost its header, set aside");
        damage.files += 1;
        damage.frames += frames;
        damage.rows += rows;
    }
    Ok(())
}

/// Opens the newest file that has a header, and cuts its torn tail, unless that had been acknowledged.
fn open_newest(
    folder: &Path,
    acknowledged: Option<Position>,
    cut: &mut Cut,
    damage: &mut Damage,
) -> Result<Option<Newest>, JournalError> {
    for number in file::list(folder)?.into_iter().rev() {
        let path = file::path(folder, number);
        let failed = |action, source| JournalError::io(action, &path, source);
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let opened = opened.map_err(|source| failed("open", source))?;
        let Some(header) = file::read_header(&opened, folder, number)? else {
            // Older than the floor: it goes when it is retired.
            continue;
        };
        let end = file::find_end(&opened, number, &header).map_err(|source| failed("read", source))?;
        damage.bytes += end.holes;
        // Without a mark nobody knows.
        let is_lost = acknowledged.is_none_or(|mark| mark > Position { file: number, offset: end.offset });
        if end.torn > 0 && is_lost {
            damage.bytes += end.torn;
            let claimed = frame::claimed_rows(&opened, end.offset, end.offset + end.torn);
            damage.rows += claimed.map_err(|source| failed("read", source))?;
            damage.frames += 1;
        } else if end.torn > 0 {
            opened.set_len(end.offset).map_err(|source| failed("cut", source))?;
            cut.bytes += end.torn;
        }
        opened.sync_all().map_err(|source| failed("sync", source))?;
        let active = Active { file: opened, number, start: header.len, end: end.offset, failed: false };
        return Ok(Some(Newest {
            active,
            next_sequence: end.next_sequence,
            appendable: header.is_current() && end.holes == 0 && !(end.torn > 0 && is_lost),
        }));
    }
    Ok(None)
}
