//! What rules and behavioural analytics have in common.

use arrow_array::RecordBatch;
use weir_sigma::Meta;

use crate::Detection;

/// One rule, correlation or behavioural analytic at work.
///
/// The same detector runs live and over history. Event time is the `time` of flows; batches may be out of order within
/// the lateness that the caller allows, and what a detector says must not depend on that order.
pub trait Detector: Send {
    /// What it says of itself.
    fn meta(&self) -> &Meta;

    /// Takes in flows. Cheap: it runs for every batch.
    fn observe(&mut self, batch: &RecordBatch, out: &mut Vec<Detection>);

    /// Event time has come to `now_ns`: nothing that ended earlier will be observed any more. Windows that ended by then
    /// are decided, and state that no window needs is dropped.
    fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>);

    /// Bytes that its state takes, about.
    fn memory_bytes(&self) -> usize;

    /// How many groups were given up because its memory was used up.
    fn evicted(&self) -> u64 {
        0
    }

    /// Its state as bytes, for a start that goes on where this one stopped.
    fn save(&self) -> Vec<u8>;

    /// Goes on with a state that [`Detector::save`] gave. A state of another version is refused: it starts afresh.
    fn restore(&mut self, state: &[u8]) -> bool;
}
