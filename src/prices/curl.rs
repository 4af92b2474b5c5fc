//! A price query as a `curl` command, for a bug report or a terminal.
//!
//! Owns the quoting for a POSIX shell. Refuses to hold a token: the command says `$TOKEN` and has just the headers of
//! the vendor page "Authentication", step 2.

use url::Url;

use super::query::{PriceQuery, QueryError};

/// The command that asks the same question from a shell in which `TOKEN` is set.
///
/// # Errors
/// An API URL that [`PriceQuery::url`] refuses, for example because it holds credentials.
pub fn as_curl(query: &PriceQuery, api_url: &Url) -> Result<String, QueryError> {
    let url = query.url(api_url)?;
    // curl expands brackets and braces in a URL unless it is told not to. The query is fully encoded, but the path and
    // query of the API URL are the user's own; the brackets of an IPv6 host are known to curl.
    let globbing = url[url::Position::BeforePath..].contains(['[', ']', '{', '}']);
    let options = if globbing { "--globoff -X GET" } else { "-X GET" };
    Ok(format!(
        "curl {options} {} \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H \"Content-Type: application/json\"",
        quoted(url.as_str())
    ))
}

/// Between single quotes a POSIX shell expands nothing at all; a single quote itself has to stand outside.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(sku: &str, api_url: &str) -> String {
        as_curl(&PriceQuery::new(sku, vec![]).unwrap(), &Url::parse(api_url).unwrap()).unwrap()
    }

    #[test]
    fn h7_the_command_has_the_headers_of_the_vendor_page_and_no_token() {
        assert_eq!(
            command("PRODUCT-001", "https://api.quantaprice.com/api/v1"),
            "curl -X GET 'https://api.quantaprice.com/api/v1/prices?sku=PRODUCT-001' \\\n  \
             -H \"Authorization: Bearer $TOKEN\" \\\n  -H \"Content-Type: application/json\""
        );
    }

    #[test]
    fn brackets_in_the_base_are_kept_from_curls_globbing() {
        assert!(command("A", "https://h.example/a[1]").starts_with("curl --globoff -X GET "));
        assert!(command("A[1]{x}", "http://[::1]:8080/v1").starts_with("curl -X GET "));
    }

    /// Runs the command in a real shell in which `curl` only prints its arguments.
    #[cfg(unix)]
    #[test]
    fn p1_a_shell_passes_any_sku_on_unharmed() {
        for sku in ["it's", "a\"b", "$HOME $(id) `id`", "a\\b", "!x", "A/B+C#7", "👩‍🔧; rm -rf x"] {
            let api_url = "https://h.example/o'brien/$HOME";
            let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{}\n", command(sku, api_url));
            let output = std::process::Command::new("sh").arg("-c").arg(&script).env("TOKEN", "t0k").output().unwrap();
            let url = PriceQuery::new(sku, vec![]).unwrap().url(&Url::parse(api_url).unwrap()).unwrap();
            assert_eq!(
                String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(),
                ["-X", "GET", url.as_str(), "-H", "Authorization: Bearer t0k", "-H", "Content-Type: application/json"]
            );
        }
    }
}
