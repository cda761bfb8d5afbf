//! The append-only log of batches: frames, fsync, readers with cursors, retirement.
