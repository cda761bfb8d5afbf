//! The store as a source of rows.

use std::ops::Range;

use arrow_array::RecordBatch;
use weir_filter::Expr;
use weir_schema::Field;
use weir_store::Snapshot;

use crate::prune::prune;
use crate::{Part, Planned, Source, SourceError};

impl Source for Snapshot {
    fn parts(&self, range_ns: Range<i64>) -> Vec<Box<dyn Part + '_>> {
        let parts = self.parts(range_ns).into_iter();
        parts.map(|part| Box::new(part) as Box<dyn Part>).collect()
    }

    fn planned(&self, range_ns: Range<i64>, filter: Option<&Expr>) -> Planned<'_> {
        let found = self.parts_matching(range_ns, &prune(filter));
        let parts = found.parts.into_iter().map(|part| Box::new(part) as Box<dyn Part>).collect();
        Planned { parts, rows: found.rows }
    }
}

impl Part for weir_store::Part {
    fn rows(&self) -> usize {
        self.rows()
    }

    fn time_bounds(&self) -> (i64, i64) {
        let bounds = self.time_bounds();
        (*bounds.start(), *bounds.end())
    }

    fn may_match(&self) -> bool {
        self.may_match()
    }

    fn read(&self, fields: &[Field]) -> Result<RecordBatch, SourceError> {
        Ok(self.read(fields)?)
    }
}
