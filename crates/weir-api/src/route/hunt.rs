//! `/hunt`: rules over flows that are stored.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use weir_alert::{AlertStore, PastAlert, Verdict};
use weir_detect::{RuleBook, TEXT};
use weir_hunt::{Found, Progress, Quarry, WouldBe, hunt};
use weir_query::{Cancel, QueryError, Source};
use weir_schema::Table;
use weir_sigma::{Operand, RuleSet, Severity};

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::hunts::Hunts;
use crate::model::{
    AlertVerdict, EntityField, ErrorCode, ErrorResponse, EvidenceBody, HuntAlert, HuntBuckets, HuntJob,
    HuntList, HuntRequest, HuntResult, HuntState, HuntStep, HuntVerdicts, RuleKind,
};
use crate::state::ApiState;
use crate::steps::round_step_ns;
use crate::time::{TimeRange, When, rfc3339};

/// Alerts that are told one by one.
const TOLD: usize = 1000;
/// Buckets of the chart at most.
const BUCKETS: i64 = 240;
/// Alerts this close in time belong together.
const NEAR_NS: i64 = 3_600_000_000_000;

/// A hunt that was understood.
pub(crate) struct Plan {
    quarry: Quarry,
    rule: String,
    title: String,
    kind: RuleKind,
    range: TimeRange,
}

impl Plan {
    /// What a request asks for.
    pub(crate) fn new(book: &RuleBook, request: &HuntRequest, now_ns: i64) -> Result<Self, ApiError> {
        let from = request.from.clone().unwrap_or_else(|| When::from("now-30d"));
        let range = TimeRange::resolve(Some(&from), request.to.as_ref(), now_ns)?;
        let named = request.rule.as_deref();
        if let (Some(name), None) = (named, &request.text)
            && let Some(meta) =
                book.analytics().iter().find(|meta| meta.id == name || meta.name.as_deref() == Some(name))
        {
            let quarry = Quarry::analytic(&meta.id, request.sweep);
            let (rule, title) = (meta.id.clone(), meta.title.clone());
            return Ok(Self { quarry, rule, title, kind: RuleKind::Behaviour, range });
        }
        let (set, operand) = if let Some(text) = &request.text {
            of_text(book, text, named)?
        } else {
            let name = named.ok_or_else(|| wrong("either `rule` or `text` says what to hunt for"))?;
            let set = RuleSet::clone(&book.set());
            let operand = set.find(name).ok_or_else(|| {
                ApiError::new(ErrorCode::UnknownName, format!("there is no rule `{name}`"))
                    .help("`/api/v1/rules` lists every rule")
            })?;
            (set, operand)
        };
        let meta = set.meta(operand);
        let kind = match operand {
            Operand::Rule(_) => RuleKind::Rule,
            Operand::Correlation(_) => RuleKind::Correlation,
        };
        Ok(Self {
            quarry: Quarry::rule(&set, operand, request.sweep),
            rule: meta.id.clone(),
            title: meta.title.clone(),
            kind,
            range,
        })
    }

    /// How it is told when it begins.
    pub(crate) fn job(&self, id: String, now_ns: i64) -> HuntJob {
        HuntJob {
            id,
            state: HuntState::Running,
            rule: self.rule.clone(),
            title: self.title.clone(),
            kind: self.kind,
            from: rfc3339(self.range.from_ns),
            to: rfc3339(self.range.to_ns),
            started: rfc3339(now_ns),
            rows_done: 0,
            rows: 0,
            result: None,
            error: None,
        }
    }

    /// Does it.
    pub(crate) fn run(
        &self,
        source: &dyn Source,
        alerts: Option<&AlertStore>,
        cancel: &Cancel,
        progress: &Progress,
    ) -> Result<HuntResult, ApiError> {
        let began = Instant::now();
        let TimeRange { from_ns, to_ns } = self.range;
        let step_ns = round_step_ns(self.range.length_ns(), BUCKETS);
        let found =
            hunt(source, &self.quarry, from_ns..to_ns, step_ns, cancel, progress).map_err(|error| {
                let code = match error {
                    QueryError::Cancelled => ErrorCode::Unavailable,
                    _ => ErrorCode::Internal,
                };
                ApiError::new(code, weir_telemetry::chain(&error))
            })?;
        let past =
            alerts.map(|alerts| alerts.past(&self.rule, from_ns, to_ns)).transpose()?.unwrap_or_default();
        Ok(self.result(&found, &past, step_ns, began))
    }

