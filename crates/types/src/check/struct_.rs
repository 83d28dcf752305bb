//! Struct types (`struct.go`).

use super::Checker;
use crate::codes::Code;
use crate::errorf;
use crate::errors::ErrorDesc;
use crate::lookup::deref;
use crate::object::{Obj, obj_id};
use crate::predicates::is_type_param;
use crate::types::{BasicKind, Ty, TyKind, invalid};
use goxide_base::{FxHashMap, Name, Pos};
use goxide_syntax::ast::{BasicLit, Expr, ExprKind, Field, LitKind, NodeId};
use goxide_syntax::start_pos;

type FieldSet = FxHashMap<(Option<Name>, Name), Obj>;

impl Checker {
    pub(crate) fn struct_type(&mut self, list: &'static [Field]) -> Ty {
        let mut fields: Vec<Obj> = Vec::new();
        let mut tags: Vec<Name> = Vec::new();
        let mut set = FieldSet::default();
        for f in list {
            let t = self.var_type(&f.ty);
            let tag = self.tag(f.tag.as_ref());
            for n in &f.names {
                self.add_field(&mut fields, &mut tags, &mut set, (n.pos, n.name, Some(n.id)), t, tag, false);
            }
            if !f.names.is_empty() {
                continue;
            }
            let pos = start_pos(&f.ty);
            let Some((npos, name, _)) = embedded_field_ident(&f.ty) else {
                errorf!(self, pos, InvalidSyntaxTree, "invalid embedded field type {}", &f.ty);
                let blank = (pos, Name::new("_"), None);
                self.add_field(&mut fields, &mut tags, &mut set, blank, invalid(), Name::new(""), true);
                continue;
            };
            self.add_field(&mut fields, &mut tags, &mut set, (npos, name, Some(f.id)), t, tag, true);
            // Needs the underlying type, which may not be known yet.
            self.later(move |c| {
                let (t, is_ptr) = deref(t);
                match t.under().kind() {
                    TyKind::Basic(b) if t.is_valid() && b.kind == BasicKind::UnsafePointer => {
                        c.error(pos, Code::InvalidPtrEmbed, "embedded field type cannot be unsafe.Pointer");
                    }
                    TyKind::Pointer(_) => {
                        c.error(pos, Code::InvalidPtrEmbed, "embedded field type cannot be a pointer");
                    }
                    TyKind::Interface(_) => {
                        if is_type_param(t) {
                            let msg = "embedded field type cannot be a (pointer to a) type parameter";
                            c.error(pos, Code::MisplacedTypeParam, msg);
                        } else if is_ptr {
                            let msg = "embedded field type cannot be a pointer to an interface";
                            c.error(pos, Code::InvalidPtrEmbed, msg);
                        }
                    }
                    _ => {}
                }
            });
        }
        if tags.iter().all(|t| t.as_str().is_empty()) {
            tags.clear();
        }
        Ty::struct_(fields, tags)
    }

    #[allow(clippy::too_many_arguments)]
    fn add_field(
        &mut self,
        fields: &mut Vec<Obj>,
        tags: &mut Vec<Name>,
        set: &mut FieldSet,
        (pos, name, id): (Pos, Name, Option<NodeId>),
        t: Ty,
        tag: Name,
        embedded: bool,
    ) {
        let o = Obj::new_field(pos, Some(self.pkg), name, t, embedded);
        if !name.is_blank() {
            if let Some(alt) = set.get(&obj_id(o.pkg(), name)) {
                let mut e = ErrorDesc::new(Code::DuplicateDecl);
                e.add(pos, format!("{name} redeclared"));
                e.add_alt_decl(*alt);
                self.report(e);
                return;
            }
            set.insert(o.id(), o);
        }
        fields.push(o);
        tags.push(tag);
        if let Some(id) = id {
            self.record_def(id, Some(o));
        }
    }

    fn tag(&mut self, t: Option<&BasicLit>) -> Name {
        if let Some(t) = t
            && !t.bad
        {
            if t.kind == LitKind::String
                && let Some(v) = crate::constant::unquote(t.value.as_str())
            {
                return Name::new(&String::from_utf8_lossy(&v));
            }
            let q = crate::constant::quote(t.value.as_str().as_bytes());
            self.error(t, Code::InvalidSyntaxTree, format!("incorrect tag syntax: {q}"));
        }
        Name::new("")
    }
}

/// The identifier that names an embedded field.
pub(crate) fn embedded_field_ident(e: &Expr) -> Option<(Pos, Name, NodeId)> {
    match &e.kind {
        ExprKind::Name(n) => Some((e.pos, *n, e.id)),
        // *T, but not **T
        ExprKind::Star(x) if !matches!(x.kind, ExprKind::Star(_)) => embedded_field_ident(x),
        ExprKind::Selector { sel, .. } => Some((sel.pos, sel.name, sel.id)),
        ExprKind::Index { x, .. } => embedded_field_ident(x),
        _ => None,
    }
}
