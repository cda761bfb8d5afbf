//! Detection through a stop and a death.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use weir_detect::{DetectConfig, Detection, Engine};
use weir_sigma::{Meta, Rule, RuleSet};

use super::*;
use crate::detect_stage::{DetectStage, Watch, saved_position};

/// A rule that matches every row.
fn rules() -> RuleSet {
    let rule = Rule {
        meta: Meta { id: "all".to_owned(), title: "all".to_owned(), ..Meta::default() },
        expr: weir_filter::Expr::all(),
        entity: vec![],
        fields: vec![],
        reports: true,
        filters: vec![],
        source: String::new(),
    };
    RuleSet { rules: vec![rule], ..RuleSet::default() }
}

fn rows_at(seconds: i64, count: i64) -> (Table, RecordBatch) {
    let times = (0..count).map(|_| NOW_NS + seconds * 1_000_000_000);
    let times = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let columns: [(&str, ArrayRef); 2] = [("time", Arc::new(times.clone())), ("received", Arc::new(times))];
    (Table::Flows, RecordBatch::try_from_iter(columns).unwrap())
}

/// Reads what there is, saves, and gives what was noticed about the first window.
fn watch(rig: &Rig) -> Vec<Detection> {
    let found = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&found);
    let engine = Engine::new(rules(), &DetectConfig::default());
    let sink = Arc::new(move |found: &[Detection]| {
        into.lock().unwrap().extend_from_slice(found);
        Ok(())
    });
    let (clock, metrics) = (Arc::clone(&rig.deps.clock), rig.deps.metrics.clone());
    let watch = Watch { engine, sink };
    let stage = DetectStage::new(rig.dir.path(), watch, Position::START, clock, metrics).unwrap();
    stage.run(&AtomicBool::new(true));
    let mut found = found.lock().unwrap();
    let first = found.iter().filter(|one: &&Detection| one.rule == "all").map(|one| one.window_ns).min();
    let window = NOW_NS.div_euclid(300_000_000_000) * 300_000_000_000;
    assert!(first.is_none_or(|first| first >= window));
    found.retain(|one| one.rule == "all" && one.window_ns == window);
    std::mem::take(&mut *found)
}

#[test]
fn a_restart_neither_loses_nor_repeats_what_was_noticed() {
    let rig = Rig::new();
    rig.keep([rows_at(0, 10)]);
    let found = watch(&rig);
    assert_eq!(found.iter().map(|one| one.flows).collect::<Vec<_>>(), [10]);
    let state = fs::read(rig.dir.path().join("detect.state")).unwrap();
    assert!(saved_position(rig.dir.path()) > Position::START);
    // Five more, and an hour later another: that decides the window.
    rig.keep([rows_at(1, 5), rows_at(3600, 1)]);
    let decided = watch(&rig);
    assert_eq!(decided.iter().map(|one| one.flows).collect::<Vec<_>>(), [15]);
    assert!(watch(&rig).is_empty());
    // Killed before it saved: the same once more, so that the alert's count stays the same.
    fs::write(rig.dir.path().join("detect.state"), state).unwrap();
    assert_eq!(watch(&rig), decided);
    // A state that cannot be read costs a new start.
    fs::write(rig.dir.path().join("detect.state"), "WEIRDET1").unwrap();
    assert_eq!(watch(&rig).last().unwrap().flows, 15);
}
