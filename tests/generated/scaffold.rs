//! Whole files around one acquisition.

use leaklint::catalogue::Part;
use leaklint::lang::{Family, Language};

use super::call::Maker;

/// The shape of the code around the acquisition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In one function.
    Path,
    /// Kept by an object from `start` on, and ended by its teardown.
    Kept,
    /// State of the running thread in a method that serves requests.
    Thread,
}

/// What stands in the scaffold.
pub struct Body {
    /// The call that acquires.
    pub call: String,
    pub handle: Option<Part>,
    /// What the handle is called.
    pub name: String,
    /// The statement that releases; empty for none.
    pub release: String,
    pub when: When,
    /// The declared type of the handle.
    pub declared: Option<String>,
}

/// When the release comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Never,
    /// Before what may fail.
    First,
    /// After what may fail, unless it failed.
    Late,
    Finally,
}

impl Body {
    /// What the work is given.
    fn lent(&self, style: Style) -> &str {
        match &self.handle {
            Some(_) if style == Style::Thread => "",
            Some(Part::Result | Part::Awaited | Part::Element(_) | Part::CallbackParameter(..)) => &self.name,
            _ => "",
        }
    }
}

/// A file, and the line of the acquisition.
#[derive(Debug)]
pub struct Program {
    pub language: Language,
    pub text: String,
    pub line: u32,
}

/// The line that holds the acquisition is found by this comment.
pub const MARK: &str = "acquired here";

pub fn program(maker: &Maker, style: Style, body: &Body) -> Program {
    let (language, text) = match maker.family {
        Family::JavaScript => (Language::TypeScript, javascript(maker, style, body)),
        Family::Java => (Language::Java, java(maker, style, body)),
        Family::Python => (Language::Python, python(maker, style, body)),
    };
    located(language, text)
}

/// The program with the line of its acquisition.
pub fn located(language: Language, text: String) -> Program {
    let line = text.lines().position(|line| line.contains(MARK)).map_or(0, |at| at + 1);
    Program { language, text, line: u32::try_from(line).unwrap_or(0) }
}

