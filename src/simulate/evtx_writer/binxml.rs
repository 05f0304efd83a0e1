//! Binary XML: a [`tree`](super::tree) as tokens. Names go through
//! [`ChunkWriter::name`], since a name is spelled out once per chunk only.

use super::chunk::ChunkWriter;
use super::tree::{Content, Element, Fragment, Value};
use super::value::{Unwritable, hash, kind, utf16};

const END_OF_STREAM: u8 = 0x00;
const OPEN_START_ELEMENT: u8 = 0x01;
const CLOSE_START_ELEMENT: u8 = 0x02;
const CLOSE_EMPTY_ELEMENT: u8 = 0x03;
const CLOSE_ELEMENT: u8 = 0x04;
const VALUE: u8 = 0x05;
const ATTRIBUTE: u8 = 0x06;
const TEMPLATE_INSTANCE: u8 = 0x0c;
const NORMAL_SUBSTITUTION: u8 = 0x0d;
const OPTIONAL_SUBSTITUTION: u8 = 0x0e;
/// Set on [`OPEN_START_ELEMENT`] when attributes follow, and on [`ATTRIBUTE`]
/// when another one follows.
const MORE: u8 = 0x40;
/// Token, version 1.1, flags.
const FRAGMENT_HEADER: [u8; 4] = [0x0f, 1, 1, 0];
/// The dependency of an element that is always there.
const NO_DEPENDENCY: u16 = 0xffff;

impl Element {
    /// An identity for the template: 128 bits of FNV-1a over its printed form,
    /// with version and variant bits of a random GUID. Windows uses one per
    /// event definition; here the same shape always gets the same one.
    fn guid(&self) -> [u8; 16] {
        const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mut bytes = format!("{self:?}")
            .bytes()
            .fold(BASIS, |hash, byte| {
                (hash ^ u128::from(byte)).wrapping_mul(PRIME)
            })
            .to_le_bytes();
        bytes[7] = bytes[7] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        bytes
    }

    fn write(&self, out: &mut ChunkWriter) -> Result<(), Unwritable> {
        let flag = if self.attributes.is_empty() { 0 } else { MORE };
        out.push(&[OPEN_START_ELEMENT | flag]);
        out.push(&self.needs.unwrap_or(NO_DEPENDENCY).to_le_bytes());
        let element = out.open_length();
        out.name(&self.name)?;
        if let Some(last) = self.attributes.len().checked_sub(1) {
            let list = out.open_length();
            for (position, (name, content)) in self.attributes.iter().enumerate() {
                out.push(&[ATTRIBUTE | if position < last { MORE } else { 0 }]);
                out.name(name)?;
                content.write(name, out)?;
            }
            out.close_length(list);
        }
        if self.children.is_empty() {
            out.push(&[CLOSE_EMPTY_ELEMENT]);
        } else {
            out.push(&[CLOSE_START_ELEMENT]);
            for child in &self.children {
                child.write(&self.name, out)?;
            }
            out.push(&[CLOSE_ELEMENT]);
        }
        out.close_length(element);
        Ok(())
    }
}

impl Content {
    fn write(&self, field: &str, out: &mut ChunkWriter) -> Result<(), Unwritable> {
        match self {
            Content::Text(text) => {
                let bytes = utf16(field, text)?;
                let length = u16::try_from(bytes.len() / 2)
                    .map_err(|_| Unwritable::TooLarge { size: bytes.len() })?;
                out.push(&[VALUE, kind::STRING]);
                out.push(&length.to_le_bytes());
                out.push(&bytes);
            }
            Content::Value {
                index,
                kind,
                optional,
            } => {
                let token = if *optional {
                    OPTIONAL_SUBSTITUTION
                } else {
                    NORMAL_SUBSTITUTION
                };
                out.push(&[token]);
                out.push(&index.to_le_bytes());
                out.push(&[*kind]);
            }
            Content::Element(element) => element.write(out)?,
        }
        Ok(())
    }
}

impl Fragment {
    /// Header, template instance (with the definition where the chunk has none
    /// yet), descriptors, values, end of stream.
    pub(super) fn write(&self, out: &mut ChunkWriter) -> Result<(), Unwritable> {
        out.push(&FRAGMENT_HEADER);
        let guid = self.template.guid();
        let id = &guid[..4];
        out.push(&[TEMPLATE_INSTANCE, 1]);
        out.push(id);
        match out.template_offset(&self.template) {
            Some(offset) => out.push(&offset.to_le_bytes()),
            None => {
                let words = guid
                    .chunks_exact(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                out.define_template(&self.template, hash(words));
                out.push(&guid);
                let body = out.open_length();
                out.push(&FRAGMENT_HEADER);
                self.template.write(out)?;
                out.push(&[END_OF_STREAM]);
                out.close_length(body);
            }
        }

        let count = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        out.push(&count.to_le_bytes());
        let descriptors = out.len();
        for value in &self.values {
            let kind = match value {
                Value::Plain(plain) => plain.kind,
                Value::Nested(_) => kind::BINXML,
            };
            out.push(&[0, 0, kind, 0]);
        }
        for (position, value) in self.values.iter().enumerate() {
            let start = out.len();
            match value {
                Value::Plain(plain) => out.push(&plain.bytes),
                Value::Nested(fragment) => fragment.write(out)?,
            }
            let size = out.len() - start;
            let short = u16::try_from(size).map_err(|_| Unwritable::TooLarge { size })?;
            out.patch(descriptors + 4 * position, &short.to_le_bytes());
        }
        out.push(&[END_OF_STREAM]);
        Ok(())
    }
}
