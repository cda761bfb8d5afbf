//! What input may cost: allocations per record, memory under floods, time under length bombs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};

const RECEIVED_NS: i64 = 1_700_000_000_000_000_000;

/// Counts what the current thread allocates; tests run beside each other.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

fn count(allocations: u64, bytes: i64) {
    // Threads that are ending have no counters any more.
    let _ = ALLOCATIONS.try_with(|counter| counter.set(counter.get() + allocations));
    let _ = LIVE.try_with(|counter| counter.set(counter.get() + bytes));
}

#[expect(unsafe_code, reason = "a global allocator cannot be written without")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

fn live() -> i64 {
    LIVE.with(Cell::get)
}

fn source(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

fn v5(number: u32) -> Vec<u8> {
    let mut bytes = vec![0, 5, 0, 30];
    bytes.extend([0; 12]);
    bytes.extend((number * 30).to_be_bytes());
    bytes.extend([0; 4]);
    for record in 0..30_u32 {
        bytes.extend((number * 30 + record).wrapping_mul(2_654_435_761).to_be_bytes());
        bytes.extend([7; 44]);
    }
    bytes
}

/// An IPFIX message with one set.
fn ipfix(domain: u32, set_id: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 10];
    bytes.extend((20 + body.len() as u16).to_be_bytes());
    bytes.extend([0x65, 0x53, 0xf1, 0, 0, 0, 0, 0]);
    bytes.extend(domain.to_be_bytes());
    bytes.extend(set_id.to_be_bytes());
    bytes.extend((4 + body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn template(id: u16, fields: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend((fields.len() as u16).to_be_bytes());
    for (element, length) in fields {
        bytes.extend(element.to_be_bytes());
        bytes.extend(length.to_be_bytes());
    }
    bytes
}

#[test]
fn decoding_allocates_per_batch_and_not_per_record() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let flows = ipfix(1, 256, &(0..1200_u32).map(|n| n as u8).collect::<Vec<_>>());
    let fields =
        [(8, 4), (12, 4), (1, 8), (2, 8), (7, 2), (11, 2), (4, 1), (152, 8), (153, 8), (65, 4), (82, 11)];
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 2, &template(256, &fields)), &mut out);
    let datagrams: Vec<_> = (0..1000).map(v5).collect();
    let mut counted = 0;
    for _ in 0..3 {
        let before = allocations();
        for bytes in &datagrams {
            session.datagram(source(1), RECEIVED_NS, bytes, &mut out);
            session.datagram(source(1), RECEIVED_NS, &flows, &mut out);
        }
        counted = allocations() - before;
        assert_eq!(out.flows.finish().num_rows(), 50_000);
    }
    // The first batch sizes the buffers; in later ones each column allocates once.
    assert!(counted < 200, "{counted} allocations for 50,000 records");
}

