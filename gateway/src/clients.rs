//! Which client a call is of, as the data service is told: there calls wait in turns of clients, and through a gateway they
//! all come over the same few connections. Each connection of a client's is one, by a number. A number has one of 256
//! values, so that there is nothing to keep, and the header's value is there before any call.

use http::{HeaderMap, HeaderValue};
use meanwhile_proto::CLIENT_HEADER;

/// What the data service is told of clients.
#[derive(Debug)]
pub(crate) struct Clients(Option<Box<[HeaderValue]>>);

impl Clients {
    /// Begins to count anywhere, so that the clients of several gateways are not mistaken for one another's.
    pub(crate) fn told() -> Self {
        let first = fastrand::u8(..);
        Self(Some((0..=u8::MAX).map(|number| u16::from(number.wrapping_add(first)).into()).collect()))
    }

    /// Nothing: for the data service its clients are the gateways.
    pub(crate) fn untold() -> Self {
        Self(None)
    }

    /// Says that the call came over this connection.
    pub(crate) fn tell(&self, connection: u32, headers: &mut HeaderMap) {
        if let Some(values) = &self.0 {
            headers.insert(CLIENT_HEADER, values[connection as usize % values.len()].clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(clients: &Clients, connection: u32) -> u32 {
        let mut headers = HeaderMap::new();
        clients.tell(connection, &mut headers);
        headers[CLIENT_HEADER].to_str().unwrap().parse().unwrap()
    }

    #[test]
    fn a_connection_has_one_number_and_of_256_in_a_row_no_two_the_same() {
        let clients = Clients::told();
        let numbers: std::collections::HashSet<u32> =
            (70..326).map(|number| told(&clients, number)).collect();
        assert_eq!(numbers.len(), 256);
        assert_eq!(told(&clients, 70), told(&clients, 326));
    }

    #[test]
    fn what_is_not_to_be_told_is_not() {
        let mut headers = HeaderMap::new();
        Clients::untold().tell(7, &mut headers);
        assert!(headers.is_empty());
    }
}
