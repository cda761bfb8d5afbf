//! How much memory it takes to make a segment, beside the rows themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use weir_journal::Position;
use weir_store::{Store, StoreConfig};
use weir_telemetry::ManualClock;

#[path = "../../weir-journal/tests/support/flows.rs"]
mod flows;

/// The system's allocator, which also counts what is taken and the most that ever was.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
#[expect(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let taken = TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(taken, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Mebibytes that sealing 512 Ki rows takes at most.
fn sealing_takes(hosts: Option<u64>) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(0))).unwrap();
    for n in 1..=64 {
        store.append_hot(flows::flows(n, 8192, hosts), Position { file: 1, offset: n });
    }
    let before = TAKEN.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    store.seal_all().unwrap();
    let most = MOST.load(Ordering::Relaxed);
    let stats = store.stats();
    let (hot, bytes) = (before >> 20, stats.bytes as f64 / stats.rows as f64);
    println!("{hosts:?} hosts: {hot} MiB before, at most {} MiB; {bytes:.1} bytes a row", most >> 20);
    (most - before) >> 20
}

/// One test, for the counter is the process's.
#[test]
fn sealing_needs_little_memory_beside_the_rows() {
    let calm = sealing_takes(Some(10_000));
    assert!(calm <= 40, "{calm} MiB");
    let flood = sealing_takes(None);
    assert!(flood <= 40, "{flood} MiB");
}
