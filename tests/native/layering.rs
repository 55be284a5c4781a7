//! Which module of the crate may use which: the arrows of `ARCHITECTURE.md`, downwards only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const MAY_USE: [(&str, &[&str]); 16] = [
    ("time", &[]),
    ("sorted", &[]),
    ("rng", &[]),
    ("host", &[]),
    ("machine", &["time"]),
    ("backoff", &["rng"]),
    ("engineio", &["backoff", "host", "machine", "rng", "time"]),
    ("sse", &["backoff", "host", "machine", "rng", "time"]),
    ("tabs", &["backoff", "host", "machine", "rng", "sorted", "time"]),
    ("feed", &["host", "machine", "rng", "sse", "tabs", "time"]),
    ("chat", &["backoff", "host", "machine", "rng", "sorted", "time"]),
    ("socketio", &["backoff", "engineio", "host", "machine", "rng", "time"]),
    (
        "client",
        &[
            "backoff", "chat", "engineio", "host", "machine", "rng", "socketio", "sorted", "sse",
            "tabs", "time",
        ],
    ),
    (
        "web",
        &[
            "chat", "client", "engineio", "feed", "host", "machine", "rng", "socketio", "sorted",
            "sse", "tabs", "time",
        ],
    ),
    (
        "bindings",
        &[
            "backoff", "chat", "client", "engineio", "feed", "host", "machine", "rng", "socketio",
            "sse", "tabs", "time", "web",
        ],
    ),
    ("lib", &[]),
];

#[test]
fn modules_use_only_what_stands_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let modules: BTreeSet<String> = sources().iter().map(|path| module_of(path)).collect();
    let mut arrows = Vec::new();

    for path in sources() {
        let module = module_of(&path);
        let below = allowed.get(module.as_str()).copied();
        let below = below.unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = std::fs::read_to_string(&path).unwrap();
        for used in used_by(&text) {
            let known = modules.contains(&used) && used != module;
            if known && !below.contains(&used.as_str()) {
                arrows.push(format!("{} uses crate::{used}", path.display()));
            }
        }
    }

    assert_eq!(arrows, [""; 0]);
}

#[test]
fn grouped_and_nested_paths_are_seen() {
    let text = "use crate::{tabs::Tab, sse::{self, Stream}};\nlet x = crate::chat::Room;";

    let used = used_by(text);

    assert_eq!(used, ["chat", "sse", "tabs"].map(str::to_owned).into());
}

#[test]
fn comments_are_not_code() {
    let text = "//! See [`Tab`](crate::tabs::Tab).\n// crate::chat\nuse crate::time::Instant;";

    let used = used_by(text);

    assert_eq!(used, ["time"].map(str::to_owned).into());
}

/// Names of the crate's modules that a source text mentions by path.
fn used_by(text: &str) -> BTreeSet<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => used.extend(heads_of_group(group)),
            None => used.extend(head(rest)),
        }
    }
    used
}

/// The first segment of each path in `a::b, c::{d, e}}…`.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut start) = (0, Vec::new(), 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' | ',' if depth == 0 => {
                heads.extend(head(group[start..at].trim_start()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> Option<String> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let name: String = path.chars().take_while(|character| is_name(*character)).collect();
    (!name.is_empty()).then_some(name)
}

/// `src/tabs/ring.rs` and `src/tabs.rs` both belong to `tabs`.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![root()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
