//! The writer's side of the second compaction: what is due, and putting one segment in the place of others.
//!
//! The work is done on the side, while segments are made and dropped. Only at its end the new segment takes the place of
//! the old ones, in one transaction, and only if retention has dropped none of them meanwhile.

use std::fs;
use std::sync::{Arc, PoisonError};

use tracing::{debug, info};

use crate::compact::{choose, compact};
use crate::rollup::{self, RollupFile};
use crate::segment::{self, Order, Segment, UNFINISHED};
use crate::store::{Step, Work, clean_up};
use crate::{Store, StoreError};

/// A segment to put in the place of others.
#[derive(Debug, Clone)]
pub(crate) struct Replacement {
    segment: Segment,
    replaced: Vec<u64>,
    /// Sums of its rows.
    rollups: Vec<RollupFile>,
}

impl Store {
    /// Puts old segments together, if enough of them wait for it. Returns whether it did; then more may be due.
    /// `go_on` is asked often: it may wait, and where it says no the work is given up until the next time.
    pub fn compact_if_due(&self, go_on: &dyn Fn() -> bool) -> Result<bool, StoreError> {
        let before_ns = self.clock.now_ns().saturating_sub(self.config.compact_after.as_ns());
        self.compact_next(before_ns, false, go_on)
    }

    /// Puts segments together whatever their age, as many as become one. Returns whether there were any; then more may
    /// be left.
    pub fn compact_now(&self, go_on: &dyn Fn() -> bool) -> Result<bool, StoreError> {
        self.compact_next(i64::MAX, true, go_on)
    }

    /// Puts all segments together that are in time order. Returns how many there were.
    pub fn compact_all(&self) -> Result<usize, StoreError> {
        let count =
            |store: &Self| store.segments().iter().filter(|segment| segment.order == Order::Time).count();
        let before = count(self);
        while self.compact_now(&|| true)? {}
        Ok(before.saturating_sub(count(self)))
    }

    pub(crate) fn compact_next(
        &self,
        before_ns: i64,
        everything: bool,
        go_on: &dyn Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let Ok(mut left_out) = self.compacting.try_lock() else { return Ok(false) };
        self.finish_replacement()?;
        let inputs = choose(&self.segments(), before_ns, everything, &left_out);
        if inputs.is_empty() || !self.has_room(&inputs) {
            return Ok(false);
        }
        let unfinished = self.dir.join(segment::FOLDER).join(format!("compacted{UNFINISHED}"));
        let pause = || if go_on() { Ok(()) } else { Err(StoreError::Interrupted) };
        let made = compact(&self.files, &inputs, &unfinished, &pause)
            .and_then(|written| Ok((written, rollup::add_up(&self.files, &inputs, &pause)?)));
        let (written, sums) = match made {
            Ok(made) => made,
            // It was told to stop, or retention was faster.
            Err(StoreError::Interrupted | StoreError::Gone { .. }) => {
                let _ = fs::remove_file(&unfinished);
                return Ok(false);
            }
            Err(error) => {
                clean_up(&unfinished, &error);
                // One that cannot be read is left alone from now on, or it would keep the others from their turn.
                if let StoreError::Segment { path, .. } | StoreError::Newer { path, .. } = &error {
                    left_out.extend(
                        inputs.iter().filter(|input| self.files.path(input) == *path).map(|input| input.id),
                    );
                }
                return Err(error);
            }
        };
        self.step(Step::Written)?;
        let rows: u64 = written.row_groups.iter().map(|group| group.rows).sum();
        let wanted: u64 = inputs.iter().map(|segment| segment.rows).sum();
        if rows != wanted {
            let _ = fs::remove_file(&unfinished);
            return Err(StoreError::RowsDiffer { path: unfinished, rows, wanted });
        }
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let id = work.next_segment;
        work.next_segment += 1;
        let path = self.dir.join(Segment::path_of(id));
        let created_ns = inputs.iter().map(|segment| segment.created_ns).max().unwrap_or_default();
        self.name_segment(&unfinished, &path)?;
        self.step(Step::Named)?;
        let segment = self.listed(id, written, created_ns, Order::Address);
        let replaced = inputs.iter().map(|segment| segment.id).collect();
        let rollups = sums.iter().map(|(kind, sums)| rollup::write_file(&self.dir, *kind, sums, &segment));
        let rollups = rollups.collect::<Result<_, _>>()?;
        self.step(Step::Summed)?;
        self.replace(&mut work, Replacement { segment, replaced, rollups })
    }

    /// Ends what was begun and could not be committed.
    fn finish_replacement(&self) -> Result<(), StoreError> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        match work.replacing.take() {
            Some(replacement) => self.replace(&mut work, replacement).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Commits a replacement. After an error the file stays, and it is tried again: whether the manifest has it cannot
    /// be told.
    fn replace(&self, work: &mut Work, replacement: Replacement) -> Result<bool, StoreError> {
        let Replacement { segment, replaced, rollups } = &replacement;
        work.unpublished = true;
        let listed = match work.manifest.replace(replaced, segment, rollups, self.clock.now_ns()) {
            Ok(listed) => listed,
            Err(error) => {
                work.replacing = Some(replacement);
                return Err(error);
            }
        };
        self.step(Step::Committed)?;
        if !listed {
            debug!(id = segment.id, "a segment was dropped while it was compacted");
            for path in std::iter::once(&segment.path).chain(rollups.iter().map(|rollup| &rollup.path)) {
                let _ = fs::remove_file(self.dir.join(path));
            }
            return Ok(true);
        }
        info!(
            id = segment.id,
            segments = replaced.len(),
            rows = segment.rows,
            bytes = segment.bytes,
            "segments put together"
        );
        work.rollups_published = false;
        self.replace_segments(replaced, segment.clone(), rollups.clone());
        self.step(Step::Switched)?;
        self.publish(work)?;
        self.step(Step::Published)?;
        Ok(true)
    }

    /// Whether the disk has room for the new segment beside the old ones.
    fn has_room(&self, inputs: &[Arc<Segment>]) -> bool {
        let bytes: u64 = inputs.iter().map(|segment| segment.bytes).sum();
        (self.space)(&self.dir)
            .is_ok_and(|space| space.available > self.min_free(space).saturating_add(2 * bytes))
    }
}
