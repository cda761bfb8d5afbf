//! NetFlow v1, v5 and v7: one fixed layout each, no templates.

use weir_batch::{Batches, Names, Origin, Plan, Sampling, SamplingOrigin, Uptime};
use weir_wire::{Malformed, Protocol, v1, v5, v7};

use super::sampling::Configured;
use super::{Arrival, Outcome, Reason, Session};

/// The plans of the fixed layouts.
#[derive(Debug)]
pub(super) struct FixedPlans {
    netflow1: Plan,
    netflow1_short: Plan,
    netflow5: Plan,
    netflow7: Plan,
}

impl FixedPlans {
    pub(super) fn new() -> Self {
        FixedPlans {
            netflow1: Plan::netflow1(v1::RECORD_LEN),
            netflow1_short: Plan::netflow1(v1::SHORT_RECORD_LEN),
            netflow5: Plan::netflow5(),
            netflow7: Plan::netflow7(),
        }
    }

    fn of(&self, protocol: Protocol, record_len: usize) -> &Plan {
        match protocol {
            Protocol::Netflow1 if record_len == v1::SHORT_RECORD_LEN => &self.netflow1_short,
            Protocol::Netflow1 => &self.netflow1,
            Protocol::Netflow7 => &self.netflow7,
            _ => &self.netflow5,
        }
    }
}

/// What the three have in common once their headers are read.
struct Fixed<'a> {
    /// Engine type and id of v5; the others have none.
    domain: u32,
    export_secs: u32,
    export_nsecs: u32,
    uptime_ms: u32,
    /// v1 does not count.
    sequence: Option<u32>,
    sampling: u32,
    records: &'a [u8],
    record_len: usize,
    trailing: usize,
}

impl<'a> Fixed<'a> {
    fn parse(protocol: Protocol, bytes: &'a [u8]) -> Result<Self, Malformed> {
        match protocol {
            Protocol::Netflow1 => v1::Datagram::parse(bytes).map(|view| Fixed {
                domain: 0,
                export_secs: view.unix_secs(),
                export_nsecs: view.unix_nsecs(),
                uptime_ms: view.sys_uptime_ms(),
                sequence: None,
                sampling: 0,
                records: view.records(),
                record_len: view.record_len(),
                trailing: view.trailing(),
            }),
            Protocol::Netflow7 => v7::Datagram::parse(bytes).map(|view| Fixed {
                domain: 0,
                export_secs: view.unix_secs(),
                export_nsecs: view.unix_nsecs(),
                uptime_ms: view.sys_uptime_ms(),
                sequence: Some(view.flow_sequence()),
                sampling: 0,
                records: view.records(),
                record_len: v7::RECORD_LEN,
                trailing: view.trailing(),
            }),
            _ => v5::Datagram::parse(bytes).map(|view| Fixed {
                domain: u32::from(view.engine()),
                export_secs: view.unix_secs(),
                export_nsecs: view.unix_nsecs(),
                uptime_ms: view.sys_uptime_ms(),
                sequence: Some(view.flow_sequence()),
                sampling: u32::from(view.sampling_interval()),
                records: view.records(),
                record_len: v5::RECORD_LEN,
                trailing: view.trailing(),
            }),
        }
    }
}

impl Session {
    pub(super) fn fixed(&mut self, protocol: Protocol, arrival: Arrival<'_>, out: &mut Batches) -> Outcome {
        let view = match Fixed::parse(protocol, arrival.bytes) {
            Ok(view) => view,
            Err(malformed) => {
                let domain = match protocol {
                    Protocol::Netflow5 => v5::engine_of(arrival.bytes).map(u32::from),
                    // A datagram without its whole header proves no exporter.
                    _ => (arrival.bytes.len() >= v1::HEADER_LEN).then_some(0),
                };
                return self.reject(arrival, protocol, domain, malformed);
            }
        };
        let at = match self.arrive(arrival, protocol, view.domain) {
            Ok(at) => at,
            Err(outcome) => return outcome,
        };
        let export_ns = i64::from(view.export_secs) * 1_000_000_000 + i64::from(view.export_nsecs);
        let count = view.records.len() / view.record_len;
        let exporter = &mut self.exporters[at];
        exporter.health.clock(export_ns, arrival.received_ns);
        if let Some(sequence) = view.sequence {
            exporter.sequence.observe(sequence, count as u32, Some(view.uptime_ms));
        }
        let header = Sampling { rate: view.sampling, origin: SamplingOrigin::Header, ..Sampling::default() };
        let sampling = Configured::or(exporter.configured, header);
        let origin = Origin {
            protocol,
            exporter: arrival.address,
            exporter_port: arrival.port,
            domain_id: view.domain,
            received_ns: arrival.received_ns,
            export_ns,
            uptime: Uptime::Header { export_ns, uptime_ms: view.uptime_ms },
            sequence: view.sequence.unwrap_or_default(),
            template_id: 0,
            sampling,
            names: Names::none(),
            templates: None,
        };
        let plan = self.fixed.of(protocol, view.record_len);
        let appended = out.flows.append_set(&origin, plan, view.records);
        exporter.appended(&appended, sampling.rate, sampling.origin, arrival.received_ns);
        let records = appended.records as u64;
        let mut outcome =
            Outcome { protocol: Some(protocol), records, rows: appended.rows as u64, ..Outcome::default() };
        if view.trailing > 0 {
            outcome.problems.add(Reason::TRAILING_BYTES, 1);
            let trailing = arrival.bytes.len().saturating_sub(view.trailing);
            let bytes = arrival.bytes.get(trailing..).unwrap_or_default();
            self.exporters[at].health.fail(Reason::TRAILING_BYTES, arrival.received_ns, bytes);
        }
        self.account(at, &outcome, arrival.received_ns);
        outcome
    }
}
