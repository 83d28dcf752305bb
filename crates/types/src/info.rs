//! What checking a package yields: facts about its nodes, dense by `NodeId`, and the package itself.

use crate::constant::Value;
use crate::object::{BuiltinId, Obj, Pkg};
use crate::types::Ty;
use goxide_base::FxHashMap;
use goxide_syntax::ast::{self, NodeId};

/// The (addressing) mode of an operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Mode {
    Invalid,
    /// No value (call without results).
    NoValue,
    Builtin,
    TypExpr,
    Constant,
    /// Addressable.
    Variable,
    /// Map index expression: assignable, and has a comma-ok form.
    MapIndex,
    Value,
    NilValue,
    CommaOk,
    CommaErr,
    CgoFunc,
}

/// Mode, type and constant value of an expression.
#[derive(Clone, Debug)]
pub struct TypeAndValue {
    pub mode: Mode,
    /// For a call without results the empty tuple; for a built-in the signature of this call; for an expression in a
    /// comma-ok context the pair.
    pub ty: Ty,
    pub value: Option<Value>,
}

impl std::fmt::Debug for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::typestring::type_string(*self, &crate::typestring::full_qualifier))
    }
}
impl std::fmt::Debug for Obj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name())
    }
}
impl std::fmt::Debug for Pkg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "package {}", self.path())
    }
}

/// What a selector expression `x.f` selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    FieldVal,
    MethodVal,
    MethodExpr,
}

/// A selector expression that is not a qualified identifier.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    pub kind: SelectionKind,
    /// Type of `x`.
    pub recv: Ty,
    pub obj: Obj,
    /// Path: indices of embedded fields, then of the field or method.
    pub index: &'static [usize],
    /// Whether there was a pointer indirection on the path.
    pub indirect: bool,
}

/// An instantiation: type arguments and the resulting type (`Named`, `Alias` or signature).
#[derive(Clone, Copy, Debug)]
pub struct Instance {
    pub targs: &'static [Ty],
    pub ty: Ty,
}

/// A package-level variable initialisation `lhs = rhs`, in execution order.
#[derive(Clone, Debug)]
pub struct Initializer {
    /// Several for `a, b = f()`; blank variables included.
    pub lhs: Vec<Obj>,
    pub rhs: &'static ast::Expr,
}

/// Ids from here on belong to nodes the checker makes up; nothing is recorded about them.
pub const MADE_UP: usize = 1 << 30;

/// A side table from `NodeId`.
#[derive(Debug)]
pub struct NodeMap<T>(Vec<Option<T>>);

impl<T> Default for NodeMap<T> {
    fn default() -> Self {
        NodeMap(Vec::new())
    }
}

impl<T> NodeMap<T> {
    /// The fact about `n`.
    #[inline]
    pub fn get(&self, n: NodeId) -> Option<&T> {
        self.0.get(n.index()).and_then(Option::as_ref)
    }
    /// The fact about `n`, for update.
    #[inline]
    pub fn get_mut(&mut self, n: NodeId) -> Option<&mut T> {
        self.0.get_mut(n.index()).and_then(Option::as_mut)
    }
    /// Records a fact.
    pub fn insert(&mut self, n: NodeId, v: T) {
        let i = n.index();
        if i >= 1 << 30 {
            return; // a node the checker made up
        }
        if i >= MADE_UP {
            return;
        }
        if i >= self.0.len() {
            self.0.resize_with((i + 1).max(self.0.len() * 2).max(64), || None);
        }
        self.0[i] = Some(v);
    }
    /// All facts in order of node.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &T)> {
        self.0.iter().enumerate().filter_map(|(i, v)| v.as_ref().map(|v| (NodeId::new(i), v)))
    }
}

/// A side table from `NodeId` for facts that are large and not so frequent: one word per node, the facts apart.
#[derive(Debug)]
pub struct PackedMap<T> {
    index: NodeMap<u32>,
    facts: Vec<T>,
}

impl<T> Default for PackedMap<T> {
    fn default() -> Self {
        PackedMap { index: NodeMap::default(), facts: Vec::new() }
    }
}

impl<T> PackedMap<T> {
    /// The fact about `n`.
    #[inline]
    pub fn get(&self, n: NodeId) -> Option<&T> {
        self.index.get(n).map(|i| &self.facts[*i as usize])
    }
    /// Records a fact.
    pub fn insert(&mut self, n: NodeId, v: T) {
        self.index.insert(n, self.facts.len() as u32);
        self.facts.push(v);
    }
    /// All facts in order of node.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &T)> {
        self.index.iter().map(|(n, i)| (n, &self.facts[*i as usize]))
    }
}

