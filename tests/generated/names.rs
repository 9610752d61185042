//! Qualified names as source text.

use leaklint::lang::Family;

/// Packages of JavaScript whose own name has a dot.
const DOTTED: &[&str] = &["socket.io-client", "coc.nvim", "uWebSockets.js", "chart.js", "leaflet.js"];

/// Packages of JavaScript that are used by their default export.
const DEFAULTS: &[&str] = &[
    "agentkeepalive",
    "knex",
    "node-watch",
    "partysocket",
    "pg-pool",
    "piscina",
    "postgres",
    "pump",
    "reconnecting-websocket",
    "tinypool",
    "ioredis",
    "jquery",
];

/// Objects of the global scope of JavaScript whose name begins with a small letter.
const GLOBALS: &[&str] =
    &["chrome", "browser", "google", "navigator", "window", "document", "globalThis", "process", "webkitURL"];

/// The last name of a path.
pub fn last(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or(path)
}

/// The module of a path and the name in it; none for what needs no import. The name is empty for a default export.
pub fn split(family: Family, path: &str) -> Option<(String, String)> {
    match family {
        Family::JavaScript => javascript(path),
        Family::Java => {
            let at = path.split('.').take_while(|part| part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_'));
            parts(path, at.count())
        }
        Family::Python => {
            let count = path.split('.').count();
            let at = path.split('.').take_while(|part| !part.starts_with(|c: char| c.is_ascii_uppercase())).count();
            parts(path, at.min(count - 1))
        }
    }
}

fn javascript(path: &str) -> Option<(String, String)> {
    let dotted = DOTTED.iter().find_map(|module| Some((*module, path.strip_prefix(module)?)));
    if let Some((module, rest)) = dotted.filter(|(_, rest)| rest.is_empty() || rest.starts_with('.')) {
        return Some((module.to_owned(), rest.trim_start_matches('.').to_owned()));
    }
    let slash = path.rfind('/').map_or(0, |at| at + 1);
    let (module, rest) = match path[slash..].find('.') {
        Some(dot) => (&path[..slash + dot], &path[slash + dot + 1..]),
        None => (path, ""),
    };
    let scoped = slash > 0 || module.starts_with(['@', '#']);
    let global = module.starts_with(|c: char| c.is_ascii_uppercase() || c == '$')
        || GLOBALS.contains(&module)
        || (rest.is_empty() && !DEFAULTS.contains(&module) && !module.contains('-'));
    (scoped || !global).then(|| (module.to_owned(), rest.to_owned()))
}

/// The first `count` parts of a dotted path, and the others.
fn parts(path: &str, count: usize) -> Option<(String, String)> {
    if count == 0 {
        return None;
    }
    let all: Vec<&str> = path.split('.').collect();
    Some((all[..count].join("."), all[count..].join(".")))
}

/// A module's name as an identifier.
pub fn identifier(module: &str) -> String {
    module.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// Whether a line imports a module or a part of it.
pub fn imports(line: &str, module: &str) -> bool {
    line.split(['\'', ' ', ';'])
        .any(|word| word.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/'])))
}
