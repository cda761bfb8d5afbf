//! Writes the book's page about the API from the OpenAPI document, and checks that the committed page is fresh.

use std::fmt::Write as _;

use serde_json::Value;

const HEAD: &str = "<!-- Generated from the types of crates/weir-api by `WEIR_WRITE=1 cargo test -p weir-api`. Do not edit. -->

# HTTP API

JSON over HTTP on 127.0.0.1:8044. The running server describes itself in OpenAPI 3.1 at `/api/v1/openapi.json`.

- POST requests need `Content-Type: application/json`, and a body of at most 256 KiB.
- Errors have a status of 400 or above and the body [ErrorResponse](#errorresponse): a stable `code`, a `message`, and
  often a `help` with the next step.
- Closing the connection cancels the query. When too many run, the answer is 503 with `Retry-After`.
- The `Host` header must be `localhost`, the bound address, or a name in `http.allowed_hosts`.
";

#[test]
fn the_book_page_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/src/reference/api.md");
    let page = page(&serde_json::from_str(&crate::openapi_json()).unwrap());
    if std::env::var_os("WEIR_WRITE").is_some_and(|value| value == "1") {
        std::fs::write(path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/src/reference/api.md is stale: run `WEIR_WRITE=1 cargo test -p weir-api`"
    );
}

fn page(document: &Value) -> String {
    let mut out = HEAD.to_owned();
    for tag in document["tags"].as_array().unwrap() {
        let name = text(&tag["name"]);
        write!(out, "\n## {}\n\n{}\n", capital(name), text(&tag["description"])).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if operation["tags"][0] == tag["name"] {
                    write_operation(&mut out, &format!("{} {path}", method.to_uppercase()), operation);
                }
            }
        }
    }
    out.push_str("\n## Bodies\n");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        write_schema(&mut out, name, schema);
    }
    out
}

fn write_operation(out: &mut String, title: &str, operation: &Value) {
    write!(out, "\n### {title}\n\n{}\n", text(&operation["summary"])).unwrap();
    if let Some(more) = operation["description"].as_str() {
        write!(out, "\n{more}\n").unwrap();
    }
    out.push('\n');
    if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
        writeln!(out, "- request: {}", type_of(schema)).unwrap();
    }
    for (status, response) in operation["responses"].as_object().unwrap() {
        let content = response["content"].as_object().and_then(|content| content.iter().next());
        let body = content.map(|(media, content)| match media.as_str() {
            "application/json" => format!(" {}", type_of(&content["schema"])),
            other => format!(" `{other}`"),
        });
        writeln!(out, "- {status}: {}{}", text(&response["description"]), body.unwrap_or_default()).unwrap();
    }
}

fn write_schema(out: &mut String, name: &str, schema: &Value) {
    write!(out, "\n### {name}\n\n").unwrap();
    if let Some(description) = schema["description"].as_str() {
        writeln!(out, "{description}").unwrap();
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("`{}`", text(word))).collect();
        write!(out, "\nOne of {}.\n", words.join(", ")).unwrap();
    }
    let Some(members) = schema["properties"].as_object() else { return };
    out.push_str("\n| member | type | meaning |\n| --- | --- | --- |\n");
    for (member, schema) in members {
        let meaning = schema["description"].as_str().or(schema["oneOf"][0]["description"].as_str());
        let meaning = meaning.unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        writeln!(out, "| `{member}` | {} | {meaning} |", type_of(schema)).unwrap();
    }
}

/// The type of a value, in words.
fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Value::Array(types) => types.iter().map(|one| name_of(one, schema)).collect::<Vec<_>>().join(" or "),
        one => name_of(one, schema),
    }
}

fn name_of(one: &Value, schema: &Value) -> String {
    match one.as_str() {
        Some("string") if schema["format"] == "date-time" => "time".to_owned(),
        Some("string") => "text".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => format!("list of {}", type_of(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("object of {}", type_of(&schema["additionalProperties"]))
        }
        Some(other) => other.to_owned(),
        None => "anything".to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
