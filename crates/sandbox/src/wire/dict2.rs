//! Binary nodes in dictionary version 2, which Baileys 6 speaks.
//!
//! Decoding needs the version's token table. Encoding gets by without: a string may always be spelled out.

use thiserror::Error;
use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeContent, NodeValue};

/// One token a line: 236 that one byte names, then four tables of 256.
const TOKENS: &str = include_str!("dict2_tokens.txt");
const SINGLE: usize = 236;

const LIST_EMPTY: u8 = 0;
const DICTIONARY_0: u8 = 236;
const DICTIONARY_3: u8 = 239;
const AD_JID: u8 = 247;
const LIST_8: u8 = 248;
const LIST_16: u8 = 249;
const JID_PAIR: u8 = 250;
const HEX_8: u8 = 251;
const BINARY_8: u8 = 252;
const BINARY_20: u8 = 253;
const BINARY_32: u8 = 254;
const NIBBLE_8: u8 = 255;

/// Real stanzas nest half a dozen levels; the limit keeps a hostile one from exhausting the stack.
const DEEPEST: usize = 32;

#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum Dict2Error {
    #[error("it ends too early")]
    Truncated,
    #[error("{0} bytes are left over")]
    LeftOver(usize),
    #[error("tag {0} cannot stand here")]
    BadTag(u8),
    #[error("a packed string holds the digit {0}")]
    BadDigit(u8),
    #[error("a string is not UTF-8")]
    NotText,
    #[error("a node has no tag")]
    NoTag,
    #[error("it is nested more than {DEEPEST} levels deep")]
    TooDeep,
}

type Result<T> = std::result::Result<T, Dict2Error>;

/// Decodes exactly one node.
pub(super) fn decode(bytes: &[u8]) -> Result<Node> {
    let mut reader = Reader { rest: bytes };
    let node = reader.node(DEEPEST)?;
    match reader.rest.len() {
        0 => Ok(node),
        left => Err(Dict2Error::LeftOver(left)),
    }
}

