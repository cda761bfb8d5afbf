//! NetFlow v9: sets, and the templates in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_wire::template::{Dialect, Templates};
use weir_wire::v9;

fuzz_target!(|bytes: &[u8]| {
    let Ok(view) = v9::Datagram::parse(bytes) else { return };
    for set in view.sets().flatten() {
        for options in [false, true] {
            for template in Templates::new(set.body, Dialect::Netflow9, options).flatten() {
                assert_eq!(template.fields().count(), usize::from(template.field_count));
            }
        }
    }
});
