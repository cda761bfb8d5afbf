//! A session over several datagrams of two senders: templates meet data, and every counted record is a row.
//!
//! The input is a list of datagrams, each behind a byte of sender and two of length.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};

fuzz_target!(|bytes: &[u8]| {
    let mut session = Session::new(SessionLimits { templates_per_exporter: 8, ..SessionLimits::default() });
    let mut out = Batches::new();
    let (mut rest, mut rows) = (bytes, 0);
    while let [sender, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (datagram, tail) = tail.split_at(length);
        let source = SocketAddr::from(([192, 0, 2, 1], u16::from(sender & 1)));
        let outcome = session.datagram(source, 1_700_000_000_000_000_000, datagram, &mut out);
        assert!(outcome.rows >= outcome.records);
        rows += outcome.rows as usize;
        rest = tail;
    }
    assert_eq!(out.flows.finish().num_rows(), rows);
});