/// Facts about the nodes of one package (`types2.Info`).
#[derive(Default)]
pub struct Info {
    pub types: NodeMap<TypeAndValue>,
    /// Identifier -> object it declares (also implicit fields; `None`-valued defs are simply absent).
    pub defs: NodeMap<Obj>,
    /// Identifier (a `Name` expression or an `Ident`) -> object it denotes.
    pub uses: NodeMap<Obj>,
    /// By the `Selector` expression.
    pub selections: PackedMap<Selection>,
    /// By the identifier that names what is instantiated (a `Name` expression, or the `sel` of a `Selector`).
    pub instances: FxHashMap<NodeId, Instance>,
    /// Import declarations without name, anonymous parameters (`Field::id`), clauses of type switches (`CaseClause::id`).
    pub implicits: FxHashMap<NodeId, Obj>,
    pub init_order: Vec<Initializer>,
    /// Effective language version of each file ("go1.N"), parallel to `CheckedPackage::files`.
    pub file_versions: Vec<String>,
}

impl Info {
    /// Type of an expression, also of a mere identifier.
    pub fn type_of(&self, e: &ast::Expr) -> Option<Ty> {
        if let Some(t) = self.types.get(e.id) {
            return Some(t.ty);
        }
        self.object_of(e.id).and_then(Obj::ty_opt)
    }
    /// The object an identifier declares or denotes.
    pub fn object_of(&self, n: NodeId) -> Option<Obj> {
        self.defs.get(n).or_else(|| self.uses.get(n)).copied()
    }
    /// Built-in function an expression denotes.
    pub fn builtin_of(&self, e: &ast::Expr) -> Option<BuiltinId> {
        match &e.unparen().kind {
            ast::ExprKind::Name(_) => self.uses.get(e.unparen().id).and_then(|o| o.builtin()),
            ast::ExprKind::Selector { sel, .. } => self.uses.get(sel.id).and_then(|o| o.builtin()),
            _ => None,
        }
    }
}

impl TypeAndValue {
    pub fn is_type(&self) -> bool {
        self.mode == Mode::TypExpr
    }
    pub fn is_void(&self) -> bool {
        self.mode == Mode::NoValue
    }
    pub fn is_builtin(&self) -> bool {
        self.mode == Mode::Builtin
    }
    pub fn is_value(&self) -> bool {
        use Mode::*;
        matches!(self.mode, Constant | Variable | MapIndex | Value | NilValue | CommaOk | CommaErr)
    }
    pub fn is_nil(&self) -> bool {
        self.mode == Mode::NilValue
    }
    pub fn addressable(&self) -> bool {
        self.mode == Mode::Variable
    }
    pub fn assignable(&self) -> bool {
        matches!(self.mode, Mode::Variable | Mode::MapIndex)
    }
    pub fn has_ok(&self) -> bool {
        matches!(self.mode, Mode::CommaOk | Mode::MapIndex)
    }
}

/// A checked package.
pub struct CheckedPackage {
    pub pkg: Pkg,
    pub files: Vec<&'static ast::File>,
    pub info: Info,
    /// All functions and methods declared here, in source order; `Obj::decl` gives the body. Includes `init` functions
    /// and blank functions, which no scope holds.
    pub funcs: Vec<Obj>,
    /// Package-level type names in source order (aliases included).
    pub type_names: Vec<Obj>,
    /// Package-level variables in source order.
    pub vars: Vec<Obj>,
    /// Whether errors were reported; then nothing may be generated from it.
    pub failed: bool,
}

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Language version from go.mod as "go1.N"; empty: the newest.
    pub go_version: String,
    /// Check only declarations.
    pub ignore_func_bodies: bool,
    /// Leave labels and branches to somebody else.
    pub ignore_branch_errors: bool,
    /// Do not report unused imports.
    pub disable_unused_import_check: bool,
    /// Accept `import "C"` as a fake package.
    pub fake_import_c: bool,
    /// Also check what gc checks beyond `types2`, and say what it adds to messages.
    pub gc: bool,
    /// With `gc`: functions without body may be supplied from outside (as by assembly).
    pub outside_bodies: bool,
    /// Extra built-ins `assert` and `trace` (tests).
    pub test_builtins: bool,
}

/// Gives complete packages for import paths as written in sources. `unsafe` is handled by the checker.
pub trait Importer {
    /// The package, or gc's message for why there is none (without the path).
    fn import(&self, path: &str) -> Result<Pkg, String>;
}
