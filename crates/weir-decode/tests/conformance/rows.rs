//! Plan and batch, the way that records take in the product, keep what `weir decode` prints: columns and `extra`
//! together hold every field of every record, and nothing that no field tells.

use arrow_array::RecordBatch;
use serde_json::{Map, Value};
use weir_batch::Batches;
use weir_decode::Decoder;
use weir_ingest::capture::Capture;
use weir_schema::Field;

use crate::catalogue::{Case, captures};
use crate::element::Known;
use crate::row::Row;

#[test]
fn rows_hold_what_decode_prints() {
    let Some(captures) = captures() else { return };
    let mut tally = Tally::default();
    for case in Case::all(&captures) {
        let mut decoder = Decoder::new();
        for expected in &case.files {
            let file = expected["file"].as_str().unwrap();
            for captured in Capture::open(&captures.join(file), 0).unwrap() {
                // Each datagram as a file of its own: held records of earlier ones are then printed when they decode.
                decoder.start_file("");
                let mut rows = Batches::new();
                let outcome = decoder.datagram(&captured.unwrap(), &mut rows);
                decoder.end_file();
                let lines = lines(&decoder.take_lines());
                let flows = rows.flows.finish();
                let counters = rows.counters.finish();
                let told = (outcome.rows, outcome.counter_rows);
                assert_eq!(told, (flows.num_rows() as u64, counters.num_rows() as u64), "{file}");
                compare_datagram(file, &lines, &flows, &mut tally);
                compare_counters(file, &lines, &counters, &mut tally);
            }
        }
    }
    let Tally { fields, cells, failures } = tally;
    assert!(
        failures.is_empty(),
        "{} of {fields} fields and {cells} cells differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(fields > 100_000 && cells > 100_000, "only {fields} fields and {cells} cells were compared");
}

#[derive(Default)]
struct Tally {
    fields: usize,
    cells: usize,
    failures: Vec<String>,
}

fn lines(text: &[u8]) -> Vec<Value> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn compare_datagram(file: &str, lines: &[Value], batch: &RecordBatch, tally: &mut Tally) {
    // Options records are not rows of flows.
    let mut data: Vec<&Value> = lines.iter().filter(|line| line["kind"] != "options").collect();
    let rows: Vec<Row<'_>> = (0..batch.num_rows()).map(|row| Row { batch, row }).collect();
    let (back, forth): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.cell(Field::BiflowSide).as_deref() == Some("reverse"));
    if data.len() != forth.len() {
        tally.failures.push(format!("{file}: {} records, {} rows", data.len(), forth.len()));
        return;
    }
    // Sets that waited within the datagram are printed last, but are decoded when their template comes.
    let printed = compare_all(file, &data, &forth, &back);
    let mut found = printed;
    if !found.failures.is_empty() {
        data.sort_by_key(|line| line["held"] != true);
        let held_first = compare_all(file, &data, &forth, &back);
        if held_first.failures.is_empty() {
            found = held_first;
        }
    }
    tally.fields += found.fields;
    tally.cells += found.cells;
    tally.failures.append(&mut found.failures);
}

fn compare_all(file: &str, lines: &[&Value], forth: &[Row<'_>], back: &[Row<'_>]) -> Tally {
    let mut tally = Tally::default();
    let mut back = back.iter();
    for (line, row) in lines.iter().zip(forth) {
        let is_v9 = line["protocol"] == "netflow9";
        let fields = line["fields"].as_object().unwrap();
        let known: Vec<Known<'_>> =
            fields.iter().map(|(name, value)| Known::of(name, value, is_v9)).collect();
        let mut fail = |what: String| {
            let failure = format!("{file}: {what}");
            if !tally.failures.contains(&failure) {
                tally.failures.push(failure);
            }
        };
        for (printed, field) in fields.keys().zip(&known) {
            tally.fields += 1;
            if let Err(found) = lookup(printed, field, row, fields) {
                fail(format!("{printed} = {}: {found:?}", field.value));
            }
        }
        for (column, cell) in row.cells() {
            tally.cells += 1;
            if !is_told(column, &cell, &known, fields, row) {
                fail(format!("{} = {cell}: no field tells it", column.name()));
            }
        }
        for (name, entry) in row.extra() {
            tally.cells += 1;
            // How many interfaces a sample left by, which is printed as the wire has it.
            let several = name == "sflow:outputInterfaces"
                && Some(&fields["egressInterface"]) == entry.parse::<u64>().ok().map(Value::from).as_ref();
            if !several && !known.iter().any(|field| field.is_entry(&name, &entry)) {
                fail(format!("extra {name} = {entry}: no field tells it"));
            }
        }
        if row.cell(Field::BiflowSide).is_some() {
            match back.next() {
                Some(reverse) => compare_back(&known, row, reverse, &mut fail),
                None => fail("a way there has no way back".to_owned()),
            }
        }
    }
    tally
}

