//! sFlow: the agent names itself in the datagram, every sample carries its rate.

use weir_batch::{Batches, Names, Origin, Sampling, SamplingOrigin, Uptime};
use weir_wire::Protocol;
use weir_wire::sflow::{Datagram, Sample};

use super::{Arrival, Outcome, Reason, Session};

impl Session {
    pub(super) fn sflow(&mut self, arrival: Arrival<'_>, out: &mut Batches) -> Outcome {
        let view = match Datagram::parse(arrival.bytes) {
            Ok(view) => view,
            Err(malformed) => return self.reject(arrival, Protocol::Sflow5, None, malformed),
        };
        // The exporter is the agent, whoever relays its datagrams.
        let arrival = Arrival { address: view.agent().to_canonical(), ..arrival };
        let at = match self.arrive(arrival, Protocol::Sflow5, view.sub_agent()) {
            Ok(at) => at,
            Err(outcome) => return outcome,
        };
        let exporter = &mut self.exporters[at];
        exporter.sequence.observe(view.sequence(), 1, Some(view.uptime_ms()));
        let origin = Origin {
            protocol: Protocol::Sflow5,
            exporter: arrival.address,
            exporter_port: arrival.port,
            domain_id: view.sub_agent(),
            received_ns: arrival.received_ns,
            export_ns: 0,
            uptime: Uptime::Unknown,
            sequence: view.sequence(),
            template_id: 0,
            sampling: Sampling::default(),
            names: Names::none(),
            templates: None,
        };
        let mut outcome = Outcome { protocol: Some(Protocol::Sflow5), ..Outcome::default() };
        for sample in view.samples() {
            match sample {
                Ok(Sample::Flow(flow)) => {
                    if let Some(problem) = out.flows.append_flow_sample(&origin, &flow) {
                        outcome.problems.add(Reason::new(problem), 1);
                    }
                    if flow.rate != 0 {
                        exporter.sampling = Some((flow.rate, SamplingOrigin::Record.name()));
                    }
                    outcome.records += 1;
                    outcome.rows += 1;
                }
                Ok(Sample::Counters(_) | Sample::Drop(_) | Sample::Other(_)) => outcome.ignored_samples += 1,
                Err(malformed) => outcome.problems.add(Reason::new(malformed.reason), 1),
            }
        }
        self.account(at, &outcome);
        outcome
    }
}
