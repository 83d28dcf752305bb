//! Calls of built-in functions (`builtins.go`).

use super::call::Call;
use super::decl::first_in_src;
use super::operand::{INVALID_ARG, INVALID_OP};
use super::range::array_ptr_deref;
use super::{Checker, Operand};
use crate::codes::Code;
use crate::constant::{self, Kind, Op, Value};
use crate::info::{Mode, SelectionKind};
use crate::lookup::{deref_struct_ptr, lookup_field_or_method};
use crate::object::{BuiltinId, Obj};
use crate::predicates::*;
use crate::sizes::{align_of, offsets_of, size_of};
use crate::types::{BasicKind, ChanDir, SigData, Term, Ty, TyKind, byte, typ};
use crate::under::{TypeError, common_under, typeset, under_is};
use crate::universe::{builtin_info, empty_interface_ty};
use crate::version::go1;
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_syntax::expr_string;
use std::sync::atomic::Ordering;

/// Whether a result stands: `None` after an error that was reported.
type Done = Option<()>;

impl Checker {
    /// Checks a call of a built-in; the result goes to `x`, whose expression the caller sets.
    pub(crate) fn builtin(&mut self, x: &mut Operand, call: Call, id: BuiltinId) -> bool {
        use BuiltinId as B;
        let info = builtin_info(id);
        if call.has_dots && id != B::Append {
            self.error(
                call.expr,
                Code::InvalidDotDotDot,
                format!("{INVALID_OP}invalid use of ... with built-in {}", info.name),
            );
            self.use_exprs(call.args);
            return false;
        }
        // len and cap of an array are constant unless calls or receives occur in the argument.
        let outer = self.env.has_call_or_recv;
        let lencap = matches!(id, B::Len | B::Cap);
        if lencap {
            self.env.has_call_or_recv = false;
        }
        let ok = self.builtin_args(x, call, id).is_some();
        if lencap {
            self.env.has_call_or_recv = outer;
        }
        ok
    }

