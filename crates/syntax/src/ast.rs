//! The syntax tree: shape and positions follow `cmd/compile/internal/syntax`, so that messages land where gc's do.
//!
//! Every expression and every identifier that declares or uses something has a `NodeId`, dense per package: facts
//! about nodes live in side tables indexed by it. Trees of a session are leaked (`&'static`), since objects point at
//! their declarations. Comments are kept beside the tree, in `File::comments`, for formatting.

use crate::pragma::Pragma;
use goxide_base::{Name, Pos};

goxide_base::entity!(
    /// Identity of an expression or identifier, dense within one package.
    pub NodeId, "n"
);

/// An identifier in a position that is not an expression (declared names, selectors, labels, field keys of types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident {
    pub id: NodeId,
    pub pos: Pos,
    pub name: Name,
}

/// One source file.
#[derive(Debug)]
pub struct File {
    pub file: goxide_base::FileId,
    /// Position of `package`.
    pub pos: Pos,
    pub pkg_name: Ident,
    pub pragma: Pragma,
    pub decls: Vec<Decl>,
    /// Language version from `//go:build` lines, as "go1.N"; empty if none.
    pub go_version: String,
    /// All comments in textual order (kept only on request).
    pub comments: Vec<Comment>,
    pub eof: Pos,
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub pos: Pos,
    /// With its `//` or `/* */`.
    pub text: String,
}

/// Declarations in one parenthesised group share a number; 0 means ungrouped.
pub type Group = u32;

#[derive(Debug)]
pub enum Decl {
    Import(ImportDecl),
    Const(ConstDecl),
    Type(TypeDecl),
    Var(VarDecl),
    Func(FuncDecl),
}

#[derive(Debug)]
pub struct ImportDecl {
    pub pos: Pos,
    pub group: Group,
    pub pragma: Pragma,
    /// Includes `.` and `_`.
    pub local: Option<Ident>,
    /// `None` after a syntax error.
    pub path: Option<BasicLit>,
    pub id: NodeId,
}

#[derive(Debug)]
pub struct ConstDecl {
    pub pos: Pos,
    pub group: Group,
    pub pragma: Pragma,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    /// A `List` if several.
    pub values: Option<Expr>,
}

#[derive(Debug)]
pub struct TypeDecl {
    pub pos: Pos,
    pub group: Group,
    pub pragma: Pragma,
    pub name: Ident,
    pub tparams: Vec<Field>,
    pub alias: bool,
    pub ty: Expr,
}

#[derive(Debug)]
pub struct VarDecl {
    pub pos: Pos,
    pub group: Group,
    pub pragma: Pragma,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    pub values: Option<Expr>,
}

#[derive(Debug)]
pub struct FuncDecl {
    /// Position of `func`.
    pub pos: Pos,
    pub pragma: Pragma,
    pub recv: Option<Field>,
    pub name: Ident,
    pub tparams: Vec<Field>,
    pub ty: FuncType,
    pub body: Option<Block>,
}

/// Names that share one type: parameters, results, struct fields, type parameters, interface elements.
/// No names: an anonymous parameter, an embedded field, an embedded interface element.
/// An interface method is one name whose type is a `Func` expression.
#[derive(Debug)]
pub struct Field {
    pub pos: Pos,
    pub names: Vec<Ident>,
    pub ty: Expr,
    /// Struct fields only.
    pub tag: Option<BasicLit>,
    /// For an embedded field or element: the identity under which its implicit name is recorded.
    pub id: NodeId,
}

