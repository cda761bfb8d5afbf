//! sFlow: the agent names itself in the datagram, every sample carries its rate.

use weir_batch::{Batches, CounterMemory, Names, Origin, Sampling, Uptime};
use weir_wire::Protocol;
use weir_wire::sflow::{Datagram, Sample};

use super::sampling::Configured;
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
            sampling: Configured::or(exporter.configured, Sampling::default()),
            names: Names::none(),
            templates: None,
        };
        let mut outcome = Outcome { protocol: Some(Protocol::Sflow5), ..Outcome::default() };
        let mut rows = out.flows.samples(&origin);
        for sample in view.samples() {
            let problem = match sample {
                Ok(Sample::Flow(flow)) => {
                    let told = Sampling { rate: flow.rate, ..Sampling::default() };
                    let sampling = Configured::or(exporter.configured, told);
                    if sampling.rate != 0 {
                        exporter.sampling = Some((sampling.rate, sampling.origin.name()));
                    }
                    outcome.records += 1;
                    outcome.rows += 1;
                    rows.flow(&flow)
                }
                Ok(Sample::Drop(discarded)) => {
                    exporter.events += 1;
                    outcome.records += 1;
                    outcome.rows += 1;
                    rows.discard(&discarded)
                }
                Ok(Sample::Counters(sample)) => {
                    let memory = exporter
                        .counters
                        .get_or_insert_with(|| Box::new(CounterMemory::sharing(&self.counter_records)));
                    memory.observe_uptime(view.uptime_ms());
                    let appended = out.counters.append_counter_sample(&origin, &sample, memory);
                    outcome.counter_rows += appended.rows as u64;
                    appended.problem
                }
                Ok(Sample::Other(_)) => {
                    outcome.ignored_samples += 1;
                    None
                }
                Err(malformed) => Some(malformed.reason),
            };
            if let Some(problem) = problem {
                outcome.problems.add(Reason::new(problem), 1);
                exporter.health.fail(Reason::new(problem), arrival.received_ns, arrival.bytes);
            }
        }
        drop(rows);
        self.account(at, &outcome, arrival.received_ns);
        outcome
    }
}