    fn builtin_args(&mut self, x: &mut Operand, call: Call, id: BuiltinId) -> Done {
        use BuiltinId as B;
        let info = builtin_info(id);
        let mut args: Vec<Operand> = Vec::new();
        let nargs;
        if matches!(id, B::Make | B::New | B::Offsetof | B::Trace) {
            nargs = call.args.len(); // these look at their arguments themselves
        } else {
            args = self.expr_list(call.args);
            nargs = args.len();
            if args.iter().any(|a| !a.is_valid()) {
                return None;
            }
            if let Some(a) = args.first() {
                *x = a.clone();
            }
        }
        let count = if nargs < info.nargs {
            "not enough"
        } else if !info.variadic && nargs > info.nargs {
            "too many"
        } else {
            ""
        };
        if !count.is_empty() {
            let msg = format!(
                "{INVALID_OP}{count} arguments for {} (expected {}, found {nargs})",
                expr_string(call.expr),
                info.nargs
            );
            self.error(call.expr, Code::WrongArgCount, msg);
            return None;
        }
        match id {
            B::Append => self.builtin_append(x, call, &mut args),
            B::Cap | B::Len => self.builtin_len(x, call, id),
            B::Clear => self.builtin_clear(x, call),
            B::Close => self.builtin_close(x, call),
            B::Complex => self.builtin_complex(x, call, &mut args[1]),
            B::Copy => self.builtin_copy(x, call, &args[1]),
            B::Delete => self.builtin_delete(x, call, &args[1]),
            B::Imag | B::Real => self.builtin_part(x, call, id),
            B::Make => self.builtin_make(x, call),
            B::Max | B::Min => self.builtin_minmax(x, call, id, &mut args),
            B::New => self.builtin_new(x, call),
            B::Panic => self.builtin_panic(x, call),
            B::Print | B::Println => {
                let mut params = Vec::new();
                for a in &mut args {
                    self.assignment(a, None, &format!("argument to built-in {}", info.name));
                    if !a.is_valid() {
                        return None;
                    }
                    params.push(a.typ);
                    self.printed.extend(self.gc_all.then_some((a.typ, call.expr.pos, info.name)));
                }
                x.mode = Mode::NoValue;
                self.record_builtin(call, None, &params);
                Some(())
            }
            B::Recover => {
                x.mode = Mode::Value;
                x.typ = empty_interface_ty();
                self.record_builtin(call, Some(x.typ), &[]);
                Some(())
            }
            B::Add => {
                self.verify_version(call.fun, go1(17), "unsafe.Add");
                let ptr = typ(BasicKind::UnsafePointer);
                self.assign_arg(x, ptr, "argument to unsafe.Add")?;
                let y = &mut args[1];
                if !self.is_valid_index(y, Code::InvalidUnsafeAdd, "length", true) {
                    return None;
                }
                self.set_value(x, call, ptr, &[ptr, y.typ])
            }
            B::Alignof => {
                self.assignment(x, None, "argument to unsafe.Alignof");
                if !x.is_valid() {
                    return None;
                }
                let align = if self.has_var_size(x.typ) { None } else { Some(align_of(x.typ)) };
                self.set_size(x, call, align)
            }
            B::Offsetof => self.builtin_offsetof(x, call),
            B::Sizeof => {
                self.assignment(x, None, "argument to unsafe.Sizeof");
                if !x.is_valid() {
                    return None;
                }
                let mut size = None;
                if !self.has_var_size(x.typ) {
                    let n = size_of(x.typ);
                    if n < 0 {
                        let msg = format!("{} is too large", self.os(x));
                        self.error(&*x, Code::TypeTooLarge, msg);
                        return None;
                    }
                    size = Some(n);
                }
                self.set_size(x, call, size)
            }
            B::Slice => {
                self.verify_version(call.fun, go1(17), "unsafe.Slice");
                let ptr = common_under(x.typ, None).ok();
                let Some(base) = ptr.and_then(Ty::as_pointer) else {
                    let msg = format!("{INVALID_ARG}{} is not a pointer", self.os(x));
                    self.error(&*x, Code::InvalidUnsafeSlice, msg);
                    return None;
                };
                let y = &mut args[1];
                if !self.is_valid_index(y, Code::InvalidUnsafeSlice, "length", false) {
                    return None;
                }
                self.set_value(x, call, Ty::slice(base), &[ptr?, y.typ])
            }
            B::SliceData => {
                self.verify_version(call.fun, go1(20), "unsafe.SliceData");
                let slice = common_under(x.typ, None).ok();
                let Some(elem) = slice.and_then(Ty::as_slice) else {
                    let msg = format!("{INVALID_ARG}{} is not a slice", self.os(x));
                    self.error(&*x, Code::InvalidUnsafeSliceData, msg);
                    return None;
                };
                self.set_value(x, call, Ty::pointer(elem), &[slice?])
            }
            B::String => {
                self.verify_version(call.fun, go1(20), "unsafe.String");
                let ptr = Ty::pointer(byte());
                self.assign_arg(x, ptr, "argument to unsafe.String")?;
                let y = &mut args[1];
                if !self.is_valid_index(y, Code::InvalidUnsafeString, "length", false) {
                    return None;
                }
                self.set_value(x, call, typ(BasicKind::String), &[ptr, y.typ])
            }
            B::StringData => {
                self.verify_version(call.fun, go1(20), "unsafe.StringData");
                let s = typ(BasicKind::String);
                self.assign_arg(x, s, "argument to unsafe.StringData")?;
                self.set_value(x, call, Ty::pointer(byte()), &[s])
            }
            B::Assert => self.builtin_assert(x, call),
            B::Trace => {
                let mut first = true;
                for a in call.args {
                    let mut t = Operand::default();
                    self.raw_expr(None, &mut t, a, None, false);
                    if std::mem::take(&mut first) {
                        *x = t;
                    }
                }
                if call.args.is_empty() {
                    x.mode = Mode::NoValue;
                }
                x.is_valid().then_some(())
            }
        }
    }

    fn assign_arg(&mut self, x: &mut Operand, t: Ty, context: &str) -> Done {
        self.assignment(x, Some(t), context);
        x.is_valid().then_some(())
    }

