//! What a query needs of a row group to have a use for it, so that those without it are not read.

use weir_schema::Field;

use crate::bounds::{Bound, Bounds};
use crate::filters::GroupFilters;
use crate::fuse;

/// Beyond this many single addresses the filter is not asked for each: one of them would be there by chance.
const MOST_HOSTS: usize = 32;

/// A condition that a row group must be able to meet. It may hold for row groups without a single wanted row, and never
/// fails for one with a wanted row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prune {
    /// Nothing is asked: every row group may have wanted rows.
    Nothing,
    /// All of these must be met.
    All(Vec<Prune>),
    /// One of these must be met.
    Any(Vec<Prune>),
    /// Some row has a number in one of these ranges, ends included.
    Number(Field, Vec<(u64, u64)>),
    /// Some row has an address in one of these ranges, ends included.
    Address(Field, Vec<(u128, u128)>),
}

/// The same, made ready to be asked of very many row groups.
#[derive(Debug)]
pub(crate) enum Condition {
    Nothing,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Number(Field, Vec<(u64, u64)>),
    /// With the keys of the addresses, where they are single ones.
    Address(Field, Vec<(u128, u128)>, Option<Vec<u64>>),
}

impl From<&Prune> for Condition {
    fn from(prune: &Prune) -> Self {
        let all = |parts: &[Prune]| parts.iter().map(Self::from).collect();
        match prune {
            Prune::Nothing => Self::Nothing,
            Prune::All(parts) => Self::All(all(parts)),
            Prune::Any(parts) => Self::Any(all(parts)),
            Prune::Number(field, ranges) => Self::Number(*field, ranges.clone()),
            Prune::Address(field, ranges) => {
                let single = ranges.len() <= MOST_HOSTS && ranges.iter().all(|(low, high)| low == high);
                let filtered = matches!(field, Field::SrcIp | Field::DstIp);
                let keys = || ranges.iter().map(|(host, _)| fuse::key(*host)).collect();
                Self::Address(*field, ranges.clone(), (single && filtered).then(keys))
            }
        }
    }
}

impl Condition {
    /// Whether a row group may have wanted rows: by its bounds, and by the filters of its addresses if they are given.
    pub(crate) fn holds(&self, bounds: &Bounds, filters: Option<&GroupFilters>) -> bool {
        match self {
            Self::Nothing => true,
            Self::All(parts) => parts.iter().all(|part| part.holds(bounds, filters)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(bounds, filters)),
            Self::Number(field, ranges) => match bounds.get(*field) {
                Bound::Numbers(least, most) => {
                    ranges.iter().any(|(low, high)| *low <= most && least <= *high)
                }
                Bound::Absent => false,
                _ => true,
            },
            Self::Address(field, ranges, keys) => {
                let within = match bounds.get(*field) {
                    Bound::Addresses(least, most) => {
                        ranges.iter().any(|(low, high)| *low <= most && least <= *high)
                    }
                    Bound::Absent => false,
                    _ => true,
                };
                within
                    && match (keys, filters.and_then(|filters| filters.of(*field))) {
                        (Some(keys), Some(filter)) => keys.iter().any(|key| filter.may_have(*key)),
                        _ => true,
                    }
            }
        }
    }

    /// Whether the filters of addresses can say anything about it.
    pub(crate) fn asks_for_hosts(&self) -> bool {
        match self {
            Self::Nothing | Self::Number(..) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_for_hosts),
            Self::Address(_, _, keys) => keys.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuse::AddressFilter;

    #[test]
    fn bounds_and_filters_rule_row_groups_out() {
        let bounds: Bounds = [
            (Field::SrcIp, Bound::Addresses(10, 20)),
            (Field::DstPort, Bound::Numbers(53, 443)),
            (Field::SrcAs, Bound::Absent),
        ]
        .into_iter()
        .collect();
        let number = |field, low, high| Prune::Number(field, vec![(low, high)]);
        let address = |low, high| Prune::Address(Field::SrcIp, vec![(low, high)]);
        let within = |prune: &Prune| Condition::from(prune).holds(&bounds, None);
        assert!(within(&number(Field::DstPort, 400, 500)));
        assert!(!within(&number(Field::DstPort, 444, 500)));
        assert!(!within(&number(Field::SrcAs, 0, u64::MAX)));
        assert!(within(&number(Field::DstAs, 1, 1)));
        assert!(within(&address(20, 30)) && !within(&address(21, 30)));
        assert!(!within(&Prune::All(vec![address(10, 10), number(Field::DstPort, 1, 2)])));
        assert!(within(&Prune::Any(vec![address(10, 10), number(Field::DstPort, 1, 2)])));
        assert!(within(&Prune::Nothing) && !within(&Prune::Any(Vec::new())));

        let keys: Vec<u64> = [10, 12, 20].map(fuse::key).into();
        let filters = GroupFilters { src: AddressFilter::new(&keys), dst: None };
        let meets = |prune: Prune| Condition::from(&prune).holds(&bounds, Some(&filters));
        assert!(meets(address(12, 12)) && meets(address(11, 12)));
        assert!((11..20).filter(|host| meets(address(*host, *host))).count() < 4);
        assert!(Condition::from(&address(12, 12)).asks_for_hosts());
        assert!(!Condition::from(&address(11, 12)).asks_for_hosts());
    }
}
