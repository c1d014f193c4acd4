//! The sample's requests that are sent as load, as prost messages: the few fields that are set.

use bytes::Bytes;
use prost::Message;

/// A fixed day, so that every run asks for the same.
const DATE: &str = "2024-06-20";

/// A method and its requests' bytes, which are sent in turn.
#[derive(Debug)]
pub struct Requests {
    /// `/pkg.Service/Method`.
    pub path: &'static str,
    /// The messages.
    pub messages: Vec<Bytes>,
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
    pub fn city(ids: &[i64]) -> Self {
        let request = |&id: &i64| CityRequest { id, date: None };
        Self::new("/cityscape.v1.Cities/GetCity", ids.iter().map(request))
    }

    /// GetOverview of these cities.
    pub fn overview(ids: &[i64]) -> Self {
        let request = |&id: &i64| CityRequest { id, date: Some(DATE.to_owned()) };
        Self::new("/cityscape.v1.Cities/GetOverview", ids.iter().map(request))
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

    fn new(path: &'static str, messages: impl Iterator<Item = impl Message>) -> Self {
        Self { path, messages: messages.map(|message| message.encode_to_vec().into()).collect() }
    }
}
