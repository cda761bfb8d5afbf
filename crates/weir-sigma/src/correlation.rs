//! Rules about many flows.

use weir_schema::Field;

use crate::Meta;

/// A Sigma correlation: rules, or other correlations, that match often enough, or together.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// What it says of itself.
    pub meta: Meta,
    /// What it correlates, in its order. Never itself, nor anything that comes after it in the rule set.
    pub operands: Vec<Operand>,
    /// What must be equal for matches to belong together. Empty: all matches do.
    pub group_by: Vec<GroupKey>,
    /// The length of the window (for sessions the most that one may last), in nanoseconds. Above 0.
    pub timespan_ns: i64,
    /// How the window lies on the time axis.
    pub window: Window,
    /// What must be true in a window.
    pub logic: Logic,
    /// Whether it is reported by itself; as [`crate::Rule::reports`].
    pub reports: bool,
    /// Its document as written.
    pub source: String,
}

/// What a correlation correlates: a place in [`crate::RuleSet::rules`] or [`crate::RuleSet::correlations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// A rule; each flow that it matches is an event.
    Rule(usize),
    /// A correlation before this one; each group and window that fits is an event, at the time when it came to fit.
    Correlation(usize),
}

/// One part of the key that matches are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupKey {
    /// Its name in the entity of a detection: the field, or the alias.
    pub name: String,
    /// Where each operand's events have it, in the order of [`Correlation::operands`].
    pub from: Vec<Source>,
}

/// Where an event has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The flow that a rule matched has it in this field.
    Field(Field),
    /// The correlation has it in its own key, at this place of [`Correlation::group_by`].
    Key(usize),
}

impl Source {
    /// The field's name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Source::Field(field) => field.name(),
            Source::Key(_) => "key",
        }
    }
}

impl Amount {
    /// The name of the first operand's field, for people.
    pub fn name(&self) -> &'static str {
        self.from.first().map_or("", |from| from.name())
    }
}

/// How a window lies on the time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// Any span of the length.
    Sliding,
    /// Spans of the length one after the other, counted from 1970.
    Tumbling,
    /// From the first event on, for as long as the next one comes within `gap_ns`.
    Session {
        /// The longest pause, in nanoseconds.
        gap_ns: i64,
    },
}

/// What must be true of the events of one group in one window.
#[derive(Debug, Clone, PartialEq)]
pub enum Logic {
    /// How many there are.
    EventCount(Condition),
    /// How many distinct values (or tuples of values) they have. Events in which one is absent do not count.
    ValueCount {
        /// The parts of the tuple; each in the order of the operands.
        of: Vec<Vec<Source>>,
        /// What the number must be.
        condition: Condition,
    },
    /// The sum of a field.
    ValueSum {
        /// What is summed.
        of: Amount,
        /// What the sum must be.
        condition: Condition,
    },
    /// The arithmetic mean of a field over the events that have it.
    ValueAvg {
        /// What is averaged.
        of: Amount,
        /// What the mean must be.
        condition: Condition,
    },
    /// A percentile of a field over the events that have it (`value_median`: the 50th).
    ValuePercentile {
        /// What is looked at.
        of: Amount,
        /// Which percentile, 0 to 100.
        percentile: f64,
        /// What the value at that percentile must be.
        condition: Condition,
    },
    /// Which of the operands have events.
    Temporal {
        /// Whether they must come in the order of the operands (a later one not before an earlier one).
        ordered: bool,
        /// What must be there; all operands, unless the rule says otherwise.
        holds: Presence,
    },
}

impl Logic {
    /// What the measured number is compared with, to be changed.
    pub fn condition_mut(&mut self) -> Option<&mut Condition> {
        match self {
            Logic::EventCount(condition)
            | Logic::ValueCount { condition, .. }
            | Logic::ValueSum { condition, .. }
            | Logic::ValueAvg { condition, .. }
            | Logic::ValuePercentile { condition, .. } => Some(condition),
            Logic::Temporal { .. } => None,
        }
    }

