//! Prices: query, response, outcome, client.
