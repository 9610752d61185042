//! Test code, generated, minified and vendored code, by path and by content.

use std::fmt;
use std::path::Path;

use crate::lang::{Family, Language};

/// Why a file was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Test,
    Generated,
    Minified,
    Vendored,
    TooLarge,
    Excluded,
    Link,
    Language,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Test => "test code",
            Self::Generated => "generated",
            Self::Minified => "minified",
            Self::Vendored => "vendored or built",
            Self::TooLarge => "too large",
            Self::Excluded => "excluded",
            Self::Link => "symbolic link",
            Self::Language => "other language",
        })
    }
}

/// Directories of other people's code and of build results.
const VENDORED: &[&str] = &[
    "node_modules",
    "bower_components",
    "jspm_packages",
    "site-packages",
    "dist-packages",
    "venv",
    "virtualenv",
    "__pycache__",
    "third_party",
    "third-party",
    "thirdparty",
    "3rdparty",
    "__pypackages__",
    "_vendor",
    "_vendored",
    "vendored",
    "external-deps",
];

/// Names that are build results at the top of a package, and ordinary names of source below `src`.
const BUILT: &[&str] = &["target", "dist", "build", "vendor", "vendors", "coverage", "htmlcov"];

const TEST_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "__test__",
    "__mocks__",
    "__fixtures__",
    "spec",
    "specs",
    "e2e",
    "testing",
    "testsuite",
    "testdata",
    "fixtures",
    "cypress",
    "androidTest",
    "integrationTest",
    "testFixtures",
    "test-integration",
    "integration-test",
    "integration_test",
    "functionalTest",
    "intTest",
    "minicluster",
    "jmh",
];

/// Whether a directory holds vendored or built code, by its own name.
#[must_use]
pub fn is_vendored(directory: &Path) -> bool {
    let mut names = directory.components().rev().map(|part| part.as_os_str().to_string_lossy());
    let Some(name) = names.next() else { return false };
    VENDORED.contains(&&*name) || (BUILT.contains(&&*name) && !names.any(|above| above == "src"))
}

/// The reason to leave a file out that its path alone gives.
#[must_use]
pub fn by_path(path: &Path) -> Option<Reason> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if directory.ancestors().any(is_vendored) {
        Some(Reason::Vendored)
    } else if is_minified_name(&name) {
        Some(Reason::Minified)
    } else if is_generated_name(&name) || in_directory(directory, &["__generated__", "generated-sources"]) {
        Some(Reason::Generated)
    } else if is_for_tests(path) {
        Some(Reason::Test)
    } else {
        None
    }
}

/// Whether a file holds tests, by its name or that of a directory.
#[must_use]
pub fn is_for_tests(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_test_name(&name) || is_in_tests(path.parent().unwrap_or(Path::new("")), &name)
}

/// Whether a directory above a file holds tests. A package of Java may well be named after the specification that it
/// implements: `src/main/java/org/servlet/spec`.
fn is_in_tests(directory: &Path, name: &str) -> bool {
    let parts: Vec<&str> = directory.components().filter_map(|part| part.as_os_str().to_str()).collect();
    let package = name.strip_suffix(".java").is_some() && parts.windows(2).any(|pair| pair == ["main", "java"]);
    parts.into_iter().any(|part| is_test_directory(part) && !(package && matches!(part, "spec" | "specs")))
}

/// `integration_tests`, `unit-tests`
fn is_test_directory(name: &str) -> bool {
    TEST_DIRECTORIES.contains(&name) || ["_tests", "-tests"].iter().any(|end| name.ends_with(end))
}

fn in_directory(directory: &Path, names: &[&str]) -> bool {
    directory.components().any(|part| part.as_os_str().to_str().is_some_and(|part| names.contains(&part)))
}

/// The parts of `user.service.spec.ts` between the dots, the extension left out.
fn inner(name: &str) -> impl Iterator<Item = &str> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.split('.').skip(1)
}

fn is_minified_name(name: &str) -> bool {
    inner(name).any(|part| matches!(part, "min" | "bundle" | "pack" | "packed"))
        || name.strip_suffix(".js").is_some_and(|stem| stem.ends_with("-min"))
}

fn is_generated_name(name: &str) -> bool {
    inner(name).any(|part| matches!(part, "generated" | "gen" | "g" | "pb" | "_pb"))
        || ["_pb2.py", "_pb2_grpc.py", "_pb.js", "_pb.ts", "_grpc_pb.js"].iter().any(|end| name.ends_with(end))
}

fn is_test_name(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    match extension {
        "py" | "pyw" => stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "conftest" | "tests"),
        "java" => {
            ["Test", "Tests", "TestCase"].iter().any(|end| stem.ends_with(end))
                || stem
                    .strip_suffix("IT")
                    .is_some_and(|name| name.ends_with(|letter: char| letter.is_ascii_lowercase()))
        }
        _ => inner(name)
            .any(|part| matches!(part, "test" | "tests" | "spec" | "specs" | "e2e" | "cy" | "stories" | "bench")),
    }
}

