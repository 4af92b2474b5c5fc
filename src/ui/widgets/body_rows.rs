//! The rows of a body tree: which nodes are open, what each row is, and where a searched word occurs.
//! Pure: it knows JSON and paths, and nothing of a window. Only open nodes become rows.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// A node by the way that leads to it. Two nodes of one body never share one in practice: it is a 64-bit hash.
pub(super) type NodeId = u64;

/// The step from a node to a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Root,
    Key(Box<str>),
    Index(usize),
}

/// What a row shows at its left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A value, or an object so short that it is shown whole.
    Leaf,
    Open,
    Closed,
}

/// What is shown on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Lines {
    /// Also an object or an array that is short.
    #[default]
    Short,
    /// One value, so that each can be chosen.
    OneEach,
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub id: NodeId,
    /// The row of the node that holds this one.
    parent: Option<usize>,
    pub depth: usize,
    pub step: Step,
    pub shape: Shape,
}

/// Where a word was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The nodes whose key or value holds the word, in the order of the body.
    pub hits: Vec<NodeId>,
    /// The nodes that must be open for the hits to be seen.
    pub above: HashSet<NodeId>,
}

/// How many rows the tree opens by itself at first.
const FIRST_ROWS: usize = 24;

/// An object or array of so few plain values is shown on one line, with nothing to open.
const INLINE_CHARS: usize = 48;

pub(super) fn root_id() -> NodeId {
    0x9e37_79b9_7f4a_7c15
}

fn child_id(parent: NodeId, step: &Step) -> NodeId {
    let mut hasher = DefaultHasher::new();
    parent.hash(&mut hasher);
    match step {
        Step::Root => 0_u8.hash(&mut hasher),
        Step::Key(key) => (1_u8, key).hash(&mut hasher),
        Step::Index(index) => (2_u8, index).hash(&mut hasher),
    }
    hasher.finish()
}

/// The children of a node, in order.
fn children(value: &Value) -> Box<dyn DoubleEndedIterator<Item = (Step, &Value)> + '_> {
    match value {
        Value::Object(map) => Box::new(map.iter().map(|(key, value)| (Step::Key(key.as_str().into()), value))),
        Value::Array(items) => Box::new(items.iter().enumerate().map(|(index, value)| (Step::Index(index), value))),
        _ => Box::new(std::iter::empty()),
    }
}

fn child<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match step {
        Step::Root => Some(value),
        Step::Key(key) => value.get(&**key),
        Step::Index(index) => value.get(*index),
    }
}

pub(super) fn len(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    }
}

pub(super) fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

/// Whether a node is shown whole on its own line.
pub(super) fn is_inline(value: &Value) -> bool {
    if is_plain(value) || len(value) == 0 {
        return true;
    }
    if len(value) > 4 {
        return false;
    }
    let mut chars = 2;
    for (step, value) in children(value) {
        let key = match &step {
            Step::Key(key) => key.chars().count() + 2,
            Step::Root | Step::Index(_) => 0,
        };
        chars += key + 2;
        chars += match value {
            Value::String(text) => text.chars().take(INLINE_CHARS).count() + 2,
            Value::Number(number) => number.as_str().len(),
            Value::Bool(_) | Value::Null => 5,
            Value::Object(_) | Value::Array(_) => return false,
        };
        if chars > INLINE_CHARS {
            return false;
        }
    }
    true
}

/// Whether a node has nothing to open.
fn is_leaf(value: &Value, lines: Lines) -> bool {
    match lines {
        Lines::Short => is_inline(value),
        Lines::OneEach => is_plain(value) || len(value) == 0,
    }
}

/// The nodes that are open at first: level by level, as long as they fit into a screen.
pub(super) fn first_open(body: &Value, lines: Lines) -> HashSet<NodeId> {
    let mut open = HashSet::new();
    let mut rows = 1;
    let mut level = vec![(root_id(), body)];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (id, value) in level {
            // The root opens whatever its length, since a closed root shows nothing.
            if is_leaf(value, lines) || (id != root_id() && rows + len(value) > FIRST_ROWS) {
                continue;
            }
            open.insert(id);
            rows += len(value);
            if rows <= FIRST_ROWS {
                next.extend(children(value).map(|(step, value)| (child_id(id, &step), value)));
            }
        }
        level = next;
    }
    open
}

