//! What a filter asks of a row group, so that the store need not read those that cannot have a wanted row.
//!
//! Only what narrows is taken over: a comparison that a row without the field fails too. A negation says nothing.

use weir_filter::{Check, Expr, Item, Order, Subject, Test};
use weir_schema::{Field, Kind};
use weir_store::Prune;

/// The condition that a filter puts on a row group.
pub fn prune(filter: Option<&Expr>) -> Prune {
    filter.map_or(Prune::Nothing, of)
}

fn of(filter: &Expr) -> Prune {
    match filter {
        Expr::And(parts) => Prune::All(parts.iter().map(of).filter(|part| *part != Prune::Nothing).collect()),
        Expr::Or(parts) => {
            let parts: Vec<Prune> = parts.iter().map(of).collect();
            if parts.contains(&Prune::Nothing) { Prune::Nothing } else { Prune::Any(parts) }
        }
        Expr::Not(_) => Prune::Nothing,
        Expr::Test(Test { subject, check }) => match subject {
            Subject::Field(field) => of_field(*field, check),
            Subject::Either(field) => {
                let other = field.info().mirror.unwrap_or(*field);
                match (of_field(*field, check), of_field(other, check)) {
                    (Prune::Nothing, _) | (_, Prune::Nothing) => Prune::Nothing,
                    (one, other) => Prune::Any(vec![one, other]),
                }
            }
            Subject::Extra(_) | Subject::Calendar(_) => Prune::Nothing,
        },
    }
}

fn of_field(field: Field, check: &Check) -> Prune {
    if field.is_derived() {
        return Prune::Nothing;
    }
    match field.kind() {
        Kind::Ip => addresses(check).map_or(Prune::Nothing, |ranges| Prune::Address(field, ranges)),
        Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => {
            numbers(check).map_or(Prune::Nothing, |ranges| Prune::Number(field, ranges))
        }
        _ => Prune::Nothing,
    }
}

fn addresses(check: &Check) -> Option<Ranges<u128>> {
    match check {
        Check::In { items, negated: false } => of_items(items, &|item| match item {
            Item::Network(network) => Some(network.ranges()),
            Item::Addresses { low, high } => Some(vec![(*low, *high)]),
            _ => None,
        }),
        Check::Exists => Some(vec![(0, u128::MAX)]),
        _ => None,
    }
}

/// Ranges, ends included.
type Ranges<T> = Vec<(T, T)>;

/// The ranges that some items stand for; nothing where one of them stands for something else.
fn of_items<T>(items: &[Item], ranges: &dyn Fn(&Item) -> Option<Ranges<T>>) -> Option<Ranges<T>> {
    let mut all = Vec::new();
    for item in items {
        all.extend(match item {
            Item::Set { items, .. } => of_items(items, ranges)?,
            item => ranges(item)?,
        });
    }
    Some(all)
}

fn numbers(check: &Check) -> Option<Ranges<u64>> {
    let ranges = match check {
        Check::In { items, negated: false } => of_items(items, &|item| match item {
            Item::Range { low, high } => Some(vec![(*low, *high)]),
            Item::Named { ranges, .. } => Some(ranges.clone()),
            _ => None,
        })?,
        Check::Order { order, bound } => vec![match order {
            Order::Below => (0, bound.saturating_sub(1)),
            Order::AtMost => (0, *bound),
            Order::Above => (bound.saturating_add(1), i128::MAX),
            Order::AtLeast => (*bound, i128::MAX),
        }],
        Check::Exists => vec![(0, i128::MAX)],
        _ => return None,
    };
    let most = i128::from(u64::MAX);
    let inside = ranges.into_iter().filter(|(low, high)| *high >= 0 && *low <= most && low <= high);
    Some(inside.map(|(low, high)| (low.max(0) as u64, high.min(most) as u64)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pruned(text: &str) -> Prune {
        prune(Some(&weir_filter::parse(text).unwrap()))
    }

    #[test]
    fn what_narrows_is_taken_over() {
        let host = (0xffff_0a00_0001, 0xffff_0a00_0001);
        let either = Prune::Any(vec![
            Prune::Address(Field::SrcIp, vec![host]),
            Prune::Address(Field::DstIp, vec![host]),
        ]);
        assert_eq!(pruned("ip = 10.0.0.1"), either);
        assert_eq!(
            pruned("src_ip in 10.0.0.0/8 and not dst_port = 80 and dst_port in (22, 3389) and bytes > 1000"),
            Prune::All(vec![
                Prune::Address(Field::SrcIp, vec![(0xffff_0a00_0000, 0xffff_0aff_ffff)]),
                Prune::Number(Field::DstPort, vec![(22, 22), (3389, 3389)]),
                Prune::Number(Field::Bytes, vec![(1001, u64::MAX)]),
            ])
        );
        assert_eq!(pruned("protocol = udp"), Prune::Number(Field::Protocol, vec![(17, 17)]));
    }

    #[test]
    fn what_may_hold_for_rows_without_the_field_says_nothing() {
        for text in [
            "src_port != 80",
            "not src_ip = 10.0.0.1",
            "ip not in 10.0.0.0/8",
            "app ~ \"dns\"",
            "service = https",
        ] {
            assert_eq!(pruned(text), Prune::Nothing, "{text}");
        }
        assert_eq!(pruned("src_ip = 10.0.0.1 or app = \"dns\""), Prune::Nothing);
    }
}
