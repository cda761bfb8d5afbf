//! How each exporter is doing.

use std::fmt::Write as _;

use serde_json::Value;

use super::finding::{Finding, Severity, ns};

/// Findings of one check that are told one by one; the rest is counted.
const TOLD: usize = 10;
/// A clock that is off by more than this is worth a word.
const SKEW_MS: i64 = 5_000;
/// An exporter that was heard of, but not for so long, has gone silent.
const SILENT_NS: i64 = 600_000_000_000;

/// Every check of exporters.
pub(super) const CHECKS: [&str; 9] = [
    "gaps",
    "duplicates",
    "restarts",
    "templates",
    "unreadable",
    "misfits",
    "clock_skew",
    "sampling",
    "silent",
];

struct Exporter<'a> {
    name: String,
    address: &'a str,
    port: u64,
    facts: &'a Value,
    /// The server that told.
    server: &'a str,
}

impl<'a> Exporter<'a> {
    fn new(facts: &'a Value, server: &'a str) -> Self {
        let address = facts["exporter"].as_str().unwrap_or("?");
        let protocol = facts["protocol"].as_str().unwrap_or("?");
        let name = format!("{address} ({protocol}, domain {})", facts["domain"]);
        Self { name, address, port: facts["port"].as_u64().unwrap_or(0), facts, server }
    }

    fn number(&self, name: &str) -> u64 {
        self.facts[name].as_u64().unwrap_or(0)
    }

    fn count(&self, group: &str, name: &str) -> u64 {
        self.facts[group][name].as_u64().unwrap_or(0)
    }

    fn look(&self) -> String {
        let address = self.address;
        format!(
            "tcpdump -ni any -c 200 -w /tmp/weir-doctor.pcap 'src host {address} and udp' && weir decode --stats /tmp/weir-doctor.pcap"
        )
    }

    fn gaps(&self, kernel_dropped: u64) -> Option<Finding> {
        let missing = self.count("gaps", "count");
        if missing == 0 {
            return None;
        }
        let unit = self.facts["gaps"]["unit"].as_str().unwrap_or("units");
        let estimated = self.count("gaps", "estimated_records");
        let share = estimated as f64 / (estimated + self.number("records")).max(1) as f64;
        let severity = if share > 0.001 { Severity::Error } else { Severity::Warning };
        let problem = format!(
            "{}: {missing} {unit} are missing from its sequence, about {:.2} % of its records",
            self.name,
            share * 100.0
        );
        let (why, command) = if kernel_dropped > 0 {
            (
                "these flows are lost; this machine's kernel dropped datagrams, which explains at least a part",
                "weir doctor --apply    # as root: larger receive buffers".to_owned(),
            )
        } else {
            (
                "these flows are lost between the exporter and this machine: it drops them itself, or the network does",
                format!(
                    "tcpdump -ni any -c 1000 'src host {}'    # do they arrive? ping -c 100 {0} shows a lossy way",
                    self.address
                ),
            )
        };
        Some(Finding::new(severity, "gaps", problem).why(why).command(command))
    }

    fn duplicates(&self) -> Option<Finding> {
        let duplicates = self.count("gaps", "duplicates");
        let problem = format!("{}: {duplicates} datagrams came more than once", self.name);
        let why = "their flows are counted twice: two destinations of the exporter lead here, or the network copies \
                   its datagrams";
        let many = duplicates.saturating_mul(100) > self.number("datagrams");
        many.then(|| Finding::new(Severity::Warning, "duplicates", problem).why(why).command(self.look()))
    }

    fn restarts(&self) -> Option<Finding> {
        let restarts = self.count("gaps", "restarts");
        let problem = format!("{}: it started to count anew {restarts} times", self.name);
        let why = "its export process crashes or is restarted, or two devices share one address and domain";
        (restarts > 3)
            .then(|| Finding::new(Severity::Warning, "restarts", problem).why(why).command(self.look()))
    }