/// Encodes with the flag byte that says "not packed".
pub(super) fn encode(node: &Node) -> Vec<u8> {
    let mut out = vec![0];
    write_node(&mut out, node);
    out
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn node(&mut self, depth: usize) -> Result<Node> {
        let depth = depth.checked_sub(1).ok_or(Dict2Error::TooDeep)?;
        let tag = self.byte()?;
        let size = self.list_size(tag)?;
        let tag = self.string()?;
        if size == 0 || tag.is_empty() {
            return Err(Dict2Error::NoTag);
        }
        let mut node = NodeBuilder::new_dynamic(tag).build();
        for _ in 0..(size - 1) / 2 {
            let (key, value) = (self.string()?, self.string()?);
            node.attrs.push(key, value);
        }
        if size % 2 == 0 {
            node.content = Some(self.content(depth)?);
        }
        Ok(node)
    }

    fn content(&mut self, depth: usize) -> Result<NodeContent> {
        let tag = self.byte()?;
        if matches!(tag, LIST_EMPTY | LIST_8 | LIST_16) {
            let size = self.list_size(tag)?;
            // Grown as nodes are really there, whatever size was claimed.
            let nodes = (0..size).map(|_| self.node(depth)).collect::<Result<Vec<_>>>()?;
            return Ok(NodeContent::Nodes(nodes));
        }
        match self.length(tag)? {
            Some(length) => Ok(NodeContent::Bytes(self.take(length)?.to_vec())),
            None => Ok(NodeContent::Bytes(self.string_of(tag)?.into_bytes())),
        }
    }

    fn string(&mut self) -> Result<String> {
        let tag = self.byte()?;
        self.string_of(tag)
    }

    fn string_of(&mut self, tag: u8) -> Result<String> {
        match tag {
            JID_PAIR => self.jid_pair(),
            AD_JID => self.device_jid(),
            _ => self.plain(tag),
        }
    }

    /// A string that is not a JID: what a JID is made of.
    fn plain(&mut self, tag: u8) -> Result<String> {
        match tag {
            LIST_EMPTY => Ok(String::new()),
            1..DICTIONARY_0 => Ok(token(usize::from(tag))),
            DICTIONARY_0..=DICTIONARY_3 => {
                let table = usize::from(tag - DICTIONARY_0);
                Ok(token(SINGLE + table * 256 + usize::from(self.byte()?)))
            }
            HEX_8 | NIBBLE_8 => self.packed(tag),
            _ => {
                let length = self.length(tag)?.ok_or(Dict2Error::BadTag(tag))?;
                let text = std::str::from_utf8(self.take(length)?);
                text.map(str::to_owned).map_err(|_| Dict2Error::NotText)
            }
        }
    }

    fn jid_pair(&mut self) -> Result<String> {
        let user = self.part()?;
        let server = self.part()?;
        Ok(format!("{user}@{server}"))
    }

    fn device_jid(&mut self) -> Result<String> {
        let (domain, device) = (self.byte()?, self.byte()?);
        let user = self.part()?;
        let server = if domain == 0 { "s.whatsapp.net" } else { "lid" };
        Ok(if device == 0 { format!("{user}@{server}") } else { format!("{user}:{device}@{server}") })
    }

    fn part(&mut self) -> Result<String> {
        let tag = self.byte()?;
        self.plain(tag)
    }

    /// Two digits a byte; the top bit of the length says that the last digit is only filling.
    fn packed(&mut self, tag: u8) -> Result<String> {
        let head = self.byte()?;
        let bytes = self.take(usize::from(head & 0x7f))?;
        let mut digits: Vec<u8> = bytes.iter().flat_map(|b| [b >> 4, b & 15]).collect();
        if head & 0x80 != 0 {
            digits.pop();
        }
        digits.into_iter().map(|digit| character(tag, digit)).collect()
    }

    /// The length that a binary tag announces; `None` for other tags.
    fn length(&mut self, tag: u8) -> Result<Option<usize>> {
        Ok(Some(match tag {
            BINARY_8 => self.number(1)?,
            BINARY_20 => self.number(3)? & 0xf_ffff,
            BINARY_32 => self.number(4)?,
            _ => return Ok(None),
        }))
    }

    fn list_size(&mut self, tag: u8) -> Result<usize> {
        match tag {
            LIST_EMPTY => Ok(0),
            LIST_8 => self.number(1),
            LIST_16 => self.number(2),
            _ => Err(Dict2Error::BadTag(tag)),
        }
    }

    fn number(&mut self, bytes: usize) -> Result<usize> {
        Ok(self.take(bytes)?.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
    }

    fn byte(&mut self) -> Result<u8> {
        self.number(1).map(|n| n as u8)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Dict2Error::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn token(index: usize) -> String {
    static TABLE: std::sync::OnceLock<Vec<&str>> = std::sync::OnceLock::new();
    let table = TABLE.get_or_init(|| TOKENS.lines().collect());
    table.get(index).copied().unwrap_or_default().to_owned()
}

fn character(tag: u8, digit: u8) -> Result<char> {
    Ok(match (tag, digit) {
        (_, 0..=9) => char::from(b'0' + digit),
        (HEX_8, _) => char::from(b'A' + digit - 10),
        (_, 10) => '-',
        (_, 11) => '.',
        _ => return Err(Dict2Error::BadDigit(digit)),
    })
}

fn write_node(out: &mut Vec<u8>, node: &Node) {
    write_list(out, 1 + 2 * node.attrs.len() + usize::from(node.content.is_some()));
    write_bytes(out, node.tag.as_bytes());
    for (key, value) in node.attrs.iter() {
        write_bytes(out, key.as_bytes());
        write_bytes(out, spelled(value).as_bytes());
    }
    match &node.content {
        None => {}
        Some(NodeContent::Nodes(children)) => {
            write_list(out, children.len());
            children.iter().for_each(|child| write_node(out, child));
        }
        Some(NodeContent::Bytes(bytes)) => write_bytes(out, bytes),
        Some(NodeContent::String(text)) => write_bytes(out, text.as_bytes()),
    }
}

/// The server's own JID has no user; this version's clients expect the `@` all the same.
fn spelled(value: &NodeValue) -> String {
    match value {
        NodeValue::Jid(jid) if jid.user.is_empty() => format!("@{}", jid.server.as_str()),
        other => other.as_str().into_owned(),
    }
}

fn write_list(out: &mut Vec<u8>, size: usize) {
    match size {
        0 => out.push(LIST_EMPTY),
        1..=0xff => out.extend([LIST_8, size as u8]),
        // A list longer than 65,535 does not exist on the wire; it would be cut by its reader.
        _ => {
            out.push(LIST_16);
            out.extend(&(size.min(0xffff) as u16).to_be_bytes());
        }
    }
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = (bytes.len() as u32).to_be_bytes();
    match bytes.len() {
        0..=0xff => out.extend([BINARY_8, length[3]]),
        0x100..=0xf_ffff => out.extend([BINARY_20, length[1], length[2], length[3]]),
        _ => out.extend([BINARY_32, length[0], length[1], length[2], length[3]]),
    }
    out.extend_from_slice(bytes);
}

#[cfg(test)]
#[path = "dict2_tests.rs"]
mod tests;
