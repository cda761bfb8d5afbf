//! `/attack`: which techniques would be noticed, as a matrix and as a layer of the ATT&CK Navigator.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use weir_alert::Tally;
use weir_schema::Field;
use weir_sigma::{ATTACK_ATTRIBUTION, ATTACK_VERSION, Meta, Tactic, Technique};

use crate::backend::Backend;
use crate::error::ApiError;
use crate::model::{
    AttackMatrix, AttackRule, AttackState, AttackTactic, AttackTechnique, ErrorCode, ErrorResponse,
};
use crate::route::rules::missing;
use crate::route::status::ask;
use crate::time::{TimeRange, When, rfc3339};

type Shared = State<Arc<dyn Backend>>;
type Asked = Result<Query<AttackQuery>, axum::extract::rejection::QueryRejection>;

/// The range in which alerts are counted: 30 days up to now where nothing is said.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AttackQuery {
    /// Start, included.
    from: Option<String>,
    /// End, not included.
    to: Option<String>,
}

impl AttackQuery {
    fn range(&self, now_ns: i64) -> Result<TimeRange, ApiError> {
        let from = When::from(self.from.as_deref().unwrap_or("now-30d"));
        let to = self.to.as_deref().map(When::from);
        Ok(TimeRange::resolve(Some(&from), to.as_ref(), now_ns)?)
    }
}

fn understood(asked: Asked) -> Result<AttackQuery, ApiError> {
    asked.map(|Query(query)| query).map_err(|rejection| {
        ApiError::new(ErrorCode::BadRequest, "the question is not understood").detail(rejection.body_text())
    })
}

