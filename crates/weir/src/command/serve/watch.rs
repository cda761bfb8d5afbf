//! What watches the flows, and where it keeps what it notices.

use std::sync::{Arc, OnceLock};

use tracing::warn;
use weir_alert::{AlertStore, Rule, Rules};
use weir_detect::{Analytic, Detection, Engine, load_rules};
use weir_filter::Context;
use weir_pipeline::Watch;
use weir_sigma::{RuleSet, Severity};
use weir_telemetry::{Clock, chain};

use crate::configuration::Configuration;

/// Where alerts are kept, once that is open: the pipeline takes the lock of the data directory first.
pub(super) type Alerts = Arc<OnceLock<Arc<AlertStore>>>;

/// Rules and analytics as the configuration has them, and what is known of each; their detections become alerts. `None` if
/// detection is off.
pub(super) fn open(
    configuration: &Configuration,
    alerts: &Alerts,
    clock: &Arc<dyn Clock>,
) -> Option<(Watch, Rules)> {
    let config = &configuration.detect;
    if !config.enabled {
        return None;
    }
    let context = Context { now_ns: None, sets: Arc::new(configuration.sets.clone()) };
    let set = load_rules(config, &context);
    for problem in set.problems.iter().filter(|problem| problem.severity > Severity::Warning) {
        warn!(%problem, "a rule cannot be used; `weir rules check` tells more");
    }
    let mut rules = of_set(&set);
    let engine = Engine::new(set, config);
    rules.extend(engine.analytics().iter().map(|meta| Rule {
        meta: meta.clone(),
        analytic: Analytic::Behaviour,
        source: None,
        enabled: true,
        note: None,
    }));
    for rule in &mut rules {
        rule.enabled = !config.disabled.contains(&rule.meta.id);
    }
    let (alerts, clock) = (Arc::clone(alerts), Arc::clone(clock));
    let sink = move |found: &[Detection]| {
        let alerts = alerts.get().ok_or("alerts are not open yet")?;
        alerts.record(found, clock.now_ns()).map_err(|error| chain(&error))
    };
    Some((Watch { engine, sink: Arc::new(sink) }, Rules::new(rules)))
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
