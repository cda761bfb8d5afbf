//! A template of any kind is compiled and run: the headers around it are sound, so that what counts is what it says.
//!
//! The input: a byte of options (1: NetFlow v9, 2: options template), the length of the template set's body in two
//! bytes, the body, and then records, which are read by the first template of the set.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};

const NOW_NS: i64 = 1_700_000_000_000_000_000;

fuzz_target!(|bytes: &[u8]| {
    let [options, high, low, rest @ ..] = bytes else { return };
    let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
    let (template, records) = rest.split_at(length);
    let Some([id_high, id_low]) = template.first_chunk::<2>() else { return };
    let (netflow9, is_options) = (options & 1 != 0, options & 2 != 0);
    let set_id = u16::from(is_options) + if netflow9 { 0 } else { 2 };
    let sets = [set(set_id, template), set(u16::from_be_bytes([*id_high, *id_low]), records)].concat();
    if sets.len() > 60_000 {
        return;
    }
    let mut message = if netflow9 { vec![0, 9, 0, 2, 0, 0, 16, 0] } else { vec![0, 10] };
    if !netflow9 {
        message.extend((16 + sets.len() as u16).to_be_bytes());
    }
    message.extend([0x65, 0x53, 0xf1, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
    message.extend(&sets);

    let limits = SessionLimits::default();
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let outcome = session.datagram(([192, 0, 2, 1], 2055).into(), NOW_NS, &message, &mut out);
    assert_eq!(outcome.rejected, None);
    // A record has a byte at least, and becomes two rows at most.
    assert!(outcome.rows as usize <= 2 * records.len());
    assert_eq!(out.flows.finish().num_rows(), outcome.rows as usize);
    assert_eq!(out.counters.finish().num_rows(), outcome.counter_rows as usize);
    // What was learnt survives a restart and reads the same.
    let memory = session.remember();
    let mut restarted = Session::new(limits);
    restarted.restore(&memory, NOW_NS);
    assert_eq!(restarted.remember(), memory);
});

fn set(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &(4 + body.len() as u16).to_be_bytes(), body].concat()
}