    fn record_builtin(&mut self, call: Call, res: Option<Ty>, args: &[Ty]) {
        self.record_builtin_type(call.fun, make_sig(res, args));
    }

    /// Makes `x` a value of type `t`, and records the signature.
    fn set_value(&mut self, x: &mut Operand, call: Call, t: Ty, args: &[Ty]) -> Done {
        x.mode = Mode::Value;
        x.typ = t;
        self.record_builtin(call, Some(t), args);
        Some(())
    }

    /// Makes `x` the uintptr `n`, or a value if that is not known now.
    fn set_size(&mut self, x: &mut Operand, call: Call, n: Option<i64>) -> Done {
        let t = typ(BasicKind::Uintptr);
        match n {
            Some(n) => {
                x.mode = Mode::Constant;
                x.val = constant::make_int64(n);
                x.typ = t;
                Some(())
            }
            None => {
                let arg = x.typ;
                self.set_value(x, call, t, &[arg])
            }
        }
    }

    /// The element type of a slice operand (or type set of slices), or why there is none.
    fn slice_elem(&mut self, x: &Operand) -> Result<Ty, String> {
        let mut elem: Option<Ty> = None;
        for (_, u) in typeset(x.typ) {
            let Some(e) = u.and_then(Ty::as_slice) else {
                if x.is_nil() {
                    return Err("argument must be a slice; have untyped nil".into());
                }
                return Err(format!("argument must be a slice; have {}", self.os(x)));
            };
            match elem {
                None => elem = Some(e),
                Some(first) if !identical(first, e) => {
                    return Err(format!(
                        "mismatched slice element types {} and {} in {}",
                        self.ts(first),
                        self.ts(e),
                        self.os(x)
                    ));
                }
                _ => {}
            }
        }
        elem.ok_or_else(String::new)
    }

    /// Whether the type set of `t` holds strings and byte slices only; the first says whether there is a string.
    fn bytes_or_string(t: Ty) -> Option<bool> {
        let mut has_string = false;
        for (_, u) in typeset(t) {
            let u = u?;
            if u.as_slice().is_some_and(|e| identical(e, byte())) {
            } else if is_string(u) {
                has_string = true;
            } else {
                return None;
            }
        }
        Some(has_string)
    }

    fn builtin_append(&mut self, x: &mut Operand, call: Call, args: &mut [Operand]) -> Done {
        let elem = match self.slice_elem(x) {
            Ok(e) => e,
            Err(cause) => {
                self.error(&*x, Code::InvalidAppend, format!("invalid append: {cause}"));
                return None;
            }
        };
        // append(bytes, string...)
        if args.len() == 2
            && call.has_dots
            && Self::bytes_or_string(args[1].typ) == Some(true)
            && self.assignable_to(x, Ty::slice(byte()), None).is_ok()
        {
            // An untyped string becomes one here (upstream leaves it untyped): code generation has no use for it.
            self.convert_string(&mut args[1]);
            let sig = variadic_sig(x.typ, args[1].typ);
            self.record_builtin_type(call.fun, sig);
            x.mode = Mode::Value;
            return Some(());
        }
        let sig = variadic_sig(x.typ, Ty::slice(elem));
        self.arguments(call, sig, Vec::new(), &[], args, &[]);
        self.record_builtin_type(call.fun, sig);
        x.mode = Mode::Value;
        Some(())
    }

    fn convert_string(&mut self, y: &mut Operand) {
        if is_untyped(y.typ) {
            self.convert_untyped(y, typ(BasicKind::String));
        }
    }

