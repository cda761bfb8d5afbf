//! ArcSight's Common Event Format, version 0: a head of fields between `|`, then `key=value` pairs. A backslash escapes.

use std::fmt::Write as _;
use std::net::IpAddr;

use weir_sigma::Level;

use super::{Subject, VERSION, milliseconds};

/// Longest value of an extension, in characters; CEF allows 1023 for texts.
const LONGEST: usize = 1023;

pub(super) fn render(subject: &Subject<'_>) -> String {
    let alert = subject.alert;
    let latest = &alert.latest;
    let mut line = format!(
        "CEF:0|Weir|Weir|{VERSION}|{}|{}|{}|",
        head(&latest.rule),
        head(&alert.title),
        severity(alert.level)
    );
    let mut pairs = Pairs { line: &mut line, is_first: true };
    pairs.add("externalId", &alert.id.to_string());
    pairs.add("rt", &milliseconds(alert.updated_ns).to_string());
    pairs.add("start", &milliseconds(alert.first_ns).to_string());
    pairs.add("end", &milliseconds(alert.last_ns).to_string());
    pairs.add("cnt", &alert.flows.to_string());
    pairs.address(alert.source(), "src", ("c6a2", "Source IPv6 Address"));
    pairs.port("spt", subject.port("src_port"));
    pairs.address(alert.target(), "dst", ("c6a3", "Destination IPv6 Address"));
    pairs.port("dpt", subject.port("dst_port"));
    if let Some(protocol) = alert.entity().get("protocol") {
        pairs.add("proto", protocol);
    }
    pairs.add("msg", &latest.sentence);
    pairs.add("reason", &alert.counterfactual());
    pairs.labelled("cs1", "technique", &alert.techniques.join(" "));
    let entity: Vec<String> =
        alert.entity().0.iter().map(|(field, value)| format!("{field}={value}")).collect();
    pairs.labelled("cs2", "entity", &entity.join(" "));
    pairs.labelled("cs3", "filter", &latest.evidence.filter);
    pairs.labelled("cs4", "state", alert.state.name());
    pairs.labelled("cs5", "verdict", alert.verdict.map_or("", crate::Verdict::name));
    pairs.labelled("cn1", "risk", &latest.risk.to_string());
    pairs.labelled("cn2", "confidence", &latest.confidence.to_string());
    if let Some(link) = subject.link() {
        pairs.add("request", &link);
    }
    line
}

/// CEF's severity goes from 0 to 10.
fn severity(level: Level) -> u8 {
    match level {
        Level::Informational => 1,
        Level::Low => 3,
        Level::Medium => 5,
        Level::High => 8,
        Level::Critical => 10,
    }
}

/// A text in the head: a pipe and a backslash are escaped, it has no line breaks.
fn head(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            '\\' | '|' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A value of an extension: an equals sign and a backslash are escaped, a line break is `\n`.
fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            '\\' | '=' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

struct Pairs<'a> {
    line: &'a mut String,
    is_first: bool,
}

impl Pairs<'_> {
    fn add(&mut self, key: &str, text: &str) {
        let gap = if std::mem::take(&mut self.is_first) { "" } else { " " };
        let _ = write!(self.line, "{gap}{key}={}", value(text));
    }

    /// A key of the sender's own with its label; nothing for an empty text.
    fn labelled(&mut self, key: &str, label: &str, text: &str) {
        if !text.is_empty() {
            self.add(&format!("{key}Label"), label);
            self.add(key, text);
        }
    }

    /// `src` and `dst` take IPv4 only.
    fn address(&mut self, address: Option<&str>, key: &str, v6: (&str, &str)) {
        match address.map(str::parse::<IpAddr>) {
            Some(Ok(IpAddr::V4(address))) => self.add(key, &address.to_string()),
            Some(Ok(IpAddr::V6(address))) => self.labelled(v6.0, v6.1, &address.to_string()),
            _ => {}
        }
    }

    fn port(&mut self, key: &str, port: Option<u16>) {
        if let Some(port) = port {
            self.add(key, &port.to_string());
        }
    }
}
