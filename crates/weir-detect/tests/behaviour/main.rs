//! What holds for all behavioural analytics: order, restarts, memory, and evidence that selects the flows.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod cost;
mod each;
mod flows;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use flows::{Row, SECOND, SESSION, SYN, T0, batch, inside, outside};
use proptest::prelude::*;
use weir_detect::{Behaviour, Detection};
use weir_filter::{Filter, parse};

const LATENESS: i64 = 60 * SECOND;
/// What all analytics share, in bytes.
const MEMORY: usize = 128 << 20;

type Key = (String, Vec<(String, String)>, i64);

/// The last that was said of each entity in each window.
fn last(found: Vec<Detection>) -> BTreeMap<Key, Detection> {
    found
        .into_iter()
        .map(|detection| {
            ((detection.rule.clone(), detection.entity.0.clone(), detection.window_ns), detection)
        })
        .collect()
}

/// Lets event time go on long after the last flow.
fn finish(behaviour: &mut Behaviour, latest: i64, found: &mut Vec<Detection>) {
    for hours in 1..30 {
        behaviour.advance(latest + hours * 3_600 * SECOND, found);
    }
}

/// What is noticed of rows that come in batches of these sizes, in this order.
fn watch(rows: &[Row], sizes: &[usize], restart_at: Option<usize>) -> BTreeMap<Key, Detection> {
    let mut behaviour = Behaviour::new(MEMORY);
    let (mut found, mut latest, mut at) = (Vec::new(), i64::MIN, 0);
    for (turn, size) in sizes.iter().cycle().enumerate() {
        if at >= rows.len() {
            break;
        }
        let run = &rows[at..rows.len().min(at + size)];
        at += size;
        behaviour.observe(&batch(run), &mut found);
        latest = run.iter().map(|row| row.end).fold(latest, i64::max);
        behaviour.advance(latest - LATENESS, &mut found);
        if restart_at == Some(turn) {
            let mut state = Vec::new();
            behaviour.save(&mut state).unwrap();
            behaviour = Behaviour::new(MEMORY);
            assert!(behaviour.restore(&mut &state[..]));
        }
    }
    finish(&mut behaviour, latest, &mut found);
    last(found)
}

/// Attacks and ordinary traffic of a quarter of an hour, in the order of their ends.
fn traffic(seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut state = seed;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for n in 0..40 {
        rows.push(Row::tcp(inside(5), inside(9), 1_000 + n, SYN, T0 + i64::from(n) * SECOND));
        rows.push(Row::tcp(inside(6), inside(100 + u32::from(n)), 445, SYN, T0 + i64::from(n) * 3 * SECOND));
        rows.push(Row::ping(inside(7), inside(30 + u32::from(n)), T0 + i64::from(n) * SECOND));
    }
    for n in 0..20_i64 {
        let guess = Row::tcp(outside(7), inside(22), 22, SESSION, T0 + n * 9 * SECOND)
            .on_port(50_000 + n as u16)
            .of(20, 3_000)
            .lasting(4.0);
        rows.extend([guess, guess.answer(18, 3_200)]);
    }
    for n in 0..25_i64 {
        let visit = Row::tcp(inside(8), outside(8), 4444, SESSION, T0 + n * 30 * SECOND)
            .on_port(51_000 + n as u16)
            .of(6, 700)
            .lasting(0.5);
        rows.extend([visit, visit.answer(5, 900)]);
    }
    for _ in 0..300 {
        let at = T0 + random(900) as i64 * SECOND + random(1_000) as i64 * 1_000_000;
        let visit =
            Row::tcp(inside(random(50) as u32 + 200), outside(random(20) as u32 + 50), 443, SESSION, at)
                .on_port(40_000 + random(20_000) as u16)
                .of(10 + random(50), 1_000 + random(50_000))
                .lasting(random(30) as f64 / 3.0);
        rows.extend([visit, visit.answer(12 + random(100), 5_000 + random(500_000))]);
    }
    rows.sort_by_key(|row| row.end);
    rows
}

/// The same rows, each up to `LATENESS` late.
fn late(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut state = seed;
    let mut keyed: Vec<(i64, Row)> = rows
        .iter()
        .map(|row| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (row.end + (state >> 33) as i64 % LATENESS, *row)
        })
        .collect();
    keyed.sort_by_key(|(arrival, _)| *arrival);
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn compare(one: &BTreeMap<Key, Detection>, other: &BTreeMap<Key, Detection>) {
    let keys = |all: &BTreeMap<Key, Detection>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(one), keys(other));
    for (key, detection) in one {
        let (value, level) = (detection.value, detection.level);
        let found = &other[key];
        assert_eq!((found.value, found.level, found.flows), (value, level, detection.flows), "{key:?}");
        assert_eq!(found.sentence, detection.sentence);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_within_lateness_and_batches_do_not_matter(
        seed in any::<u64>(),
        sizes in prop::collection::vec(1_usize..400, 1..8),
    ) {
        let rows = traffic(seed);
        let straight = watch(&rows, &[1], None);
        prop_assert!(straight.len() >= 5, "{straight:?}");
        compare(&straight, &watch(&late(&rows, seed), &sizes, None));
    }

    #[test]
    fn a_restart_changes_nothing(seed in any::<u64>(), size in 5_usize..200, turn in 0_usize..8) {
        let rows = traffic(seed);
        compare(&watch(&rows, &[size], None), &watch(&rows, &[size], Some(turn)));
    }
}