    fn templates(&self) -> Option<Finding> {
        let refused = self.count("rejected", "no_template");
        let held = self.number("held_sets");
        let problem = match (refused, held) {
            (0, 0) => return None,
            (0, held) => format!("{}: {held} sets of records wait for their template", self.name),
            (refused, held) => format!(
                "{}: {refused} sets of records could not be read, since their template never came ({held} more wait)",
                self.name
            ),
        };
        let severity = if refused > 0 { Severity::Error } else { Severity::Note };
        let command = "template data timeout 60                  # Cisco, below `flow exporter NAME`\n\
             template-refresh-rate seconds 60          # Juniper, below `flow-monitoring version9 template NAME`\n\
             set export … template resend every minute # others: look for template timeout or refresh";
        let why = "NetFlow v9 and IPFIX cannot be read without templates; over UDP the exporter must repeat them often";
        Some(Finding::new(severity, "templates", problem).why(why).command(command))
    }

    fn unreadable(&self) -> Option<Finding> {
        let reasons: Vec<(&String, u64)> = self.facts["rejected"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(reason, _)| *reason != "no_template")
            .filter_map(|(reason, count)| Some((reason, count.as_u64()?)))
            .collect();
        let total: u64 = reasons.iter().map(|(_, count)| count).sum();
        if total == 0 {
            return None;
        }
        let list: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let all = total >= self.number("datagrams");
        let severity = if all { Severity::Error } else { Severity::Warning };
        let mut problem = format!("{}: datagrams or sets could not be read: {}", self.name, list.join(", "));
        let newest = &self.facts["last_error"];
        if let (Some(at), Some(bytes)) = (newest["at"].as_str(), newest["bytes"].as_str()) {
            let _ = write!(problem, "; the last at {at} began with {bytes}");
        }
        let why = if all {
            "nothing from this address is understood: it may send another protocol than NetFlow, IPFIX or sFlow"
        } else {
            "what they held is in no answer"
        };
        Some(Finding::new(severity, "unreadable", problem).why(why).command(self.look()))
    }

    fn misfits(&self) -> Option<Finding> {
        let doubts = self.facts["doubts"].as_object().filter(|doubts| !doubts.is_empty())?;
        let list: Vec<String> = doubts.iter().map(|(doubt, count)| format!("{doubt} {count}")).collect();
        let problem =
            format!("{}: its template does not seem to fit its records: {}", self.name, list.join(", "));
        let why = "values may stand in the wrong fields: two devices may share one address and domain";
        let command = format!(
            "curl -s {server}/api/v1/exporters/{address}    # its templates: `doubts` tells which do not fit",
            server = self.server,
            address = self.address
        );
        Some(Finding::new(Severity::Warning, "misfits", problem).why(why).command(command))
    }

    fn clock_skew(&self) -> Option<Finding> {
        let ahead = self.facts["clock_skew_ms"].as_i64().unwrap_or(0);
        let off = self.number("clock_off");
        if ahead.abs() < SKEW_MS && off == 0 {
            return None;
        }
        let word = if ahead < 0 { "behind" } else { "ahead" };
        let mut problem = format!("{}: its clock is {:.1} s {word}", self.name, ahead.abs() as f64 / 1000.0);
        if off > 0 {
            let _ = write!(problem, "; {off} sets had times so wrong that the time of arrival counts");
        }
        let severity = if off > 0 { Severity::Warning } else { Severity::Note };
        let why = "its flows appear at the wrong time beside those of others";
        let command = "ntp server 192.0.2.123    # on the exporter: your time server's address";
        Some(Finding::new(severity, "clock_skew", problem).why(why).command(command))
    }

    fn sampling(&self) -> Option<Finding> {
        if !self.facts["sampling"].is_null() || self.number("records") == 0 {
            return None;
        }
        let problem = format!("{}: it does not say whether it samples", self.name);
        let why =
            "if it does, its bytes and packets are only a part of the traffic, and nobody can tell which";
        let command = "option sampler-table timeout 60    # Cisco, below `flow exporter NAME`; unsampled: nothing to do";
        Some(Finding::new(Severity::Note, "sampling", problem).why(why).command(command))
    }

    fn silent(&self, now_ns: i64) -> Option<Finding> {
        let last_seen = self.facts["last_seen"].as_str()?;
        let silent_ns = now_ns - ns(last_seen)?;
        // A closed connection's counts live on under port 0.
        if silent_ns < SILENT_NS || self.port == 0 {
            return None;
        }
        let problem = format!("{}: nothing has come since {last_seen}", self.name);
        let why = "it is down, no longer exports, or something on the way drops what it sends";
        let command = format!("ping -c 3 {0}; tcpdump -ni any -c 10 'src host {0}'", self.address);
        Some(Finding::new(Severity::Warning, "silent", problem).why(why).command(command))
    }
}

