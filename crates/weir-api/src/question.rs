//! From a request body to a typed query, with every mistake named.

use weir_filter::{Context, Expr, FilterError};
use weir_query::{Measure, MeasureError, Query, QueryError};
use weir_schema::{Field, Table};

use crate::error::ApiError;
use crate::model::{ErrorCode, FilterProblem, QueryRequest, TimeseriesRequest};
use crate::steps::{round_step_ns, step_text};
use crate::time::{TimeRange, parse_length};

/// Most groups of an answer without time buckets.
const MAX_GROUPS: u64 = 10_000;

/// Most rows of an answer with time buckets.
const MAX_BUCKET_ROWS: u64 = 100_000;

/// Most points of a series.
const MAX_POINTS: i64 = 2000;

/// Points of a series unless the request says otherwise.
const DEFAULT_POINTS: i64 = 120;

/// Most series of an answer.
const MAX_SERIES: u32 = 50;

/// Series of an answer unless the request says otherwise.
const DEFAULT_SERIES: u32 = 10;

/// A typed query, and the names that the answer's columns go by.
#[derive(Debug)]
pub(crate) struct Question {
    /// The table to ask.
    pub(crate) table: Table,
    /// What to run.
    pub(crate) query: Query,
    /// The fields to group by, as named in the request.
    pub(crate) by: Vec<String>,
    /// The measures, as named in the request.
    pub(crate) measures: Vec<String>,
}

/// The members that `/query` and `/query/timeseries` share.
struct Common<'a> {
    table: Table,
    range: TimeRange,
    filter: Option<&'a str>,
    by: Vec<String>,
    measures: Vec<String>,
    order: Option<&'a str>,
    now_ns: i64,
    context: &'a Context,
}

impl Question {
    /// Understands a request for rows.
    pub(crate) fn rows(request: QueryRequest, context: &Context) -> Result<Self, ApiError> {
        let now_ns = present(context);
        let range = TimeRange::resolve(request.from.as_ref(), request.to.as_ref(), now_ns)?;
        let every_ns = request.every.as_deref().map(parse_length).transpose()?;
        let most = match every_ns {
            Some(every_ns) => MAX_BUCKET_ROWS.div_ceil(buckets(range, every_ns) as u64).min(MAX_GROUPS),
            None => MAX_GROUPS,
        };
        if request.top.is_some_and(|top| u64::from(top) > most) {
            return Err(ApiError::new(ErrorCode::TooLarge, format!("`top` can be at most {most} here"))
                .help("ask for fewer groups, longer buckets or a shorter range"));
        }
        let mut question = Self::common(Common {
            table: request.table.into(),
            range,
            filter: request.filter.as_deref(),
            by: request.by,
            measures: request.measures,
            order: request.order.as_deref(),
            now_ns,
            context,
        })?;
        question.query.every_ns = every_ns;
        question.query.top = Some(request.top.map_or(most as usize, |top| top as usize));
        question.query.other = request.other;
        Ok(question)
    }

    /// Understands a request for time series.
    pub(crate) fn series(request: TimeseriesRequest, context: &Context) -> Result<Self, ApiError> {
        let now_ns = present(context);
        let range = TimeRange::resolve(request.from.as_ref(), request.to.as_ref(), now_ns)?;
        let every_ns = match request.every.as_deref() {
            Some(every) => parse_length(every)?,
            None => round_step_ns(range.length_ns(), DEFAULT_POINTS),
        };
        let count = buckets(range, every_ns);
        if count > MAX_POINTS {
            let shortest = step_text(round_step_ns(range.length_ns(), MAX_POINTS - 1));
            return Err(ApiError::new(
                ErrorCode::TooLarge,
                format!(
                    "`every` of {} makes {count} points; at most {MAX_POINTS} are possible",
                    step_text(every_ns)
                ),
            )
            .help(format!("use `{shortest}` or longer, or leave `every` out")));
        }
        let top = request.top.unwrap_or(DEFAULT_SERIES);
        if top > MAX_SERIES {
            return Err(ApiError::new(
                ErrorCode::TooLarge,
                format!("`top` can be at most {MAX_SERIES} here"),
            )
            .help("`/api/v1/query` has room for more groups"));
        }
        let mut question = Self::common(Common {
            table: request.table.into(),
            range,
            filter: request.filter.as_deref(),
            by: request.by,
            measures: request.measures,
            order: request.order.as_deref(),
            now_ns,
            context,
        })?;
        question.query.every_ns = Some(every_ns);
        question.query.top = Some(top as usize);
        question.query.other = request.other;
        Ok(question)
    }

