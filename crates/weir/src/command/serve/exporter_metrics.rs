//! The exporters in Prometheus' words: a bounded number of series, whatever sends.

use std::net::IpAddr;

use weir_api::model::Exporter;
use weir_telemetry::Registry;

/// Exporters with series of their own. The longest known have them, so that none moves to `other` later on.
const NAMED: usize = 100;

/// A counter of exporters: name, help, and where it is.
type Counter = (&'static str, &'static str, fn(&Exporter) -> u64);

const COUNTERS: [Counter; 7] = [
    ("weir_exporter_datagrams_total", "Datagrams of an exporter.", |exporter| exporter.datagrams),
    ("weir_exporter_records_total", "Records of an exporter.", |exporter| exporter.records),
    (
        "weir_exporter_missing_records_total",
        "Records missing from an exporter's sequence; an estimate, except for v5 and IPFIX.",
        |exporter| exporter.gaps.estimated_records,
    ),
    ("weir_exporter_duplicates_total", "Datagrams that came more than once.", |exporter| {
        exporter.gaps.duplicates
    }),
    ("weir_exporter_restarts_total", "Times an exporter started to count anew.", |exporter| {
        exporter.gaps.restarts
    }),
    ("weir_exporter_rejected_total", "Datagrams and sets that could not be read.", |exporter| {
        exporter.rejected.values().sum()
    }),
    ("weir_exporter_clock_off_total", "Sets with times that cannot be right.", |exporter| exporter.clock_off),
];

/// One series per address and protocol; what is beyond the bound is summed up as `other`.
pub(super) fn render(exporters: &[Exporter]) -> String {
    let mut known: Vec<&Exporter> = exporters.iter().collect();
    known.sort_by(|a, b| (&a.first_seen, a.exporter, a.domain).cmp(&(&b.first_seen, b.exporter, b.domain)));
    let mut named: Vec<(IpAddr, &str)> = Vec::new();
    let registry = Registry::default();
    for exporter in known {
        let key = (exporter.exporter, exporter.protocol.as_str());
        if !named.contains(&key) && named.len() < NAMED {
            named.push(key);
        }
        let (name, protocol) = if named.contains(&key) {
            (exporter.exporter.to_string(), exporter.protocol.as_str())
        } else {
            ("other".to_owned(), "")
        };
        let labels = [("exporter", name.as_str()), ("protocol", protocol)];
        for (metric, help, value) in COUNTERS {
            registry.counter(metric, help, &labels).add(value(exporter));
        }
        for (doubt, count) in &exporter.doubts {
            let labels = [labels[0], labels[1], ("doubt", doubt.as_str())];
            let help = "Sets that were decoded although their template does not seem to fit, by what is odd.";
            registry.counter("weir_exporter_doubts_total", help, &labels).add(*count);
        }
        let waiting =
            registry.gauge("weir_exporter_held_sets", "Sets that wait for their template.", &labels);
        waiting.set(waiting.get().saturating_add(i64::try_from(exporter.held_sets).unwrap_or(i64::MAX)));
        if let Some(ahead) = exporter.clock_skew_ms.filter(|_| name != "other") {
            let help = "How far an exporter's clock is ahead of ours, in milliseconds.";
            registry.gauge("weir_exporter_clock_skew_ms", help, &labels).set(ahead);
        }
    }
    registry.render()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use weir_api::model::Gaps;

    use super::*;

    fn exporter(number: u8, records: u64) -> Exporter {
        Exporter {
            exporter: [192, 0, 2, number].into(),
            domain: 0,
            protocol: "netflow5".to_owned(),
            transport: "udp".to_owned(),
            port: 2055,
            datagrams: 1,
            bytes: 100,
            records,
            rows: records,
            options_records: 0,
            counter_rows: 0,
            events: 0,
            first_seen: format!("2026-01-01T00:00:00.{number:03}Z"),
            last_seen: "2026-01-02T00:00:00Z".to_owned(),
            gaps: Gaps::default(),
            sampling: None,
            sampling_origin: None,
            templates: 0,
            templates_changed: None,
            held_sets: 2,
            held_bytes: 0,
            clock_skew_ms: Some(-7),
            delay_ms: None,
            records_per_second: 0.0,
            bytes_per_second: 0.0,
            clock_off: 0,
            rejected: BTreeMap::new(),
            doubts: BTreeMap::new(),
            last_error: None,
        }
    }

    #[test]
    fn a_flood_of_exporters_makes_one_more_series() {
        let text = render(&(0..150).map(|number| exporter(number, 10)).collect::<Vec<_>>());
        let series = text.lines().filter(|line| line.starts_with("weir_exporter_records_total{"));
        assert_eq!(series.count(), NAMED + 1);
        let first = "weir_exporter_records_total{exporter=\"192.0.2.0\",protocol=\"netflow5\"} 10\n";
        assert!(text.contains(first), "{text}");
        let other = "weir_exporter_records_total{exporter=\"other\",protocol=\"\"} 500\n";
        assert!(text.contains(other), "{text}");
        assert!(text.contains("weir_exporter_held_sets{exporter=\"other\",protocol=\"\"} 100\n"), "{text}");
        let skew = "weir_exporter_clock_skew_ms{exporter=\"192.0.2.9\",protocol=\"netflow5\"} -7\n";
        assert!(text.contains(skew), "{text}");
    }

    #[test]
    fn doubts_are_told_by_what_is_odd() {
        let odd = |number: u8| {
            let doubts = [("padding_not_zero", 3), ("counters_absurd", 1)];
            let doubts = doubts.map(|(doubt, count)| (doubt.to_owned(), count)).into();
            Exporter { doubts, ..exporter(number, 5) }
        };
        let text = render(&(0..120).map(odd).collect::<Vec<_>>());
        let series = text.lines().filter(|line| line.starts_with("weir_exporter_doubts_total{"));
        assert_eq!(series.count(), 2 * (NAMED + 1));
        let other =
            "weir_exporter_doubts_total{exporter=\"other\",protocol=\"\",doubt=\"padding_not_zero\"} 60\n";
        assert!(text.contains(other), "{text}");
    }

    #[test]
    fn domains_of_one_exporter_are_added_up() {
        let text = render(&[exporter(1, 5), Exporter { domain: 9, ..exporter(1, 6) }]);
        let both = "weir_exporter_records_total{exporter=\"192.0.2.1\",protocol=\"netflow5\"} 11\n";
        assert!(text.contains(both), "{text}");
    }
}