    fn builtin_len(&mut self, x: &mut Operand, call: Call, id: BuiltinId) -> Done {
        let is_len = id == BuiltinId::Len;
        let mut mode = Mode::Invalid;
        let mut val = Value::Unknown;
        let u = array_ptr_deref(x.typ.under());
        match u.kind() {
            TyKind::Basic(_) if is_string(u) && is_len => {
                if x.mode == Mode::Constant {
                    mode = Mode::Constant;
                    val = constant::make_int64(x.val.string_len() as i64);
                } else {
                    mode = Mode::Value;
                }
            }
            TyKind::Array(a) => {
                mode = Mode::Value;
                if !self.env.has_call_or_recv {
                    mode = Mode::Constant;
                    if a.len >= 0 {
                        val = constant::make_int64(a.len);
                    }
                }
            }
            TyKind::Slice(_) | TyKind::Chan(_) => mode = Mode::Value,
            TyKind::Map(_) if is_len => mode = Mode::Value,
            TyKind::Interface(_) if is_type_param(x.typ) => {
                let ok = under_is(x.typ, &mut |u| {
                    let Some(u) = u.map(array_ptr_deref) else { return false };
                    match u.kind() {
                        TyKind::Basic(_) => is_string(u) && is_len,
                        TyKind::Array(_) | TyKind::Slice(_) | TyKind::Chan(_) => true,
                        TyKind::Map(_) => is_len,
                        _ => false,
                    }
                });
                if ok {
                    mode = Mode::Value;
                }
            }
            _ => {}
        }
        if mode == Mode::Invalid {
            if x.typ.under().is_valid() {
                let code = if is_len { Code::InvalidLen } else { Code::InvalidCap };
                let msg = format!("{INVALID_ARG}{} for built-in {}", self.os(x), builtin_info(id).name);
                self.error(&*x, code, msg);
            }
            return None;
        }
        let int = typ(BasicKind::Int);
        if mode != Mode::Constant {
            self.record_builtin(call, Some(int), &[x.typ]);
        }
        x.mode = mode;
        x.typ = int;
        x.val = val;
        Some(())
    }

    fn builtin_clear(&mut self, x: &mut Operand, call: Call) -> Done {
        self.verify_version(call.fun, go1(21), "clear");
        let ok = under_is(x.typ, &mut |u| {
            if u.is_some_and(|u| matches!(u.kind(), TyKind::Map(_) | TyKind::Slice(_))) {
                return true;
            }
            let msg =
                format!("{INVALID_ARG}cannot clear {}: argument must be (or constrained by) map or slice", self.os(x));
            self.error(&*x, Code::InvalidClear, msg);
            false
        });
        if !ok {
            return None;
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, None, &[x.typ]);
        Some(())
    }

    fn builtin_close(&mut self, x: &mut Operand, call: Call) -> Done {
        let ok = under_is(x.typ, &mut |u| {
            let what = match u.and_then(Ty::as_chan) {
                None => "non-channel",
                Some((ChanDir::Recv, _)) => "receive-only channel",
                Some(_) => return true,
            };
            let msg = format!("{INVALID_OP}cannot close {what} {}", self.os(x));
            self.error(&*x, Code::InvalidClose, msg);
            false
        });
        if !ok {
            return None;
        }
        x.mode = Mode::NoValue;
        self.record_builtin(call, None, &[x.typ]);
        Some(())
    }

