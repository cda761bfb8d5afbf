//! Filter text: reading never panics, what is read can be written and read again, and what is offered is understood.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_filter::{Context, Problem, complete, read};

fuzz_target!(|text: &str| {
    let sets = [("servers".to_owned(), vec!["10.0.0.0/8".to_owned(), "80".to_owned()])];
    let context = Context { now_ns: Some(1_772_366_400_000_000_000), sets: std::sync::Arc::new(sets.into()) };
    match read(text, &context) {
        Ok(reading) => {
            let printed = reading.expr.to_string();
            let again = read(&printed, &context).unwrap_or_else(|errors| panic!("{}", errors[0].render(&printed)));
            assert_eq!(again.expr, reading.expr, "{printed}");
        }
        Err(errors) => {
            for error in errors {
                assert!(error.start <= error.end && error.end <= text.len());
                error.render(text);
            }
        }
    }
    let found = complete(text, text.len(), &context);
    let before = &text[..found.place.start];
    let right = |text: &str| {
        let errors = read(text, &context).err().unwrap_or_default();
        errors.iter().all(|error| matches!(error.problem, Problem::Ended))
    };
    if right(before) {
        for item in found.items.iter().take(5) {
            assert!(right(&format!("{before}{}", item.text)), "{:?} after {before:?}", item.text);
        }
    }
});