/// Lines longer than this are not written by people.
const LONG_LINE: usize = 1000;
/// Files shorter than this are read whatever they look like.
const SMALL: usize = 4096;

/// Scripts of more bytes are put together of many files.
const BUNDLE: usize = 1_000_000;

/// Directories of what a web server hands out as it is; copies of libraries lie there.
const SERVED: &[&str] =
    &["static", "public", "assets", "lib", "libs", "wwwroot", "webapp", "htdocs", "resources", "webroot", "media"];

/// The reason to leave a file out that its text gives: most of it stands in very long lines, its head says that a
/// program wrote it, or that it is a release of a library among what a server hands out.
#[must_use]
pub fn by_content(path: &Path, text: &str, language: Language) -> Option<Reason> {
    if is_generated_head(text) {
        return Some(Reason::Generated);
    }
    let directory = path.parent().unwrap_or(Path::new(""));
    if language.family() == Family::JavaScript && in_directory(directory, SERVED) && is_release_head(text) {
        return Some(Reason::Vendored);
    }
    if text.len() > BUNDLE && language.family() == Family::JavaScript {
        return Some(Reason::Vendored);
    }
    if text.len() < SMALL || language.family() != Family::JavaScript {
        return None;
    }
    let long: usize = text.lines().map(str::len).filter(|length| *length > LONG_LINE).sum();
    (long * 2 > text.len()).then_some(Reason::Minified)
}

/// The banner that minifiers keep, with a version: `/*! Name v1.2.3`.
fn is_release_head(text: &str) -> bool {
    let Some(banner) = text.trim_start().strip_prefix("/*!") else { return false };
    let banner = banner.split("*/").next().unwrap_or_default();
    banner.split_whitespace().any(|word| {
        let version = word.trim_start_matches(['v', 'V', '@', '(']).trim_end_matches([',', ')', ';', ':']);
        let mut numbers = version.split(['.', '-']);
        (0..2).all(|_| {
            numbers.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}

/// Only comment lines at the very top count.
fn is_generated_head(text: &str) -> bool {
    text.lines()
        .take(15)
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with(['/', '*', '#', '<', '"', '\'']))
        .any(|line| {
            let line = line.to_ascii_lowercase();
            line.contains("@generated")
                || line.contains("code generated by")
                || line.contains("autogenerated by")
                || (line.contains("generated") && (line.contains("do not edit") || line.contains("do not modify")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(path: &str) -> Option<Reason> {
        by_path(Path::new(path))
    }

    #[test]
    fn paths() {
        for path in [
            "src/a.test.ts",
            "src/test/java/A.java",
            "tests/x.py",
            "src/__tests__/a.js",
            "test_a.py",
            "pkg/a_test.py",
            "conftest.py",
            "AppTest.java",
            "app.component.spec.ts",
        ] {
            assert_eq!(reason(path), Some(Reason::Test), "{path}");
        }
        for path in [
            "src/latest.ts",
            "contest.py",
            "src/Contest.java",
            "attest/a.js",
            "src/main/java/org/build/Build.java",
            "src/main/java/org/servlet/spec/Session.java",
            "src/AUDIT.java",
        ] {
            assert_eq!(reason(path), None, "{path}");
        }
        assert_eq!(reason("node_modules/a/index.js"), Some(Reason::Vendored));
        assert_eq!(reason("web/dist/index.js"), Some(Reason::Vendored));
        assert_eq!(reason("a/jquery.min.js"), Some(Reason::Minified));
        assert_eq!(reason("api_pb2.py"), Some(Reason::Generated));
    }

    #[test]
    fn contents() {
        let long = "x".repeat(3000);
        let minified = format!("{long}\n{long}\n{long}");
        assert_eq!(by_content(Path::new("a/x"), &minified, Language::JavaScript), Some(Reason::Minified));
        let data = format!("{}\nconst data = '{long}'", "let x = 1\n".repeat(1000));
        assert_eq!(by_content(Path::new("a/x"), &data, Language::JavaScript), None);
        let bundle = "let x = 1\n".repeat(100_001);
        assert_eq!(by_content(Path::new("a/x"), &bundle, Language::JavaScript), Some(Reason::Vendored));
        assert_eq!(by_content(Path::new("a/x"), &bundle, Language::Python), None);
        assert_eq!(
            by_content(Path::new("a/x"), "# Code generated by a tool. DO NOT EDIT.\nx = 1\n", Language::Python),
            Some(Reason::Generated)
        );
        let release = "/*!\n * Tabs v2.1.0\n */\nvar tabs = 1\n";
        let served = |path: &str| by_content(Path::new(path), release, Language::JavaScript);
        assert_eq!(served("app/static/tabs.js"), Some(Reason::Vendored));
        assert_eq!(served("src/tabs.js"), None, "a library has its own source");
        assert_eq!(by_content(Path::new("public/a.js"), "/*! ours */\n", Language::JavaScript), None);
        assert_eq!(by_content(Path::new("a/x"), "x = 1\n# generated, do not edit\n", Language::Python), None);
    }
}
