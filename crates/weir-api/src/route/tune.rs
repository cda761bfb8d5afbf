//! `/rules/{id}/tune`: what is known to be harmless becomes a filter, checked against history.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path as FilePath;

use axum::Json;
use axum::extract::{Path, State};
use weir_alert::{AlertStore, PastAlert, Verdict};
use weir_detect::{Entity, RuleBook};
use weir_hunt::{Found, Progress, Quarry, hunt};
use weir_query::{Cancel, Source};
use weir_schema::{Field, Table};
use weir_sigma::{Meta, Operand, RuleSet, Severity};

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, RuleTuning, TuneRequest, TuneVerdicts};
use crate::state::ApiState;
use crate::time::{TimeRange, When};

/// Values that a filter names at most.
const VALUES: usize = 50;

/// Proposes a filter for a rule out of its alerts that were benign or false, and says what it would have changed.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/tune",
    tag = "rules",
    params(("id" = String, Path, description = "Id or name of the rule.", example = "rdp_from_internet")),
    request_body = TuneRequest,
    responses(
        (status = 200, description = "The filter, and what it comes to.", body = RuleTuning),
        (status = 400, description = "The rule has no alerts to learn from, or takes no filters.", body = ErrorResponse),
        (status = 404, description = "There is no such rule.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn tune_rule(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<TuneRequest>,
) -> Result<Json<RuleTuning>, ApiError> {
    let (now_ns, backend) = (state.now_ns(), state.backend());
    let tuned = state.answer(move |asked| {
        let flows = (asked.snapshots)(Table::Flows).map_err(weir_query::QueryError::Source)?;
        tune(flows.as_ref(), backend.rules(), backend.alerts(), &id, &request, now_ns, asked.cancel)
    });
    tuned.await.map(Json)
}

fn wrong(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message)
}

/// Does it.
pub(crate) fn tune(
    flows: &dyn Source,
    book: &RuleBook,
    alerts: &AlertStore,
    id: &str,
    request: &TuneRequest,
    now_ns: i64,
    cancel: &Cancel,
) -> Result<RuleTuning, ApiError> {
    let from = request.from.clone().unwrap_or_else(|| When::from("now-30d"));
    let range = TimeRange::resolve(Some(&from), request.to.as_ref(), now_ns)?;
    if book.analytics().iter().any(|meta| meta.id == id || meta.name.as_deref() == Some(id)) {
        return Err(wrong("an analytic takes no filters")
            .help("give the networks that it is wrong about a role, such as `scanner` or `monitoring`"));
    }
    let set = book.set();
    let operand = set.find(id).ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("there is no rule `{id}`"))
            .help("`/api/v1/rules` lists every rule")
    })?;
    let meta = set.meta(operand);
    let past: Vec<PastAlert> = alerts
        .past(&meta.id, range.from_ns, range.to_ns)?
        .into_iter()
        .filter(|alert| alert.rule == meta.id)
        .collect();
    let excepted = choose(&past);
    if excepted.is_empty() {
        return Err(wrong(format!(
            "no alert of `{}` in the range is benign or false by something of its own",
            meta.title
        ))
        .help("close alerts with the verdict `benign` or `false_positive` first"));
    }
    let filter = filter_text(&set, operand, &excepted);
    let with = book.check(&filter);
    if let Some(problem) = with.problems.iter().find(|problem| problem.severity > Severity::Warning) {
        return Err(wrong(format!("the filter cannot be used: {}", problem.message)));
    }
    let again = with.find(&meta.id).ok_or_else(|| wrong("the rule cannot be filtered"))?;
    let look = |set: &RuleSet, operand| {
        let quarry = Quarry::rule(set, operand, false);
        hunt(flows, &quarry, range.from_ns..range.to_ns, range.length_ns(), cancel, &Progress::default())
    };
    let (before, after) = (look(&set, operand)?, look(&with, again)?);
    let verdicts = dropped(&before, &after, &past);
    let mut tuning = RuleTuning {
        rule: meta.id.clone(),
        title: meta.title.clone(),
        filter,
        alerts_before: before.alerts.len() as u64 + before.more_alerts,
        alerts_after: after.alerts.len() as u64 + after.more_alerts,
        dropped: verdicts,
        also_in: also_in(&set, operand),
        written: None,
    };
    if request.write {
        if verdicts.true_positive > 0 {
            return Err(wrong(format!(
                "the filter would drop {} true positives: it is not written",
                verdicts.true_positive
            )));
        }
        tuning.written = Some(write(&book.config().rules, meta, &tuning.filter)?);
    }
    Ok(tuning)
}

fn is_harmless(alert: &PastAlert) -> bool {
    matches!(alert.verdict, Some(Verdict::Benign | Verdict::FalsePositive))
}

