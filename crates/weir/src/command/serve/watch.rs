//! What watches the flows, and where it keeps what it notices.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tracing::{error, info, warn};
use weir_alert::{AlertError, AlertStore, Rule, Rules};
use weir_detect::{Analytic, Detection, Engine, Reload, RuleBook};
use weir_filter::Context;
use weir_pipeline::Watch;
use weir_sigma::{RuleSet, Severity};
use weir_telemetry::{Clock, chain};

use crate::configuration::Configuration;

/// How often the folder of rules is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Where alerts are kept, once that is open: the pipeline takes the lock of the data directory first.
pub(super) type Alerts = Arc<OnceLock<Arc<AlertStore>>>;

/// The rules that the configuration names.
pub(super) fn rules(configuration: &Configuration) -> Arc<RuleBook> {
    let context = Context { now_ns: None, sets: Arc::new(configuration.sets.clone()) };
    let book = RuleBook::open(&configuration.detect, context);
    complain(&book.set());
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

/// Looks at the folder of rules every few seconds, for as long as it is let.
pub(super) async fn follow_folder(book: Arc<RuleBook>, alerts: Arc<AlertStore>) {
    let mut every = tokio::time::interval(LOOK);
    loop {
        every.tick().await;
        let (book, alerts) = (Arc::clone(&book), Arc::clone(&alerts));
        let looked = tokio::task::spawn_blocking(move || look(&book, &alerts));
        if looked.await.is_err() {
            error!("looking at the folder of rules ended in a panic");
        }
    }
}

fn look(book: &RuleBook, alerts: &AlertStore) {
    match book.reload() {
        Reload::Unchanged => {}
        Reload::Loaded => {
            let set = book.set();
            info!(
                rules = set.rules.len(),
                correlations = set.correlations.len(),
                "the rules were read again"
            );
            complain(&set);
            if let Err(cause) = acquaint(book, alerts) {
                warn!(cause = chain(&cause), "alerts go on with the titles of before");
            }
        }
        Reload::Broken => {
            for problem in book.broken() {
                warn!(%problem, "a rule is wrong: the rules in force stay as they were");
            }
        }
    }
}

fn complain(set: &RuleSet) {
    for problem in set.problems.iter().filter(|problem| problem.severity > Severity::Warning) {
        warn!(%problem, "a rule cannot be used; `weir rules check` tells more");
    }
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
