//! Assembly that a package has beside its Go files: there is no assembler, so a package that needs it is refused.
//!
//! Assembly that nothing needs is passed over: a linker drops functions that no Go declaration reaches. (Such a file is
//! `flags_amd64_test.s` of `cmd/compile/internal/ssa`: its functions are declared in a test file only.)

use crate::dir::Dir;

/// The assembly file of `dir` that a build of its Go files (and test files, once they are read) needs, by name.
pub fn needed(dir: &Dir) -> Option<&str> {
    dir.asm.iter().map(String::as_str).find(|name| match std::fs::read_to_string(dir.path.join(name)) {
        Ok(text) => reached(&text, dir),
        Err(_) => true,
    })
}

/// Whether Go code may use what `text` defines. Errs on the side of yes: what is written in the name of another
/// package, made by a macro, or exported in data counts.
fn reached(text: &str, dir: &Dir) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let Some(rest) = ["TEXT", "GLOBL", "DATA"].iter().find_map(|w| line.strip_prefix(w)) else {
            return line.starts_with("#define");
        };
        let symbol = rest.trim_start();
        let end = symbol.find(['(', '+', '<', ',']).unwrap_or(symbol.len());
        let local = symbol[end..].starts_with("<>");
        match symbol[..end].strip_prefix('·') {
            Some(name) => !local && declared(name, dir),
            None => !local,
        }
    })
}

/// Whether a Go file has a function or variable of that name, as far as its text tells.
fn declared(name: &str, dir: &Dir) -> bool {
    dir.files.iter().chain(&dir.test_files).any(|f| {
        let text = String::from_utf8_lossy(&f.src);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        text.match_indices(name).any(|(i, _)| !text[..i].ends_with(word) && !text[i + name.len()..].starts_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dir::GoFile;

    fn dir(go: &str) -> Dir {
        let head = goxide_syntax::scan_header(go.as_bytes());
        let f = GoFile { name: "a.go".into(), src: go.as_bytes().into(), head, path: "a.go".into() };
        Dir { files: vec![f], ..Dir::default() }
    }

    #[test]
    fn what_no_declaration_reaches_is_passed_over() {
        let text = "#include \"textflag.h\"\n\nTEXT ·add(SB),NOSPLIT,$0-24\n\tRET\nGLOBL tab<>(SB), 8, $16\n";
        assert!(!reached(text, &dir("package a\nfunc addAll() {}\n")));
        assert!(reached(text, &dir("package a\nfunc add(x, y int) int\n")));
    }

    #[test]
    fn names_of_other_packages_and_macros_are_taken_for_reached() {
        assert!(reached("TEXT runtime·add(SB),4,$0\n", &dir("package a\n")));
        assert!(reached("#define F(x) TEXT x(SB),4,$0\n", &dir("package a\n")));
    }
}
