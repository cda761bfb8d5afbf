//! From the bytes of datagrams to a finished record batch, addresses interned, on one core.
//!
//! `cargo bench -p weir-batch --bench decode`. The numbers to hold with 10 000 distinct addresses: v5 15 M, v9 9 M,
//! IPFIX 8 M records/s.

mod random;

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_batch::{BatchBuilder, Names, Origin, Plan, Sampling, Uptime};
use weir_wire::template::{Dialect, FieldSpecifier};
use weir_wire::{Protocol, ipfix, v5, v9};

use random::Random;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a batch, as the collector flushes them.
const BATCH_ROWS: usize = 32_768;
/// Records in all datagrams of a case: enough to meet a million addresses.
const RECORDS: usize = 1 << 20;
const EXPORT_SECS: u32 = 1_700_000_000;

/// 24 fields of a Cisco router's v9 template.
const V9_FIELDS: [(u16, u16); 24] = [
    (8, 4),
    (12, 4),
    (15, 4),
    (10, 4),
    (14, 4),
    (2, 4),
    (1, 4),
    (22, 4),
    (21, 4),
    (7, 2),
    (11, 2),
    (6, 1),
    (4, 1),
    (5, 1),
    (16, 4),
    (17, 4),
    (9, 1),
    (13, 1),
    (61, 1),
    (58, 2),
    (52, 1),
    (53, 1),
    (89, 1),
    (136, 1),
];

/// 25 fields of an IPFIX template: 64-bit counters and absolute milliseconds.
const IPFIX_FIELDS: [(u16, u16); 25] = [
    (8, 4),
    (12, 4),
    (15, 4),
    (10, 4),
    (14, 4),
    (2, 8),
    (1, 8),
    (152, 8),
    (153, 8),
    (7, 2),
    (11, 2),
    (6, 2),
    (4, 1),
    (5, 1),
    (16, 4),
    (17, 4),
    (9, 1),
    (13, 1),
    (61, 1),
    (58, 2),
    (52, 1),
    (53, 1),
    (136, 1),
    (56, 6),
    (80, 6),
];

fn address(random: &mut Random, distinct: u64) -> [u8; 4] {
    // Spread over the whole range, as addresses of the Internet are.
    ((random.next() % distinct) as u32).wrapping_mul(2_654_435_761).to_be_bytes()
}

fn push_field(bytes: &mut Vec<u8>, random: &mut Random, distinct: u64, element: u16, length: u16) {
    match (element, length) {
        (8 | 12, 4) => bytes.extend(address(random, distinct)),
        (15, 4) => bytes.extend([10, 0, 0, (random.next() % 4) as u8]),
        (21 | 22, 4) => bytes.extend((3_600_000 - (random.next() % 60_000) as u32).to_be_bytes()),
        (152 | 153, 8) => {
            let ago = random.next() % 60_000;
            bytes.extend((u64::from(EXPORT_SECS) * 1000 - ago).to_be_bytes());
        }
        (_, length) => bytes.extend(&(random.next() % 10_000).to_be_bytes()[8 - usize::from(length)..]),
    }
}

fn v5_datagrams(distinct: u64) -> Vec<Vec<u8>> {
    let layout: [(u16, u16); 20] = [
        (8, 4),
        (12, 4),
        (15, 4),
        (10, 2),
        (14, 2),
        (2, 4),
        (1, 4),
        (22, 4),
        (21, 4),
        (7, 2),
        (11, 2),
        (0, 1),
        (6, 1),
        (4, 1),
        (5, 1),
        (16, 2),
        (17, 2),
        (9, 1),
        (13, 1),
        (0, 2),
    ];
    let mut random = Random(1);
    (0..RECORDS / 30)
        .map(|number| {
            let mut bytes = vec![0, 5, 0, 30];
            bytes.extend(3_600_000_u32.to_be_bytes());
            bytes.extend(EXPORT_SECS.to_be_bytes());
            bytes.extend([0; 4]);
            bytes.extend((number as u32 * 30).to_be_bytes());
            bytes.extend([0; 4]);
            for _ in 0..30 {
                for (element, length) in layout {
                    push_field(&mut bytes, &mut random, distinct, element, length);
                }
            }
            bytes
        })
        .collect()
}

