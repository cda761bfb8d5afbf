//! `/rules`: what can be noticed, and switching it on and off.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use weir_alert::{Switch, Tally};
use weir_detect::{RuleBook, TEXT, Told};
use weir_schema::Field;
use weir_sigma::{Level, Meta, Operand, RuleSet, Severity, Technique, Unusable};

use crate::backend::Backend;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{
    AttackTacticName, CheckedRule, ErrorCode, ErrorResponse, RuleAlerts, RuleBody, RuleCheck,
    RuleCheckRequest, RuleDetail, RuleKind, RuleList, RuleNeed, RuleOrigin, RuleProblem, RuleState,
    RuleStatus, RuleSwitch, RuleSwitchRequest, RuleTechnique,
};
use crate::route::status::ask;

type Shared = State<Arc<dyn Backend>>;

const DAY_NS: i64 = 86_400_000_000_000;

/// Longest reason, in bytes.
const MAX_REASON: usize = 16 * 1024;

/// Longest name of a person, in bytes.
const MAX_NAME: usize = 128;

/// What is known of rules beside their text, read once for all of them.
pub(crate) struct Known {
    told: Told,
    /// Of the last day, week and month.
    tallies: [HashMap<String, Tally>; 3],
    switches: HashMap<String, Switch>,
}

impl Known {
    fn read(backend: &dyn Backend) -> Result<Self, ApiError> {
        let (now_ns, alerts) = (backend.now_ns(), backend.alerts());
        let lately = |days: i64| alerts.tally(now_ns.saturating_sub(days * DAY_NS), i64::MAX);
        let switches = alerts.switches()?.into_iter().map(|switch| (switch.rule.clone(), switch));
        Ok(Self {
            told: backend.rules().told(),
            tallies: [lately(1)?, lately(7)?, lately(30)?],
            switches: switches.collect(),
        })
    }

    fn alerts(&self, id: &str) -> RuleAlerts {
        let [day, week, month] =
            self.tallies.each_ref().map(|tallies| tallies.get(id).copied().unwrap_or_default().into());
        RuleAlerts { day, week, month }
    }
}

/// One rule on its way into a body.
struct Entry<'a> {
    meta: &'a Meta,
    kind: RuleKind,
    reports: bool,
    needs: Vec<Field>,
    uses: Vec<String>,
    filters: Vec<String>,
    source: Option<&'a str>,
    problems: Vec<RuleProblem>,
}

fn entry(set: &RuleSet, operand: Operand) -> Entry<'_> {
    let meta = set.meta(operand);
    let source = set.source(operand);
    let (kind, uses, filters) = match operand {
        Operand::Rule(at) => (RuleKind::Rule, Vec::new(), set.rules[at].filters.clone()),
        Operand::Correlation(at) => {
            let parts = &set.correlations[at].operands;
            (RuleKind::Correlation, parts.iter().map(|part| set.meta(*part).id.clone()).collect(), Vec::new())
        }
    };
    Entry {
        meta,
        kind,
        reports: set.reports(operand),
        needs: set.needs(operand),
        uses,
        filters,
        source: Some(source),
        problems: set.problems_of(&meta.origin, source).map(Into::into).collect(),
    }
}

fn analytic<'a>(book: &RuleBook, meta: &'a Meta) -> Entry<'a> {
    Entry {
        meta,
        kind: RuleKind::Behaviour,
        reports: true,
        needs: book.analytic_needs(&meta.id).to_vec(),
        uses: Vec::new(),
        filters: Vec::new(),
        source: None,
        problems: Vec::new(),
    }
}

/// Which of the fields any flow has had.
fn needs(fields: &[Field], told: &Told) -> Vec<RuleNeed> {
    let need = |field: &Field| RuleNeed { field: field.name().to_owned(), seen: told.seen.contains(field) };
    fields.iter().map(need).collect()
}

/// The fields that are needed and that no flow has had, as far as that can be known.
pub(crate) fn missing(fields: &[Field], told: &Told) -> Vec<String> {
    if told.records == 0 && told.seen.is_empty() {
        return Vec::new();
    }
    let unseen = fields.iter().filter(|field| !told.seen.contains(field));
    unseen.map(|field| field.name().to_owned()).collect()
}

/// A technique by its id, with the name of what it is a part of before its own.
fn technique(id: String) -> RuleTechnique {
    let known = Technique::of(&id);
    let name = known.map(|known| match known.parent().and_then(Technique::of) {
        Some(parent) => format!("{}: {}", parent.name, known.name),
        None => known.name.to_owned(),
    });
    let tactics = known.into_iter().flat_map(Technique::tactics).map(|tactic| AttackTacticName {
        id: tactic.id.to_owned(),
        tag: tactic.tag.to_owned(),
        name: tactic.name.to_owned(),
    });
    RuleTechnique { name, tactics: tactics.collect(), id }
}

fn origin(meta: &Meta) -> RuleOrigin {
    RuleOrigin {
        built_in: meta.origin.file.starts_with("built-in/"),
        file: meta.origin.file.clone(),
        line: meta.origin.line,
    }
}

