//! Names that profiles and traces show for the functions of the runtime.

use std::borrow::Cow;

/// The Go half calls a row `runtime.name`, and Rust's own functions bear Go's names, so what is left of a mangled path is its last
/// segment (of a method, its type too).
pub fn shown_name(symbol: &str) -> Cow<'_, str> {
    if let Some(row) = symbol.strip_prefix("rt.") {
        return format!("runtime.{row}").into();
    }
    match symbol {
        // Thunks go through it to the system stack.
        "goxide.call" | "goxide.callpark" | "goxide.callnp" => return "runtime.systemstack".into(),
        "goxide.asyncpreempt" | "goxide_asyncpreempt" => return "runtime.asyncPreempt".into(),
        _ => {}
    }
    if let Some(entry) = symbol.strip_prefix("goxide_") {
        return format!("runtime.{entry}").into();
    }
    let Ok(name) = rustc_demangle::try_demangle(symbol) else { return symbol.into() };
    let name = format!("{name:#}");
    let path = segments(&name);
    let is_closure = |s: &str| s.starts_with('{') && s.contains("closure");
    let is_type = |s: &&str| s.starts_with(|c: char| c.is_ascii_uppercase() || c == '<');
    let last = path.iter().rposition(|s| !is_closure(s)).unwrap_or(0);
    let from = path[..last].iter().rposition(is_type).unwrap_or(last);
    let mut out = String::from("runtime");
    if name.contains("core::") && !name.contains("goxide_runtime::") {
        out.push_str(".core");
    }
    for s in &path[from..] {
        out.push('.');
        out.push_str(if is_closure(s) { "func1" } else { simple(s) });
    }
    out.into()
}

/// A path's segments, without type arguments.
fn segments(path: &str) -> Vec<&str> {
    let (mut out, mut from, mut depth) = (Vec::new(), 0, 0);
    for (i, c) in path.char_indices() {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth -= 1,
            ':' if depth == 0 && path[i..].starts_with("::") => {
                out.push(&path[from..i]);
                from = i + 2;
            }
            _ => {}
        }
    }
    out.push(&path[from..]);
    out.retain(|s| !s.is_empty() && (!s.starts_with('<') || is_qualified(s)));
    out
}

/// Whether a segment in angle brackets is a type (`<T as Trait>`), not a list of arguments.
fn is_qualified(s: &str) -> bool {
    s.contains(" as ") || s.starts_with("<impl ")
}

/// The type's own name of `<a::b::T as c::Trait>`; other segments as they are, without arguments.
fn simple(s: &str) -> &str {
    let inner = s.strip_prefix('<').map_or(s, |s| s.strip_prefix("impl ").unwrap_or(s));
    let inner = inner.split([' ', '>', '<']).next().unwrap_or(inner);
    inner.rsplit("::").next().unwrap_or(inner).trim_start_matches('&')
}

#[cfg(test)]
mod tests {
    use super::shown_name;

    #[test]
    fn names_of_the_runtimes_functions() {
        let check = |symbol: &str, want: &str| assert_eq!(shown_name(symbol), want);
        check("rt.mallocgc", "runtime.mallocgc");
        check("runtime.newstack", "runtime.newstack");
        check("goxide.call", "runtime.systemstack");
        check("goxide_mstart", "runtime.mstart");
        check("time.now", "time.now");
        check("_ZN14goxide_runtime2io7netpoll4poll17h2c5c4e1a55228609E", "runtime.poll");
        check("_ZN14goxide_runtime2gc4work4Work3get17h2c5c4e1a55228609E", "runtime.Work.get");
        check("_ZN14goxide_runtime5sched4park28_$u7b$$u7b$closure$u7d$$u7d$17h2c5c4e1a55228609E", "runtime.park.func1");
        check("_ZN4core5slice4sort4heap17h2c5c4e1a55228609E", "runtime.core.heap");
        check("_RNvNtNtCsgEmfK2I1SDS_4core3str8converts9from_utf8", "runtime.core.from_utf8");
        check("_RNvXs1g_NtCsgEmfK2I1SDS_4core3fmtRyNtB6_5Debug3fmtB8_", "runtime.core.u64.fmt");
        check(
            "_ZN81_$LT$goxide_runtime..gc..mark..Pipe$u20$as$u20$goxide_runtime..gc..mark..Sink$GT$7pointer17h2c5c4e1a55228609E",
            "runtime.Pipe.pointer",
        );
    }
}
