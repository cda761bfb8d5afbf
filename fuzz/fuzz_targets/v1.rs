//! NetFlow v1: records of either length add up to the datagram, and each becomes a row.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};
use weir_wire::v1;

fuzz_target!(|bytes: &[u8]| {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let outcome = session.datagram(([192, 0, 2, 1], 2055).into(), 1_700_000_000_000_000_000, bytes, &mut out);
    if let Ok(view) = v1::Datagram::parse(bytes) {
        assert_eq!(view.count() * view.record_len(), view.records().len());
        assert_eq!(v1::HEADER_LEN + view.records().len() + view.trailing(), bytes.len());
        assert_eq!(out.flows.rows(), view.count());
        assert_eq!(outcome.records as usize, view.count());
    }
});
