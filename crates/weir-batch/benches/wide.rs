//! From the bytes of IPFIX messages to a finished record batch, where records are wide or become two rows.
//!
//! `cargo bench -p weir-batch --bench wide`. `avc`: 60 fields with five texts of variable length, half of them without
//! a column. `biflow`: counters of both directions, so that each record becomes two rows.

mod random;

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use weir_batch::{BatchBuilder, Names, Origin, Plan, Sampling, Uptime};
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};
use weir_wire::{Protocol, ipfix};

use random::Random;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a batch, as the collector flushes them.
const BATCH_ROWS: usize = 32_768;
/// Messages of a case.
const MESSAGES: usize = 1 << 14;
/// Distinct addresses.
const DISTINCT: u64 = 10_000;
const EXPORT_SECS: u32 = 1_700_000_000;

/// Enterprise, element, bytes.
type Field = (u32, u16, u16);

/// Keys, counters and names of Cisco's application visibility (AVC), and its response times (PEN 9).
const AVC: [Field; 60] = [
    (0, 8, 4),
    (0, 12, 4),
    (0, 7, 2),
    (0, 11, 2),
    (0, 4, 1),
    (0, 5, 1),
    (0, 61, 1),
    (0, 10, 4),
    (0, 14, 4),
    (0, 234, 4),
    (0, 95, 4),
    (0, 96, VARIABLE_LENGTH),
    (0, 1, 8),
    (0, 2, 8),
    (0, 3, 4),
    (0, 152, 8),
    (0, 153, 8),
    (0, 136, 1),
    (0, 195, 1),
    (0, 16, 4),
    (0, 17, 4),
    (0, 15, 4),
    (0, 9, 1),
    (0, 13, 1),
    (0, 58, 2),
    (0, 56, 6),
    (0, 80, 6),
    (0, 371, VARIABLE_LENGTH),
    (0, 460, VARIABLE_LENGTH),
    (0, 461, VARIABLE_LENGTH),
    (9, 12235, VARIABLE_LENGTH),
    (9, 12236, 4),
    (9, 12237, 4),
    (9, 12240, 2),
    (9, 12241, 2),
    (9, 12242, 4),
    (0, 278, 4),
    (0, 279, 8),
    (9, 9252, 1),
    (9, 9253, 1),
    (9, 9267, 4),
    (9, 9268, 4),
    (9, 9269, 4),
    (9, 9270, 4),
    (9, 9272, 4),
    (9, 9273, 4),
    (9, 9274, 4),
    (9, 9275, 4),
    (9, 9292, 4),
    (9, 9293, 4),
    (9, 9300, 4),
    (9, 9303, 4),
    (9, 9304, 4),
    (9, 9305, 4),
    (9, 9306, 4),
    (9, 9307, 4),
    (9, 9308, 4),
    (9, 9313, 4),
    (9, 9316, 4),
    (9, 9319, 4),
];

/// A record of both directions (RFC 5103).
const BIFLOW: [Field; 18] = [
    (0, 8, 4),
    (0, 12, 4),
    (0, 7, 2),
    (0, 11, 2),
    (0, 4, 1),
    (0, 10, 4),
    (0, 14, 4),
    (0, 1, 8),
    (0, 2, 8),
    (0, 6, 2),
    (0, 152, 8),
    (0, 153, 8),
    (0, 136, 1),
    (0, 56, 6),
    (0, 80, 6),
    (29305, 1, 8),
    (29305, 2, 8),
    (29305, 6, 2),
];

fn push_field(bytes: &mut Vec<u8>, random: &mut Random, (enterprise, element, length): Field) {
    match (enterprise, element, length) {
        (0, 8 | 12, _) => {
            bytes.extend(((random.next() % DISTINCT) as u32).wrapping_mul(2_654_435_761).to_be_bytes());
        }
        (0, 95, _) => bytes.extend([13, 0, 0, (random.next() % 100) as u8]),
        (0, 152 | 153, _) => {
            bytes.extend((u64::from(EXPORT_SECS) * 1000 - random.next() % 60_000).to_be_bytes());
        }
        (_, _, VARIABLE_LENGTH) => {
            let number = random.next() % 500;
            let text = match (enterprise, element) {
                (9, _) => format!("\x03\0\0\x50\x34\x02host-{number}.example.net"),
                (0, 460 | 461) => format!("host-{number}.example.net"),
                _ => format!("application-{}", number % 100),
            };
            bytes.push(text.len() as u8);
            bytes.extend(text.as_bytes());
        }
        _ => bytes.extend(&(random.next() % 10_000 + 1).to_be_bytes()[8 - usize::from(length)..]),
    }
}

/// IPFIX messages of at most 1400 bytes, and how many records they have together.
fn messages(fields: &[Field]) -> (Vec<Vec<u8>>, usize) {
    let (mut random, mut records) = (Random(3), 0);
    let messages = (0..MESSAGES).map(|number| {
        let mut set = vec![1, 0, 0, 0];
        loop {
            let before = set.len();
            for field in fields {
                push_field(&mut set, &mut random, *field);
            }
            if set.len() > 1380 {
                set.truncate(before);
                break;
            }
            records += 1;
        }
        let length = (set.len() as u16).to_be_bytes();
        set[2..4].copy_from_slice(&length);
        let mut bytes = vec![0, 10];
        bytes.extend((16 + set.len() as u16).to_be_bytes());
        bytes.extend(EXPORT_SECS.to_be_bytes());
        bytes.extend((number as u32).to_be_bytes());
        bytes.extend([0, 0, 0, 7]);
        bytes.extend(set);
        bytes
    });
    (messages.collect(), records)
}

fn decode(plan: &Plan, bytes: &[u8], out: &mut BatchBuilder) {
    let view = ipfix::Message::parse(bytes).expect("the bench's messages are valid");
    let export_ns = i64::from(EXPORT_SECS) * 1_000_000_000;
    let origin = Origin {
        protocol: Protocol::Ipfix,
        exporter: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        exporter_port: 5000,
        domain_id: 7,
        received_ns: export_ns + 5_000_000,
        export_ns,
        uptime: Uptime::Unknown,
        sequence: view.sequence(),
        template_id: 256,
        sampling: Sampling::default(),
        names: Names::none(),
        templates: None,
    };
    for set in view.sets().flatten() {
        out.append_set(&origin, plan, set.body);
    }
}

/// Each iteration decodes all messages, batch after batch.
fn run(criterion: &mut Criterion, name: &str, fields: &[Field]) {
    let specifiers = fields.iter().map(|(enterprise, element, length)| FieldSpecifier {
        enterprise: *enterprise,
        element: *element,
        length: *length,
    });
    let plan = Plan::compile(Dialect::Ipfix, specifiers).expect("the bench's templates are valid");
    let (messages, records) = messages(fields);
    let mut out = BatchBuilder::new();
    let mut group = criterion.benchmark_group("wide");
    group.throughput(Throughput::Elements(records as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for bytes in &messages {
                decode(&plan, bytes, &mut out);
                if out.rows() >= BATCH_ROWS {
                    black_box(out.finish());
                }
            }
            black_box(out.finish())
        });
    });
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    run(criterion, "avc", &AVC);
    run(criterion, "biflow", &BIFLOW);
}

criterion_group! {
    name = wide;
    config = Criterion::default().sample_size(20);
    targets = benches
}
criterion_main!(wide);