/// v9 datagrams or IPFIX messages of about 1400 bytes with one data set.
fn templated_datagrams(dialect: Dialect, fields: &[(u16, u16)], distinct: u64) -> Vec<Vec<u8>> {
    let record_len: usize = fields.iter().map(|field| usize::from(field.1)).sum();
    let per_datagram = 1400 / record_len;
    let mut random = Random(2);
    (0..RECORDS / per_datagram)
        .map(|number| {
            let mut set = vec![1, 0];
            set.extend((4 + per_datagram as u16 * record_len as u16).to_be_bytes());
            for _ in 0..per_datagram {
                for (element, length) in fields {
                    push_field(&mut set, &mut random, distinct, *element, *length);
                }
            }
            let mut bytes = Vec::new();
            if dialect == Dialect::Netflow9 {
                bytes.extend([0, 9, 0, per_datagram as u8]);
                bytes.extend(3_600_000_u32.to_be_bytes());
            } else {
                bytes.extend([0, 10]);
                bytes.extend((16 + set.len() as u16).to_be_bytes());
            }
            bytes.extend(EXPORT_SECS.to_be_bytes());
            bytes.extend((number as u32).to_be_bytes());
            bytes.extend([0, 0, 0, 7]);
            bytes.extend(set);
            bytes
        })
        .collect()
}

fn plan(dialect: Dialect, fields: &[(u16, u16)]) -> Plan {
    let fields = fields.iter().map(|(element, length)| FieldSpecifier {
        enterprise: 0,
        element: *element,
        length: *length,
    });
    Plan::compile(dialect, fields).expect("the bench's templates are valid")
}

fn origin(protocol: Protocol, sequence: u32, uptime: Uptime) -> Origin<'static> {
    let export_ns = i64::from(EXPORT_SECS) * 1_000_000_000;
    Origin {
        protocol,
        exporter: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        exporter_port: 5000,
        domain_id: 7,
        received_ns: export_ns + 5_000_000,
        export_ns,
        uptime,
        sequence,
        template_id: 256,
        sampling: Sampling::default(),
        names: Names::none(),
        templates: None,
    }
}

fn decode_v5(plan: &Plan, bytes: &[u8], out: &mut BatchBuilder) {
    let view = v5::Datagram::parse(bytes).expect("the bench's datagrams are valid");
    let export_ns = i64::from(view.unix_secs()) * 1_000_000_000;
    let uptime = Uptime::Header { export_ns, uptime_ms: view.sys_uptime_ms() };
    let origin = origin(Protocol::Netflow5, view.flow_sequence(), uptime);
    out.append_set(&origin, plan, view.records());
}

fn decode_v9(plan: &Plan, bytes: &[u8], out: &mut BatchBuilder) {
    let view = v9::Datagram::parse(bytes).expect("the bench's datagrams are valid");
    let export_ns = i64::from(view.unix_secs()) * 1_000_000_000;
    let uptime = Uptime::Header { export_ns, uptime_ms: view.sys_uptime_ms() };
    let origin = origin(Protocol::Netflow9, view.sequence(), uptime);
    for set in view.sets().flatten() {
        out.append_set(&origin, plan, set.body);
    }
}

fn decode_ipfix(plan: &Plan, bytes: &[u8], out: &mut BatchBuilder) {
    let view = ipfix::Message::parse(bytes).expect("the bench's messages are valid");
    let origin = origin(Protocol::Ipfix, view.sequence(), Uptime::Unknown);
    for set in view.sets().flatten() {
        out.append_set(&origin, plan, set.body);
    }
}

/// Each iteration fills one batch with the next datagrams, around and around.
fn run(
    criterion: &mut Criterion,
    name: &str,
    plan: &Plan,
    datagrams: impl Fn(u64) -> Vec<Vec<u8>>,
    decode: impl Fn(&Plan, &[u8], &mut BatchBuilder),
) {
    let mut group = criterion.benchmark_group(name);
    for (label, distinct) in [("10k", 10_000), ("1m", 1_000_000)] {
        let datagrams = datagrams(distinct);
        let mut out = BatchBuilder::new();
        decode(plan, &datagrams[0], &mut out);
        let per_datagram = out.finish().num_rows();
        let per_batch = BATCH_ROWS / per_datagram;
        let mut batches = datagrams.chunks_exact(per_batch).cycle();
        group.throughput(Throughput::Elements((per_batch * per_datagram) as u64));
        group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
            bencher.iter(|| {
                for bytes in batches.next().into_iter().flatten() {
                    decode(plan, bytes, &mut out);
                }
                black_box(out.finish())
            });
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    run(criterion, "v5", &Plan::netflow5(), v5_datagrams, decode_v5);
    let v9_plan = plan(Dialect::Netflow9, &V9_FIELDS);
    let v9 = |distinct| templated_datagrams(Dialect::Netflow9, &V9_FIELDS, distinct);
    run(criterion, "v9", &v9_plan, v9, decode_v9);
    let ipfix_plan = plan(Dialect::Ipfix, &IPFIX_FIELDS);
    let ipfix = |distinct| templated_datagrams(Dialect::Ipfix, &IPFIX_FIELDS, distinct);
    run(criterion, "ipfix", &ipfix_plan, ipfix, decode_ipfix);
}

criterion_group! {
    name = decode;
    config = Criterion::default().sample_size(30);
    targets = benches
}
criterion_main!(decode);
