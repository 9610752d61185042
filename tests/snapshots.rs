//! The model and the control-flow graphs of small sources, as text: a fault in lowering shows here, not in a rule.

use std::fs;
use std::path::Path;

use leaklint::lang::{Language, lower};
use leaklint::model::{cfg_text, module_text};
use leaklint::source::SourceFile;

#[test]
fn lowering() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lowering");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let language = Language::of(&path).unwrap();
            // Git may check out other line ends.
            let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            let source = SourceFile::new(&name, language, text);
            let (module, gaps) = lower(&source);
            assert!(gaps.is_empty(), "{name}: {gaps:?}");
            insta::assert_snapshot!(
                name.replace('.', "_"),
                format!("{}\n{}", module_text(&module, &source), cfg_text(&module, &source))
            );
        }
    });
}