fn body(book: &RuleBook, known: &Known, entry: Entry<'_>) -> RuleBody {
    let Entry { meta, kind, reports, uses, filters, source, problems, .. } = entry;
    let enabled = book.is_on(&meta.id);
    let missing = missing(&entry.needs, &known.told);
    let state = match (reports, enabled) {
        (false, _) => RuleState::Part,
        (true, false) => RuleState::Off,
        (true, true) if !missing.is_empty() => RuleState::Blind,
        (true, true) => RuleState::On,
    };
    let cannot = (!missing.is_empty())
        .then(|| format!("it needs {}, which no exporter has sent so far", quoted(&missing)));
    let cost = known.told.costs.iter().find(|cost| cost.rule.rule == meta.id);
    RuleBody {
        id: meta.id.clone(),
        name: meta.name.clone(),
        title: meta.title.clone(),
        kind,
        state,
        enabled,
        off_by_configuration: book.is_off_by_configuration(&meta.id),
        cannot,
        level: meta.level.into(),
        status: meta.status.into(),
        description: meta.description.clone(),
        false_positives: meta.false_positives.clone(),
        references: meta.references.clone(),
        author: meta.author.clone(),
        date: meta.date.clone(),
        modified: meta.modified.clone(),
        tags: meta.tags.clone(),
        techniques: meta.techniques().map(technique).collect(),
        origin: origin(meta),
        source: source.map(str::to_owned),
        needs: needs(&entry.needs, &known.told),
        uses,
        filters,
        tested: book.is_tested(&meta.id),
        problems,
        alerts: known.alerts(&meta.id),
        cost: cost.map(Into::into),
        switched: known.switches.get(&meta.id).map(Into::into),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn unusable(set: &RuleSet, known: &Known, left: &Unusable) -> RuleBody {
    let problems: Vec<RuleProblem> = set.problems_of(&left.origin, &left.source).map(Into::into).collect();
    let meta = Meta {
        id: left.id.clone(),
        title: left.title.clone().unwrap_or_else(|| left.id.clone()),
        origin: left.origin.clone(),
        ..Meta::default()
    };
    RuleBody {
        id: meta.id.clone(),
        name: None,
        title: meta.title.clone(),
        kind: RuleKind::Unusable,
        state: RuleState::Unusable,
        enabled: false,
        off_by_configuration: false,
        cannot: problems.first().map(|problem| problem.message.clone()),
        level: Level::default().into(),
        status: RuleStatus::Unsupported,
        description: String::new(),
        false_positives: Vec::new(),
        references: Vec::new(),
        author: None,
        date: None,
        modified: None,
        tags: Vec::new(),
        techniques: Vec::new(),
        origin: origin(&meta),
        source: Some(left.source.clone()),
        needs: Vec::new(),
        uses: Vec::new(),
        filters: Vec::new(),
        tested: false,
        problems,
        alerts: known.alerts(&left.id),
        cost: None,
        switched: None,
    }
}

fn list(backend: &dyn Backend) -> Result<RuleList, ApiError> {
    let (book, known) = (backend.rules(), Known::read(backend)?);
    let set = book.set();
    let of_set = set.operands().map(|operand| body(book, &known, entry(&set, operand)));
    let analytics = book.analytics().iter().map(|meta| body(book, &known, analytic(book, meta)));
    let left_out = set.unusable.iter().map(|left| unusable(&set, &known, left));
    Ok(RuleList {
        watching: book.config().enabled,
        folder: book.config().rules.display().to_string(),
        records: known.told.records,
        rules: of_set.chain(analytics).chain(left_out).collect(),
        analytics_cost: known
            .told
            .costs
            .iter()
            .find(|cost| cost.rule.rule == "weir-behaviour")
            .map(Into::into),
        problems: set.problems.iter().map(Into::into).collect(),
    })
}

/// Lists every rule, correlation and behavioural analytic.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    tag = "rules",
    responses(
        (status = 200, description = "The rules.", body = RuleList),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn list_rules(State(backend): Shared) -> Result<Json<RuleList>, ApiError> {
    ask(backend, list).await?.map(Json)
}

fn absent(id: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no rule `{id}`"))
        .help("`/api/v1/rules` lists every rule")
}

/// Tells all of one rule.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{id}",
    tag = "rules",
    params(("id" = String, Path, description = "Id or name of the rule.", example = "weir-port-scan")),
    responses(
        (status = 200, description = "The rule.", body = RuleDetail),
        (status = 404, description = "There is no such rule.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn show_rule(
    State(backend): Shared,
    Path(id): Path<String>,
) -> Result<Json<RuleDetail>, ApiError> {
    ask(backend, move |backend| detail(backend, &id)).await?.map(Json)
}

fn detail(backend: &dyn Backend, id: &str) -> Result<RuleDetail, ApiError> {
    let (book, known) = (backend.rules(), Known::read(backend)?);
    let set = book.set();
    let is_meant = |meta: &&Meta| meta.id == id || meta.name.as_deref() == Some(id);
    let found = set.find(id);
    let rule = if let Some(operand) = found {
        body(book, &known, entry(&set, operand))
    } else if let Some(meta) = book.analytics().iter().find(is_meant) {
        body(book, &known, analytic(book, meta))
    } else {
        let left = set.unusable.iter().find(|left| left.id == id).ok_or_else(|| absent(id))?;
        unusable(&set, &known, left)
    };
    let refers = |correlation: &&weir_sigma::Correlation| {
        found.is_some_and(|operand| correlation.operands.contains(&operand))
    };
    Ok(RuleDetail {
        explanation: found.map(|operand| set.explain(operand).into()),
        used_by: set.correlations.iter().filter(refers).map(|rule| rule.meta.id.clone()).collect(),
        switches: backend.alerts().switches_of(&rule.id)?.iter().map(RuleSwitch::from).collect(),
        rule,
    })
}

/// Reads Sigma text, and says what is wrong with it and what it looks for. Nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/rules/check",
    tag = "rules",
    request_body = RuleCheckRequest,
    responses(
        (status = 200, description = "What the text comes to.", body = RuleCheck),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn check_rules(
    State(backend): Shared,
    JsonBody(request): JsonBody<RuleCheckRequest>,
) -> Result<Json<RuleCheck>, ApiError> {
    ask(backend, move |backend| check(backend.rules(), &request.text)).await.map(Json)
}

fn check(book: &RuleBook, text: &str) -> RuleCheck {
    let (set, told) = (book.check(text), book.told());
    let in_force = book.set();
    let names: BTreeSet<&str> =
        in_force.metas().flat_map(|meta| [Some(meta.id.as_str()), meta.name.as_deref()]).flatten().collect();
    let of_text = set.operands().filter(|operand| set.meta(*operand).origin.file == TEXT);
    let rules = of_text.map(|operand| {
        let meta = set.meta(operand);
        CheckedRule {
            id: meta.id.clone(),
            kind: entry(&set, operand).kind,
            level: meta.level.into(),
            reports: set.reports(operand),
            line: meta.origin.line,
            needs: needs(&set.needs(operand), &told),
            known: names.contains(meta.id.as_str())
                || meta.name.as_deref().is_some_and(|name| names.contains(name)),
            explanation: set.explain(operand).into(),
        }
    });
    RuleCheck {
        usable: set.problems.iter().all(|problem| problem.severity == Severity::Warning),
        rules: rules.collect(),
        problems: set.problems.iter().map(Into::into).collect(),
    }
}

/// Switches a rule on or off. It takes effect with the next flows, and is kept over restarts.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{id}/enabled",
    tag = "rules",
    params(("id" = String, Path, description = "Id or name of the rule.", example = "weir-port-scan")),
    request_body = RuleSwitchRequest,
    responses(
        (status = 200, description = "The rule as it is now.", body = RuleDetail),
        (status = 400, description = "The request is not understood, or the configuration has the rule off.", body = ErrorResponse),
        (status = 404, description = "There is no such rule.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn switch_rule(
    State(backend): Shared,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<RuleSwitchRequest>,
) -> Result<Json<RuleDetail>, ApiError> {
    ask(backend, move |backend| switch(backend, &id, &request)).await?.map(Json)
}

fn switch(backend: &dyn Backend, id: &str, request: &RuleSwitchRequest) -> Result<RuleDetail, ApiError> {
    let wrong = |message: &str| ApiError::new(ErrorCode::BadRequest, message);
    let book = backend.rules();
    let rule = detail(backend, id)?.rule;
    match rule.state {
        RuleState::Unusable => {
            return Err(wrong("a document that cannot be used cannot be switched").help("mend it first"));
        }
        RuleState::Part => {
            return Err(wrong("it is a part of correlations and says nothing by itself")
                .help("switch the correlations that refer to it"));
        }
        _ if rule.off_by_configuration && request.enabled => {
            return Err(wrong("the configuration has this rule off")
                .help("take it out of `disabled` in the table `detect`"));
        }
        _ => {}
    }
    let reason = request.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    if !request.enabled && reason.is_none() {
        return Err(wrong("switching a rule off needs `reason`"));
    }
    let who = request.who.as_deref().unwrap_or("local");
    if reason.is_some_and(|reason| reason.len() > MAX_REASON) || who.len() > MAX_NAME {
        return Err(ApiError::new(
            ErrorCode::TooLarge,
            format!("`reason` can have {MAX_REASON} bytes, `who` {MAX_NAME}"),
        ));
    }
    backend.alerts().keep_switch(&Switch {
        rule: rule.id.clone(),
        enabled: request.enabled,
        reason: reason.map(str::to_owned),
        who: who.to_owned(),
        at_ns: backend.now_ns(),
    })?;
    book.switch(&rule.id, request.enabled);
    detail(backend, &rule.id)
}