    fn builtin_complex(&mut self, x: &mut Operand, call: Call, y: &mut Operand) -> Done {
        match (is_untyped(x.typ), is_untyped(y.typ)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.typ),
            (false, true) => self.convert_untyped(y, x.typ),
            (true, true) if x.mode == Mode::Constant && y.mode == Mode::Constant => {
                for a in [&mut *x, &mut *y] {
                    if is_numeric(a.typ) && a.val.imag().sign() == 0 {
                        a.typ = typ(BasicKind::UntypedFloat);
                    }
                }
            }
            // A shift still without type: it fails, since floats cannot be shifted.
            (true, true) => {
                self.convert_untyped(x, typ(BasicKind::Float64));
                self.convert_untyped(y, typ(BasicKind::Float64));
            }
        }
        if !x.is_valid() || !y.is_valid() {
            return None;
        }
        if !identical(x.typ, y.typ) {
            let msg = format!(
                "{INVALID_OP}{} (mismatched types {} and {})",
                expr_string(call.expr),
                self.ts(x.typ),
                self.ts(y.typ)
            );
            self.error(&*x, Code::InvalidComplex, msg);
            return None;
        }
        let f = |t: Ty| {
            Some(typ(match t.under().as_basic()?.kind {
                BasicKind::Float32 => BasicKind::Complex64,
                BasicKind::Float64 => BasicKind::Complex128,
                BasicKind::UntypedFloat => BasicKind::UntypedComplex,
                _ => return None,
            }))
        };
        let Some(res) = self.apply_type_func(&f, x, BuiltinId::Complex) else {
            let msg = format!("{INVALID_ARG}arguments have type {}, expected floating-point", self.ts(x.typ));
            self.error(&*x, Code::InvalidComplex, msg);
            return None;
        };
        if x.mode == Mode::Constant && y.mode == Mode::Constant {
            x.val = constant::binary_op(&x.val.to_float(), Op::Add, &constant::make_imag(y.val.to_float()));
        } else {
            x.mode = Mode::Value;
            self.record_builtin(call, Some(res), &[x.typ, x.typ]);
        }
        x.typ = res;
        Some(())
    }

    fn builtin_copy(&mut self, x: &mut Operand, call: Call, y: &Operand) -> Done {
        let dst = match self.slice_elem(x) {
            Ok(e) => e,
            Err(cause) => {
                self.error(&*x, Code::InvalidCopy, format!("invalid copy: {cause}"));
                return None;
            }
        };
        let mut y = y.clone();
        let y = &mut y;
        let special = self.assignable_to(x, Ty::slice(byte()), None).is_ok() && Self::bytes_or_string(y.typ).is_some();
        if !special {
            let src = match self.slice_elem(y) {
                Ok(e) => e,
                Err(_) if all_string(y.typ) => byte(), // for a better message
                Err(cause) => {
                    self.error(&*y, Code::InvalidCopy, format!("invalid copy: {cause}"));
                    return None;
                }
            };
            if !identical(dst, src) {
                let msg = format!(
                    "invalid copy: arguments {} and {} have different element types {} and {}",
                    self.os(x),
                    self.os(y),
                    self.ts(dst),
                    self.ts(src)
                );
                self.error(&*x, Code::InvalidCopy, msg);
                return None;
            }
        }
        self.convert_string(y);
        let arg = x.typ;
        self.set_value(x, call, typ(BasicKind::Int), &[arg, y.typ])
    }

    fn builtin_delete(&mut self, x: &mut Operand, call: Call, y: &Operand) -> Done {
        let map = x.typ;
        let mut key: Option<Ty> = None;
        let ok = under_is(map, &mut |u| {
            let Some((k, _)) = u.and_then(Ty::as_map) else {
                let msg = format!("{INVALID_ARG}{} is not a map", self.os(x));
                self.error(&*x, Code::InvalidDelete, msg);
                return false;
            };
            if key.is_some_and(|key| !identical(k, key)) {
                let msg = format!("{INVALID_ARG}maps of {} must have identical key types", self.os(x));
                self.error(&*x, Code::InvalidDelete, msg);
                return false;
            }
            key = Some(k);
            true
        });
        let key = key.filter(|_| ok)?;
        *x = y.clone();
        self.assign_arg(x, key, "argument to delete")?;
        x.mode = Mode::NoValue;
        self.record_builtin(call, None, &[map, key]);
        Some(())
    }

    fn builtin_part(&mut self, x: &mut Operand, call: Call, id: BuiltinId) -> Done {
        let real = id == BuiltinId::Real;
        if is_untyped(x.typ) {
            if x.mode == Mode::Constant {
                if is_numeric(x.typ) {
                    x.typ = typ(BasicKind::UntypedComplex);
                }
            } else {
                self.convert_untyped(x, typ(BasicKind::Complex128));
                if !x.is_valid() {
                    return None;
                }
            }
        }
        let f = |t: Ty| {
            Some(typ(match t.under().as_basic()?.kind {
                BasicKind::Complex64 => BasicKind::Float32,
                BasicKind::Complex128 => BasicKind::Float64,
                BasicKind::UntypedComplex => BasicKind::UntypedFloat,
                _ => return None,
            }))
        };
        let Some(res) = self.apply_type_func(&f, x, id) else {
            let code = if real { Code::InvalidReal } else { Code::InvalidImag };
            let msg = format!("{INVALID_ARG}argument has type {}, expected complex type", self.ts(x.typ));
            self.error(&*x, code, msg);
            return None;
        };
        if x.mode == Mode::Constant {
            x.val = if real { x.val.real() } else { x.val.imag() };
        } else {
            x.mode = Mode::Value;
            self.record_builtin(call, Some(res), &[x.typ]);
        }
        x.typ = res;
        Some(())
    }

    fn builtin_make(&mut self, x: &mut Operand, call: Call) -> Done {
        let arg0 = &call.args[0];
        let t = self.var_type(arg0);
        if !t.is_valid() {
            return None;
        }
        let r = common_under(
            t,
            Some(&mut |_, u| match u.map(Ty::kind) {
                Some(TyKind::Slice(_) | TyKind::Map(_) | TyKind::Chan(_)) => Ok(()),
                None => Err(TypeError::msg("no specific type")),
                Some(_) => Err(TypeError::msg("type must be slice, map, or channel")),
            }),
        );
        let u = match r {
            Ok(u) => u,
            Err(err) => {
                let msg = format!("{INVALID_ARG}cannot make {}: {}", expr_string(arg0), self.type_error(&err));
                self.error(arg0, Code::InvalidMake, msg);
                return None;
            }
        };
        let min = if u.as_slice().is_some() { 2 } else { 1 };
        let n = call.args.len();
        if n < min || min + 1 < n {
            let msg =
                format!("{INVALID_OP}{} expects {min} or {} arguments; found {n}", expr_string(call.expr), min + 1);
            self.error(call.expr, Code::WrongArgCount, msg);
            return None;
        }
        let mut types = vec![t];
        let mut sizes = Vec::new();
        for arg in &call.args[1..] {
            let (ty, size) = self.index(arg, -1);
            types.push(ty);
            if size >= 0 {
                sizes.push(size);
            }
        }
        if sizes.len() == 2 && sizes[0] > sizes[1] {
            self.error(&call.args[1], Code::SwappedMakeArgs, format!("{INVALID_ARG}length and capacity swapped"));
        }
        self.set_value(x, call, t, &types)
    }

    fn builtin_minmax(&mut self, x: &mut Operand, call: Call, id: BuiltinId, args: &mut [Operand]) -> Done {
        let name = builtin_info(id).name;
        self.verify_version(call.fun, go1(21), format!("built-in {name}"));
        let op = if id == BuiltinId::Max { Op::Gtr } else { Op::Lss };
        for (i, a) in args.iter_mut().enumerate() {
            if !all_ordered(a.typ) {
                let msg = format!("{INVALID_ARG}{} cannot be ordered", self.os(a));
                self.error(&*a, Code::InvalidMinMaxOperand, msg);
                return None;
            }
            if i == 0 {
                continue;
            }
            self.match_types(x, a);
            if !x.is_valid() {
                return None;
            }
            if !identical(x.typ, a.typ) {
                let msg = format!(
                    "{INVALID_ARG}mismatched types {} (previous argument) and {} (type of {})",
                    self.ts(x.typ),
                    self.ts(a.typ),
                    a.expr_str()
                );
                self.error(&*a, Code::MismatchedTypes, msg);
                return None;
            }
            if x.mode == Mode::Constant && a.mode == Mode::Constant {
                if constant::compare(&a.val, op, &x.val) {
                    *x = a.clone();
                }
            } else {
                x.mode = Mode::Value;
            }
        }
        if x.mode != Mode::Constant {
            x.mode = Mode::Value;
            // A value must not stay untyped.
            self.assign_arg(x, empty_interface_ty(), &format!("argument to built-in {name}"))?;
        }
        for a in args.iter() {
            self.update_expr_type(a.expr, x.typ, true);
        }
        if x.mode != Mode::Constant {
            let types = vec![x.typ; args.len()];
            self.record_builtin(call, Some(x.typ), &types);
        }
        Some(())
    }

    fn builtin_new(&mut self, x: &mut Operand, call: Call) -> Done {
        let arg = &call.args[0];
        self.expr_or_type(x, arg, false);
        self.exclude_new(x);
        match x.mode {
            Mode::Invalid => return None,
            Mode::TypExpr => self.valid_var_type(arg, x.typ),
            _ => {
                if is_untyped(x.typ) {
                    self.assignment(x, None, "argument to new");
                    if !x.is_valid() {
                        return None;
                    }
                }
                self.verify_version(call.fun, go1(26), format!("new({})", expr_string(arg)));
            }
        }
        let t = x.typ;
        self.set_value(x, call, Ty::pointer(t), &[t])
    }

    fn builtin_panic(&mut self, x: &mut Operand, call: Call) -> Done {
        // Remember the call where it matters for "missing return".
        if self.env.sig.is_some_and(|s| !s.sig().results().is_empty()) {
            self.env.is_panic.insert(call.expr.id);
        }
        let any = empty_interface_ty();
        self.assign_arg(x, any, "argument to panic")?;
        x.mode = Mode::NoValue;
        self.record_builtin(call, None, &[any]);
        Some(())
    }

    fn builtin_offsetof(&mut self, x: &mut Operand, call: Call) -> Done {
        let arg0 = &call.args[0];
        let selx: &'static Expr = arg0.unparen();
        let ExprKind::Selector { x: inner, sel } = &selx.kind else {
            let msg = format!("{INVALID_ARG}{} is not a selector expression", expr_string(arg0));
            self.error(arg0, Code::BadOffsetofSyntax, msg);
            self.use_expr(arg0);
            return None;
        };
        self.expr(None, x, inner);
        if !x.is_valid() {
            return None;
        }
        let base = deref_struct_ptr(x.typ);
        let found = lookup_field_or_method(base, false, Some(self.pkg), sel.name, false);
        let Some(obj) = found.obj else {
            let msg = format!("{INVALID_ARG}{} has no single field {}", self.ts(base), sel.name);
            self.error(&*x, Code::MissingFieldOrMethod, msg);
            return None;
        };
        if obj.as_func().is_some() {
            self.error(arg0, Code::InvalidOffsetof, format!("{INVALID_ARG}{} is a method value", expr_string(arg0)));
            return None;
        }
        if found.indirect {
            let msg = format!("{INVALID_ARG}field {} is embedded via a pointer in {}", sel.name, self.ts(base));
            self.error(&*x, Code::InvalidOffsetof, msg);
            return None;
        }
        let index = found.index.unwrap_or_default();
        self.record_selection(selx, *sel, SelectionKind::FieldVal, base, obj, index.clone(), false);
        let mode = if x.mode == Mode::Variable { Mode::Variable } else { Mode::Value };
        self.record(&Operand { mode, expr: Some(selx), typ: obj.ty(), ..Operand::default() });
        let t = typ(BasicKind::Uintptr);
        if self.has_var_size(base) {
            return self.set_value(x, call, t, &[obj.ty()]);
        }
        let off = offset_of(base, &index);
        if off < 0 {
            let msg = format!("{} is too large", self.os(x));
            self.error(&*x, Code::TypeTooLarge, msg);
            return None;
        }
        x.mode = Mode::Constant;
        x.val = constant::make_int64(off);
        x.typ = t;
        Some(())
    }

    fn builtin_assert(&mut self, x: &mut Operand, call: Call) -> Done {
        if x.mode != Mode::Constant || !is_boolean(x.typ) {
            let msg = format!("{INVALID_ARG}{} is not a boolean constant", self.os(x));
            self.error(&*x, Code::Test, msg);
            return None;
        }
        if x.val.kind() != Kind::Bool {
            let msg = format!("internal error: value of {} should be a boolean constant", self.os(x));
            self.error(&*x, Code::Test, msg);
            return None;
        }
        if !x.val.bool_val() {
            self.error(call.expr, Code::Test, format!("{} failed", expr_string(call.expr)));
        }
        Some(())
    }

    /// Whether the size of a type depends on type parameters, or is infinite because of a cycle not yet reported.
    pub(crate) fn has_var_size(&mut self, t: Ty) -> bool {
        match t.unalias().kind() {
            TyKind::Named(n) => {
                if let Some(v) = match n.var_size.load(Ordering::Relaxed) {
                    0 => None,
                    v => Some(v == 2),
                } {
                    return v;
                }
                // An instance has an object of its own, at the place of instantiation.
                let obj = n.own_obj;
                if let Some(i) = self.obj_path_idx.get(&obj) {
                    let cycle = self.obj_path[*i..].to_vec();
                    let start = first_in_src(&cycle);
                    self.cycle_error(&cycle, start);
                    return true;
                }
                self.push(obj);
                let mut v = n.rhs().is_some_and(|r| self.has_var_size(r));
                self.pop();
                // Portable SIMD types have sizes of their own.
                if obj.name() == "_simd" && obj.pkg().is_some_and(|p| p.path() == "simd") {
                    v = true;
                }
                n.var_size.store(if v { 2 } else { 1 }, Ordering::Relaxed);
                v
            }
            TyKind::Array(a) => self.has_var_size(a.elem),
            TyKind::Struct(s) => s.fields.iter().any(|f| self.has_var_size(f.ty())),
            TyKind::TypeParam(_) => true,
            _ => false,
        }
    }

    /// `f` of the type of `x`, or for a type parameter one whose constraint has `f` of each term.
    fn apply_type_func(&mut self, f: &dyn Fn(Ty) -> Option<Ty>, x: &Operand, id: BuiltinId) -> Option<Ty> {
        let Some(tp) = x.typ.as_type_param() else { return f(x.typ) };
        let mut terms = Vec::new();
        let ok = tp.is(&mut |t| {
            let Some(t) = t else { return false };
            let Some(r) = f(t.ty) else { return false };
            terms.push(Term { tilde: t.tilde, ty: r });
            true
        });
        if !ok {
            return None;
        }
        let code = match id {
            BuiltinId::Real => Code::InvalidReal,
            BuiltinId::Imag => Code::InvalidImag,
            _ => Code::InvalidComplex,
        };
        let msg = format!(
            "{} not supported as argument to built-in {} for go1.18 (see go.dev/issue/50937)",
            self.os(x),
            builtin_info(id).name
        );
        self.soft_error(x, code, msg);
        let obj = Obj::new_type_name(Pos::NONE, Some(self.pkg), tp.obj.name(), None);
        let bound = Ty::new_interface();
        if let Some(i) = bound.as_interface() {
            i.set(crate::types::IfaceData {
                embeddeds: crate::late::leak_vec(vec![Ty::union(terms)]),
                ..Default::default()
            });
        }
        let t = Ty::new_type_param(obj, Some(bound));
        if let Some(p) = t.as_type_param() {
            p.set_index(tp.index().max(0) as usize);
        }
        Some(t)
    }
}

