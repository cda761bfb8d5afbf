//! What the stages tell each other beside batches.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread::Thread;

/// Shared by the stages and the pipeline.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// Collection ends: nothing waits for room any longer.
    stopping: AtomicBool,
    /// The journal's stage waits for room on the disk.
    disk_wanted: AtomicBool,
    /// The journal's stage waits until everything is in segments.
    seal_wanted: AtomicBool,
    /// Somebody wants all segments to be put together.
    compaction_wanted: AtomicBool,
    /// The thread that does so.
    compaction: OnceLock<Thread>,
    /// The journal cannot be written.
    journal_fails: AtomicBool,
    /// Segments cannot be written.
    segments_fail: AtomicBool,
    /// The thread that makes segments.
    segments: OnceLock<Thread>,
    /// Its number in the kernel; 0 while it does not run.
    segments_id: AtomicI32,
}

/// Priority (`nice`) of the thread that makes segments while there is time, and while others wait for it.
const PATIENT: libc::c_int = 10;
const URGENT: libc::c_int = 0;

impl Signals {
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Names the calling thread as the one that makes segments. It leaves the CPU to others.
    pub(crate) fn begin_segments(&self) {
        let _named_already = self.segments.set(std::thread::current());
        // SAFETY: it takes nothing and cannot fail.
        #[expect(unsafe_code, reason = "no safe wrapper for the kernel's number of a thread")]
        let thread = unsafe { libc::gettid() };
        self.segments_id.store(thread, Ordering::SeqCst);
        self.have_time();
    }

    /// Others no longer wait for segments.
    pub(crate) fn have_time(&self) {
        self.set_priority(PATIENT);
    }

    /// Others wait for segments, so that they have the CPU to spare.
    pub(crate) fn hurry_segments(&self) {
        self.set_priority(URGENT);
        self.wake_segments();
    }

    pub(crate) fn end_segments(&self) {
        self.segments_id.store(0, Ordering::SeqCst);
    }

    /// Linux keeps priorities per thread. Raising one takes a privilege; where that is missing, those who wait leave the
    /// CPU to the thread anyway.
    fn set_priority(&self, nice: libc::c_int) {
        let thread = self.segments_id.load(Ordering::SeqCst);
        if let Ok(thread @ 1..) = libc::id_t::try_from(thread) {
            // SAFETY: plain numbers. A refusal is harmless, and so is a thread that has just ended.
            #[expect(unsafe_code, reason = "no safe wrapper for a single thread's priority")]
            let _refused = unsafe { libc::setpriority(libc::PRIO_PROCESS, thread, nice) };
        }
    }

    fn wake_segments(&self) {
        if let Some(thread) = self.segments.get() {
            thread.unpark();
        }
    }

    pub(crate) fn want_disk(&self) {
        self.disk_wanted.store(true, Ordering::SeqCst);
        self.wake_segments();
    }

    pub(crate) fn want_seal(&self) {
        self.seal_wanted.store(true, Ordering::SeqCst);
        self.wake_segments();
    }

    /// Names the calling thread as the one that puts segments together.
    pub(crate) fn begin_compaction(&self) {
        let _named_already = self.compaction.set(std::thread::current());
    }

    pub(crate) fn want_compaction(&self) {
        self.compaction_wanted.store(true, Ordering::SeqCst);
        if let Some(thread) = self.compaction.get() {
            thread.unpark();
        }
    }

    pub(crate) fn take_compaction_wanted(&self) -> bool {
        self.compaction_wanted.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn take_disk_wanted(&self) -> bool {
        self.disk_wanted.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn take_seal_wanted(&self) -> bool {
        self.seal_wanted.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn set_journal_fails(&self, fails: bool) {
        self.journal_fails.store(fails, Ordering::SeqCst);
    }

    pub(crate) fn set_segments_fail(&self, fail: bool) {
        self.segments_fail.store(fail, Ordering::SeqCst);
    }

    /// What keeps Weir from working, in words.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        if self.journal_fails.load(Ordering::SeqCst) {
            Some("the journal cannot be written")
        } else if self.segments_fail.load(Ordering::SeqCst) {
            Some("segments cannot be written")
        } else {
            None
        }
    }
}
