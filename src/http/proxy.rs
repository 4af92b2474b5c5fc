//! The proxy that the environment variables name for a host, as far as a verdict may say it: its host, never its login.

use url::Url;

use super::host_of;

const NAMES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The host of the proxy on the way to `url`; nothing where none is named, or the host is left out by `NO_PROXY`. Proxies
/// that only the system's own settings name are not seen here.
pub fn proxy_of(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let host = url.host_str().filter(|_| url.scheme() == "https")?;
    let exceptions = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    let is_excepted = exceptions.split(',').map(|name| name.trim().trim_start_matches('.')).any(|name| {
        let is_suffix = host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'));
        name == "*" || (!name.is_empty() && is_suffix)
    });
    if is_excepted {
        return None;
    }
    let named = NAMES.iter().filter_map(|name| variable(name)).find(|value| !value.trim().is_empty())?;
    let named = if named.contains("://") { named } else { format!("http://{named}") };
    Url::parse(named.trim()).ok().map(|proxy| host_of(&proxy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, variables: &[(&str, &str)]) -> Option<String> {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        proxy_of(&url.parse().unwrap(), variable)
    }

    #[test]
    fn a_proxy_is_named_without_its_login_and_not_for_excepted_hosts() {
        let set = [("HTTPS_PROXY", "http://me:pw@proxy.example:3128"), ("NO_PROXY", "localhost, .corp.example")];
        assert_eq!(proxy("https://api.example.com/x", &set).as_deref(), Some("proxy.example:3128"));
        assert_eq!(proxy("https://api.corp.example/x", &set), None);
        assert_eq!(proxy("https://notcorp.example/x", &set).as_deref(), Some("proxy.example:3128"));
        assert_eq!(proxy("http://127.0.0.1/x", &set), None);
        assert_eq!(proxy("https://api.example.com/x", &[("ALL_PROXY", "proxy:8080")]).as_deref(), Some("proxy:8080"));
        assert_eq!(proxy("https://api.example.com/x", &[("HTTPS_PROXY", "p:1"), ("no_proxy", "*")]), None);
        assert_eq!(proxy("https://api.example.com/x", &[]), None);
    }
}
