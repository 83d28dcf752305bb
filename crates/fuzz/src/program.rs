//! Programs: functions with statements of most kinds, called one after another; what they return and how they panic is
//! printed.

use crate::rng::Rng;
use crate::types::{self, Ty};

/// The state of generating one program.
pub struct Gen {
    pub r: Rng,
    pub structs: Vec<Vec<Ty>>,
    /// Parameter and result types of the functions that may be called.
    pub done: Vec<(Vec<Ty>, Ty)>,
    scopes: Vec<Vec<(String, Ty)>>,
    names: usize,
    out: String,
    /// Loops around, and statements left in this function.
    loops: u32,
    budget: i32,
}

const PRELUDE: &str = r#"package main

import "fmt"

//go:noinline
func id[T any](x T) T { return x }

func ptr[T any](x T) *T { return &x }

// fuel bounds the work: a call or iteration uses some, and without any the program stops making more.
var fuel = 20000

func burn() bool { fuel--; return fuel > 0 }

func try(name string, f func()) {
	fuel = 20000
	defer func() {
		if r := recover(); r != nil {
			fmt.Println(name, "panics:", r)
		}
	}()
	f()
}

type Shape interface {
	Area(n int) int
	Name() string
}
type Sq struct{ a int }
type Ci struct{ r, s int32 }

func (q Sq) Area(n int) int  { return q.a * n }
func (q Sq) Name() string    { return "sq" }
func (c *Ci) Area(n int) int { c.r++; return int(c.r)*n + int(c.s) }
func (c *Ci) Name() string   { return "ci" }

func shape(n int) Shape {
	switch n & 3 {
	case 0:
		return Sq{n}
	case 1:
		return &Ci{int32(n), 1}
	case 2:
		return &Sq{n + 1}
	}
	return nil
}

func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprint("int or int8 ", v)
	case string:
		return "string " + v
	case bool, float64:
		return fmt.Sprintf("%T", v)
	case fmt.Stringer:
		return v.String()
	}
	return "other"
}

"#;

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut g = Gen {
        r: Rng::new(seed),
        structs: Vec::new(),
        done: Vec::new(),
        scopes: Vec::new(),
        names: 0,
        out: PRELUDE.to_owned(),
        loops: 0,
        budget: 0,
    };
    for n in 0..2 + g.r.below(3) {
        let fields: Vec<Ty> = (0..1 + g.r.below(5)).map(|_| types::any(&mut g.r, 1, n)).collect();
        g.line(&format!("type S{n} struct {{"));
        for (i, f) in fields.iter().enumerate() {
            g.line(&format!("\tf{i} {}", f.name()));
        }
        g.line("}");
        g.structs.push(fields);
    }
    let n = 12 + g.r.below(12);
    for _ in 0..n {
        g.function();
    }
    g.line("func main() {");
    for f in 0..n {
        for _ in 0..2 {
            let (params, result) = g.done[f].clone();
            g.scopes.push(Vec::new());
            let args: Vec<String> = params.iter().map(|p| g.literal(p, 2)).collect();
            g.scopes.pop();
            let call = format!("f{f}({})", args.join(", "));
            if result.printable(&g.structs) {
                g.line(&format!("\ttry(\"f{f}\", func() {{ fmt.Printf(\"f{f}: %v\\n\", {call}) }})"));
            } else {
                g.line(&format!("\ttry(\"f{f}\", func() {{ {call} }})"));
            }
        }
    }
    g.line("}");
    g.out
}

impl Gen {
    fn line(&mut self, s: &str) {
        self.out.push_str(s);
        self.out.push('\n');
    }
    pub fn push_scope(&mut self) {
        self.scopes.push(Vec::new());
    }
    pub fn pop_scope(&mut self) {
        self.scopes.pop();
    }
    /// A new variable in the innermost scope.
    pub fn declare_name(&mut self, t: &Ty) -> String {
        self.names += 1;
        let n = format!("v{}", self.names);
        if let Some(s) = self.scopes.last_mut() {
            s.push((n.clone(), t.clone()));
        }
        n
    }
    /// A variable of type `t`, if there is one.
    pub fn variable(&mut self, t: &Ty) -> Option<String> {
        let all: Vec<&String> = self.scopes.iter().flatten().filter(|v| v.1 == *t).map(|v| &v.0).collect();
        if all.is_empty() {
            return None;
        }
        let i = self.r.below(all.len());
        Some(all[i].clone())
    }
    fn some_variable(&mut self) -> Option<(String, Ty)> {
        let all: Vec<&(String, Ty)> = self.scopes.iter().flatten().collect();
        if all.is_empty() {
            return None;
        }
        let i = self.r.below(all.len());
        Some(all[i].clone())
    }

