//! How the process takes memory from the system, and gives it back.

/// Memory in pages of 4 KiB. In pages of 2 MiB what is free between things that are not never goes back, and the kernel
/// fills the holes anew: a third more memory, and no less processor time (measured at 100 000 records/s).
pub(crate) fn use_small_pages() {
    if let Err(cause) = nix::sys::prctl::set_thp_disable(true) {
        tracing::debug!(%cause, "cannot do without huge pages: Weir takes more memory");
    }
}

/// Gives what is free back to the system. The allocator does so by itself only while it is busy: after a large file was
/// read, a Weir that has nothing to do would keep its memory.
#[expect(unsafe_code, reason = "the allocator is a C library")]
pub(crate) fn give_back() {
    // SAFETY: it takes no pointers and may be called at any time, from any thread.
    unsafe { libmimalloc_sys::mi_collect(true) }
}
