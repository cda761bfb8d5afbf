//! What watches the flows, and where it keeps what it notices.

use std::sync::{Arc, OnceLock};

use tracing::warn;
use weir_alert::{AlertError, AlertStore, Rule, Rules};
use weir_detect::{Analytic, Detection, Engine, RuleBook};
use weir_filter::Context;
use weir_pipeline::Watch;
use weir_sigma::{RuleSet, Severity};
use weir_telemetry::{Clock, chain};

use crate::configuration::Configuration;

/// Where alerts are kept, once that is open: the pipeline takes the lock of the data directory first.
pub(super) type Alerts = Arc<OnceLock<Arc<AlertStore>>>;

/// The rules that the configuration names.
pub(super) fn rules(configuration: &Configuration) -> Arc<RuleBook> {
    let context = Context { now_ns: None, sets: Arc::new(configuration.sets.clone()) };
    let book = RuleBook::open(&configuration.detect, context);
    for problem in book.set().problems.iter().filter(|problem| problem.severity > Severity::Warning) {
        warn!(%problem, "a rule cannot be used; `weir rules check` tells more");
    }
    Arc::new(book)
}

/// What watches, as the rules have it; its detections become alerts. `None` if detection is off.
pub(super) fn open(book: &Arc<RuleBook>, alerts: &Alerts, clock: &Arc<dyn Clock>) -> Option<Watch> {
    if !book.config().enabled {
        return None;
    }
    let (alerts, clock, rules) = (Arc::clone(alerts), Arc::clone(clock), Arc::clone(book));
    let sink = move |found: &[Detection]| {
        let alerts = alerts.get().ok_or("alerts are not open yet")?;
        // What was found before the alerts were open may be of a rule that is off.
        let wanted: Vec<Detection> = found.iter().filter(|found| rules.is_on(&found.rule)).cloned().collect();
        alerts.record(&wanted, clock.now_ns()).map_err(|error| chain(&error))
    };
    Some(Watch { engine: Engine::of(book), sink: Arc::new(sink) })
}

/// Gives rules and alerts what each needs of the other: the titles, and which rules somebody switched off.
pub(super) fn acquaint(book: &RuleBook, alerts: &AlertStore) -> Result<(), AlertError> {
    for switch in alerts.switches()?.into_iter().filter(|switch| !switch.enabled) {
        book.switch(&switch.rule, false);
    }
    let set = book.set();
    let mut rules = of_set(&set);
    rules.extend(book.analytics().iter().map(|meta| Rule {
        meta: meta.clone(),
        analytic: Analytic::Behaviour,
        source: None,
        enabled: book.is_on(&meta.id),
        note: None,
    }));
    alerts.set_rules(Rules::new(rules));
    Ok(())
}

/// Those rules and correlations that may report.
fn of_set(set: &RuleSet) -> Vec<Rule> {
    let one = |meta: &weir_sigma::Meta, analytic, source: &str| Rule {
        meta: meta.clone(),
        analytic,
        source: Some(source.to_owned()),
        enabled: true,
        note: None,
    };
    let rules = set.rules.iter().filter(|rule| rule.reports);
    let correlations = set.correlations.iter().filter(|correlation| correlation.reports);
    rules
        .map(|rule| one(&rule.meta, Analytic::Rule, &rule.source))
        .chain(correlations.map(|rule| one(&rule.meta, Analytic::Correlation, &rule.source)))
        .collect()
}
