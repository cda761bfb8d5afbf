//! Translations said shortly.

use weir_schema::Field;

use crate::expr::{Check, Expr, Item, Subject, Test};

/// What nfdump means when it speaks of flags.
pub(super) fn tcp() -> Expr {
    Expr::is(Field::Protocol, Item::number(6))
}

/// Takes out what an `and` says twice, and says what is left of negated flags beside `protocol = tcp` shortly.
pub(in crate::parser) fn tidy(expr: Expr) -> Expr {
    match expr {
        Expr::And(parts) => {
            let mut kept: Vec<Expr> = Vec::with_capacity(parts.len());
            for part in parts.into_iter().map(tidy) {
                if !kept.contains(&part) {
                    kept.push(part);
                }
            }
            if kept.contains(&tcp()) {
                let sees_flags = kept.iter().any(|part| {
                    matches!(part, Expr::Test(Test { subject: Subject::Field(Field::TcpFlags), .. }))
                });
                kept = kept.into_iter().map(|part| of_tcp(part, sees_flags)).collect();
            }
            Expr::and(kept)
        }
        Expr::Or(parts) => Expr::or(parts.into_iter().map(tidy)),
        Expr::Not(part) => Expr::not(tidy(*part)),
        test @ Expr::Test(_) => test,
    }
}

/// A part of an `and` in which the protocol is TCP; `sees_flags` when flags are known to be there as well.
fn of_tcp(part: Expr, sees_flags: bool) -> Expr {
    let Expr::Not(inner) = &part else { return part };
    let rest = match inner.as_ref() {
        Expr::And(parts) if parts.first() == Some(&tcp()) => Expr::and(parts[1..].iter().cloned()),
        _ => return part,
    };
    let bits_of = |expr: &Expr| match expr {
        Expr::Test(Test {
            subject: Subject::Field(Field::TcpFlags),
            check: Check::Flags { bits, lacks: false },
        }) if bits.is_power_of_two() => Some(*bits),
        _ => None,
    };
    let all: Option<Vec<u64>> = match &rest {
        Expr::Or(parts) => parts.iter().map(bits_of).collect(),
        single => bits_of(single).map(|bits| vec![bits]),
    };
    match all {
        Some(all) if sees_flags => Expr::Test(Test {
            subject: Subject::Field(Field::TcpFlags),
            check: Check::Flags { bits: all.into_iter().fold(0, |bits, bit| bits | bit), lacks: true },
        }),
        _ => Expr::not(rest),
    }
}
