//! Markdown for a ticket. What came from the network is escaped: it cannot make links, headings or tables of its own.

use std::fmt::Write as _;

use super::{Subject, rfc3339, technique_url};

pub(super) fn render(subject: &Subject<'_>) -> String {
    let alert = subject.alert;
    let latest = &alert.latest;
    let mut out =
        format!("## {} ({})\n\n{}\n\n", text(&alert.title), alert.level.name(), text(&latest.sentence));
    out.push_str("| | |\n| --- | --- |\n");
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "| {name} | {value} |");
        }
    };
    let alert_name =
        subject.link().map_or_else(|| alert.id.to_string(), |link| format!("[{}]({link})", alert.id));
    row("Alert", &alert_name);
    let entity: Vec<String> =
        alert.entity().0.iter().map(|(field, value)| format!("{} = {}", text(field), text(value))).collect();
    row("About", &entity.join(", "));
    row("Rule", &text(&latest.rule));
    let techniques: Vec<String> =
        alert.techniques.iter().map(|id| format!("[{}]({})", text(id), technique_url(id))).collect();
    row("ATT&CK", &techniques.join(", "));
    row("State", &state(subject));
    row("Owner", &alert.assignee.as_deref().map(text).unwrap_or_default());
    row("First seen", &rfc3339(alert.first_ns));
    row("Last seen", &rfc3339(alert.last_ns));
    row("Flows", &format!("{} in {} windows", alert.flows, alert.windows));
    row("Why", &text(&alert.counterfactual()));
    row("Risk", &format!("{} of 100", latest.risk));
    row("Confidence", &format!("{} of 100", latest.confidence));
    if !latest.contributions.is_empty() {
        out.push_str("\nThe risk is made of\n\n");
        for part in &latest.contributions {
            let _ = writeln!(out, "- {:+}: {} ({})", part.points, text(&part.name), text(&part.seen));
        }
    }
    if let Some(rate) = latest.quality.sampling.filter(|&rate| rate > 1) {
        let _ = write!(out, "\nThe exporter samples 1 of {rate} packets.\n");
    }
    for note in &latest.quality.notes {
        let _ = write!(out, "\n{}\n", text(note));
    }
    let _ = write!(
        out,
        "\nThe flows, from {} to {}:\n\n{}",
        rfc3339(alert.evidence_from_ns),
        rfc3339(latest.evidence.to_ns),
        code(&latest.evidence.filter)
    );
    if let Some(rule) = subject.rule.filter(|rule| !rule.false_positives.is_empty()) {
        out.push_str("\n\nIt may also be\n");
        for other in &rule.false_positives {
            let _ = write!(out, "\n- {}", text(other));
        }
    }
    out
}

fn state(subject: &Subject<'_>) -> String {
    let alert = subject.alert;
    let mut words = alert.state.name().to_owned();
    if let Some(verdict) = alert.verdict {
        let _ = write!(words, ", {}", verdict.name().replace('_', " "));
    }
    if let Some(reason) = &alert.reason {
        let _ = write!(words, ": {}", text(reason));
    }
    if let Some(suppression) = alert.suppressed_by {
        let _ = write!(words, ", hidden by suppression {suppression}");
    }
    words
}

/// Plain text: one line, with every character escaped that means something.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' => {
                out.extend(['\\', c]);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A block of code, fenced by more backticks than it has itself.
fn code(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}\n{text}\n{fence}")
}