    fn common(asked: Common<'_>) -> Result<Self, ApiError> {
        let mut query = Query::over(asked.range.from_ns, asked.range.to_ns);
        query.now_ns = Some(asked.now_ns);
        query.filter = asked.filter.map(|text| filter(text, asked.context)).transpose()?.flatten();
        query.by = fields(&asked.by)?;
        let mut measures = asked.measures;
        if measures.is_empty() {
            measures = Measure::defaults(asked.table).iter().map(|&name| name.to_owned()).collect();
        }
        query.measures = measures.iter().map(|name| measure(name)).collect::<Result<_, _>>()?;
        no_name_twice(asked.by.iter().chain(&measures))?;
        if let Some(order) = asked.order {
            let wanted = measure(order)?;
            let place = query.measures.iter().position(|&measure| measure == wanted);
            query.order = Some(place.ok_or_else(|| {
                ApiError::new(ErrorCode::BadRequest, format!("`order` is `{order}`, which is not measured"))
                    .help("add it to `measures`")
            })?);
        }
        Ok(Self { table: asked.table, query, by: asked.by, measures })
    }
}

/// How many buckets of a length a range holds; when its start is not aligned it touches one more.
fn buckets(range: TimeRange, every_ns: i64) -> i64 {
    range.length_ns().saturating_sub(1) / every_ns + 1
}

/// The present of a question. Every one has its own.
pub(crate) fn present(context: &Context) -> i64 {
    context.now_ns.unwrap_or_default()
}

/// Understands a filter; empty text is none.
pub(crate) fn filter(text: &str, context: &Context) -> Result<Option<Expr>, ApiError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    weir_filter::read(text, context).map(|reading| Some(reading.expr)).map_err(|errors| {
        let message = match errors.as_slice() {
            [error] => error.to_string(),
            errors => format!("the filter has {} mistakes", errors.len()),
        };
        ApiError::new(ErrorCode::BadFilter, message).problems(problems(text, errors))
    })
}

/// The mistakes of a filter, with places that a browser can use.
pub(crate) fn problems(text: &str, errors: Vec<FilterError>) -> Vec<FilterProblem> {
    let problem = |error: FilterError| FilterProblem {
        message: error.message(),
        start: utf16(text, error.start),
        end: utf16(text, error.end),
        expected: error.expected,
        suggestion: error.suggestion,
    };
    errors.into_iter().map(problem).collect()
}

/// A place in a text, from bytes to UTF-16 code units.
pub(crate) fn utf16(text: &str, at: usize) -> u32 {
    let units = text.char_indices().take_while(|(start, _)| *start < at).map(|(_, c)| c.len_utf16() as u32);
    units.sum()
}

/// A place in a text, from UTF-16 code units to bytes; past the end it is the end.
pub(crate) fn byte_of(text: &str, units: u32) -> usize {
    let mut passed = 0;
    text.char_indices()
        .find(|(_, character)| {
            let here = passed >= units;
            passed += character.len_utf16() as u32;
            here
        })
        .map_or(text.len(), |(at, _)| at)
}

/// Finds fields by name or alias.
pub(crate) fn fields(names: &[String]) -> Result<Vec<Field>, ApiError> {
    names.iter().map(|name| field(name)).collect()
}

fn field(name: &str) -> Result<Field, ApiError> {
    Field::from_name(name.trim()).ok_or_else(|| unknown_field(format!("unknown field `{name}`"), name))
}

fn unknown_field(message: String, name: &str) -> ApiError {
    let near = Field::all()
        .map(|field| (strsim::damerau_levenshtein(field.name(), name), field.name()))
        .min()
        .filter(|(distance, _)| *distance <= 1 + name.len() / 4);
    let help = match near {
        Some((_, near)) => format!("did you mean `{near}`? `/api/v1/fields` lists every field"),
        None => "`/api/v1/fields` lists every field".to_owned(),
    };
    ApiError::new(ErrorCode::UnknownName, message).help(help)
}

fn measure(name: &str) -> Result<Measure, ApiError> {
    name.parse().map_err(|error: MeasureError| match &error {
        MeasureError::UnknownField { field, .. } => unknown_field(error.to_string(), field),
        _ => ApiError::new(ErrorCode::UnknownName, error.to_string()),
    })
}

