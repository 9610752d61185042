//! The model and its graphs as text, for `leaklint debug` and the snapshots.

use std::fmt::Write as _;

use super::{
    BlockId, CatchFilter, Cfg, EdgeKind, ExprId, ExprKind, Function, FunctionId, Module, Step, Terminator, TypeRef,
};
use crate::source::SourceFile;

/// Longest piece of source shown for one step.
const SNIPPET: usize = 60;

/// Imports, classes, functions and variables of a file.
#[must_use]
pub fn module_text(module: &Module, source: &SourceFile) -> String {
    let mut out = format!("module {}\n", module.language.name());
    for import in &module.imports {
        let name = import.variable.map_or_else(String::new, |id| format!(" as {}", module.variables[id].name));
        let _ = writeln!(out, "import {} {:?}{name}", import.module, import.what);
    }
    for export in &module.exports {
        let _ = writeln!(out, "export {}", export.name);
    }
    for (_, class) in module.classes.iter() {
        let name = class.name.as_deref().unwrap_or("(anonymous)");
        let bases: Vec<String> = class.bases.iter().map(type_text).collect();
        let _ = write!(out, "{:?} {name}", class.kind);
        if !bases.is_empty() {
            let _ = write!(out, " : {}", bases.join(", "));
        }
        let _ = writeln!(out, " line {}", source.line(class.span.start));
        for field in &class.fields {
            let ty = field.ty.as_ref().map_or_else(String::new, |ty| format!(": {}", type_text(ty)));
            let stat = if field.is_static { "static " } else { "" };
            let _ = writeln!(out, "  {stat}field {}{ty} ({} values)", field.name, field.values.len());
        }
        for method in &class.methods {
            let _ = writeln!(out, "  method {}", function_title(module, *method));
        }
    }
    for (id, _) in module.functions.iter() {
        let _ = writeln!(out, "function {}", function_title(module, id));
        for (variable_id, variable) in module.variables.iter() {
            if variable.function == id {
                let ty = variable.ty.as_ref().map_or_else(String::new, |ty| format!(": {}", type_text(ty)));
                let held = module.functions.iter().any(|(_, function)| function.captures.contains(&variable_id));
                let captured = if held { " captured" } else { "" };
                let _ = writeln!(out, "  {:?} {}{ty}{captured}", variable.kind, variable.name);
            }
        }
    }
    out
}

/// A type as the source would name it.
#[must_use]
pub fn type_text(ty: &TypeRef) -> String {
    if ty.arguments.is_empty() {
        return ty.name.to_string();
    }
    let arguments: Vec<String> = ty.arguments.iter().map(type_text).collect();
    format!("{}<{}>", ty.name, arguments.join(", "))
}

fn function_title(module: &Module, id: FunctionId) -> String {
    let Function { name, kind, parameters, is_async, is_static, .. } = &module.functions[id];
    let parameters: Vec<&str> = parameters.iter().map(|id| module.variables[*id].name.as_str()).collect();
    let mut title = format!("{}({})", name.as_deref().unwrap_or("(anonymous)"), parameters.join(", "));
    let _ = write!(title, " {kind:?}");
    if *is_async {
        title.push_str(" async");
    }
    if *is_static {
        title.push_str(" static");
    }
    title
}