/// Examines every exporter. Of each check only the first few are told one by one.
pub(super) fn examine(exporters: &[Value], server: &str, kernel_dropped: u64, now_ns: i64) -> Vec<Finding> {
    let exporters: Vec<Exporter<'_>> = exporters.iter().map(|facts| Exporter::new(facts, server)).collect();
    let mut all = Vec::new();
    for check in CHECKS {
        let look = |exporter: &Exporter<'_>| match check {
            "gaps" => exporter.gaps(kernel_dropped),
            "duplicates" => exporter.duplicates(),
            "restarts" => exporter.restarts(),
            "templates" => exporter.templates(),
            "unreadable" => exporter.unreadable(),
            "misfits" => exporter.misfits(),
            "clock_skew" => exporter.clock_skew(),
            "sampling" => exporter.sampling(),
            _ => exporter.silent(now_ns),
        };
        let mut found: Vec<Finding> = exporters.iter().filter_map(look).collect();
        found.sort_by_key(|finding| finding.severity);
        if let Some(first) = found.get(TOLD) {
            let more = found.len() - TOLD;
            let rest = Finding::new(first.severity, check, format!("{more} more exporters have the same"));
            found.truncate(TOLD);
            found.push(rest.command("weir doctor --format json    # or GET /api/v1/exporters"));
        }
        all.extend(found);
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-01-01T00:00:00Z";

    fn exporter(change: &Value) -> Value {
        let mut exporter = json!({
            "exporter": "192.0.2.1", "domain": 0, "protocol": "netflow9", "port": 2055, "datagrams": 100,
            "records": 1000, "last_seen": NOW, "sampling": 1, "clock_skew_ms": 3, "clock_off": 0,
            "held_sets": 0, "gaps": {"unit": "packets", "count": 0, "estimated_records": 0, "restarts": 0},
            "rejected": {}, "doubts": {},
        });
        for (key, value) in change.as_object().unwrap() {
            exporter[key] = value.clone();
        }
        exporter
    }

    fn checks(exporters: &[Value]) -> Vec<(&'static str, Severity)> {
        let now_ns = ns(NOW).unwrap();
        let found = examine(exporters, "http://127.0.0.1:8044", 0, now_ns);
        assert!(found.iter().all(|finding| !finding.command.is_empty()), "{found:?}");
        found.iter().map(|finding| (finding.check, finding.severity)).collect()
    }

    #[test]
    fn nothing_is_wrong_with_a_good_exporter() {
        assert_eq!(checks(&[exporter(&json!({}))]), []);
    }

    #[test]
    fn every_ill_is_found() {
        let gaps = json!({"gaps": {"unit": "packets", "count": 5, "estimated_records": 50, "restarts": 9}});
        for (ill, expected) in [
            (gaps, vec![("gaps", Severity::Error), ("restarts", Severity::Warning)]),
            (json!({"rejected": {"no_template": 4}}), vec![("templates", Severity::Error)]),
            (
                json!({"gaps": {"unit": "packets", "count": 0, "duplicates": 50}}),
                vec![("duplicates", Severity::Warning)],
            ),
            (json!({"held_sets": 4}), vec![("templates", Severity::Note)]),
            (json!({"rejected": {"truncated": 4}}), vec![("unreadable", Severity::Warning)]),
            (json!({"rejected": {"version": 100}}), vec![("unreadable", Severity::Error)]),
            (json!({"doubts": {"padding": 4}}), vec![("misfits", Severity::Warning)]),
            (json!({"clock_skew_ms": -60_000}), vec![("clock_skew", Severity::Note)]),
            (json!({"clock_off": 3}), vec![("clock_skew", Severity::Warning)]),
            (json!({"sampling": null}), vec![("sampling", Severity::Note)]),
            (json!({"last_seen": "2025-12-31T00:00:00Z"}), vec![("silent", Severity::Warning)]),
        ] {
            assert_eq!(checks(&[exporter(&ill)]), expected, "{ill}");
        }
    }

    #[test]
    fn many_with_the_same_ill_are_counted() {
        let many = vec![exporter(&json!({"held_sets": 1})); 500];
        let found = examine(&many, "http://127.0.0.1:8044", 0, ns(NOW).unwrap());
        assert_eq!(found.len(), TOLD + 1);
        assert!(found[TOLD].problem.starts_with("490 more"), "{:?}", found[TOLD]);
    }
}
