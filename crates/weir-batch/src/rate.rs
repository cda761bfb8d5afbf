//! How a record, of flows or of options, tells a sampling rate.

use crate::compile::Entry;
use crate::format::be_uint;
use crate::records::Place;

/// The elements that together are a rate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rate {
    /// samplingInterval (34) or samplerRandomInterval (50): one in so many.
    Interval(Place),
    /// samplingPacketInterval (305) and samplingPacketSpace (306): so many taken, then so many not.
    IntervalAndSpace(Place, Place),
    /// samplingSize (309) out of samplingPopulation (310).
    SizeOf(Place, Place),
    /// samplingProbability (311).
    Probability(Place),
    /// samplingPacketInterval alone, as some exporters send it: one in so many.
    PacketInterval(Place),
}

impl Rate {
    /// The rate among the elements that `find` finds.
    pub(crate) fn among(find: impl Fn(u16) -> Option<Place>) -> Option<Rate> {
        let pair = |first, second| find(first).zip(find(second));
        None.or_else(|| pair(305, 306).map(|(interval, space)| Rate::IntervalAndSpace(interval, space)))
            .or_else(|| pair(309, 310).map(|(size, population)| Rate::SizeOf(size, population)))
            .or_else(|| find(50).map(Rate::Interval))
            .or_else(|| find(34).map(Rate::Interval))
            .or_else(|| find(305).map(Rate::PacketInterval))
            .or_else(|| find(311).map(Rate::Probability))
    }

    /// The rate of a record whose fields `slice` gives; one in so many, never 0.
    pub(crate) fn read<'a>(self, slice: impl Fn(Place) -> &'a [u8]) -> Option<u32> {
        let number = |place| be_uint(slice(place));
        let rate = match self {
            Rate::Interval(place) | Rate::PacketInterval(place) => number(place),
            Rate::IntervalAndSpace(interval, space) => {
                let interval = number(interval);
                interval.saturating_add(number(space)).checked_div(interval)?
            }
            Rate::SizeOf(size, population) => number(population).checked_div(number(size))?,
            Rate::Probability(place) => {
                let bytes = slice(place);
                let probability = match (bytes.first_chunk::<8>(), bytes.first_chunk::<4>()) {
                    (Some(double), _) => f64::from_be_bytes(*double),
                    (None, Some(single)) => f64::from(f32::from_be_bytes(*single)),
                    (None, None) => return None,
                };
                (probability > 0.0 && probability <= 1.0).then(|| (1.0 / probability).round() as u64)?
            }
        };
        u32::try_from(rate).ok().filter(|rate| *rate != 0)
    }
}

/// Whether an entry is this IANA element, with a length of its own.
pub(crate) fn is(entry: &Entry, element: u16) -> bool {
    entry.specifier.enterprise == 0
        && entry.specifier.element == element
        && entry.specifier.length != 0
        && entry.specifier.length != weir_wire::template::VARIABLE_LENGTH
}