    fn result(&self, found: &Found, past: &[PastAlert], step_ns: i64, began: Instant) -> HuntResult {
        let from_ns = self.range.from_ns.div_euclid(step_ns) * step_ns;
        let count = (self.range.to_ns - from_ns).div_euclid(step_ns) + 1;
        let in_bucket = |place: i64| found.buckets.get(&(from_ns + place * step_ns)).copied().unwrap_or(0);
        let mut warnings = found.warnings.clone();
        if found.evicted > 0 {
            warnings.push(format!(
                "memory was used up and {} groups were given up: there may be more alerts; hunt in shorter ranges",
                found.evicted
            ));
        }
        if self.kind == RuleKind::Behaviour {
            warnings.push("what an analytic learns begins with the range".to_owned());
        }
        HuntResult {
            alerts: found.alerts.iter().take(TOLD).map(|alert| self.alert(alert, past)).collect(),
            alert_count: found.alerts.len() as u64 + found.more_alerts,
            window_count: found.windows,
            buckets: HuntBuckets {
                from: rfc3339(from_ns),
                step_seconds: (step_ns / 1_000_000_000).unsigned_abs(),
                windows: (0..count).map(in_bucket).collect(),
            },
            sweep: found
                .sweep
                .iter()
                .map(|step| HuntStep {
                    threshold: step.threshold,
                    current: step.is_current,
                    alerts: step.alerts,
                    windows: step.windows,
                })
                .collect(),
            verdicts: verdicts(&self.rule, &found.alerts, past),
            rows: found.rows,
            rows_read: found.read,
            rows_matched: found.matched,
            elapsed_ms: began.elapsed().as_millis() as u64,
            warnings,
        }
    }

    fn alert(&self, found: &WouldBe, past: &[PastAlert]) -> HuntAlert {
        let peak = &found.peak;
        let known = past.iter().find(|alert| alert.rule == self.rule && is_same(found, alert));
        let entity = peak.entity.0.iter();
        HuntAlert {
            entity: entity
                .map(|(field, value)| EntityField { field: field.clone(), value: value.clone() })
                .collect(),
            level: peak.level.into(),
            sentence: peak.sentence.clone(),
            first_seen: rfc3339(found.first_ns),
            last_seen: rfc3339(found.last_ns),
            flows: found.flows,
            windows: found.windows,
            measure: peak.measure.clone(),
            value: peak.value,
            threshold: peak.threshold,
            evidence: EvidenceBody {
                filter: peak.evidence.filter.clone(),
                from: rfc3339(found.first_ns),
                to: rfc3339(found.last_ns.saturating_add(1)),
            },
            alert: known.map(|alert| alert.id),
            verdict: known.and_then(|alert| alert.verdict).map(AlertVerdict::from),
        }
    }
}

fn wrong(message: &str) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message)
}

/// The document of a text that is meant, and the set that it is in.
fn of_text(book: &RuleBook, text: &str, named: Option<&str>) -> Result<(RuleSet, Operand), ApiError> {
    let set = book.check(text);
    let problem = set.problems.iter().find(|problem| problem.severity > Severity::Warning);
    if let Some(problem) = problem {
        let refused =
            wrong(&format!("line {}, column {}: {}", problem.line, problem.column, problem.message));
        return Err(match &problem.help {
            Some(help) => refused.help(help.clone()),
            None => refused,
        });
    }
    let of_text = |operand: &Operand| set.meta(*operand).origin.file == TEXT;
    let meant = match named {
        Some(name) => set.find(name).filter(of_text),
        None => set.operands().filter(|operand| of_text(operand) && set.reports(*operand)).last(),
    };
    let meant = meant.ok_or_else(|| match named {
        Some(name) => wrong(&format!("`text` has no rule `{name}`")),
        None => wrong("`text` has no rule that is reported"),
    })?;
    Ok((set, meant))
}

fn is_near(found: &WouldBe, alert: &PastAlert) -> bool {
    found.first_ns <= alert.last_ns.saturating_add(NEAR_NS)
        && alert.first_ns <= found.last_ns.saturating_add(NEAR_NS)
}

fn is_same(found: &WouldBe, alert: &PastAlert) -> bool {
    found.peak.entity == alert.entity && is_near(found, alert)
}

