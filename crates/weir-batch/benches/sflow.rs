//! From the bytes of sFlow datagrams to a finished record batch, sampled headers decoded and addresses interned, on one
//! core.
//!
//! `cargo bench -p weir-batch --bench sflow`. Each sample has the first 128 bytes of a tagged TCP packet, in half
//! of the datagrams switch, router and gateway records too. The number to hold with 10 000 distinct addresses: 4 M samples/s.

mod random;

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use weir_batch::{BatchBuilder, Names, Origin, Sampling, Uptime};
use weir_wire::Protocol;
use weir_wire::sflow::{Datagram, Sample};

use random::Random;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rows of a batch, as the collector flushes them.
const BATCH_ROWS: usize = 32_768;
/// Samples of a datagram of about 1400 bytes.
const PER_DATAGRAM: usize = 6;
/// Different BGP routes.
const ROUTES: u64 = 1_000;

fn address(random: &mut Random, distinct: u64) -> u32 {
    // Spread over the whole range, as addresses of the Internet are.
    ((random.next() % distinct) as u32).wrapping_mul(2_654_435_761)
}

fn words(words: &[u32]) -> impl Iterator<Item = u8> {
    words.iter().flat_map(|word| word.to_be_bytes())
}

/// Ethernet, VLAN tag, IPv4, TCP, payload: 128 bytes.
fn frame(random: &mut Random, distinct: u64, vlan: u8) -> Vec<u8> {
    let mut frame =
        vec![2, 0, 0, 0, 0, (random.next() % 64) as u8, 2, 0, 0, 0, 1, (random.next() % 64) as u8];
    frame.extend([0x81, 0, 0, vlan, 8, 0]);
    frame.extend(words(&[0x4500_05dc, random.next() as u32, 0x4006_0000]));
    frame.extend(words(&[address(random, distinct), address(random, distinct)]));
    let ports = (random.next() as u32 & 0xffff) << 16 | 0x01bb;
    frame.extend(words(&[ports, random.next() as u32, random.next() as u32, 0x5010_0200]));
    frame.resize(128, 0);
    frame
}

fn sample(random: &mut Random, number: u32, distinct: u64, with_route: bool) -> Vec<u8> {
    let mut body = Vec::new();
    let interface = (random.next() % 48) as u32;
    let records = if with_route { 4 } else { 1 };
    body.extend(words(&[
        number,
        interface,
        2048,
        number.wrapping_mul(2048),
        0,
        interface,
        interface + 1,
        records,
    ]));
    body.extend(words(&[1, 144, 1, 1522, 4, 128]));
    let vlan = (random.next() % 200) as u8;
    body.extend(frame(random, distinct, vlan));
    if with_route {
        body.extend(words(&[1001, 16, u32::from(vlan), 0, 200, 0]));
        body.extend(words(&[1002, 16, 1, 0x0a00_00fe - (random.next() % 4) as u32, 24, 16]));
        let route = (random.next() % ROUTES) as u32;
        body.extend(words(&[1003, 56, 1, 0x0a00_00fe, 64500, 3356, 3356, 1, 2, 3]));
        body.extend(words(&[174, 1299, 64512 + route, 2, 0xfbf4_0001, 0xfbf4_0002, 100]));
    }
    let mut bytes: Vec<u8> = words(&[1, body.len() as u32]).collect();
    bytes.extend(body);
    bytes
}

/// Enough to meet all addresses. A collector reads from a few buffers that stay in the cache, so not more than that.
fn datagrams(distinct: u64) -> Vec<Vec<u8>> {
    let samples = (distinct as usize).max(BATCH_ROWS);
    let mut random = Random(3);
    (0..samples / PER_DATAGRAM)
        .map(|datagram| {
            let mut bytes: Vec<u8> =
                words(&[5, 1, 0xc000_0201, 0, datagram as u32, 1000, PER_DATAGRAM as u32]).collect();
            for at in 0..PER_DATAGRAM {
                let number = datagram * PER_DATAGRAM + at;
                bytes.extend(sample(&mut random, number as u32, distinct, datagram.is_multiple_of(2)));
            }
            bytes
        })
        .collect()
}

fn decode(bytes: &[u8], out: &mut BatchBuilder) {
    let view = Datagram::parse(bytes).expect("the bench's datagrams are valid");
    let origin = Origin {
        protocol: Protocol::Sflow5,
        exporter: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        exporter_port: 5000,
        domain_id: 0,
        received_ns: 1_700_000_000_005_000_000,
        export_ns: 0,
        uptime: Uptime::Unknown,
        sequence: view.sequence(),
        template_id: 0,
        sampling: Sampling::default(),
        names: Names::none(),
        templates: None,
    };
    let mut rows = out.samples(&origin);
    for sample in view.samples() {
        let Ok(Sample::Flow(flow)) = sample else { panic!("the bench's samples are flow samples") };
        assert!(rows.flow(&flow).is_none());
    }
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sflow");
    for (label, distinct) in [("10k", 10_000), ("1m", 1_000_000)] {
        let datagrams = datagrams(distinct);
        let per_batch = BATCH_ROWS / PER_DATAGRAM;
        let mut batches = datagrams.chunks_exact(per_batch).cycle();
        let mut out = BatchBuilder::new();
        group.throughput(Throughput::Elements((per_batch * PER_DATAGRAM) as u64));
        group.bench_function(BenchmarkId::from_parameter(label), |bencher| {
            bencher.iter(|| {
                for bytes in batches.next().into_iter().flatten() {
                    decode(bytes, &mut out);
                }
                black_box(out.finish())
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = sflow;
    config = Criterion::default().sample_size(30);
    targets = benches
}
criterion_main!(sflow);
