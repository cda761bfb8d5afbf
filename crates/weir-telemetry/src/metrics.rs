//! Counters and gauges, declared once by their owner, printed in Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A number that only grows.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds `amount`.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Clone, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
enum Series {
    Counter(Counter),
    Gauge(Gauge),
}

#[derive(Debug)]
struct Family {
    help: &'static str,
    /// By rendered labels (`{reason="truncated"}` or empty).
    series: BTreeMap<String, Series>,
}

/// Every metric of the process. Clones share the same metrics.
#[derive(Debug, Clone, Default)]
pub struct Registry(Arc<Mutex<BTreeMap<&'static str, Family>>>);

impl Registry {
    /// Declares (or finds again) a counter. Label values must come from a bounded set.
    pub fn counter(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Counter {
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let family = families.entry(name).or_insert_with(|| Family { help, series: BTreeMap::new() });
        let series =
            family.series.entry(render(labels)).or_insert_with(|| Series::Counter(Counter::default()));
        match series {
            Series::Counter(counter) => counter.clone(),
            Series::Gauge(_) => Counter::default(),
        }
    }

    /// Declares (or finds again) a gauge.
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: &[(&str, &str)]) -> Gauge {
        let mut families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let family = families.entry(name).or_insert_with(|| Family { help, series: BTreeMap::new() });
        let series = family.series.entry(render(labels)).or_insert_with(|| Series::Gauge(Gauge::default()));
        match series {
            Series::Gauge(gauge) => gauge.clone(),
            Series::Counter(_) => Gauge::default(),
        }
    }

    /// Prometheus' text exposition format, version 0.0.4.
    pub fn render(&self) -> String {
        let families = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        for (name, family) in families.iter() {
            let kind = match family.series.values().next() {
                Some(Series::Gauge(_)) => "gauge",
                _ => "counter",
            };
            let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} {kind}", family.help);
            for (labels, series) in &family.series {
                let _ = match series {
                    Series::Counter(counter) => writeln!(out, "{name}{labels} {}", counter.get()),
                    Series::Gauge(gauge) => writeln!(out, "{name}{labels} {}", gauge.get()),
                };
            }
        }
        out
    }
}

fn render(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = labels
        .iter()
        .map(|(name, value)| {
            format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
        })
        .collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_every_series_under_one_heading() {
        let registry = Registry::default();
        registry.counter("weir_test_total", "Tests.", &[("reason", "a\"b")]).add(2);
        registry.counter("weir_test_total", "Tests.", &[("reason", "c")]).add(1);
        registry.gauge("weir_depth", "Depth.", &[]).set(-3);
        assert_eq!(
            registry.render(),
            "# HELP weir_depth Depth.\n# TYPE weir_depth gauge\nweir_depth -3\n\
             # HELP weir_test_total Tests.\n# TYPE weir_test_total counter\n\
             weir_test_total{reason=\"a\\\"b\"} 2\nweir_test_total{reason=\"c\"} 1\n"
        );
    }
}