/// The fewest values of fields that stand for the harmless alerts, and for none that was right.
fn choose(past: &[PastAlert]) -> BTreeMap<String, BTreeSet<String>> {
    let parts = |alert: &PastAlert| alert.entity.0.clone();
    let right: BTreeSet<(String, String)> =
        past.iter().filter(|alert| alert.verdict == Some(Verdict::TruePositive)).flat_map(parts).collect();
    let mut left: Vec<&Entity> =
        past.iter().filter(|alert| is_harmless(alert)).map(|alert| &alert.entity).collect();
    let mut chosen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    while chosen.values().map(BTreeSet::len).sum::<usize>() < VALUES {
        let mut counts: BTreeMap<&(String, String), usize> = BTreeMap::new();
        for part in left.iter().flat_map(|entity| &entity.0) {
            if Field::from_name(&part.0).is_some() && part.1 != "absent" && !right.contains(part) {
                *counts.entry(part).or_default() += 1;
            }
        }
        // Of equals the one that comes first in the entities: the source before the target.
        let most = counts.values().copied().max().unwrap_or(0);
        let next =
            left.iter().flat_map(|entity| &entity.0).find(|part| most > 0 && counts.get(part) == Some(&most));
        let Some(next) = next.cloned() else { break };
        left.retain(|entity| !entity.0.contains(&next));
        chosen.entry(next.0).or_default().insert(next.1);
    }
    chosen
}

/// The rules about single flows that something is made of.
fn leaves(set: &RuleSet, operand: Operand) -> BTreeSet<usize> {
    let only = set.only(operand);
    let ids: BTreeSet<&str> = only.rules.iter().map(|rule| rule.meta.id.as_str()).collect();
    (0..set.rules.len()).filter(|at| ids.contains(set.rules[*at].meta.id.as_str())).collect()
}

/// Ids of the other correlations that the filter changes too, because they are made of the same rules.
fn also_in(set: &RuleSet, operand: Operand) -> Vec<String> {
    let own = leaves(set, operand);
    let others = set.operands().filter(|other| *other != operand && set.reports(*other));
    others
        .filter(|other| !leaves(set, *other).is_disjoint(&own))
        .map(|other| set.meta(other).id.clone())
        .collect()
}

fn filter_text(set: &RuleSet, operand: Operand, excepted: &BTreeMap<String, BTreeSet<String>>) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let meta = set.meta(operand);
    let mut text = format!(
        "title: {}\nlogsource:\n    category: network\n    service: connection\nfilter:\n    rules:\n",
        quoted(&format!("Harmless for {}", meta.title))
    );
    for at in leaves(set, operand) {
        let _ = writeln!(text, "        - {}", quoted(&set.rules[at].meta.id));
    }
    for (place, (field, values)) in excepted.iter().enumerate() {
        let _ = writeln!(text, "    known_{place}:\n        {field}:");
        for value in values {
            let _ = writeln!(text, "            - {}", quoted(value));
        }
    }
    text.push_str("    condition: not 1 of known_*\n");
    text
}

/// Verdicts on the alerts that there would have been before and not after.
fn dropped(before: &Found, after: &Found, past: &[PastAlert]) -> TuneVerdicts {
    let kept: BTreeSet<&Entity> = after.alerts.iter().map(|alert| &alert.peak.entity).collect();
    let mut verdicts = TuneVerdicts::default();
    for alert in before.alerts.iter().filter(|alert| !kept.contains(&alert.peak.entity)) {
        let known: Vec<Option<Verdict>> =
            (past.iter()).filter(|past| past.entity == alert.peak.entity).map(|past| past.verdict).collect();
        let has = |verdict| known.contains(&Some(verdict));
        let counter = if has(Verdict::TruePositive) {
            &mut verdicts.true_positive
        } else if has(Verdict::Benign) {
            &mut verdicts.benign
        } else if has(Verdict::FalsePositive) {
            &mut verdicts.false_positive
        } else {
            &mut verdicts.undecided
        };
        *counter += 1;
    }
    verdicts
}

/// Writes the filter into a file of its own; one that is there is never touched.
fn write(folder: &FilePath, meta: &Meta, text: &str) -> Result<String, ApiError> {
    let failed = |path: &FilePath, error: &std::io::Error| {
        ApiError::new(ErrorCode::Internal, format!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let name: String = meta
        .name
        .as_deref()
        .unwrap_or(&meta.id)
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .take(80)
        .collect();
    for number in 1..1000 {
        let path = folder.join(format!("harmless_{name}_{number}.yml"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(|error| failed(&path, &error))?;
                return Ok(path.display().to_string());
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(&path, &error)),
        }
    }
    Err(ApiError::new(ErrorCode::Internal, format!("{} is full of filters for this rule", folder.display())))
}
