//! The shapes of traffic: weighted choice, popularity, sizes with a heavy tail, the curve of a day.
//!
//! Only exact arithmetic is used (no `ln`, `exp` or `pow` of the system), so that a seed gives the same bytes on
//! every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// The generator behind every choice.
pub(crate) type Dice = ChaCha8Rng;

/// A number in `0..below`.
pub(crate) fn below(dice: &mut Dice, below: u32) -> u32 {
    ((u64::from(dice.next_u32()) * u64::from(below)) >> 32) as u32
}

/// A number in `low..=high`.
pub(crate) fn between(dice: &mut Dice, low: u32, high: u32) -> u32 {
    low + below(dice, high - low + 1)
}

/// True `permille` times in a thousand.
pub(crate) fn chance(dice: &mut Dice, permille: u32) -> bool {
    below(dice, 1000) < permille
}

/// About normal, mean 0, deviation 1: the sum of twelve uniform numbers.
fn normal(dice: &mut Dice) -> f64 {
    let mut sum = 0u64;
    for _ in 0..3 {
        let four = dice.next_u64();
        sum += (four & 0xffff) + (four >> 16 & 0xffff) + (four >> 32 & 0xffff) + (four >> 48);
    }
    sum as f64 / 65536.0 - 6.0
}

/// `e^x`, by range reduction and a polynomial.
fn exp(x: f64) -> f64 {
    let x = x.clamp(-40.0, 40.0);
    let halvings = (x / std::f64::consts::LN_2).round();
    let rest = x - halvings * std::f64::consts::LN_2;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..12 {
        term *= rest / f64::from(n);
        sum += term;
    }
    sum * f64::from_bits(((halvings as i64 + 1023) as u64) << 52)
}

/// A log-normal quantity: half of the draws are below `median`; `sigma` is the spread in the logarithm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) median: f64,
    pub(crate) sigma: f64,
}

impl Size {
    pub(crate) const fn of(median: f64, sigma: f64) -> Self {
        Size { median, sigma }
    }

    pub(crate) fn draw(self, dice: &mut Dice) -> f64 {
        self.median * exp(self.sigma * normal(dice))
    }

    /// Like `draw`, but one in 64 is an elephant: up to 256 times larger, by a Pareto law of exponent 1.
    pub(crate) fn draw_heavy(self, dice: &mut Dice) -> f64 {
        let size = self.draw(dice);
        if below(dice, 64) == 0 { size * 256.0 / f64::from(between(dice, 1, 256)) } else { size }
    }
}

/// Choice by weight in constant time (Vose's alias method).
#[derive(Debug, Clone, Default)]
pub(crate) struct Weighted {
    /// For each column: the share of it that is its own, of 2^32, and whose the rest is.
    columns: Vec<(u32, u32)>,
}

impl Weighted {
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let weights: Vec<f64> = weights.into_iter().collect();
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Weighted::default();
        }
        let mut scaled: Vec<f64> = weights.iter().map(|w| w * weights.len() as f64 / total).collect();
        let mut columns: Vec<(u32, u32)> = (0..weights.len() as u32).map(|own| (u32::MAX, own)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..scaled.len()).partition(|&column| scaled[column] < 1.0);
        while let (Some(poor), Some(&rich)) = (small.pop(), large.last()) {
            columns[poor] = ((scaled[poor] * 4_294_967_295.0) as u32, rich as u32);
            scaled[rich] -= 1.0 - scaled[poor];
            if scaled[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        Weighted { columns }
    }

    /// Popularity by rank: the first is taken twice as often as the second, and so on, flattened by `offset`.
    pub(crate) fn zipf(count: usize, offset: f64) -> Self {
        Weighted::new((1..=count).map(|rank| 1.0 / (rank as f64 + offset)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// An index, by weight. There must be one.
    pub(crate) fn draw(&self, dice: &mut Dice) -> usize {
        let column = below(dice, self.columns.len() as u32) as usize;
        let (own, other) = self.columns[column];
        if dice.next_u32() <= own { column } else { other as usize }
    }
}

/// A fixed scatter of an identity: the same input always gives the same number.
pub(crate) fn scatter(identity: u64) -> u64 {
    // The finaliser of splitmix64.
    let mut z = identity.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// How busy people are at each hour (UTC) of a working day, in percent.
const HOURS: [f64; 24] = [
    6.0, 5.0, 4.0, 4.0, 5.0, 10.0, 25.0, 55.0, 85.0, 97.0, 100.0, 92.0, 78.0, 90.0, 98.0, 95.0, 85.0, 65.0,
    45.0, 35.0, 28.0, 22.0, 15.0, 9.0,
];

/// How busy people are, 0 to 1, at a time in nanoseconds since 1970: the curve of a day, lower at the weekend.
pub(crate) fn activity(now_ns: i64) -> f64 {
    let seconds = now_ns.div_euclid(1_000_000_000);
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    let (hour, part) = ((of_day / 3600) as usize, (of_day % 3600) as f64 / 3600.0);
    let percent = HOURS[hour] * (1.0 - part) + HOURS[(hour + 1) % 24] * part;
    // 1 January 1970 was a Thursday.
    let weekend = matches!((days + 4).rem_euclid(7), 0 | 6);
    percent / if weekend { 400.0 } else { 100.0 }
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn exp_is_close_to_the_systems() {
        for step in -200..=200 {
            let x = f64::from(step) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-9, "e^{x}");
        }
    }

    #[test]
    fn weighted_choice_follows_the_weights() {
        let mut dice = Dice::seed_from_u64(1);
        let table = Weighted::new([1.0, 0.0, 3.0, 6.0]);
        let mut seen = [0u32; 4];
        for _ in 0..100_000 {
            seen[table.draw(&mut dice)] += 1;
        }
        assert_eq!(seen[1], 0);
        for (count, expected) in [(seen[0], 10_000), (seen[2], 30_000), (seen[3], 60_000)] {
            assert!(count.abs_diff(expected) < 1000, "{seen:?}");
        }
    }

    #[test]
    fn half_of_log_normal_draws_are_below_the_median() {
        let mut dice = Dice::seed_from_u64(2);
        let size = Size::of(5000.0, 1.5);
        let small = (0..10_000).filter(|_| size.draw(&mut dice) < 5000.0).count();
        assert!((4700..5300).contains(&small), "{small}");
    }

    #[test]
    fn a_working_noon_is_busier_than_the_night_and_the_weekend() {
        let at = |days: i64, hour: i64| activity((days * 86_400 + hour * 3600) * 1_000_000_000);
        assert!(at(0, 10) > 0.9, "a Thursday morning");
        assert!(at(0, 3) < 0.1, "a Thursday night");
        assert!(at(2, 10) < 0.3, "a Saturday morning");
    }
}
