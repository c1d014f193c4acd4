//! The requests that are sent as load: prost messages of the few fields that are set, written out before anything is
//! measured.

use bytes::{BufMut, Bytes};
use prost::Message;

/// Flag and length in front of each message.
const PREFIX: usize = 5;

/// A fixed day, so that every run asks for the same.
const DATE: &str = "2024-06-20";

/// A method and its requests' bytes.
#[derive(Debug)]
pub struct Requests {
    /// `/pkg.Service/Method`.
    pub path: &'static str,
    /// The messages, each with its prefix.
    pub messages: Vec<Bytes>,
}

/// Whether a service is served, by grpc.health.v1.
pub fn health(service: &str) -> Requests {
    let request = HealthRequest { service: service.to_owned() };
    Requests::new("/grpc.health.v1.Health/Check", [request].into_iter())
}

#[derive(Clone, PartialEq, Message)]
struct HealthRequest {
    #[prost(string, tag = "1")]
    service: String,
}

/// A city by id: GetCity and GetOverview agree in it, and GetCity has no date.
#[derive(Clone, PartialEq, Message)]
struct CityRequest {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, optional, tag = "2")]
    date: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct DaylightRequest {
    #[prost(message, optional, tag = "1")]
    location: Option<Location>,
    #[prost(string, optional, tag = "2")]
    date: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(double, tag = "1")]
    latitude: f64,
    #[prost(double, tag = "2")]
    longitude: f64,
}

impl Requests {
    /// GetCity of these cities.
    pub fn city(ids: impl IntoIterator<Item = i64>) -> Self {
        Self::numbered("/cityscape.v1.Cities/GetCity", ids)
    }

    /// A method that takes an id and nothing else, of these ids.
    pub fn numbered(path: &'static str, ids: impl IntoIterator<Item = i64>) -> Self {
        Self::new(path, ids.into_iter().map(|id| CityRequest { id, date: None }))
    }

    /// GetOverview of these cities.
    pub fn overview(ids: impl IntoIterator<Item = i64>) -> Self {
        let request = |id| CityRequest { id, date: Some(DATE.to_owned()) };
        Self::new("/cityscape.v1.Cities/GetOverview", ids.into_iter().map(request))
    }

    /// GetDaylight of so many places, no two the same, between the polar circles.
    pub fn daylight(count: usize) -> Self {
        let request = |index: usize| {
            let longitude = index as f64 / count as f64 * 360.0 - 180.0;
            let location = Location { latitude: longitude / 3.0, longitude };
            DaylightRequest { location: Some(location), date: Some(DATE.to_owned()) }
        };
        Self::new("/cityscape.v1.Cities/GetDaylight", (0..count).map(request))
    }

    /// A method's empty message.
    pub fn empty(path: &'static str) -> Self {
        Self::new(path, std::iter::once(()))
    }

    fn new(path: &'static str, messages: impl Iterator<Item = impl Message>) -> Self {
        Self { path, messages: messages.map(framed).collect() }
    }
}

/// With its prefix: not compressed, and its length.
fn framed(message: impl Message) -> Bytes {
    let mut bytes = Vec::with_capacity(PREFIX + message.encoded_len());
    bytes.put_u8(0);
    // A request of a few fields is far below 4 GiB.
    bytes.put_u32(message.encoded_len() as u32);
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes.into()
}
