//! The checker: one per package and thread (`types2/check.go`).

pub mod advice;
pub mod assignments;
pub mod builtins;
pub mod call;
pub mod const_;
pub mod conversions;
pub mod decl;
pub mod driver;
pub mod errors;
pub mod errsupport;
pub mod expr;
pub mod format;
pub mod gc;
pub mod index;
pub mod infer;
pub mod initorder;
pub mod instantiate;
pub mod interface;
pub mod labels;
pub mod literals;
pub mod lookup;
pub mod mono;
pub mod operand;
pub mod range;
pub mod recording;
pub mod resolver;
pub mod return_;
pub mod signature;
pub mod stmt;
pub mod struct_;
pub mod typexpr;
pub mod unify;
pub mod validtype;

use crate::constant::Value;
use crate::info::{Config, Info, Mode};
use crate::object::{BuiltinId, Obj, Pkg, Scope};
use crate::types::{Ty, invalid};
use crate::version::GoVersion;
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_diag::Sink;
use goxide_syntax::ast::{self, Expr, NodeId};

/// An intermediate value of type checking. The default is an invalid operand.
#[derive(Clone, Debug)]
pub struct Operand {
    pub mode: Mode,
    pub expr: Option<&'static Expr>,
    /// `Typ[Invalid]` where types2 has nil.
    pub typ: Ty,
    /// `Unknown` unless `mode` is `Constant`.
    pub val: Value,
    /// Built-in function, if `mode` is `Builtin`.
    pub id: BuiltinId,
}

impl Default for Operand {
    fn default() -> Self {
        Operand { mode: Mode::Invalid, expr: None, typ: invalid(), val: Value::Unknown, id: BuiltinId::Append }
    }
}

impl Operand {
    pub fn is_valid(&self) -> bool {
        self.mode != Mode::Invalid
    }
    pub fn invalidate(&mut self) {
        self.mode = Mode::Invalid;
    }
    pub fn is_nil(&self) -> bool {
        self.mode == Mode::NilValue
    }
}

/// What is known of an expression whose type is still untyped.
#[derive(Clone)]
pub struct ExprInfo {
    pub expr: &'static Expr,
    /// Left operand of a shift whose check is delayed.
    pub is_lhs: bool,
    pub mode: Mode,
    /// An untyped basic type.
    pub typ: Ty,
    /// `Unknown` unless `mode` is `Constant`.
    pub val: Value,
}

/// Declaration of a package-level object or method (`declInfo`). Index into `Checker::decls`.
pub type DeclId = usize;

/// See [`DeclId`].
pub struct DeclInfo {
    pub file_scope: Scope,
    pub version: GoVersion,
    /// All variables of an n:1 initialisation; empty otherwise.
    pub lhs: Vec<Obj>,
    pub vtyp: Option<&'static Expr>,
    pub init: Option<&'static Expr>,
    /// The initialiser is inherited from an earlier constant specification.
    pub inherited: bool,
    pub tdecl: Option<&'static ast::TypeDecl>,
    pub fdecl: Option<&'static ast::FuncDecl>,
    /// Objects this declaration's initialiser or body depends on (a set, insertion order kept for determinism).
    pub deps: Vec<Obj>,
    pub deps_set: FxHashSet<Obj>,
}

/// Where an object is being checked (`environment`).
#[derive(Default)]
pub struct Environment {
    /// Package-level declaration whose initialiser or body is checked.
    pub decl: Option<DeclId>,
    pub scope: Option<Scope>,
    pub version: GoVersion,
    pub iota: Option<Value>,
    /// If known: identifier of a constant with inherited initialiser, for error positions.
    pub errpos: Pos,
    pub in_tparam_list: bool,
    /// Signature of the enclosing function.
    pub sig: Option<Ty>,
    /// Calls of `panic`, by node (termination analysis).
    pub is_panic: FxHashSet<NodeId>,
    pub has_label: bool,
    pub has_call_or_recv: bool,
}

/// A delayed action.
pub struct Action {
    pub version: GoVersion,
    pub f: Box<dyn FnOnce(&mut Checker)>,
}

/// State of checking one package.
pub struct Checker {
    pub conf: Config,
    pub sink: Sink,
    pub pkg: Pkg,
    pub info: Info,

    pub decls: Vec<DeclInfo>,
    /// Package-level objects and methods -> declaration.
    pub obj_map: FxHashMap<Obj, DeclId>,
    /// Keys of `obj_map` in source order.
    pub obj_list: Vec<Obj>,
    pub imp_map: FxHashMap<Name, Pkg>,
    pub(crate) qual: format::PkgNames,

    pub files: Vec<&'static ast::File>,
    pub imports: Vec<Obj>,
    pub dot_import_map: FxHashMap<(Scope, Name), Obj>,
    /// Variables that were used, local ones and parameters (the origin object).
    pub used_vars: FxHashSet<Obj>,
    pub used_pkg_names: FxHashSet<Obj>,
    pub mono: crate::check::mono::MonoGraph,

    /// Whether an error was reported.
    pub first_err: bool,
    /// Type names -> methods declared for them.
    pub methods: FxHashMap<Obj, Vec<Obj>>,
    /// Expressions without final type.
    pub untyped: FxHashMap<NodeId, ExprInfo>,
    pub delayed: Vec<Option<Action>>,
    pub obj_path: Vec<Obj>,
    pub obj_path_idx: FxHashMap<Obj, usize>,

    pub env: Environment,
    /// Interface literals with their positions, outer ones first.
    pub(crate) interfaces: Vec<(Ty, Pos)>,
    /// Whether gc would look further once the types are right.
    pub(crate) gc_all: bool,
    /// Array, channel and map types as written, with positions: their sizes are checked when all is known.
    pub(crate) sized: Vec<(Ty, Pos)>,
    /// Types of arguments of `print` and `println`, with position and name of the call.
    pub(crate) printed: Vec<(Ty, Pos, &'static str)>,
    /// Positions of `//go:embed` lines inside functions.
    pub(crate) local_embeds: Vec<Pos>,
    /// Next id for nodes the checker makes up (`new_expr`).
    pub next_node: u32,
}