    fn function(&mut self) {
        let structs = self.structs.len();
        let params: Vec<Ty> = (0..self.r.below(5)).map(|_| types::any(&mut self.r, 2, structs)).collect();
        let result = types::any(&mut self.r, 2, structs);
        self.push_scope();
        let list: Vec<String> = params.iter().map(|p| format!("{} {}", self.declare_name(p), p.name())).collect();
        let named = self.r.one_in(3);
        let n = self.done.len();
        if self.r.one_in(4) {
            self.line("//go:noinline");
        }
        let res = if named { format!("(res {})", result.name()) } else { result.name() };
        self.line(&format!("func f{n}({}) {res} {{", list.join(", ")));
        if named {
            if let Some(s) = self.scopes.last_mut() {
                s.push(("res".into(), result.clone()));
            }
            if self.r.one_in(2) {
                let v = self.expr(&result, 2);
                self.line(&format!("defer func() {{ if r := recover(); r != nil {{ fmt.Println(\"f{n} recovers:\", r); res = {v} }} }}()"));
            }
        }
        self.budget = 10 + self.r.below(20) as i32;
        self.block(3);
        let e = self.expr(&result, 3);
        self.line(&format!("\treturn {e}\n}}\n"));
        self.pop_scope();
        self.done.push((params, result));
    }
    fn block(&mut self, depth: u32) {
        self.push_scope();
        for _ in 0..1 + self.r.below(5) {
            if self.budget <= 0 {
                break;
            }
            self.budget -= 1;
            self.statement(depth);
        }
        self.pop_scope();
    }
    fn statement(&mut self, depth: u32) {
        let structs = self.structs.len();
        match self.r.below(if depth == 0 { 8 } else { 17 }) {
            0..=2 => {
                let t = types::any(&mut self.r, 2, structs);
                let e = self.expr(&t, 3);
                let v = self.declare_name(&t);
                self.line(&format!("var {v} {} = {e}\n_ = {v}", t.name()));
            }
            3 | 4 => self.assign(),
            5 => {
                let Some((v, t)) = self.some_variable() else { return };
                if t.printable(&self.structs) {
                    self.line(&format!("fmt.Println(\"{v}\", {v})"));
                }
            }
            6 => {
                let x = self.expr(&Ty::Any, 2);
                self.line(&format!("fmt.Println(kind({x}))"));
            }
            7 => {
                let n = self.expr(&Ty::Int("int"), 2);
                let v = self.declare_name(&Ty::Int("int"));
                self.line(&format!("{v} := shape({n}).Area({n})\n_ = {v}"));
            }
            8 | 9 => {
                let c = self.expr(&Ty::Bool, 3);
                self.line(&format!("if {c} {{"));
                self.block(depth - 1);
                if self.r.one_in(2) {
                    self.line("} else {");
                    self.block(depth - 1);
                }
                self.line("}");
            }
            10 | 11 => self.for_loop(depth),
            12 => {
                let t = if self.r.one_in(3) { Ty::Str } else { Ty::Int("uint8") };
                let x = self.expr(&t, 2);
                self.line(&format!("switch {x} {{"));
                let cases: &[&str] = if t == Ty::Str {
                    &["\"\"", "\"a\"", "\"héllo\""]
                } else {
                    &["0", "1, 2, 3", "4", "7", "127, 128", "200", "255"]
                };
                for c in cases {
                    self.line(&format!("case {c}:"));
                    self.block(depth - 1);
                    if self.r.one_in(6) && *c != cases[cases.len() - 1] {
                        self.line("fallthrough");
                    }
                }
                self.line("default:");
                self.block(depth - 1);
                self.line("}");
            }
            13 => {
                // A closure that changes what it captures, called as a statement.
                self.line("func() {");
                let loops = std::mem::take(&mut self.loops);
                if self.r.one_in(2) {
                    self.line("defer func() { if r := recover(); r != nil { fmt.Println(\"inner:\", r) } }()");
                }
                self.block(depth - 1);
                self.loops = loops;
                self.line("}()");
            }
            14 => {
                let (v, x) = (self.some_variable(), self.expr(&Ty::Int("int"), 1));
                if let Some((v, t)) = v.filter(|v| v.1.printable(&self.structs)) {
                    self.line(&format!("defer fmt.Println(\"deferred\", {v}, {x})"));
                    let _ = t;
                }
            }
            15 if self.loops > 0 => {
                let c = self.expr(&Ty::Bool, 2);
                let what = *self.r.pick(&["break", "continue"]);
                self.line(&format!("if {c} {{ {what} }}"));
            }
            _ => {
                let t = types::any(&mut self.r, 1, structs);
                let (x, y) = (self.expr(&t, 2), self.expr(&t, 2));
                let (a, b) = (self.declare_name(&t), self.declare_name(&t));
                self.line(&format!("{a}, {b} := {x}, {y}\n_, _ = {a}, {b}\n{a}, {b} = {b}, {a}"));
            }
        }
    }
    fn assign(&mut self) {
        let Some((v, t)) = self.some_variable() else { return };
        match &t {
            Ty::Slice(e) if self.r.one_in(2) => {
                let (i, x) = (self.r.below(4), self.expr(e, 2));
                self.line(&format!("{v}[{i}] = {x}"));
            }
            Ty::Array(n, e) if self.r.one_in(2) => {
                let (i, x) = (self.r.below(*n as usize), self.expr(e, 2));
                self.line(&format!("{v}[{i}] = {x}"));
            }
            Ty::Map(k, e) if self.r.one_in(2) => {
                let (k, x) = (self.expr(k, 1), self.expr(e, 2));
                self.line(&format!("{v}[{k}] = {x}"));
            }
            Ty::Ptr(e) if self.r.one_in(2) => {
                let x = self.expr(e, 2);
                self.line(&format!("*{v} = {x}"));
            }
            Ty::Struct(n) if self.r.one_in(2) => {
                let f = self.r.below(self.structs[*n].len());
                let ft = self.structs[*n][f].clone();
                let x = self.expr(&ft, 2);
                self.line(&format!("{v}.f{f} = {x}"));
            }
            Ty::Int(_) if self.r.one_in(2) => {
                let op = *self.r.pick(&["+=", "-=", "*=", "|=", "^=", "&=", "&^="]);
                let x = self.expr(&t, 2);
                self.line(&format!("{v} {op} {x}"));
            }
            _ => {
                let x = self.expr(&t, 3);
                self.line(&format!("{v} = {x}"));
            }
        }
    }
    fn for_loop(&mut self, depth: u32) {
        self.push_scope();
        self.loops += 1;
        match self.r.below(4) {
            0 => {
                let v = self.declare_name(&Ty::Int("int"));
                let n = 1 + self.r.below(6);
                self.line(&format!("for {v} := 0; {v} < {n} && burn(); {v}++ {{"));
            }
            1 => {
                let n = self.structs.len();
                let e = types::any(&mut self.r, 1, n);
                let s = self.expr(&Ty::Slice(Box::new(e.clone())), 2);
                let i = self.declare_name(&Ty::Int("int"));
                let v = self.declare_name(&e);
                self.line(&format!("for {i}, {v} := range {s} {{\n_, _ = {i}, {v}\nif !burn() {{ break }}"));
            }
            2 => {
                let s = self.expr(&Ty::Str, 2);
                let i = self.declare_name(&Ty::Int("int"));
                let v = self.declare_name(&Ty::Int("int32"));
                self.line(&format!("for {i}, {v} := range {s} {{\n_, _ = {i}, {v}\nif !burn() {{ break }}"));
            }
            _ => {
                let n = self.r.below(7);
                let v = self.declare_name(&Ty::Int("int"));
                self.line(&format!("for {v} := range {n} {{\n_ = {v}\nif !burn() {{ break }}"));
            }
        }
        self.block(depth - 1);
        self.line("}");
        self.loops -= 1;
        self.pop_scope();
    }
}