/// Tells by tactic and technique what would be noticed, and how well that is proven.
#[utoipa::path(
    get,
    path = "/api/v1/attack",
    tag = "rules",
    params(AttackQuery),
    responses(
        (status = 200, description = "The matrix.", body = AttackMatrix),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn attack_matrix(
    State(backend): Shared,
    asked: Asked,
) -> Result<Json<AttackMatrix>, ApiError> {
    let range = understood(asked)?.range(backend.now_ns())?;
    ask(backend, move |backend| matrix(backend, range)).await?.map(Json)
}

/// The same as a layer of the ATT&CK Navigator, format 4.5.
#[utoipa::path(
    get,
    path = "/api/v1/attack/navigator",
    tag = "rules",
    params(AttackQuery),
    responses(
        (status = 200, description = "The layer, to be opened in the Navigator.", body = Object),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn attack_layer(State(backend): Shared, asked: Asked) -> Result<Json<Value>, ApiError> {
    let range = understood(asked)?.range(backend.now_ns())?;
    let matrix = ask(backend, move |backend| matrix(backend, range)).await??;
    Ok(Json(layer(&matrix)))
}

/// Whatever may report, with the fields that it needs.
fn reporters(backend: &dyn Backend) -> Vec<(Meta, Vec<Field>)> {
    let book = backend.rules();
    let set = book.set();
    let rules = set
        .operands()
        .filter(|operand| set.reports(*operand))
        .map(|operand| (set.meta(operand).clone(), set.needs(operand)));
    let analytics = book.analytics().iter();
    rules.chain(analytics.map(|meta| (meta.clone(), book.analytic_needs(&meta.id).to_vec()))).collect()
}

fn matrix(backend: &dyn Backend, range: TimeRange) -> Result<AttackMatrix, ApiError> {
    let (book, told) = (backend.rules(), backend.rules().told());
    let tallies = backend.alerts().tally(range.from_ns, range.to_ns)?;
    let mut rules: BTreeMap<String, (Vec<AttackRule>, Tally)> = BTreeMap::new();
    for (meta, needs) in reporters(backend) {
        for id in meta.techniques() {
            let (of, sum) = rules.entry(id).or_default();
            if let Some(tally) = tallies.get(&meta.id) {
                add(sum, tally);
            }
            of.push(AttackRule {
                id: meta.id.clone(),
                title: meta.title.clone(),
                enabled: book.is_on(&meta.id),
                missing: missing(&needs, &told),
                tested: book.is_tested(&meta.id),
            });
        }
    }
    let cells: BTreeMap<&str, AttackTechnique> = Technique::all()
        .iter()
        .map(|technique| {
            let (rules, tally) = rules.get(technique.id).cloned().unwrap_or_default();
            let by = weir_detect::captured().filter(|(id, _)| *id == technique.id);
            let captured_by: Vec<String> = by.map(|(_, by)| by.to_owned()).collect();
            let cell = AttackTechnique {
                id: technique.id.to_owned(),
                name: technique.name.to_owned(),
                parent: technique.parent().map(str::to_owned),
                state: state(&rules, captured_by.iter().any(|by| book.is_on(by))),
                rules,
                captured_by,
                alerts: tally.into(),
            };
            (technique.id, cell)
        })
        .collect();
    let column = |tactic: &Tactic| {
        let of = Technique::all().iter().filter(|technique| technique.tactics().any(|one| one == tactic));
        let cell = |technique: &Technique| {
            let mut cell = cells.get(technique.id).cloned()?;
            let parts = cells.values().filter(|part| part.parent.as_deref() == Some(technique.id));
            cell.state = parts.map(|part| part.state).fold(cell.state, Ord::min);
            Some(cell)
        };
        AttackTactic {
            id: tactic.id.to_owned(),
            tag: tactic.tag.to_owned(),
            name: tactic.name.to_owned(),
            techniques: of.filter_map(cell).collect(),
        }
    };
    let tactics = Tactic::all().iter().map(column).filter(|column| !column.techniques.is_empty());
    Ok(AttackMatrix {
        version: ATTACK_VERSION.to_owned(),
        attribution: ATTACK_ATTRIBUTION.to_owned(),
        from: rfc3339(range.from_ns),
        to: rfc3339(range.to_ns),
        tactics: tactics.collect(),
        unknown: rules.keys().filter(|id| Technique::of(id).is_none()).cloned().collect(),
    })
}

fn add(sum: &mut Tally, tally: &Tally) {
    sum.alerts += tally.alerts;
    sum.undecided += tally.undecided;
    sum.true_positive += tally.true_positive;
    sum.benign += tally.benign;
    sum.false_positive += tally.false_positive;
    sum.duplicate += tally.duplicate;
}

/// How well these rules cover a technique.
fn state(rules: &[AttackRule], is_captured: bool) -> AttackState {
    let on: Vec<&AttackRule> = rules.iter().filter(|rule| rule.enabled).collect();
    let seeing: Vec<&&AttackRule> = on.iter().filter(|rule| rule.missing.is_empty()).collect();
    match () {
        () if is_captured => AttackState::Captured,
        () if rules.is_empty() => AttackState::Gap,
        () if on.is_empty() => AttackState::Off,
        () if seeing.is_empty() => AttackState::Blind,
        () if seeing.iter().any(|rule| rule.tested) => AttackState::Lab,
        () => AttackState::Rule,
    }
}

/// Colours of the layer, with what they mean.
const COLOURS: [(AttackState, &str, &str); 6] = [
    (AttackState::Captured, "#1a7f37", "noticed in a labelled capture"),
    (AttackState::Lab, "#83b5e6", "a scenario makes a rule speak"),
    (AttackState::Rule, "#bcd7f2", "a rule, not proven"),
    (AttackState::Blind, "#eaaa6c", "this site's exporters do not send what the rules need"),
    (AttackState::Off, "#aab4c0", "all rules are off"),
    (AttackState::Gap, "#ffffff", "no rule"),
];

fn layer(matrix: &AttackMatrix) -> Value {
    let mut techniques = Vec::new();
    let mut with_parts = BTreeSet::new();
    for (tactic, cell) in
        matrix.tactics.iter().flat_map(|tactic| tactic.techniques.iter().map(move |cell| (tactic, cell)))
    {
        let found = COLOURS.iter().find(|(state, ..)| *state == cell.state);
        let (colour, meaning) = found.map_or(("", ""), |(_, colour, meaning)| (*colour, *meaning));
        let titles: Vec<&str> = cell.rules.iter().map(|rule| rule.title.as_str()).collect();
        let about = if titles.is_empty() { String::new() } else { format!(": {}", titles.join("; ")) };
        if let Some(parent) = &cell.parent {
            with_parts.insert(parent.clone());
        }
        techniques.push(json!({
            "techniqueID": cell.id, "tactic": tactic.tag, "color": colour, "score": cell.alerts.alerts,
            "comment": format!("{meaning}{about}"), "enabled": true, "showSubtechniques": false,
            "metadata": [{ "name": "rules", "value": titles.len().to_string() }],
        }));
    }
    for technique in &mut techniques {
        let has_parts = technique["techniqueID"].as_str().is_some_and(|id| with_parts.contains(id));
        technique["showSubtechniques"] = json!(has_parts);
    }
    let legend: Vec<Value> =
        COLOURS.iter().map(|(_, colour, label)| json!({ "color": colour, "label": label })).collect();
    let major = matrix.version.split('.').next();
    json!({
        "name": "Weir", "versions": { "attack": major, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "enterprise-attack",
        "description": format!(
            "What Weir would notice of what network flows can show; the score is the number of alerts from {} to {}. {}",
            matrix.from, matrix.to, matrix.attribution
        ),
        "techniques": techniques, "legendItems": legend, "hideDisabled": false,
        "layout": { "layout": "side", "showID": true, "showName": true },
    })
}
