//! Real exporters' captures against what a reference decoder, tshark and the captures' sources say is in them.
//!
//! Reads `captures/expected.jsonl` under `WEIR_SHARED`; without that variable there is nothing to compare with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod biflow;
mod catalogue;
mod element;
mod row;
mod rows;
mod sampled;
mod semantic;

use std::collections::BTreeMap;

use serde_json::Value;
use weir_decode::FileSummary;

use catalogue::{Case, Decoded, captures};

/// Where a case differs from the catalogue, and why. Everything else about it is compared.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "nf9-invalid01",
        "damage",
        "only the header's count is wrong, which RFC 3954 gives no meaning that a walk over lengths needs",
    ),
    (
        "gl-nf9-incomplete",
        "damage",
        "the datagram itself is whole (RFC 3954, section 5): only the template of its one set is not there",
    ),
    (
        "ex-malformed-2",
        "options records",
        "a template that cannot be does not yet take the place of the one before",
    ),
];

#[test]
fn captures_decode_to_what_their_sources_say() {
    let Some(captures) = captures() else { return };
    let (mut files, mut compared) = (0, 0);
    let mut failures = Vec::new();
    for case in Case::all(&captures) {
        let decoded = case.decode(&captures);
        let mut check = |what: &str, is_right: bool, found: String| {
            compared += 1;
            let explained = EXPLAINED.iter().any(|(name, part, _)| *name == case.name && *part == what);
            if !is_right && !explained {
                failures.push(format!("{}: {what}: {found}", case.name));
            }
        };
        for expected in &case.files {
            files += 1;
            let file = expected["file"].as_str().unwrap();
            compare_counts(expected, &decoded, &mut |what, is_right, found| {
                check(what, is_right, format!("{file}: {found}"));
            });
            compare_values(expected, &decoded, &mut |what, is_right, found| {
                check(what, is_right, format!("{file}: {found}"));
            });
        }
        compare_totals(case.files.last().unwrap(), &decoded, &mut check);
    }
    assert!(failures.is_empty(), "{} of {compared} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(files > 150 && compared > 5_000, "only {files} files and {compared} values were compared");
}

/// A sentence about what was compared, whether it is right, and what was found.
type Check<'a> = &'a mut dyn FnMut(&str, bool, String);

fn compare_counts(expected: &Value, decoded: &Decoded, check: Check<'_>) {
    let file = expected["file"].as_str().unwrap();
    let summary = decoded.summaries.iter().find(|summary| summary.name == file).unwrap();
    let in_order = |kind: &str| decoded.lines(file, kind).filter(|line| line["held"] != true).count() as u64;
    let (data, options, events) = (in_order("data"), in_order("options"), in_order("event"));

    let wanted = match (&expected["data_records"], &expected["accept_data_records"]) {
        (Value::Number(count), _) => count.as_u64().unwrap()..=count.as_u64().unwrap(),
        (_, Value::Array(range)) => range[0].as_u64().unwrap()..=range[1].as_u64().unwrap(),
        other => panic!("{file}: no count: {other:?}"),
    };
    check("data records", wanted.contains(&data), format!("{data}, expected {wanted:?}"));
    let payloads = &expected["packets"];
    check("payloads", *payloads == summary.datagrams, format!("{}, expected {payloads}", summary.datagrams));
    check(
        "damage",
        expected["malformed"].as_bool().unwrap_or(false) == summary.is_damaged(),
        format!("{:?} {:?} {:?}", summary.rejected, summary.problems, summary.error),
    );
    let announced = expected["templates"].as_u64().unwrap() + expected["options_templates"].as_u64().unwrap();
    check(
        "templates",
        announced == summary.templates || expected["malformed"] == true,
        format!("{}, expected {announced}", summary.templates),
    );
    if let Some(wanted) = expected["options_records"].as_u64() {
        check("options records", options == wanted, format!("{options}, expected {wanted}"));
    }
    if let Some(wanted) = expected["counter_samples"].as_u64() {
        check("counter samples", options == wanted, format!("{options}, expected {wanted}"));
        let wanted = expected["flow_samples"].as_u64().unwrap();
        let is_right = data == wanted || expected["malformed"] == true;
        check("flow samples", is_right, format!("{data}, expected {wanted}"));
        let wanted = expected["drop_samples"].as_u64().unwrap_or(0);
        check("drop samples", events == wanted, format!("{events}, expected {wanted}"));
    }
}

fn compare_values(expected: &Value, decoded: &Decoded, check: Check<'_>) {
    let file = expected["file"].as_str().unwrap();
    let mut lines: BTreeMap<(&str, u64), &Value> = BTreeMap::new();
    for kind in ["data", "options"] {
        for line in decoded.lines(file, kind) {
            let double = lines.insert((kind, line["record"].as_u64().unwrap()), line);
            check("numbering", double.is_none(), format!("{line}"));
        }
    }
    for value in expected["checks"].as_array().unwrap() {
        let (kind, record) = match (&value["record"], &value["options_record"]) {
            (Value::Null, record) => ("options", record),
            (record, _) => ("data", record),
        };
        let name = value["field"].as_str().unwrap();
        let found = lines.get(&(kind, record.as_u64().unwrap())).map(|line| &line["fields"][name]);
        let wanted = &value["value"];
        check(
            "values",
            found == Some(wanted),
            format!("{kind} {record}, {name}: {found:?}, expected {wanted}"),
        );
    }
}

fn compare_totals(last: &Value, decoded: &Decoded, check: &mut impl FnMut(&str, bool, String)) {
    let buffered = &last["case_totals_buffered"];
    let Some(data) = buffered["data_records"].as_u64() else { return };
    let total = |kind: &str| decoded.lines.iter().filter(|line| line["kind"] == kind).count() as u64;
    check("all data records", data == total("data"), format!("{}, expected {data}", total("data")));
    let options = buffered["options_records"].as_u64().unwrap();
    check("all options records", options == total("options"), format!("{}", total("options")));
    let wanted = buffered["sets_still_without_template"].as_u64().unwrap();
    let found = decoded.summaries.iter().map(FileSummary::sets_without_template).sum::<u64>();
    check("sets without template", found == wanted, format!("{found}, expected {wanted}"));
}