fn lines(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// The lines that come of each item.
fn each<T>(items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    items.into_iter().map(line).collect::<Vec<_>>().concat()
}

pub fn imports(maker: &Maker) -> String {
    lines(&maker.imports.iter().cloned().collect::<Vec<_>>())
}

/// The parameters with their types: `(name: T)`.
fn parameters(maker: &Maker, prefix: &str) -> Vec<String> {
    maker
        .parameters
        .iter()
        .map(|(name, ty)| match (maker.family, ty.as_str()) {
            (Family::Java, "") => format!("{prefix}Object {name}"),
            (Family::Java, ty) => format!("{prefix}{ty} {name}"),
            (Family::Python, "") => name.clone(),
            (Family::JavaScript, "") => format!("{prefix}{name}: any"),
            (_, ty) => format!("{prefix}{name}: {ty}"),
        })
        .collect()
}

fn javascript(maker: &Maker, style: Style, body: &Body) -> String {
    let (globals, mark) = (lines(&maker.globals), format!("// {MARK}"));
    let head = imports(maker) + &globals;
    let release = &body.release;
    if style == Style::Kept {
        let bind = match &body.handle {
            Some(Part::Awaited) => format!("{} = await {}", body.name, body.call),
            Some(Part::Result) => format!("{} = {}", body.name, body.call),
            _ => body.call.clone(),
        };
        let fields = parameters(maker, "private readonly ").join(", ");
        return format!(
            "{head}\nexport class Owner {{\n  private handle: {}\n\n  constructor({fields}) {{\n    this.tick = this.tick.bind(this)\n  }}\n\n  async start() {{\n    {bind} {mark}\n  }}\n\n  tick() {{\n    console.log('tick')\n  }}\n\n  dispose() {{\n    console.log('bye')\n    {release}\n  }}\n}}\n",
            body.declared.as_deref().unwrap_or("any")
        );
    }
    let inner = |pad: &str| {
        let work = format!("await work({})", body.lent(style));
        match body.when {
            When::Never => format!("{pad}{work}\n"),
            When::First => format!("{pad}{release}\n{pad}await work()\n"),
            When::Late => format!("{pad}{work}\n{pad}{release}\n"),
            When::Finally => format!("{pad}try {{\n{pad}  {work}\n{pad}}} finally {{\n{pad}  {release}\n{pad}}}\n"),
        }
    };
    let ty = body.declared.as_ref().map_or_else(String::new, |ty| format!(": {ty}"));
    let text = match &body.handle {
        Some(Part::CallbackParameter(_, index)) => {
            let names: Vec<String> = (0..=*index).map(|at| format!("p{at}")).collect();
            let callback = format!("async ({}) => {{ {mark}\n{}  }}", names.join(", "), inner("    "));
            format!("  {}\n", body.call.replace(&format!("@{index}"), &callback))
        }
        Some(Part::Awaited) => format!("  const handle = await {} {mark}\n{}", body.call, inner("  ")),
        Some(Part::Element(index)) => {
            let skipped = ", ".repeat(usize::from(*index));
            format!("  const [{skipped}handle] = {} {mark}\n{}", body.call, inner("  "))
        }
        Some(Part::Result) => format!("  const handle{ty} = {} {mark}\n{}", body.call, inner("  ")),
        _ => format!("  {} {mark}\n{}", body.call, inner("  ")),
    };
    let given = parameters(maker, "").join(", ");
    format!(
        "{head}\nexport async function serve({given}) {{\n{text}}}\n\nasync function work(it?: any) {{\n  await fetch('/work')\n}}\n"
    )
}

fn java(maker: &Maker, style: Style, body: &Body) -> String {
    let head = format!("package app;\n\nimport java.io.IOException;\n{}", imports(maker));
    let (mark, release) = (format!("// {MARK}"), &body.release);
    let throwing = "void work(Object... it) throws IOException {\n        throw new IOException();\n    }";
    let keeps = matches!(body.handle, Some(Part::Result));
    if style == Style::Kept {
        let bind = if keeps { format!("{} = {};", body.name, body.call) } else { format!("{};", body.call) };
        let fields = each(parameters(maker, "private final "), |field| format!("    {field};\n"));
        let sets = each(maker.parameters.keys(), |name| format!("        this.{name} = {name};\n"));
        return format!(
            "{head}\npublic class Owner implements AutoCloseable {{\n{fields}    private {} handle;\n    private final Runnable tick = () -> beat();\n\n    public Owner({}) throws Exception {{\n{sets}        {bind} {mark}\n    }}\n\n    private void beat() {{\n    }}\n\n    @Override\n    public void close() {{\n        System.out.println(\"bye\");\n        {release}\n    }}\n}}\n",
            body.declared.as_deref().unwrap_or("Object"),
            parameters(maker, "").join(", ")
        );
    }
    let bind = match &body.handle {
        Some(Part::Result) => format!("{} handle = {};", body.declared.as_deref().unwrap_or("var"), body.call),
        _ => format!("{};", body.call),
    };
    let pad = "        ";
    let work = format!("work({});", body.lent(style));
    let inner = match body.when {
        When::Never => format!("{pad}{work}\n"),
        When::First => format!("{pad}{release}\n{pad}work();\n"),
        When::Late => format!("{pad}{work}\n{pad}{release}\n"),
        When::Finally => {
            format!("{pad}try {{\n{pad}    {work}\n{pad}}} finally {{\n{pad}    {release}\n{pad}}}\n")
        }
    };
    format!(
        "{head}\npublic class Service {{\n    public void serve({}) throws Exception {{\n        {bind} {mark}\n{inner}    }}\n\n    {throwing}\n}}\n",
        parameters(maker, "").join(", ")
    )
}

fn python(maker: &Maker, style: Style, body: &Body) -> String {
    let (mark, release) = (format!("# {MARK}"), &body.release);
    let head = imports(maker) + &lines(&maker.globals);
    let bind = match &body.handle {
        Some(Part::Awaited) => format!("{} = await {}", body.name, body.call),
        Some(Part::Result) => {
            let ty = body.declared.as_ref().map_or_else(String::new, |ty| format!(": {ty}"));
            format!("{}{ty} = {}", body.name, body.call)
        }
        Some(Part::Element(0)) => format!("handle, other_part = {}", body.call),
        Some(Part::Element(_)) => format!("other_part, handle = {}", body.call),
        _ => body.call.clone(),
    };
    let word = if matches!(body.handle, Some(Part::Awaited)) { "async def" } else { "def" };
    let fields = each(maker.parameters.keys(), |name| format!("        self.{name} = {name}\n"));
    let given = parameters(maker, "").join(", ");
    let kept = format!("class Owner:\n    def __init__(self, {given}):\n        self.handle = None\n{fields}\n");
    if style == Style::Kept {
        let start = if word == "def" { String::new() } else { format!("\n    {word} start(self):\n") };
        return format!(
            "{head}\n\n{}{start}        {bind}  {mark}\n\n    def tick(self, *args):\n        print('tick')\n\n    def close(self):\n        print('bye')\n        {release}\n",
            kept.trim_end_matches('\n').to_owned() + "\n"
        );
    }
    let pad = if style == Style::Thread { "    " } else { "" };
    let act = format!("work({})", body.lent(style));
    let inner = match body.when {
        When::Never => format!("{pad}    {act}\n"),
        When::First => format!("{pad}    {release}\n{pad}    work()\n"),
        When::Late => format!("{pad}    {act}\n{pad}    {release}\n"),
        When::Finally => format!("{pad}    try:\n{pad}        {act}\n{pad}    finally:\n{pad}        {release}\n"),
    };
    let text = if style == Style::Thread {
        format!("{kept}    {word} serve(self, request):\n        {bind}  {mark}\n{inner}")
    } else {
        format!("{word} serve({given}):\n    {bind}  {mark}\n{inner}")
    };
    format!("{head}\n\n{text}\n\ndef work(*it):\n    raise OSError()\n\n\ndef tick(*args):\n    print('tick')\n")
}
