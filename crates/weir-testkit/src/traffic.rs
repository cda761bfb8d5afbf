//! Sending with `weir generate`, and what a server must then answer.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Launch, Totals, Weir, wait_until};

/// What `weir generate` says that it sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Records.
    pub flows: u64,
    /// Datagrams, those with only templates included.
    pub datagrams: u64,
    /// Sum of the records' bytes.
    pub bytes: u64,
    /// Sum of the records' packets.
    pub packets: u64,
}

impl Sent {
    /// Reads `sent 100 flows in 4 datagrams (bytes=…, packets=…)`.
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let line = text
            .lines()
            .find(|line| line.starts_with("sent "))
            .unwrap_or_else(|| panic!("no `sent`: {text}"));
        let numbers: Vec<u64> =
            line.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        let [flows, datagrams, bytes, packets] = numbers[..] else { panic!("four numbers in: {line}") };
        Self { flows, datagrams, bytes, packets }
    }
}

/// The sums of all records that a filter lets through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Records.
    pub flows: u64,
    /// Bytes as exported.
    pub bytes: u64,
    /// Packets as exported.
    pub packets: u64,
}

impl Sums {
    /// Reads the only row of an answer without `by`.
    #[track_caller]
    pub fn of_answer(answer: &Value) -> Self {
        let rows = answer["rows"].as_array().unwrap_or_else(|| panic!("no rows: {answer}"));
        let Some(row) = rows.first() else { return Self::default() };
        assert_eq!(rows.len(), 1, "one row: {answer}");
        let number = |name: &str| row[name].as_u64().unwrap_or_else(|| panic!("no number `{name}`: {row}"));
        Self { flows: number("flows"), bytes: number("bytes"), packets: number("packets") }
    }
}

impl From<Sent> for Sums {
    fn from(sent: Sent) -> Self {
        Self { flows: sent.flows, bytes: sent.bytes, packets: sent.packets }
    }
}

impl From<Totals> for Sums {
    fn from(totals: Totals) -> Self {
        Self { flows: totals.flows, bytes: totals.bytes, packets: totals.packets }
    }
}

impl std::ops::Add for Sums {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            flows: self.flows + other.flows,
            bytes: self.bytes + other.bytes,
            packets: self.packets + other.packets,
        }
    }
}

/// A range that holds whatever a test can have sent.
pub const ALWAYS: [(&str, &str); 2] = [("from", "2000-01-01T00:00:00Z"), ("to", "2100-01-01T00:00:00Z")];

impl Launch {
    /// Sends `flows` flows of one protocol to an address, at a rate that a busy machine can still receive.
    #[track_caller]
    pub fn generate(&self, to: SocketAddr, protocol: &str, flows: u64, seed: u64) -> Sent {
        let mut command = self.command();
        command.args(["generate", "-t", &to.ip().to_string(), "-p", &to.port().to_string()]);
        command.args(["--protocol", protocol, "--flow-count", &flows.to_string()]);
        command.args(["--rate", "20000", "--seed", &seed.to_string()]);
        let finished = crate::run(&mut command, Duration::from_mins(2)).expect_code(0);
        Sent::parse(&finished.stdout)
    }
}

impl Weir {
    /// Sends flows to the server's first listener.
    #[track_caller]
    pub fn generate(&self, protocol: &str, flows: u64, seed: u64) -> Sent {
        self.launch().generate(self.listener(), protocol, flows, seed)
    }

    /// The sums over all records ever, or over those that a filter lets through.
    #[track_caller]
    pub fn sums(&self, filter: Option<&str>) -> Sums {
        let mut body = json!({ "measures": ["bytes", "packets", "flows"] });
        for (key, value) in ALWAYS {
            body[key] = json!(value);
        }
        if let Some(filter) = filter {
            body["filter"] = json!(filter);
        }
        Sums::of_answer(&self.http().post_json("/api/v1/query", &body))
    }

    /// Waits until the records that a filter lets through are as many as expected or more, and yields their sums.
    /// The deadline is well beyond the minute after which pmacctd hands on a buffer that did not fill.
    #[track_caller]
    pub fn wait_for_flows(&self, filter: Option<&str>, flows: u64) -> Sums {
        let what = format!("{flows} flows ({})", filter.unwrap_or("all"));
        let mut last = Sums::default();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(&what, Duration::from_mins(3), || {
                last = self.sums(filter);
                (last.flows >= flows).then_some(last)
            })
        }));
        found.unwrap_or_else(|_| {
            panic!("waited for {what}, found {last:?}; accounting: {:#}", self.accounting())
        })
    }

    /// Waits until everything decoded is on disk, and yields the ledgers of that moment.
    #[track_caller]
    pub fn wait_until_stored(&self) -> Value {
        wait_until("everything decoded is stored", Duration::from_mins(1), || {
            let accounting = self.accounting();
            (accounting["records"]["waiting"] == 0).then_some(accounting)
        })
    }
}

/// Fails unless the ledgers of `/api/v1/accounting` add up.
#[track_caller]
pub fn assert_adds_up(accounting: &Value) {
    let number = |ledger: &str, name: &str| {
        accounting[ledger][name].as_u64().unwrap_or_else(|| panic!("{accounting:#}"))
    };
    let sum = |ledger: &str, name: &str| -> u64 {
        let places = accounting[ledger][name].as_object().unwrap_or_else(|| panic!("{accounting:#}"));
        places.values().filter_map(Value::as_u64).sum()
    };
    assert_eq!(
        number("datagrams", "received"),
        number("datagrams", "decoded") + sum("datagrams", "rejected") + sum("datagrams", "dropped"),
        "datagrams: received = decoded + rejected + dropped; {accounting:#}"
    );
    assert_eq!(
        number("records", "decoded"),
        number("records", "stored")
            + number("records", "waiting")
            + sum("records", "rejected")
            + sum("records", "lost"),
        "records: decoded = stored + waiting + rejected + lost; {accounting:#}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_sent() {
        let sent = Sent::parse("hello\nsent 100 flows in 4 datagrams (bytes=5000, packets=60)\n");
        assert_eq!(sent, Sent { flows: 100, datagrams: 4, bytes: 5000, packets: 60 });
    }

    #[test]
    #[should_panic(expected = "datagrams: received")]
    fn notices_a_missing_datagram() {
        assert_adds_up(&json!({
            "datagrams": { "received": 3, "decoded": 1, "rejected": { "x": 1 }, "dropped": {} },
            "records": { "decoded": 0, "stored": 0, "waiting": 0, "rejected": {}, "lost": {} },
        }));
    }
}
