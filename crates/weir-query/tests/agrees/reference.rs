//! Answers row by row, with nothing but maps: slow and plain.

use std::collections::{BTreeMap, BTreeSet};

use weir_filter::value::{Value, cell};
use weir_filter::{Filter, column};
use weir_query::{FlowsQuery, Measure, Query, Row};
use weir_schema::Field;

use crate::batches::{Flow, batch};

pub(crate) struct Expected {
    pub(crate) rows: Vec<Row>,
    pub(crate) totals: Vec<Row>,
    pub(crate) groups: usize,
    pub(crate) matched: u64,
    pub(crate) sampled: bool,
    pub(crate) truncated: bool,
}

/// The value of a field in a row, by way of a batch of that row alone.
fn value(flow: &Flow, field: Field) -> Value {
    let batch = batch(std::slice::from_ref(flow));
    let Some(column) = column::resolve(&batch, field) else { return Value::Null };
    cell(field.kind(), column::Cells::new(field, &column).expect("a column"), 0)
}

fn passes(flow: &Flow, filter: Option<&Filter>) -> bool {
    filter.is_none_or(|filter| filter.mask(&batch(std::slice::from_ref(flow))).expect("a mask").value(0))
}

/// Sorts like the kernels do: addresses by their 128 bits.
fn sortable(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Ip(std::net::IpAddr::V4(v4)) => format!("a{:039}", v4.to_ipv6_mapped().to_bits()),
        Value::Ip(std::net::IpAddr::V6(v6)) => format!("a{:039}", v6.to_bits()),
        Value::Number(number) | Value::Mac(number) | Value::Duration(number) => format!("a{number:039}"),
        Value::Service(service) => format!("a{:039}", service.0),
        Value::Time(time) => format!("a{:039}", i128::from(*time) + (1 << 64)),
        Value::Text(text) => format!("a{text}"),
        other => panic!("{other:?} is no key"),
    }
}

fn sort_key(key: &[Value]) -> Vec<String> {
    key.iter().map(sortable).collect()
}

fn measure(measure: Measure, rows: &[&Flow]) -> Value {
    let values = |field: Field| -> Vec<Value> {
        rows.iter().map(|row| value(row, field)).filter(|value| !value.is_null()).collect()
    };
    let sum =
        |field: Field| values(field).iter().filter_map(Value::as_number).fold(0_u64, u64::saturating_add);
    match measure {
        Measure::Flows => {
            let is_flow = |row: &&&Flow| value(row, Field::Kind) == Value::Text("flow".to_owned());
            Value::Number(rows.iter().filter(is_flow).count() as u64)
        }
        Measure::Rows => Value::Number(rows.len() as u64),
        Measure::Bytes
        | Measure::Packets
        | Measure::BytesScaled
        | Measure::PacketsScaled
        | Measure::Sum(_) => Value::Number(sum(measure.field().expect("a field"))),
        Measure::Unique(field) => {
            let different: BTreeSet<String> = values(field).iter().map(sortable).collect();
            Value::Number(different.len() as u64)
        }
        Measure::Min(field) => values(field).into_iter().min_by(Value::order).unwrap_or(Value::Null),
        Measure::Max(field) => values(field).into_iter().max_by(Value::order).unwrap_or(Value::Null),
        Measure::Avg(field) => match values(field).len() {
            0 => Value::Null,
            count => Value::Float(sum(field) as f64 / count as f64),
        },
    }
}

pub(crate) fn answer(flows: &[Flow], query: &Query) -> Expected {
    let filter = query.filter.as_ref().map(Filter::new);
    let matched: Vec<&Flow> = flows
        .iter()
        .filter(|flow| (query.from_ns..query.to_ns).contains(&flow.time) && passes(flow, filter.as_ref()))
        .collect();
    let mut groups: BTreeMap<Vec<String>, (Vec<Value>, Vec<&Flow>)> = BTreeMap::new();
    for flow in &matched {
        let key: Vec<Value> = query.by.iter().map(|field| value(flow, *field)).collect();
        groups.entry(sort_key(&key)).or_insert_with(|| (key, Vec::new())).1.push(flow);
    }
    let count = groups.len();
    if groups.is_empty() && query.by.is_empty() {
        groups.insert(Vec::new(), Default::default());
    }
    let mut ranked: Vec<(Vec<Value>, Vec<&Flow>)> = groups.into_values().collect();
    let by = query.measures[query.order.unwrap_or(0)];
    ranked.sort_by(|a, b| measure(by, &b.1).order(&measure(by, &a.1)));
    let top = query.top.unwrap_or(usize::MAX).max(usize::from(query.by.is_empty())).min(ranked.len());
    let lone = count == 0;
    let rest: Vec<&Flow> =
        if lone { Vec::new() } else { ranked[top..].iter().flat_map(|group| group.1.clone()).collect() };
    let cut = !lone && top < ranked.len();
    if !lone {
        ranked.truncate(top);
    }
    let mut series: Vec<(Vec<Value>, Vec<&Flow>, bool)> =
        ranked.into_iter().map(|(key, rows)| (key, rows, false)).collect();
    if query.other && cut {
        series.push((vec![Value::Null; query.by.len()], rest, true));
    }
    let row = |place: usize, time_ns: Option<i64>, key: &[Value], rows: &[&Flow], other: bool| Row {
        time_ns,
        series: place,
        key: key.to_vec(),
        values: query.measures.iter().map(|wanted| measure(*wanted, rows)).collect(),
        other,
    };
    let totals: Vec<Row> = series
        .iter()
        .enumerate()
        .map(|(place, (key, rows, other))| row(place, None, key, rows, *other))
        .collect();
    let mut rows = totals.clone();
    if let Some(every) = query.every_ns {
        let day = 86_400_000_000_000_i64;
        let start = if day % every == 0 { query.from_ns.div_euclid(every) * every } else { query.from_ns };
        rows = Vec::new();
        for (place, (key, flows, other)) in series.iter().enumerate() {
            let mut buckets: BTreeMap<i64, Vec<&Flow>> = BTreeMap::new();
            for flow in flows {
                buckets.entry(start + (flow.time - start).div_euclid(every) * every).or_default().push(flow);
            }
            rows.extend(buckets.iter().map(|(time, flows)| row(place, Some(*time), key, flows, *other)));
        }
        rows.sort_by_key(|row| (row.time_ns, row.series));
    }
    Expected {
        rows,
        totals: if query.every_ns.is_some() { totals } else { Vec::new() },
        groups: count,
        matched: matched.len() as u64,
        sampled: matched.iter().any(|flow| flow.sampling.is_some_and(|rate| rate > 1)),
        truncated: cut && !query.other,
    }
}

/// The rows of every page, in any order.
pub(crate) fn rows(flows: &[Flow], query: &FlowsQuery) -> Vec<Vec<Value>> {
    let filter = query.filter.as_ref().map(Filter::new);
    flows
        .iter()
        .filter(|flow| (query.from_ns..query.to_ns).contains(&flow.time) && passes(flow, filter.as_ref()))
        .map(|flow| query.columns.iter().map(|field| value(flow, *field)).collect())
        .collect()
}