#[derive(Debug)]
pub struct FuncType {
    pub pos: Pos,
    pub params: Vec<Field>,
    pub results: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LitKind {
    Int,
    Float,
    Imag,
    Rune,
    String,
}

#[derive(Clone, Debug)]
pub struct BasicLit {
    pub pos: Pos,
    pub id: NodeId,
    pub kind: LitKind,
    /// Source text.
    pub value: Name,
    /// The literal had syntax errors.
    pub bad: bool,
}

#[derive(Debug)]
pub struct Expr {
    pub id: NodeId,
    pub pos: Pos,
    pub kind: ExprKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChanDir {
    Both,
    Send,
    Recv,
}

#[derive(Debug)]
pub enum ExprKind {
    /// What could not be parsed.
    Bad,
    Name(Name),
    BasicLit {
        kind: LitKind,
        value: Name,
        bad: bool,
    },
    CompositeLit {
        ty: Option<Box<Expr>>,
        elems: Vec<Expr>,
        nkeys: usize,
        rbrace: Pos,
    },
    KeyValue {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    FuncLit(Box<FuncLit>),
    Paren(Box<Expr>),
    Selector {
        x: Box<Expr>,
        sel: Ident,
    },
    /// Several indices (type arguments) are a `List`.
    Index {
        x: Box<Expr>,
        index: Box<Expr>,
    },
    Slice {
        x: Box<Expr>,
        index: [Option<Box<Expr>>; 3],
        full: bool,
    },
    /// `x.(T)`
    Assert {
        x: Box<Expr>,
        ty: Box<Expr>,
    },
    /// `lhs := x.(type)`, only as the tag of a switch.
    TypeSwitchGuard {
        lhs: Option<Ident>,
        x: Box<Expr>,
    },
    /// Includes `&x`, `<-x`, `~T`; `*x` is `Star`.
    Unary {
        op: Op,
        x: Box<Expr>,
    },
    Binary {
        op: Op,
        x: Box<Expr>,
        y: Box<Expr>,
    },
    Star(Box<Expr>),
    Call {
        fun: Box<Expr>,
        args: Vec<Expr>,
        has_dots: bool,
    },
    List(Vec<Expr>),
    /// `len: None` is `[...]T`.
    ArrayType {
        len: Option<Box<Expr>>,
        elem: Box<Expr>,
    },
    SliceType(Box<Expr>),
    /// `...T`
    DotsType(Box<Expr>),
    StructType(Vec<Field>),
    InterfaceType(Vec<Field>),
    FuncType(Box<FuncType>),
    MapType {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    ChanType {
        dir: ChanDir,
        elem: Box<Expr>,
    },
}

#[derive(Debug)]
pub struct FuncLit {
    pub ty: FuncType,
    pub body: Block,
}

/// Operators, in gc's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `!`
    Not,
    /// `<-`
    Recv,
    /// `~`
    Tilde,
    OrOr,
    AndAnd,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
    Add,
    Sub,
    Or,
    Xor,
    Mul,
    Div,
    Rem,
    /// `&`, also address-of
    And,
    AndNot,
    Shl,
    Shr,
}

impl Op {
    pub fn as_str(self) -> &'static str {
        use Op::*;
        match self {
            Not => "!",
            Recv => "<-",
            Tilde => "~",
            OrOr => "||",
            AndAnd => "&&",
            Eql => "==",
            Neq => "!=",
            Lss => "<",
            Leq => "<=",
            Gtr => ">",
            Geq => ">=",
            Add => "+",
            Sub => "-",
            Or => "|",
            Xor => "^",
            Mul => "*",
            Div => "/",
            Rem => "%",
            And => "&",
            AndNot => "&^",
            Shl => "<<",
            Shr => ">>",
        }
    }
    pub fn is_comparison(self) -> bool {
        use Op::*;
        matches!(self, Eql | Neq | Lss | Leq | Gtr | Geq)
    }
    pub fn is_shift(self) -> bool {
        matches!(self, Op::Shl | Op::Shr)
    }
}

#[derive(Debug)]
pub struct Block {
    /// Position of `{`.
    pub pos: Pos,
    pub stmts: Vec<Stmt>,
    pub rbrace: Pos,
}

#[derive(Debug)]
pub struct Stmt {
    pub pos: Pos,
    pub kind: StmtKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchTok {
    Break,
    Continue,
    Fallthrough,
    Goto,
}

#[derive(Debug)]
pub enum StmtKind {
    Empty,
    Labeled {
        label: Ident,
        stmt: Box<Stmt>,
    },
    Block(Block),
    Expr(Expr),
    Send {
        chan: Expr,
        value: Expr,
    },
    Decl(Vec<Decl>),
    /// `=`, or `op=` with `op`.
    Assign {
        op: Option<Op>,
        lhs: Expr,
        rhs: Expr,
    },
    /// `:=`; `lhs` may be a `List`.
    Define {
        lhs: Expr,
        rhs: Expr,
    },
    /// `x++`, `x--`
    IncDec {
        x: Expr,
        inc: bool,
    },
    Branch {
        tok: BranchTok,
        label: Option<Ident>,
    },
    Go(Expr),
    Defer(Expr),
    /// Several results are a `List`.
    Return(Option<Expr>),
    If(Box<IfStmt>),
    For(Box<ForStmt>),
    Switch(Box<SwitchStmt>),
    Select {
        clauses: Vec<CommClause>,
        rbrace: Pos,
    },
}

#[derive(Debug)]
pub struct IfStmt {
    pub init: Option<Stmt>,
    pub cond: Expr,
    pub then: Block,
    /// An `If` or a `Block`.
    pub els: Option<Stmt>,
}

#[derive(Debug)]
pub struct ForStmt {
    pub header: ForHeader,
    pub body: Block,
    /// Scope identity of this loop (also that of the other statements that open scopes).
    pub id: NodeId,
}

#[derive(Debug)]
pub enum ForHeader {
    Clause { init: Option<Stmt>, cond: Option<Expr>, post: Option<Stmt> },
    Range(RangeClause),
}

#[derive(Debug)]
pub struct RangeClause {
    /// Position of `range`.
    pub pos: Pos,
    /// `None`: `for range x`. A `List` for two variables.
    pub lhs: Option<Expr>,
    /// `:=` rather than `=`.
    pub def: bool,
    pub x: Expr,
}

#[derive(Debug)]
pub struct SwitchStmt {
    pub init: Option<Stmt>,
    /// A `TypeSwitchGuard` makes it a type switch.
    pub tag: Option<Expr>,
    pub body: Vec<CaseClause>,
    pub rbrace: Pos,
}

#[derive(Debug)]
pub struct CaseClause {
    /// Position of `case` or `default`.
    pub pos: Pos,
    /// `None` is `default`; several are a `List`.
    pub cases: Option<Expr>,
    pub body: Vec<Stmt>,
    pub colon: Pos,
    /// Identity under which the implicit variable of a type switch clause is recorded.
    pub id: NodeId,
}

#[derive(Debug)]
pub struct CommClause {
    pub pos: Pos,
    /// A send or a receive (expression, assignment or definition); `None` is `default`.
    pub comm: Option<Stmt>,
    pub body: Vec<Stmt>,
    pub colon: Pos,
}

impl Expr {
    /// The expression without parentheses.
    pub fn unparen(&self) -> &Expr {
        let mut e = self;
        while let ExprKind::Paren(x) = &e.kind {
            e = x;
        }
        e
    }
    /// The elements of a `List`, or the expression itself.
    pub fn list(&self) -> &[Expr] {
        match &self.kind {
            ExprKind::List(v) => v,
            _ => std::slice::from_ref(self),
        }
    }
}