#[test]
fn a_template_flood_stays_within_its_memory() {
    let limits = SessionLimits { template_bytes: 1 << 20, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let before = live();
    for number in 0..40_000_u32 {
        // Ever different templates from ever different domains.
        let fields: Vec<_> =
            (0..20).map(|n| (1 + n * 7 + (number % 97) as u16, 1 + (number % 50) as u16)).collect();
        let message = ipfix(number % 3_000, 2, &template(256 + (number % 1_000) as u16, &fields));
        session.datagram(source(1), RECEIVED_NS, &message, &mut out);
    }
    let grown = live() - before;
    assert!(grown < 16 << 20, "grew by {grown} bytes");
    let full: u64 = session
        .exporters()
        .iter()
        .flat_map(|status| status.problems.iter())
        .filter(|(reason, _)| reason.as_str() == "templates_full")
        .map(|(_, count)| count)
        .sum();
    assert!(full > 0, "the limit was never reached");
    let _ = session.housekeeping(i64::MAX);
    let left = live() - before;
    assert!(left < 4 << 20, "{left} bytes are left after everybody was forgotten");
}

#[test]
fn floods_of_senders_stay_within_their_memory() {
    let limits = SessionLimits { exporters: 1_000, strangers: 100, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let before = live();
    let (good, noise) = (ipfix(1, 256, &[]), [0xff; 40]);
    for number in 0..50_000_u32 {
        let spoofed = SocketAddr::from((number.wrapping_mul(2_654_435_761).to_be_bytes(), 1));
        session.datagram(spoofed, RECEIVED_NS, &good, &mut out);
        session.datagram(spoofed, RECEIVED_NS, &noise, &mut out);
    }
    let grown = live() - before;
    assert!(grown < 2 << 20, "grew by {grown} bytes");
    let statuses = session.exporters();
    assert!(statuses.len() <= 1_101);
    assert_eq!(statuses.iter().map(|status| status.datagrams).sum::<u64>(), 100_000);
}

#[test]
fn length_bombs_cost_no_more_than_their_bytes() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let before = live();
    // A record of one byte, in an element that has no column: 64 KiB of records, each with an entry in `extra`.
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 2, &template(256, &[(65, 1)])), &mut out);
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 256, &vec![1; 65_000]), &mut out);
    // Records of nothing but lengths.
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 2, &template(257, &[(82, 65535); 400])), &mut out);
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 257, &vec![0; 65_000]), &mut out);
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 257, &vec![255; 65_000]), &mut out);
    // Counts of four thousand millions.
    let mut sflow: Vec<u8> = vec![];
    for word in
        [5, 1, 0x0a00_0001, 0, 1, 1, u32::MAX, 1, 48, 1, 1, 1, 1, 1, 1, 1, u32::MAX, 1003, 8, 1, u32::MAX]
    {
        sflow.extend(word.to_be_bytes());
    }
    session.datagram(source(1), RECEIVED_NS, &sflow, &mut out);
    let grown = live() - before;
    assert!(grown < 32 << 20, "grew by {grown} bytes");
    assert!(out.flows.bytes() > 65_000, "{} bytes are reported", out.flows.bytes());
    assert_eq!(out.flows.finish().num_rows(), 65_000 + 162 + 1);
    // A set of zeros under a template of zero bytes would hold endlessly many records.
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 2, &template(258, &[(8, 0)])), &mut out);
    session.datagram(source(1), RECEIVED_NS, &ipfix(1, 258, &[0; 100]), &mut out);
    assert_eq!(out.flows.rows(), 0);
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kibibytes = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    kibibytes.expect("VmRSS in /proc/self/status") << 10
}

#[test]
fn ten_thousand_exporters_with_twenty_templates_each_fit() {
    // Exporters of one kind announce the same; in the worst case no two templates are equal. All are known then, and
    // all records are read, although there is no room for all plans.
    let fields = |exporter: u32, number: u16| -> Vec<(u16, u16)> {
        let known = [8, 12, 15, 10, 14, 2, 1, 22, 21, 7, 11, 6, 4, 5, 16, 17, 9, 13].map(|id| (id, 4));
        let distinct = u32::from(number) * 10_000 + exporter;
        let others = [1_000 + (distinct >> 9) as u16, 2_000 + (distinct & 511) as u16].map(|id| (id, 4));
        [&known[..], &others].concat()
    };
    for all_equal in [true, false] {
        let limits = SessionLimits { new_exporters_per_second: 0, ..SessionLimits::default() };
        let mut session = Session::new(limits);
        let mut out = Batches::new();
        let (before, resident_before) = (live(), resident());
        for exporter in 0..10_000_u32 {
            let [_, _, high, low] = exporter.to_be_bytes();
            let source = SocketAddr::from(([10, 0, high, low], 2055));
            let of = if all_equal { 0 } else { exporter };
            let templates: Vec<u8> = (0..20).flat_map(|n| template(256 + n, &fields(of, n))).collect();
            session.datagram(source, RECEIVED_NS, &ipfix(1, 2, &templates), &mut out);
        }
        let statuses = session.exporters();
        let known = statuses.iter().map(|status| status.templates).sum::<usize>();
        drop(statuses);
        assert_eq!(known, 200_000);
        let announced = live() - before;
        let mut rows = 0;
        for exporter in 0..10_000_u32 {
            let [_, _, high, low] = exporter.to_be_bytes();
            let source = SocketAddr::from(([10, 0, high, low], 2055));
            for n in 0..20 {
                rows += session.datagram(source, RECEIVED_NS, &ipfix(1, 256 + n, &[1; 80]), &mut out).rows;
            }
            out = Batches::new();
        }
        assert_eq!(rows, 200_000);
        let grown = live() - before;
        println!(
            "equal templates: {all_equal}: {} MiB allocated, {} MiB with records for each, {} MiB resident",
            announced >> 20,
            grown >> 20,
            resident().saturating_sub(resident_before) >> 20
        );
        assert!(announced < 400_000_000 && grown < 400_000_000, "{announced}, then {grown} bytes");
    }
}
