//! Each shape against the text that it is to have; `golden/`.

use weir_detect::{Contribution, Detection, Entity};
use weir_sigma::Meta;

use super::*;
use crate::tests::{MINUTE, NOW, all, open, scan};
use crate::{Action, Selection, Tab, Verdict};

/// Compares with a file of `golden/`; `WEIR_WRITE=1` writes it.
fn golden(name: &str, text: &str) {
    let path = format!("{}/src/render/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = format!("{}\n", text.replace(VERSION, "VERSION"));
    if std::env::var_os("WEIR_WRITE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}: look at it, then write it with WEIR_WRITE=1");
}

fn rule() -> Meta {
    Meta {
        id: "scan".to_owned(),
        title: "Port scan".to_owned(),
        description: "One host tries many ports.".to_owned(),
        tags: vec![
            "attack.discovery".to_owned(),
            "attack.t1046".to_owned(),
            "detection.emerging-threats".to_owned(),
        ],
        false_positives: vec!["A scanner of one's own".to_owned()],
        references: vec!["https://example.net/scan".to_owned()],
        date: Some("2026-02-01".to_owned()),
        ..Meta::default()
    }
}

/// An alert with texts that mean something to every shape.
fn nasty() -> crate::Alert {
    let (_dir, store) = open();
    let detection = Detection {
        entity: Entity(vec![
            ("src_ip".to_owned(), "2001:db8::7".to_owned()),
            ("dst_ip".to_owned(), "198.51.100.7".to_owned()),
            ("dst_port".to_owned(), "443".to_owned()),
            ("dns_query".to_owned(), "a=b|c\\d\n[x](http://e)`*_".to_owned()),
        ]),
        sentence: "It said x=y | \\ and\nmore, <b>bold</b>.".to_owned(),
        contributions: vec![Contribution {
            name: "regular intervals".to_owned(),
            seen: "61 s ± 2 s".to_owned(),
            points: 40.0,
        }],
        ..scan("2001:db8::7", 0, 173)
    };
    store.record(&[detection], NOW + 2 * MINUTE).unwrap();
    all(&store).remove(0)
}

fn closed() -> crate::Alert {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 173)], NOW + MINUTE).unwrap();
    let one = Selection { tab: Tab::All, ids: vec![1], ..Selection::default() };
    store.act(&one, &Action::Assign { to: Some("ana".to_owned()) }, "ana", NOW + 2 * MINUTE).unwrap();
    let close = Action::Close { verdict: Verdict::Benign, reason: Some("our scanner".to_owned()) };
    store.act(&one, &close, "ana", NOW + 3 * MINUTE).unwrap();
    all(&store).remove(0)
}

fn told(alert: &crate::Alert, shape: Shape) -> String {
    let rule = rule();
    let subject = Subject { alert, rule: Some(&rule), base_url: Some("https://weir.example.net/") };
    let text = subject.render(shape);
    if shape != Shape::Markdown {
        assert!(!text.contains('\n'), "{text}");
    }
    match shape {
        Shape::Ocsf | Shape::Ecs => {
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap()
        }
        Shape::Cef | Shape::Markdown => text,
    }
}

#[test]
fn every_shape_is_as_it_was_looked_at() {
    for (name, alert) in [("new", nasty()), ("closed", closed())] {
        for (shape, ending) in [
            (Shape::Ocsf, "ocsf.json"),
            (Shape::Ecs, "ecs.json"),
            (Shape::Cef, "cef"),
            (Shape::Markdown, "md"),
        ] {
            golden(&format!("{name}.{ending}"), &told(&alert, shape));
        }
    }
}

#[test]
fn a_life_in_ocsf_is_create_update_close() {
    let (_dir, store) = open();
    let uid = |store: &crate::AlertStore| {
        let alert = all(store).remove(0);
        let finding = Subject { alert: &alert, rule: None, base_url: None }.ocsf();
        assert_eq!(finding["class_uid"], 2004);
        assert!(finding.get("src_url").is_none(), "no address, no link");
        (finding["type_uid"].as_u64().unwrap(), finding["finding_info"]["uid"].as_str().unwrap().to_owned())
    };
    store.record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    assert_eq!(uid(&store), (200_401, "1".to_owned()));
    store.record(&[scan("10.0.0.1", 1, 30)], NOW + MINUTE).unwrap();
    assert_eq!(uid(&store), (200_402, "1".to_owned()));
    let close = Action::Close { verdict: Verdict::TruePositive, reason: None };
    store.act(&Selection::default(), &close, "ana", NOW + 2 * MINUTE).unwrap();
    assert_eq!(uid(&store), (200_403, "1".to_owned()));
}

/// Takes a line of CEF apart as its readers do.
fn read_cef(line: &str) -> (Vec<String>, Vec<(String, String)>) {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while fields.len() < 8 {
        match letters.next().unwrap() {
            '\\' => fields.last_mut().unwrap().push(letters.next().unwrap()),
            '|' => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    let extension: String = letters.collect();
    let (mut pairs, mut word, mut escaped): (Vec<(String, String)>, _, _) =
        (Vec::new(), String::new(), false);
    for c in extension.chars() {
        match c {
            c if escaped => {
                word.push(if c == 'n' { '\n' } else { c });
                escaped = false;
            }
            '\\' => escaped = true,
            '=' => {
                let (before, key) = word.rsplit_once(' ').unwrap_or(("", &word));
                if let Some(last) = pairs.last_mut() {
                    before.clone_into(&mut last.1);
                }
                pairs.push((key.to_owned(), String::new()));
                word = String::new();
            }
            c => word.push(c),
        }
    }
    pairs.last_mut().unwrap().1 = word;
    fields.pop();
    (fields, pairs)
}

#[test]
fn cef_reads_back_whatever_is_in_it() {
    let mut alert = nasty();
    alert.title = "a|b\\c\nd".to_owned();
    let line = Subject { alert: &alert, rule: None, base_url: None }.render(Shape::Cef);
    let (head, pairs) = read_cef(&line);
    assert_eq!(head[5], "a|b\\c d");
    let of = |key: &str| pairs.iter().find(|pair| pair.0 == key).map(|pair| pair.1.as_str());
    assert_eq!(of("msg"), Some(alert.latest.sentence.as_str()));
    assert_eq!((of("c6a2"), of("dst"), of("dpt")), (Some("2001:db8::7"), Some("198.51.100.7"), Some("443")));
    assert!(of("cs2").unwrap().ends_with("dns_query=a=b|c\\d\n[x](http://e)`*_"), "{line}");
    assert_eq!(of("src"), None, "`src` is for IPv4");
}
