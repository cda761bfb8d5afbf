//! Flows of the past, put in the order of time before the analytics see them.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use weir_schema::Field;

use super::Behaviour;
use super::rows::{self, Flow};
use crate::Detection;

/// The analytics see at most so many flows before event time goes on.
const ROWS: usize = 4096;
/// Event time goes on in steps of this much at least.
const STEP_NS: i64 = 1_000_000_000;

/// Flows as the analytics read them.
#[derive(Debug, Default)]
pub struct PastFlows(Vec<Flow>);

impl PastFlows {
    /// Reads a batch. The rows that are no traffic are left out.
    pub fn read(batch: &RecordBatch) -> Self {
        Self(rows::flows(batch))
    }

    /// Those with a time in a range, its start included and its end not.
    pub fn within(mut self, from_ns: i64, to_ns: i64) -> Self {
        self.0.retain(|flow| (from_ns..to_ns).contains(&flow.time));
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes these in beside the others.
    pub fn add(&mut self, mut flows: PastFlows) {
        self.0.append(&mut flows.0);
    }

    /// Takes out those before a time, in the order of time.
    fn before(&mut self, time_ns: i64) -> Vec<Flow> {
        let mut taken: Vec<Flow> = self.0.extract_if(.., |flow| flow.time < time_ns).collect();
        taken.sort_unstable_by_key(|flow| (flow.time, flow.src, flow.dst, flow.src_port, flow.dst_port));
        taken
    }
}

impl Behaviour {
    /// The stored fields that the analytics read.
    pub fn fields() -> Vec<Field> {
        use Field::{
            BiflowSide, Bytes, DstAs, DstCountry, DstIp, DstPort, DstRole, End, IcmpType, Kind, Locality,
            Packets, Protocol, Sampling, SrcIp, SrcPort, SrcRole, Start, TcpFlags, Time,
        };
        let fields = BTreeSet::from([
            Time, Start, End, Kind, SrcIp, DstIp, SrcPort, DstPort, Protocol, TcpFlags, IcmpType, Bytes,
            Packets, Sampling, Locality, BiflowSide, DstAs, DstCountry, SrcRole, DstRole,
        ]);
        fields.into_iter().collect()
    }

    /// Takes in the flows before a time, in the order of time; the others stay. No flow before that time will come after.
    pub fn observe_past(&mut self, flows: &mut PastFlows, before_ns: i64, out: &mut Vec<Detection>) {
        let flows = flows.before(before_ns);
        let mut rest = flows.as_slice();
        while let Some(first) = rest.first() {
            let until = first.time.saturating_add(STEP_NS);
            let count = rest.iter().take(ROWS).take_while(|flow| flow.time < until).count();
            let (run, later) = rest.split_at(count.max(1));
            self.observe_flows(run.to_vec(), out);
            rest = later;
            let now = rest.first().map_or(before_ns, |next| next.time);
            self.advance(now, out);
        }
    }
}