/// Every function's graph, block by block. Blocks without a way in are left out.
#[must_use]
pub fn cfg_text(module: &Module, source: &SourceFile) -> String {
    let mut out = String::new();
    for (id, function) in module.functions.iter() {
        let _ = writeln!(out, "function {}", function_title(module, id));
        let cfg = &function.cfg;
        let order = reachable(cfg);
        for block in &order {
            let _ = write!(out, "  {}", block_name(cfg, &order, *block));
            if cfg.blocks[*block].cleanup {
                out.push_str(" cleanup");
            }
            out.push('\n');
            for step in &cfg.blocks[*block].steps {
                let _ = writeln!(out, "    {}", step_text(module, source, step));
            }
            for line in ends(module, source, cfg, &order, *block) {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// Every function's graph as one mermaid flow chart.
#[must_use]
pub fn cfg_mermaid(module: &Module, source: &SourceFile) -> String {
    let mut out = String::from("flowchart TD\n");
    for (id, function) in module.functions.iter() {
        let cfg = &function.cfg;
        let order = reachable(cfg);
        let prefix = format!("f{}", id.into_raw().into_u32());
        let _ = writeln!(out, "  subgraph {prefix} [\"{}\"]", escape(&function_title(module, id)));
        for block in &order {
            let name = block_name(cfg, &order, *block);
            let mut lines = vec![name.clone()];
            lines.extend(cfg.blocks[*block].steps.iter().map(|step| step_text(module, source, step)));
            let _ = writeln!(out, "    {prefix}_{name}[\"{}\"]", escape(&lines.join("<br/>")));
        }
        for block in &order {
            let from = block_name(cfg, &order, *block);
            for edge in cfg.edges(*block) {
                let to = block_name(cfg, &order, edge.to);
                let arrow = match edge.kind {
                    EdgeKind::Normal => "-->",
                    EdgeKind::True => "-->|true|",
                    EdgeKind::False => "-->|false|",
                    EdgeKind::Exception => "-.->|raises|",
                };
                let _ = writeln!(out, "    {prefix}_{from} {arrow} {prefix}_{to}");
            }
        }
        out.push_str("  end\n");
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "#quot;").replace('<', "&lt;").replace("&lt;br/>", "<br/>")
}

fn reachable(cfg: &Cfg) -> Vec<BlockId> {
    let mut order = vec![cfg.entry];
    let mut at = 0;
    while let Some(block) = order.get(at).copied() {
        for edge in cfg.edges(block) {
            if !order.contains(&edge.to) {
                order.push(edge.to);
            }
        }
        at += 1;
    }
    order
}

fn block_name(cfg: &Cfg, order: &[BlockId], id: BlockId) -> String {
    if id == cfg.exit {
        return "exit".to_owned();
    }
    if id == cfg.raise {
        return "raise".to_owned();
    }
    let index = order.iter().position(|other| *other == id).unwrap_or_default();
    format!("b{index}")
}

fn step_text(module: &Module, source: &SourceFile, step: &Step) -> String {
    match step {
        Step::Eval(expr) => {
            let verb = match module.kind(*expr) {
                ExprKind::Call { constructs: true, .. } => "new",
                ExprKind::Call { .. } => "call",
                ExprKind::Assign { .. } => "assign",
                ExprKind::Await(_) => "await",
                ExprKind::Yield(_) => "yield",
                ExprKind::Function(_) => "closure",
                ExprKind::Unary { .. } => "update",
                _ => "eval",
            };
            format!("{verb} {}", snippet(module, source, *expr))
        }
        Step::Enter { value, asynchronous, .. } => {
            format!("enter{} {}", if *asynchronous { " async" } else { "" }, snippet(module, source, *value))
        }
        Step::Leave(value) => format!("leave {}", snippet(module, source, *value)),
        Step::Element { target, iterable, .. } => {
            format!("element {} of {}", snippet(module, source, *target), snippet(module, source, *iterable))
        }
        Step::Caught(None) => "caught".to_owned(),
        Step::Caught(Some(id)) => format!("caught {}", module.variables[*id].name),
        Step::Return(value, _) => {
            format!("return {}", value.map_or_else(String::new, |value| snippet(module, source, value)))
                .trim_end()
                .to_owned()
        }
        Step::Throw(value, _) => {
            format!("throw {}", value.map_or_else(String::new, |value| snippet(module, source, value)))
                .trim_end()
                .to_owned()
        }
    }
}

fn ends(module: &Module, source: &SourceFile, cfg: &Cfg, order: &[BlockId], id: BlockId) -> Vec<String> {
    let block = &cfg.blocks[id];
    let name = |id: BlockId| block_name(cfg, order, id);
    let mut lines = match &block.terminator {
        Terminator::Goto(to) => vec![format!("-> {}", name(*to))],
        Terminator::Branch { condition, then, otherwise } => {
            vec![format!("if {} -> {} else -> {}", snippet(module, source, *condition), name(*then), name(*otherwise))]
        }
        Terminator::Choice(ways) => {
            vec![format!("-> {}", ways.iter().map(|way| name(*way)).collect::<Vec<_>>().join(" | "))]
        }
        Terminator::Dispatch { catches, uncaught } => catches
            .iter()
            .map(|catch| format!("catch {} -> {}", filter_text(&catch.filter), name(catch.block)))
            .chain(std::iter::once(format!("uncaught -> {}", name(*uncaught))))
            .collect(),
        Terminator::Rethrow => vec![format!("raises -> {}", name(block.handler))],
        Terminator::End => Vec::new(),
    };
    if !matches!(block.terminator, Terminator::Rethrow) && block.steps.iter().any(Step::may_raise) {
        lines.push(format!("may raise -> {}", name(block.handler)));
    }
    lines
}

fn filter_text(filter: &CatchFilter) -> String {
    let names = |types: &[TypeRef]| types.iter().map(type_text).collect::<Vec<_>>().join(" | ");
    match filter {
        CatchFilter::Everything => "everything".to_owned(),
        CatchFilter::Errors(_) => "errors".to_owned(),
        CatchFilter::Types(types) => names(types),
    }
}

fn snippet(module: &Module, source: &SourceFile, expr: ExprId) -> String {
    let text = source.slice(module.span(expr));
    let mut short = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if short.chars().count() > SNIPPET {
        short = short.chars().take(SNIPPET).chain(['…']).collect();
    }
    short
}