/// Finds a field in its row; the error is what was found instead.
fn lookup(
    printed: &str,
    field: &Known<'_>,
    row: &Row<'_>,
    all: &Map<String, Value>,
) -> Result<(), Option<String>> {
    if row.extra().iter().any(|(name, entry)| field.is_entry(name, entry)) {
        return Ok(());
    }
    let number = |name: &str| all.get(name).and_then(Value::as_u64);
    let cell = |field: Field| row.cell(field);
    let is = |column: Field| match cell(column) {
        Some(found) if field.is_cell(column, &found) => Ok(()),
        found => Err(found),
    };
    match printed.split('#').next().unwrap() {
        // Fills up a record and means nothing (IANA 210; v9 gives 0 no meaning).
        "paddingOctets" | "v9:0" => Ok(()),
        "flowStartSysUpTime" | "flowEndSysUpTime" => check_uptimes(row, &number),
        // The rate of the row may have several sources, see `samples_and_sampling_rates_are_what_others_see`.
        "samplingInterval" | "samplerRandomInterval" | "samplingPacketInterval" => {
            let rate = cell(Field::Sampling);
            let space = number("samplingPacketSpace").unwrap_or(0);
            let told = field.number().unwrap_or(0);
            let with_space = (told + space).checked_div(told);
            let told = [Some(told), with_space].into_iter().flatten().map(|rate| rate.to_string());
            if field.is_absent() || told.into_iter().any(|told| rate.as_ref() == Some(&told)) {
                Ok(())
            } else {
                Err(rate)
            }
        }
        name if all.contains_key("sflow:samplePool") || all.contains_key("sflow:dropReason") => {
            crate::sampled::lookup(name, field, row, all)
        }
        _ => match field.field {
            Some(column) => is(column).or_else(|found| {
                if is_kept_elsewhere(field, column, row, all) { Ok(()) } else { Err(found) }
            }),
            None if field.is_absent() => Ok(()),
            None => Err(None),
        },
    }
}

/// Where a column has another field's value, or none, for a reason.
fn is_kept_elsewhere(field: &Known<'_>, column: Field, row: &Row<'_>, all: &Map<String, Value>) -> bool {
    let _ = all;
    // Nothing is told; or one address of a template for both families is left zero, and the other is in the column.
    if field.is_absent() && (row.cell(column).is_none() || column.kind() == weir_schema::Kind::Ip) {
        return true;
    }
    field.value == "::" || field.value == "0.0.0.0"
}

/// Uptimes became absolute: their distance is what is left of them.
fn check_uptimes(row: &Row<'_>, number: &impl Fn(&str) -> Option<u64>) -> Result<(), Option<String>> {
    let (Some(start), Some(end)) = (number("flowStartSysUpTime"), number("flowEndSysUpTime")) else {
        return Ok(());
    };
    let time = |field| row.cell(field).and_then(|text| text.parse::<i64>().ok());
    let found = time(Field::End).zip(time(Field::Start)).map(|(end, start)| (end - start) / 1_000_000);
    match found {
        Some(distance) if distance as u32 == (end as u32).wrapping_sub(start as u32) => Ok(()),
        found => Err(found.map(|distance| format!("{distance} ms apart"))),
    }
}

/// Whether some field of the record, or the datagram around it, tells what a cell holds.
fn is_told(column: Field, cell: &str, known: &[Known<'_>], all: &Map<String, Value>, row: &Row<'_>) -> bool {
    match column {
        // Of the datagram, the session, or of the row itself.
        Field::Time
        | Field::Received
        | Field::ExportTime
        | Field::Exporter
        | Field::ExporterPort
        | Field::DomainId
        | Field::FlowProtocol
        | Field::TemplateId
        | Field::Sequence
        | Field::Kind
        | Field::BiflowSide
        // Joined from options records and headers.
        | Field::Sampling
        | Field::SamplingOrigin
        | Field::InIfName
        | Field::OutIfName
        | Field::VrfName
        | Field::App => return true,
        _ => {}
    }
    if known.iter().any(|field| field.field == Some(column) && field.is_cell(column, cell)) {
        return true;
    }
    match column {
        Field::Start | Field::End => {
            known.iter().any(|field| field.field == Some(column) && field.time_needs_more())
        }
        Field::IcmpType | Field::IcmpCode => {
            let icmp = known.iter().filter(|field| matches!(field.id, Some((0, 11 | 32 | 139))));
            icmp.filter_map(Known::number).any(|both| {
                let part = if column == Field::IcmpType { both >> 8 } else { both & 0xff };
                part.to_string() == cell
            })
        }
        // The headers of a packet in the record.
        _ if all.contains_key("dataLinkFrameSection") || all.contains_key("ipHeaderPacketSection") => true,
        _ if all.contains_key("sflow:samplePool") || all.contains_key("sflow:dropReason") => {
            crate::sampled::is_told(column, cell, known, all, row)
        }
        _ => crate::biflow::is_told(column, cell, known),
    }
}

/// Counters of the counters table are fields of options records.
fn compare_counters(file: &str, lines: &[Value], batch: &RecordBatch, tally: &mut Tally) {
    let options: Vec<&Map<String, Value>> = lines
        .iter()
        .filter(|line| line["kind"] == "options")
        .map(|line| line["fields"].as_object().unwrap())
        .collect();
    for row in (0..batch.num_rows()).map(|row| Row { batch, row }) {
        tally.cells += 1;
        let (counter, value) = (row.cell(Field::Counter).unwrap(), row.cell(Field::Value));
        let told = options.iter().flat_map(|fields| fields.iter()).any(|(printed, told)| {
            let known = Known::of(printed, told, false);
            known.name == counter && known.number().map(|told| told.to_string()) == value
        });
        if !told {
            tally.failures.push(format!("{file}: counter {counter} = {value:?}: no field tells it"));
        }
    }
}

fn compare_back(known: &[Known<'_>], forth: &Row<'_>, back: &Row<'_>, fail: &mut impl FnMut(String)) {
    crate::biflow::compare(known, forth, back, fail);
}