/// Names become the keys of a JSON object.
pub(crate) fn no_name_twice<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), ApiError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(ApiError::new(ErrorCode::BadRequest, format!("`{name}` is asked for twice")));
        }
    }
    Ok(())
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        let code = match &error {
            QueryError::Cancelled => ErrorCode::Unavailable,
            QueryError::EmptyRange { .. } => ErrorCode::BadTime,
            QueryError::TooMany { .. } | QueryError::Buckets { .. } | QueryError::Memory { .. } => {
                ErrorCode::TooLarge
            }
            QueryError::Measure(_) => ErrorCode::UnknownName,
            error if error.is_question() => ErrorCode::BadRequest,
            error => {
                let chain = weir_telemetry::chain(error);
                tracing::error!(error = chain, "a query failed");
                return Self::new(ErrorCode::Internal, "the query failed").detail(chain);
            }
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_NS: i64 = 1_740_830_400_000_000_000;

    fn rows(json: &str) -> Result<Question, ApiError> {
        Question::rows(serde_json::from_str(json).unwrap(), &Context::at(NOW_NS))
    }

    fn series(json: &str) -> Result<Question, ApiError> {
        Question::series(serde_json::from_str(json).unwrap(), &Context::at(NOW_NS))
    }

    fn refusal(result: Result<Question, ApiError>) -> String {
        serde_json::to_string(result.unwrap_err().body()).unwrap()
    }

    #[test]
    fn an_empty_request_sums_up_the_last_hour() {
        let question = rows("{}").unwrap();
        assert_eq!(question.measures, ["bytes", "packets", "flows"]);
        assert_eq!(question.query.to_ns - question.query.from_ns, 3_600_000_000_000);
        assert_eq!((question.query.by.len(), question.query.top), (0, Some(10_000)));
    }

    #[test]
    fn a_table_can_be_named() {
        assert_eq!(rows("{}").unwrap().table, Table::Flows);
        let counters = rows(r#"{"table":"counters"}"#).unwrap();
        assert_eq!((counters.table, counters.measures.len()), (Table::Counters, 3));
        assert_eq!(counters.measures[0], "sum(delta)");
        assert_eq!(series(r#"{"table":"counters"}"#).unwrap().table, Table::Counters);
    }

    #[test]
    fn names_stay_as_asked_and_aliases_are_understood() {
        let question =
            rows(r#"{"by":["source.ip"],"measures":["unique(dst_ip)","bytes"],"order":"bytes"}"#).unwrap();
        assert_eq!(question.by, ["source.ip"]);
        assert_eq!(question.query.by, [Field::SrcIp]);
        assert_eq!(question.query.order, Some(1));
    }

    #[test]
    fn mistakes_are_named_with_a_next_step() {
        for (request, expected) in [
            (r#"{"by":["src_pi"]}"#, "did you mean `src_ip`?"),
            (r#"{"measures":["sum(byts)"]}"#, "did you mean `bytes`?"),
            (r#"{"measures":["median(bytes)"]}"#, "unknown measure"),
            (r#"{"order":"unique(src_ip)"}"#, "add it to `measures`"),
            (r#"{"by":["src_ip","src_ip"]}"#, "asked for twice"),
            (r#"{"from":"now","to":"now-1h"}"#, "bad_time"),
            (r#"{"from":"yesterdayish"}"#, "RFC 3339"),
            (r#"{"every":"1 fortnight"}"#, "bad_time"),
            (r#"{"top":20000}"#, "too_large"),
            (r#"{"every":"1s","top":29}"#, "at most 28 here"),
        ] {
            let refused = refusal(rows(request));
            assert!(refused.contains(expected), "{request}: {refused}");
        }
        assert!(rows(r#"{"every":"1s","top":28}"#).is_ok());
    }

    #[test]
    fn series_have_a_round_step_and_bounds() {
        assert_eq!(series("{}").unwrap().query.every_ns, Some(30_000_000_000));
        assert_eq!(series(r#"{"every":"5s"}"#).unwrap().query.top, Some(10));
        let refused = refusal(series(r#"{"every":"1s"}"#));
        assert!(refused.contains("makes 3600 points") && refused.contains("use `2s` or longer"), "{refused}");
        assert!(refusal(series(r#"{"top":51}"#)).contains("at most 50"));
    }

    #[test]
    fn places_are_counted_as_browsers_count() {
        let text = "app = \"é😀\" x";
        let at = text.find(" x").unwrap() + 1;
        assert_eq!(utf16(text, at) as usize, text[..at].encode_utf16().count());
        assert_eq!(utf16(text, text.len()) as usize, text.encode_utf16().count());
        assert_eq!(utf16(text, 0), 0);
        assert_eq!(
            (byte_of(text, utf16(text, at)), byte_of(text, 0), byte_of(text, 99)),
            (at, 0, text.len())
        );
    }
}