fn shares_address(found: &WouldBe, alert: &PastAlert) -> bool {
    found.peak.addresses.iter().any(|address| alert.addresses.contains(address)) && is_near(found, alert)
}

fn verdicts(rule: &str, found: &[WouldBe], past: &[PastAlert]) -> HuntVerdicts {
    let mut verdicts = HuntVerdicts::default();
    for alert in past {
        let is_own = alert.rule == rule;
        let of = match alert.verdict {
            _ if !is_own => &mut verdicts.other_rules,
            Some(Verdict::TruePositive) => &mut verdicts.true_positive,
            Some(Verdict::Benign) => &mut verdicts.benign,
            Some(Verdict::FalsePositive) => &mut verdicts.false_positive,
            None => &mut verdicts.undecided,
            Some(Verdict::Duplicate) => continue,
        };
        let is_found = |one: &WouldBe| if is_own { is_same(one, alert) } else { shares_address(one, alert) };
        of.alerts += 1;
        of.found += u64::from(found.iter().any(is_found));
    }
    let right = verdicts.true_positive.found;
    let judged = right + verdicts.benign.found + verdicts.false_positive.found;
    verdicts.precision = (judged > 0).then(|| right as f64 / judged as f64);
    verdicts
}

/// Starts a hunt: says what a rule, a correlation or an analytic would have noticed in the past.
#[utoipa::path(
    post,
    path = "/api/v1/hunt",
    tag = "rules",
    request_body = HuntRequest,
    responses(
        (status = 200, description = "The hunt has begun; ask for it by its id.", body = HuntJob),
        (status = 400, description = "The request is not understood, or the text is wrong.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
        (status = 503, description = "Too many hunts are running.", body = ErrorResponse),
    )
)]
pub(crate) async fn start_hunt(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<HuntRequest>,
) -> Result<Json<HuntJob>, ApiError> {
    let now_ns = state.now_ns();
    let (id, backend) = (state.name_query(), state.backend());
    let planner = backend.clone();
    let plan = tokio::task::spawn_blocking(move || Plan::new(planner.rules(), &request, now_ns));
    let plan = plan.await.map_err(|error| {
        ApiError::new(ErrorCode::Internal, "the answer was lost").detail(error.to_string())
    })??;
    let job = plan.job(id, now_ns);
    let work = move |cancel: &Cancel, progress: &Progress| {
        let source = backend.snapshot(Table::Flows).map_err(QueryError::Source)?;
        plan.run(source.as_ref(), Some(backend.alerts()), cancel, progress)
    };
    state.hunts().start(job, work).map(Json)
}

fn absent(id: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no hunt `{id}`"))
        .help("`/api/v1/hunt` lists those that are known: the last 20")
}

/// Lists the hunts that run, and the last ones that are over.
#[utoipa::path(
    get,
    path = "/api/v1/hunt",
    tag = "rules",
    responses((status = 200, description = "The hunts, without their results.", body = HuntList))
)]
pub(crate) async fn list_hunts(State(hunts): State<Arc<Hunts>>) -> Json<HuntList> {
    Json(HuntList { hunts: hunts.list() })
}

/// Tells how a hunt is doing, and at its end what it came to.
#[utoipa::path(
    get,
    path = "/api/v1/hunt/{id}",
    tag = "rules",
    params(("id" = String, Path, description = "Name of the hunt.")),
    responses(
        (status = 200, description = "The hunt.", body = HuntJob),
        (status = 404, description = "There is no such hunt.", body = ErrorResponse),
    )
)]
pub(crate) async fn show_hunt(
    State(hunts): State<Arc<Hunts>>,
    Path(id): Path<String>,
) -> Result<Json<HuntJob>, ApiError> {
    hunts.get(&id).map(Json).ok_or_else(|| absent(&id))
}

/// Ends a hunt, and forgets it.
#[utoipa::path(
    delete,
    path = "/api/v1/hunt/{id}",
    tag = "rules",
    params(("id" = String, Path, description = "Name of the hunt.")),
    responses(
        (status = 200, description = "The hunt as it was.", body = HuntJob),
        (status = 404, description = "There is no such hunt.", body = ErrorResponse),
    )
)]
pub(crate) async fn end_hunt(
    State(hunts): State<Arc<Hunts>>,
    Path(id): Path<String>,
) -> Result<Json<HuntJob>, ApiError> {
    hunts.remove(&id).map(Json).ok_or_else(|| absent(&id))
}
