use leaklint::{lang, model, source};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let p = std::path::PathBuf::from(&a[2]);
    let s = source::SourceFile::new(
        p.clone(),
        lang::Language::of(&p).unwrap(),
        source::decode(std::fs::read(&p).unwrap()).unwrap(),
    );
    if a[1] == "tree" {
        print!("{}", lang::tree_text(&s));
        return;
    }
    let (m, gaps) = lang::lower(&s);
    match a[1].as_str() {
        "model" => print!("{}", model::module_text(&m, &s)),
        "cfg" => print!("{}", model::cfg_text(&m, &s)),
        _ => print!("{}", model::cfg_mermaid(&m, &s)),
    }
    eprintln!("{gaps:?}");
}
