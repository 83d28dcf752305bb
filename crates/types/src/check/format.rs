//! Showing types, objects and expressions in messages (`types2/format.go`).

use super::{Checker, Operand};
use crate::constant::Value;
use crate::object::{Obj, Pkg};
use crate::types::Ty;
use crate::typestring::{object_string, type_string};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_syntax::ast;
use goxide_syntax::expr_string;
use std::cell::RefCell;

/// Package names seen in the import graph, for telling packages of the same name apart; filled on first use.
#[derive(Default)]
pub struct PkgNames(RefCell<Option<FxHashMap<Name, Vec<Name>>>>);

impl Checker {
    /// How messages name a package: not at all if it is the one being checked, by path if its name is ambiguous.
    pub fn qualifier(&self, pkg: Pkg) -> String {
        if pkg == self.pkg {
            return String::new();
        }
        let mut q = self.qual.0.borrow_mut();
        let map = q.get_or_insert_with(|| {
            let mut map = FxHashMap::default();
            mark_imports(self.pkg, &mut map, &mut FxHashSet::default());
            map
        });
        if map.get(&pkg.name()).is_some_and(|v| v.len() > 1) {
            return crate::constant::quote(pkg.path().as_str().as_bytes());
        }
        pkg.name().to_string()
    }
}

fn mark_imports(pkg: Pkg, map: &mut FxHashMap<Name, Vec<Name>>, seen: &mut FxHashSet<Pkg>) {
    if !seen.insert(pkg) {
        return;
    }
    let paths = map.entry(pkg.name()).or_default();
    if !paths.contains(&pkg.path()) {
        paths.push(pkg.path());
    }
    for p in pkg.imports() {
        mark_imports(*p, map, seen);
    }
}

/// Arguments of `sprintf!` and `errorf!`.
pub trait Show {
    /// The text that types2's `%s` gives.
    fn show(&self, check: &Checker) -> String;
}
impl Show for Ty {
    fn show(&self, c: &Checker) -> String {
        type_string(*self, &|p| c.qualifier(p))
    }
}
impl Show for Obj {
    fn show(&self, c: &Checker) -> String {
        object_string(*self, &|p| c.qualifier(p))
    }
}
impl Checker {
    /// Text of a type.
    pub fn ts(&self, t: Ty) -> String {
        t.show(self)
    }
    /// Text of an operand.
    pub fn os(&self, x: &Operand) -> String {
        x.show(self)
    }
}
impl Show for Operand {
    fn show(&self, c: &Checker) -> String {
        super::operand::operand_string(self, &|p| c.qualifier(p))
    }
}
impl Show for ast::Expr {
    fn show(&self, _: &Checker) -> String {
        expr_string(self)
    }
}
impl Show for Value {
    fn show(&self, _: &Checker) -> String {
        self.to_string()
    }
}
impl Show for Pos {
    fn show(&self, _: &Checker) -> String {
        goxide_base::position(*self).to_string()
    }
}
impl<T: Show> Show for [T] {
    fn show(&self, c: &Checker) -> String {
        let v: Vec<String> = self.iter().map(|x| x.show(c)).collect();
        format!("[{}]", v.join(", "))
    }
}
impl<T: Show> Show for Vec<T> {
    fn show(&self, c: &Checker) -> String {
        self.as_slice().show(c)
    }
}
impl<T: Show + ?Sized> Show for &T {
    fn show(&self, c: &Checker) -> String {
        (**self).show(c)
    }
}
impl<T: Show + ?Sized> Show for &mut T {
    fn show(&self, c: &Checker) -> String {
        (**self).show(c)
    }
}
macro_rules! show_display {
    ($($t:ty),*) => {$(
        impl Show for $t {
            fn show(&self, _: &Checker) -> String {
                self.to_string()
            }
        }
    )*};
}
show_display!(str, String, Name, usize, i32, u32, i64, u64, char, crate::version::GoVersion);
