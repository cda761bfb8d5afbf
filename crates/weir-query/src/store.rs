//! The store as a source of rows.

use std::ops::Range;

use arrow_array::RecordBatch;
use weir_schema::Field;
use weir_store::Snapshot;

use crate::{Part, Source, SourceError};

impl Source for Snapshot {
    fn parts(&self, range_ns: Range<i64>) -> Vec<Box<dyn Part + '_>> {
        let parts = self.parts(range_ns).into_iter();
        parts.map(|part| Box::new(part) as Box<dyn Part>).collect()
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

    fn read(&self, fields: &[Field]) -> Result<RecordBatch, SourceError> {
        Ok(self.read(fields)?)
    }
}
