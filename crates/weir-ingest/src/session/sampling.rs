//! Sampling rates that options records told, by sampler.

use weir_batch::{Names, OptionsRecord, Sampling, SamplingOrigin};

/// More samplers than this of one exporter are not remembered.
const MAX_SAMPLERS: usize = 256;

/// What an exporter's options records have told so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The rate of the whole domain.
    rate: u32,
    /// Rates by sampler or selector id.
    samplers: Vec<(u64, u32)>,
    /// When the exporter started, nanoseconds since 1970.
    pub(crate) boot_ns: Option<i64>,
    /// Names of its interfaces, VRFs and applications.
    pub(crate) names: Names,
}

impl Told {
    pub(crate) fn note(&mut self, record: OptionsRecord) {
        if let Some(boot_ms) = record.boot_ms {
            self.boot_ns = i64::try_from(boot_ms).ok().and_then(|boot_ms| boot_ms.checked_mul(1_000_000));
        }
        let Some(rate) = record.rate else { return };
        match record.sampler {
            None => self.rate = rate,
            Some(id) => {
                if let Some((_, known)) = self.samplers.iter_mut().find(|(known, _)| *known == id) {
                    *known = rate;
                } else if self.samplers.len() < MAX_SAMPLERS {
                    self.samplers.push((id, rate));
                }
            }
        }
    }

    /// For records that carry no rate: their sampler's, or the domain's, or the only one that there is.
    pub(crate) fn sampling(&self) -> Sampling<'_> {
        let mut rate = self.rate;
        if rate == 0
            && let Some((_, first)) = self.samplers.first()
            && self.samplers.iter().all(|(_, other)| other == first)
        {
            rate = *first;
        }
        Sampling { rate, origin: SamplingOrigin::Options, samplers: &self.samplers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sampler: Option<u64>, rate: u32) -> OptionsRecord {
        OptionsRecord { sampler, rate: Some(rate), ..OptionsRecord::default() }
    }

    #[test]
    fn one_sampler_stands_for_the_domain_and_several_do_not() {
        let mut told = Told::default();
        told.note(record(Some(1), 100));
        assert_eq!(told.sampling().rate, 100);
        told.note(record(Some(2), 200));
        assert_eq!(told.sampling().rate, 0);
        told.note(record(None, 50));
        assert_eq!(told.sampling().rate, 50);
    }

    #[test]
    fn remembers_no_more_samplers_than_allowed() {
        let mut told = Told::default();
        (0..10_000).for_each(|id| told.note(record(Some(id), 5)));
        assert_eq!(told.sampling().samplers.len(), MAX_SAMPLERS);
    }
}
