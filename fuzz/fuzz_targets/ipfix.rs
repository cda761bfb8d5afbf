//! IPFIX: sets, and the templates in them, compiled and run over the other sets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_batch::{Names, OptionsPlan};
use weir_wire::ipfix;
use weir_wire::template::{Dialect, Templates};

fuzz_target!(|bytes: &[u8]| {
    let Ok(view) = ipfix::Message::parse(bytes) else { return };
    let mut bases = Vec::new();
    for set in view.sets().flatten() {
        for template in Templates::new(set.body, Dialect::Ipfix, true).flatten() {
            assert_eq!(template.fields().count(), usize::from(template.field_count));
            let Ok(plan) = OptionsPlan::compile(Dialect::Ipfix, template.scope_count, template.fields())
            else {
                continue;
            };
            for data in view.sets().flatten() {
                let (records, _) = plan.read(data.body, &mut bases, &mut Names::default(), |_| ());
                assert!(records <= data.body.len());
            }
        }
    }
});
