//! sFlow samples, one object each: what the sample, its records and the sampled header say.

use weir_wire::sflow::Sample;

use crate::printer::Kind;

/// Appends a sample as an object and tells what it is; `None` for one that holds nothing.
pub(crate) fn write_sample(out: &mut Vec<u8>, sample: &Sample<'_>) -> Option<Kind> {
    out.extend_from_slice(b"{}");
    match sample {
        Sample::Flow(_) => Some(Kind::Data),
        Sample::Counters => Some(Kind::Options),
        Sample::Other(5) => Some(Kind::Event),
        Sample::Other(_) => None,
    }
}