/// The rows of the open nodes, from the top.
pub(super) fn flatten(body: &Value, open: &HashSet<NodeId>, lines: Lines) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut stack = vec![(root_id(), None, 0_usize, Step::Root, body)];
    while let Some((id, parent, depth, step, value)) = stack.pop() {
        let shape = if is_leaf(value, lines) {
            Shape::Leaf
        } else if open.contains(&id) {
            Shape::Open
        } else {
            Shape::Closed
        };
        let this = rows.len();
        rows.push(Row { id, parent, depth, step, shape });
        if shape == Shape::Open {
            for (step, value) in children(value).rev() {
                stack.push((child_id(id, &step), Some(this), depth + 1, step, value));
            }
        }
    }
    rows
}

/// The steps that lead to a row, the root's own first.
pub(super) fn steps_to(rows: &[Row], index: usize) -> Vec<&Step> {
    let mut steps = Vec::new();
    let mut at = Some(index);
    while let Some(row) = at.and_then(|index| rows.get(index)) {
        steps.push(&row.step);
        at = row.parent;
    }
    steps.reverse();
    steps
}

/// The value of a row, found again from the root: rows hold no borrow of the body.
pub(super) fn value_of<'v>(body: &'v Value, rows: &[Row], index: usize) -> Option<&'v Value> {
    steps_to(rows, index).into_iter().try_fold(body, |value, step| child(value, step))
}

/// A row's path, such as `items[0].breaks[1]`.
pub(super) fn path_of(rows: &[Row], index: usize) -> String {
    let mut path = String::new();
    for step in steps_to(rows, index) {
        match step {
            Step::Root => {}
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
        }
    }
    path
}

/// Finds every node whose key or plain value holds `word`, whatever its case.
pub(super) fn find(body: &Value, word: &str) -> Found {
    let mut found = Found::default();
    if word.is_empty() {
        return found;
    }
    let needle = Needle::new(word);
    let mut parents: HashMap<NodeId, NodeId> = HashMap::new();
    let mut stack = vec![(root_id(), None::<NodeId>, Step::Root, body)];
    while let Some((id, parent, step, value)) = stack.pop() {
        let in_key = matches!(&step, Step::Key(key) if needle.is_in(key));
        let in_value = match value {
            Value::String(text) => needle.is_in(text),
            Value::Number(number) => needle.is_in(number.as_str()),
            Value::Bool(true) => needle.is_in("true"),
            Value::Bool(false) => needle.is_in("false"),
            Value::Null => needle.is_in("null"),
            Value::Object(_) | Value::Array(_) => false,
        };
        if in_key || in_value {
            found.hits.push(id);
            let mut above = parent;
            while let Some(node) = above {
                if !found.above.insert(node) {
                    break;
                }
                above = parents.get(&node).copied();
            }
        }
        if !is_plain(value) {
            if let Some(parent) = parent {
                parents.insert(id, parent);
            }
            for (step, value) in children(value).rev() {
                stack.push((child_id(id, &step), Some(id), step, value));
            }
        }
    }
    found
}

/// A word to be found in any case.
#[derive(Debug)]
pub(super) struct Needle {
    lower: Vec<char>,
    ascii: Option<Vec<u8>>,
}

impl Needle {
    pub(super) fn new(word: &str) -> Self {
        let lower: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
        let ascii = word.is_ascii().then(|| word.to_ascii_lowercase().into_bytes());
        Self { lower, ascii }
    }

    fn is_in(&self, text: &str) -> bool {
        self.next_in(text, 0).is_some()
    }

