//! The name of an article, where a body gives one. For display only.
//!
//! Refuses to guess: a name counts where it stands beside the SKU that was asked for, and only if the body gives no other.

use serde_json::{Map, Value};

use crate::prices::Price;

/// What an article's name is called, as letters and digits in lower case.
const NAMES: [&str; 4] = ["articlename", "productname", "itemname", "name"];

/// The one name that `body` gives the article `sku`.
pub fn name_in(body: &Value, sku: &str, prices: &[Price]) -> Option<String> {
    let mut found = Vec::new();
    look_into(body, sku, &mut found);
    let is_list = |name: &str| prices.iter().any(|price| price.price_list_name.as_deref() == Some(name));
    found.retain(|name| !name.trim().is_empty() && !is_list(name));
    found.dedup();
    if let [only] = found[..] { Some(only.to_owned()) } else { None }
}

fn look_into<'a>(value: &'a Value, sku: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| look_into(item, sku, found)),
        Value::Object(object) => {
            found.extend(name_of(object).filter(|_| object.values().any(|value| value.as_str() == Some(sku))));
            object.values().for_each(|value| look_into(value, sku, found));
        }
        _ => {}
    }
}

fn name_of(object: &Map<String, Value>) -> Option<&str> {
    let plain = |key: &str| key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    NAMES.iter().find_map(|name| object.iter().find(|(key, _)| plain(key) == *name)?.1.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn p4_a_name_counts_beside_the_sku_that_was_asked_for_and_only_if_there_is_no_other() {
        let name = |body: Value| name_in(&body, "A-1", &[]);
        assert_eq!(name(json!({"sku": "A-1", "name": "Drill"})).as_deref(), Some("Drill"));
        assert_eq!(name(json!({"article": {"sku": "A-1", "productName": "Drill"}})).as_deref(), Some("Drill"));
        assert_eq!(
            name(json!([{"sku": "A-1", "name": "Drill"}, {"sku": "A-1", "name": "Drill"}])).as_deref(),
            Some("Drill")
        );
        assert_eq!(name(json!([{"sku": "A-1", "name": "Retail"}, {"sku": "A-1", "name": "Project"}])), None);
        assert_eq!(name(json!({"sku": "B-2", "name": "Saw"})), None);
        assert_eq!(name(json!({"name": "Retail", "prices": [{"sku": "A-1"}]})), None);
    }
}
