//! The elements of a record as a tree, and the values that fill its places.
//! How they are written is `binxml`'s business.

use super::value::Encoded;

/// What stands in an attribute or between the tags of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    /// Text that is part of the template.
    Text(String),
    /// A value of the record: its index, its [`kind`], and whether an attribute
    /// or element that would hold nothing is left out.
    Value {
        index: u16,
        kind: u8,
        optional: bool,
    },
    /// A child.
    Element(Element),
}

/// An element of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Element {
    pub name: String,
    /// Index of the value without which the element is left out.
    pub needs: Option<u16>,
    /// Names and contents, in order.
    pub attributes: Vec<(String, Content)>,
    pub children: Vec<Content>,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Element {
            name: name.to_owned(),
            needs: None,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    pub(super) fn attribute(mut self, name: &str, content: Content) -> Self {
        self.attributes.push((name.to_owned(), content));
        self
    }

    pub(super) fn child(mut self, content: Content) -> Self {
        self.children.push(content);
        self
    }

    pub(super) fn needing(mut self, index: u16) -> Self {
        self.needs = Some(index);
        self
    }
}

/// A template and the values that fill it: one fragment of binary XML.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fragment {
    pub template: Element,
    pub values: Vec<Value>,
}

/// What fills a place of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A typed value.
    Plain(Encoded),
    /// A fragment with a template of its own.
    Nested(Fragment),
}
