//! The memory allocator, and how long it keeps what is free.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` in mimalloc's header `mimalloc.h`; the crate has no name for it.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// The allocator gives large free pieces back to the kernel after ten times this long.
const MILLISECONDS: std::ffi::c_long = 5_000;

/// Keeps free memory for as long as a segment takes to fill under load. Batches are freed together when they become a
/// segment, and as many are filled soon after: memory given back in between comes back as pages that the kernel must
/// zero, which cost a third of the time of receiving. The variable `MIMALLOC_PURGE_DELAY` wins.
pub(crate) fn keep_memory() {
    // SAFETY: called first thing in `main`, before there are other threads.
    #[expect(unsafe_code, reason = "mimalloc's options have no safe wrapper")]
    unsafe {
        libmimalloc_sys::mi_option_set_default(PURGE_DELAY, MILLISECONDS);
    }
}
