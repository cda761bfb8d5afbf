//! NetFlow v5: one fixed layout, sampling in the header.

use weir_batch::{Batches, Origin, Sampling, SamplingOrigin, Uptime};
use weir_wire::{Protocol, v5};

use super::{Arrival, Outcome, Reason, Session};

impl Session {
    pub(super) fn netflow5(&mut self, arrival: Arrival<'_>, out: &mut Batches) -> Outcome {
        let view = match v5::Datagram::parse(arrival.bytes) {
            Ok(view) => view,
            Err(malformed) => {
                let domain = v5::engine_of(arrival.bytes).map(u32::from);
                return self.reject(arrival, Protocol::Netflow5, domain, malformed);
            }
        };
        let domain_id = u32::from(view.engine());
        let at = match self.arrive(arrival, Protocol::Netflow5, domain_id) {
            Ok(at) => at,
            Err(outcome) => return outcome,
        };
        let export_ns = i64::from(view.unix_secs()) * 1_000_000_000 + i64::from(view.unix_nsecs());
        let exporter = &mut self.exporters[at];
        exporter.clock_ahead_ns = Some(export_ns - arrival.received_ns);
        exporter.sequence.observe(view.flow_sequence(), view.count() as u32, Some(view.sys_uptime_ms()));
        let rate = u32::from(view.sampling_interval());
        if rate != 0 {
            exporter.sampling = Some((rate, SamplingOrigin::Header.name()));
        }
        let origin = Origin {
            protocol: Protocol::Netflow5,
            exporter: arrival.address,
            exporter_port: arrival.port,
            domain_id,
            received_ns: arrival.received_ns,
            export_ns,
            uptime: Uptime::Header { export_ns, uptime_ms: view.sys_uptime_ms() },
            sequence: view.flow_sequence(),
            template_id: 0,
            sampling: Sampling { rate, origin: SamplingOrigin::Header, samplers: &[] },
        };
        let records = out.flows.append_set(&origin, &self.netflow5, view.records()).records as u64;
        let mut outcome =
            Outcome { protocol: Some(Protocol::Netflow5), records, rows: records, ..Outcome::default() };
        if view.trailing() > 0 {
            outcome.problems.add(Reason::TRAILING_BYTES, 1);
        }
        self.account(at, &outcome);
        outcome
    }
}
