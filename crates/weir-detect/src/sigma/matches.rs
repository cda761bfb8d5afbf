//! Which rows of a batch the rules match, each condition that several rules have in common looked at once.

use arrow_array::RecordBatch;
use arrow_buffer::BooleanBuffer;
use weir_filter::{Expr, Filter};
use weir_sigma::Rule;

/// The conditions of all rules, taken apart at their `and`s.
pub(super) struct Conditions {
    filters: Vec<Filter>,
    /// Places in `filters`, by rule.
    rules: Vec<Vec<usize>>,
}

impl Conditions {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut filters = Vec::new();
        let rules = rules.iter().map(|rule| {
            let parts = match &rule.expr {
                Expr::And(parts) => parts.as_slice(),
                other => std::slice::from_ref(other),
            };
            let place = |part: &Expr| {
                let text = part.to_string();
                texts.iter().position(|known| *known == text).unwrap_or_else(|| {
                    texts.push(text);
                    filters.push(Filter::new(part));
                    filters.len() - 1
                })
            };
            parts.iter().map(place).collect()
        });
        Self { rules: rules.collect(), filters }
    }

    /// Begins with a batch.
    pub(super) fn over<'a>(&'a self, batch: &'a RecordBatch) -> Matches<'a> {
        Matches { conditions: self, batch, known: vec![None; self.filters.len()] }
    }
}

/// What is known of one batch so far.
pub(super) struct Matches<'a> {
    conditions: &'a Conditions,
    batch: &'a RecordBatch,
    known: Vec<Option<BooleanBuffer>>,
}

impl Matches<'_> {
    /// The rows that a rule matches; none if no row does.
    pub(super) fn of(&mut self, rule: usize) -> Option<BooleanBuffer> {
        let mut all = BooleanBuffer::new_set(self.batch.num_rows());
        for place in self.conditions.rules.get(rule)? {
            let known = self.known[*place].get_or_insert_with(|| {
                // A column of another type than its field's matches nothing, as if it were not there.
                let mask = self.conditions.filters[*place].mask(self.batch);
                mask.unwrap_or_else(|_| BooleanBuffer::new_unset(self.batch.num_rows()))
            });
            all = &all & &*known;
            if !all.has_true() {
                return None;
            }
        }
        all.has_true().then_some(all)
    }
}
