//! NetFlow v7: the view's parts always add up to the datagram, and each record becomes a row.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};
use weir_wire::v7;

fuzz_target!(|bytes: &[u8]| {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let outcome = session.datagram(([192, 0, 2, 1], 2055).into(), 1_700_000_000_000_000_000, bytes, &mut out);
    if let Ok(view) = v7::Datagram::parse(bytes) {
        assert!(view.count() <= v7::MAX_RECORDS);
        assert_eq!(v7::HEADER_LEN + view.records().len() + view.trailing(), bytes.len());
        assert_eq!(out.flows.rows(), view.count());
        assert_eq!(outcome.records as usize, view.count());
    }
});