    /// The next place at or after byte `from` where the word stands, as a range of bytes.
    pub(super) fn next_in(&self, text: &str, from: usize) -> Option<std::ops::Range<usize>> {
        if self.lower.is_empty() || from > text.len() {
            return None;
        }
        if let Some(ascii) = &self.ascii {
            // ASCII bytes never occur inside a longer UTF-8 sequence, so comparing bytes is safe.
            return text.as_bytes()[from..]
                .windows(ascii.len())
                .position(|window| window.eq_ignore_ascii_case(ascii))
                .map(|at| from + at..from + at + ascii.len());
        }
        let tail = text.get(from..)?;
        tail.char_indices().find_map(|(start, _)| {
            let mut wanted = self.lower.iter().copied().peekable();
            for (offset, char) in tail[start..].char_indices() {
                for lower in char.to_lowercase() {
                    if wanted.next() != Some(lower) {
                        return None;
                    }
                }
                if wanted.peek().is_none() {
                    let end = start + offset + char.len_utf8();
                    return Some(from + start..from + end);
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body() -> Value {
        serde_json::from_str(
            r#"{"sku":"PRODUCT-001","items":[
                {"pricelist":{"code":"PL-RETAIL","currency_code":"EUR","vat_mode":"GROSS","name":"Shops in the north"},
                 "breaks":[{"from":1,"price":12.10},{"from":10,"price":11.50}]},
                {"pricelist":{"code":"PL-WHOLESALE-SE","currency_code":"SEK","vat_mode":"NET","name":"Partners"},
                 "breaks":[{"from":1,"price":109.00}]}],"total":2}"#,
        )
        .expect("the body is JSON")
    }

    fn paths(rows: &[Row]) -> Vec<String> {
        (0..rows.len()).map(|index| path_of(rows, index)).collect()
    }

    #[test]
    fn only_open_nodes_become_rows() {
        let body = body();
        let closed = flatten(&body, &HashSet::new(), Lines::Short);
        assert_eq!(closed.len(), 1);
        assert_eq!(closed[0].shape, Shape::Closed);
        let root_only = flatten(&body, &HashSet::from([root_id()]), Lines::Short);
        assert_eq!(paths(&root_only), ["", "sku", "items", "total"]);
        assert_eq!(root_only[2].shape, Shape::Closed);
    }

    #[test]
    fn each_value_has_a_row_of_its_own_where_it_is_to_be_chosen() {
        let body = body();
        let rows = flatten(&body, &first_open(&body, Lines::OneEach), Lines::OneEach);
        let at = paths(&rows).iter().position(|path| path == "items[0].breaks");
        assert!(at.is_some());
        let open = find(&body, "12.10").above;
        assert!(paths(&flatten(&body, &open, Lines::OneEach)).contains(&"items[0].breaks[0].price".to_owned()));
        assert!(!paths(&flatten(&body, &open, Lines::Short)).contains(&"items[0].breaks[0].price".to_owned()));
    }

    #[test]
    fn a_row_finds_its_value_and_its_path_again() {
        let body = body();
        let rows = flatten(&body, &first_open(&body, Lines::Short), Lines::Short);
        let at = paths(&rows).iter().position(|path| path == "items[0].breaks[1]").expect("the row is open at first");
        assert_eq!(value_of(&body, &rows, at), body.pointer("/items/0/breaks/1"));
        assert_eq!(rows[at].shape, Shape::Leaf);
    }

    #[test]
    fn searching_finds_keys_and_values_in_any_case_and_says_what_to_open() {
        let body = body();
        let found = find(&body, "pl-");
        assert_eq!(found.hits.len(), 2);
        let rows = flatten(&body, &found.above, Lines::Short);
        let seen = found.hits.iter().all(|hit| rows.iter().any(|row| row.id == *hit));
        assert!(seen, "both hits are rows once the nodes above them are open");
        assert_eq!(find(&body, "12.1").hits.len(), 1);
        assert_eq!(find(&body, "12.10").hits.len(), 1, "digits are searched as the server wrote them");
        assert_eq!(find(&body, "absent").hits.len(), 0);
        assert_eq!(find(&body, "").hits.len(), 0);
    }

    #[test]
    fn a_word_is_found_whatever_its_case_and_script() {
        assert_eq!(Needle::new("Ä").next_in("xxä", 0), Some(2..4));
        assert_eq!(Needle::new("e").next_in("äE", 0), Some(2..3));
        assert_eq!(Needle::new("x").next_in("axbx", 2), Some(3..4));
        assert_eq!(Needle::new("abc").next_in("ab", 0), None);
    }

    #[test]
    fn a_hundred_thousand_nodes_are_searched_and_flattened_without_recursion() {
        let items: Vec<Value> = (0..20_000)
            .map(|n| serde_json::json!({"code": format!("PL-{n}"), "a": {"b": n, "c": "a text that is not short at all, and so on and on"}}))
            .collect();
        let body = Value::Array(items);
        let found = find(&body, "PL-19999");
        assert_eq!(found.hits.len(), 1);
        assert_eq!(flatten(&body, &first_open(&body, Lines::Short), Lines::Short).len(), 20_001);
        let everything = find(&body, "b");
        assert_eq!(everything.hits.len(), 20_000);
    }
}