/// Offset of the field at `path` in a struct type (no pointers on the path); below 0 if too large.
fn offset_of(t: Ty, path: &[usize]) -> i64 {
    let mut t = t;
    let mut off = 0i64;
    for i in path {
        let Some(s) = t.under().as_struct() else { return -1 };
        let o = offsets_of(s.fields).get(*i).copied().unwrap_or(-1);
        if o < 0 {
            return -1;
        }
        let Some(sum) = off.checked_add(o) else { return -1 };
        off = sum;
        t = s.fields[*i].ty();
    }
    off
}

/// A signature for these argument types (default types for untyped ones) and result.
pub(crate) fn make_sig(res: Option<Ty>, args: &[Ty]) -> Ty {
    let none = Name::new("");
    let params = args.iter().map(|t| Obj::new_param(Pos::NONE, None, none, default_type(*t))).collect();
    let results =
        res.iter().map(|t| Obj::new_var(crate::object::VarKind::Result, Pos::NONE, None, none, Some(*t))).collect();
    Ty::sig_of(SigData {
        params: crate::late::leak_vec(params),
        results: crate::late::leak_vec(results),
        ..SigData::default()
    })
}

fn variadic_sig(s: Ty, last: Ty) -> Ty {
    let sig = make_sig(Some(s), &[s, last]);
    sig.sig().update(|d| d.variadic = true);
    sig
}