#[test]
fn a_state_that_cannot_be_read_is_refused() {
    let mut behaviour = Behaviour::new(MEMORY);
    assert!(!behaviour.restore(&mut &b"nothing of the kind"[..]));
    let mut state = Vec::new();
    behaviour.save(&mut state).unwrap();
    state[0] ^= 0x7f;
    assert!(!behaviour.restore(&mut &state[..]));
}

#[test]
fn a_flood_of_sources_stays_within_memory_and_hides_nobody() {
    let mut behaviour = Behaviour::new(MEMORY);
    let mut found = Vec::new();
    let mut largest = 0;
    for round in 0..250_u32 {
        let at = T0 + i64::from(round) * SECOND / 4;
        let mut rows: Vec<Row> = (0..4_000)
            .map(|n| Row::tcp(outside(round * 4_000 + n), inside(80), 80, SYN, at).on_port(n as u16 + 1_024))
            .collect();
        if round % 5 == 0 {
            rows.push(Row::tcp(inside(5), inside(9), 1_000 + round as u16, SYN, at));
        }
        behaviour.observe(&batch(&rows), &mut found);
        behaviour.advance(at - LATENESS, &mut found);
        if round % 50 == 49 {
            largest = largest.max(behaviour.memory_bytes());
        }
    }
    assert!(largest < MEMORY, "{largest} bytes");
    assert!(behaviour.evicted() > 0);
    finish(&mut behaviour, T0 + 70 * SECOND, &mut found);
    let rules: Vec<&str> = found.iter().map(|detection| detection.rule.as_str()).collect();
    assert!(rules.contains(&"weir-syn-flood"), "{rules:?}");
    let scanned = found.iter().any(|found| {
        found.rule == "weir-port-scan"
            && found.entity.get("src_ip") == Some("10.0.0.5")
            && found.value >= 15.0
    });
    assert!(scanned, "{rules:?}");
}

/// The flows that a detection's evidence selects.
fn selected(detection: &Detection, all: &RecordBatch) -> usize {
    let expr = parse(&detection.evidence.filter)
        .unwrap_or_else(|error| panic!("{}: {error:?}", detection.evidence.filter));
    Filter::new(&expr).mask(all).unwrap().count_set_bits()
}

#[test]
fn evidence_selects_the_flows() {
    let rows = traffic(3);
    let all = batch(&rows);
    for detection in watch(&rows, &[50], None).into_values() {
        let count = selected(&detection, &all);
        assert!(count >= 5, "{count} flows by {}", detection.evidence.filter);
        assert!(count <= 60, "{count} flows by {}", detection.evidence.filter);
        let (first, end) = (detection.evidence.from_ns, detection.evidence.to_ns);
        assert!(first <= detection.first_ns && detection.last_ns < end);
    }
}

#[test]
fn every_detection_belongs_to_an_analytic_with_techniques() {
    let behaviour = Behaviour::new(MEMORY);
    for meta in behaviour.metas() {
        assert!(meta.techniques().count() > 0, "{}", meta.id);
        assert!(!meta.false_positives.is_empty(), "{}", meta.id);
    }
    for detection in watch(&traffic(1), &[50], None).into_values() {
        assert!(behaviour.metas().iter().any(|meta| meta.id == detection.rule), "{}", detection.rule);
    }
}

/// Rows as they are when they are received at `at`, years after they ended.
fn received(rows: &[Row], at: i64) -> RecordBatch {
    let rows = batch(rows);
    let time = arrow_array::TimestampNanosecondArray::from(vec![at; rows.num_rows()]).with_timezone("UTC");
    let mut columns = rows.columns().to_vec();
    columns[0] = std::sync::Arc::new(time);
    RecordBatch::try_new(rows.schema(), columns).unwrap()
}

#[test]
fn captures_that_are_played_again_are_judged_by_their_own_clock() {
    let now = T0 + 100_000_000 * SECOND;
    let mut rows = traffic(4);
    // Exporters that read files send what ended first last.
    rows.reverse();
    let mut behaviour = Behaviour::new(MEMORY);
    let mut found = Vec::new();
    // Another capture, of a year before, within the same seconds.
    let tries: Vec<Row> =
        (0..30).map(|n| Row::tcp(inside(5), inside(77), 1_000 + n, SYN, T0 - 31_000_000 * SECOND)).collect();
    behaviour.observe(&received(&tries, now), &mut found);
    behaviour.observe(&received(&rows, now + SECOND), &mut found);
    for seconds in 0..40 {
        behaviour.advance(now + seconds * SECOND, &mut found);
    }
    let rules: std::collections::BTreeSet<&str> = found.iter().map(|found| found.rule.as_str()).collect();
    let straight = watch(&traffic(4), &[50], None);
    assert!(straight.keys().all(|(rule, ..)| rules.contains(rule.as_str())), "{rules:?}");
    assert!(found.iter().any(|found| found.entity.get("dst_ip") == Some("10.0.0.77")));
    for detection in &found {
        assert_eq!((detection.evidence.from_ns, detection.evidence.to_ns), (now, now + SECOND + 1));
        assert!(!detection.quality.notes.is_empty());
    }
    let beacon = found.iter().find(|found| found.rule == "weir-beacon").unwrap();
    assert!(beacon.sentence.contains("every 30 s"), "{}", beacon.sentence);
}