    /// Whether a window that fits goes on fitting as events are added.
    pub fn is_rising(&self) -> bool {
        match self {
            Logic::EventCount(condition)
            | Logic::ValueCount { condition, .. }
            | Logic::ValueSum { condition, .. } => condition.is_rising(),
            Logic::Temporal { holds, .. } => holds.is_rising(),
            Logic::ValueAvg { .. } | Logic::ValuePercentile { .. } => false,
        }
    }

    /// What the measured number is compared with; nothing where no number is measured.
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Logic::EventCount(condition)
            | Logic::ValueCount { condition, .. }
            | Logic::ValueSum { condition, .. }
            | Logic::ValueAvg { condition, .. }
            | Logic::ValuePercentile { condition, .. } => Some(condition),
            Logic::Temporal { .. } => None,
        }
    }
}

/// A number of an event, in the unit that the rule counts in.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// Where each operand's events have it, in the order of the operands. Always a [`Source::Field`] with numbers.
    pub from: Vec<Source>,
    /// The stored value is divided by this to be in the rule's unit: durations are stored in nanoseconds, and rules
    /// count seconds.
    pub divisor: f64,
}

/// What a measured number is compared with. All parts must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(
    /// The comparisons; at least one.
    pub Vec<(Comparison, f64)>,
);

/// How a measured number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `lt`
    Below,
    /// `lte`
    AtMost,
    /// `gt`
    Above,
    /// `gte`
    AtLeast,
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
}

impl Condition {
    /// Whether a measured number fits.
    pub fn holds(&self, value: f64) -> bool {
        self.0.iter().all(|(comparison, bound)| comparison.holds(value, *bound))
    }

    /// The same with other bounds.
    pub fn scaled(&self, scale: impl Fn(f64) -> f64) -> Self {
        Self(self.0.iter().map(|(comparison, bound)| (*comparison, scale(*bound))).collect())
    }

    /// Whether a number that fits goes on fitting as it grows: then the verdict on a count need not wait for the end of
    /// its window.
    pub fn is_rising(&self) -> bool {
        self.0.iter().all(|(comparison, _)| matches!(comparison, Comparison::Above | Comparison::AtLeast))
    }

    /// The bound to name as the threshold: the one that a growing number passes last, else the first.
    pub fn threshold(&self) -> f64 {
        let from_below = |(comparison, _): &&(Comparison, f64)| {
            matches!(comparison, Comparison::Above | Comparison::AtLeast)
        };
        let first = self.0.first().map_or(0.0, |(_, bound)| *bound);
        self.0.iter().filter(from_below).map(|(_, bound)| *bound).reduce(f64::max).unwrap_or(first)
    }
}

impl Comparison {
    /// Whether `value` stands so to `bound`.
    #[expect(clippy::float_cmp, reason = "the rule asks for equality; counts are whole")]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::Below => value < bound,
            Comparison::AtMost => value <= bound,
            Comparison::Above => value > bound,
            Comparison::AtLeast => value >= bound,
            Comparison::Equal => value == bound,
            Comparison::NotEqual => value != bound,
        }
    }

    /// Its sign.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Below => "<",
            Comparison::AtMost => "≤",
            Comparison::Above => ">",
            Comparison::AtLeast => "≥",
            Comparison::Equal => "=",
            Comparison::NotEqual => "≠",
        }
    }
}

/// Which operands must have events in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// The operand at this place of [`Correlation::operands`] has one.
    Of(usize),
    /// All hold.
    All(Vec<Presence>),
    /// At least this many hold.
    AtLeast(usize, Vec<Presence>),
    /// It does not hold; known only at the end of the window.
    Not(Box<Presence>),
}

impl Presence {
    /// Whether it holds, given which operands have events.
    pub fn holds(&self, has: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Presence::Of(operand) => has(*operand),
            Presence::All(parts) => parts.iter().all(|part| part.holds(has)),
            Presence::AtLeast(count, parts) => {
                parts.iter().filter(|part| part.holds(has)).take(*count).count() >= *count
            }
            Presence::Not(part) => !part.holds(has),
        }
    }

    /// Whether more events can never make it untrue.
    pub fn is_rising(&self) -> bool {
        match self {
            Presence::Of(_) => true,
            Presence::All(parts) | Presence::AtLeast(_, parts) => parts.iter().all(Presence::is_rising),
            Presence::Not(_) => false,
        }
    }
}
