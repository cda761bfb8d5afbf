//! What a record costs, and what a million active hosts take. `cargo test -p weir-detect --test behaviour cost --
//! --ignored --nocapture`

use weir_detect::Behaviour;

use crate::MEMORY;
use crate::flows::{Row, SECOND, SESSION, T0, batch, inside, outside};

const SECONDS: u32 = 60;
const SESSIONS: u32 = 12_500;

/// What this thread has had of a processor: other programs do not count.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

#[test]
#[ignore = "a measurement, and it takes a minute"]
fn cost_of_a_record_and_memory_of_a_million_hosts() {
    let mut behaviour = Behaviour::new(MEMORY);
    let mut found = Vec::new();
    let (mut spent, mut records, mut largest) = (0, 0, 0);
    for second in 0..SECONDS {
        let at = T0 + i64::from(second) * SECOND;
        let session = |n: u32| {
            let client = inside((second * SESSIONS + n).wrapping_mul(2_654_435_761) % 1_000_000);
            let server = outside(n.wrapping_mul(40_503) % 20_000);
            let there = Row::tcp(client, server, 443, SESSION, at - SECOND)
                .on_port(20_000 + (n % 40_000) as u16)
                .of(12, 2_400)
                .lasting(0.9);
            [there, there.answer(14, 9_000)]
        };
        let rows: Vec<Row> = (0..SESSIONS).flat_map(session).collect();
        let batch = batch(&rows);
        let before = cpu_ns();
        behaviour.observe(&batch, &mut found);
        behaviour.advance(at - 30 * SECOND, &mut found);
        spent += cpu_ns() - before;
        records += rows.len() as u64;
        largest = largest.max(behaviour.memory_bytes());
    }
    println!(
        "{} ns a record, {} MB at most, {} evicted",
        spent / records,
        largest >> 20,
        behaviour.evicted()
    );
    assert!(largest < MEMORY, "{largest} bytes");
}
