//! A session over several datagrams of two senders: templates meet data, and every counted record is a row.
//!
//! The input is a list of datagrams, each behind a byte of sender and two of length.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits, Transport};

const NOW_NS: i64 = 1_700_000_000_000_000_000;

fuzz_target!(|bytes: &[u8]| {
    let limits = SessionLimits { templates_per_exporter: 8, held_bytes: 4_096, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let (mut rest, mut rows, mut counter_rows) = (bytes, 0, 0);
    let (mut held, mut released) = (0, 0);
    while let [sender, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (message, tail) = tail.split_at(length);
        // Bits: one of two ports, a connection instead of UDP, the end of the connection.
        let source = SocketAddr::from(([192, 0, 2, 1], u16::from(sender & 1)));
        let outcome = if sender & 2 == 0 {
            session.datagram(source, NOW_NS, message, &mut out)
        } else {
            session.stream_message(source, Transport::Tcp, NOW_NS, message, &mut out)
        };
        assert!(outcome.rows >= outcome.records);
        rows += outcome.rows as usize;
        counter_rows += outcome.counter_rows as usize;
        held += outcome.held_sets;
        released += outcome.decoded_late;
        if sender & 4 != 0 {
            released += session.close(source, Transport::Tcp).sets;
        }
        rest = tail;
    }
    // Every set that was held is decoded or given up, and every counted row is there.
    assert_eq!(held, released + session.give_up_held().sets);
    assert_eq!((out.flows.finish().num_rows(), out.counters.finish().num_rows()), (rows, counter_rows));
    let memory = session.remember();
    let mut restarted = Session::new(limits);
    restarted.restore(&memory, NOW_NS);
    assert_eq!(restarted.remember().domains.len(), memory.domains.len());
    let _ = session.housekeeping(i64::MAX);
    assert!(session.exporters().is_empty());
});
