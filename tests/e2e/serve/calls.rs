//! Each method of the sample gives what its contract says.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};
use meanwhile_testbed::grpcurl::Grpcurl;
use serde_json::{Value, json};

use super::{call, served};
use crate::stack::{Database, Stack, sample};

#[test]
fn a_city_is_read_with_all_its_fields() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let berlin = json!({"id": "2950159", "name": "Berlin", "countryCode": "DE", "admin1Code": "16",
            "location": {"latitude": 52.52437, "longitude": 13.41053}, "population": "3426354",
            "timeZone": "Europe/Berlin"});
        assert_eq!(call(&stack, &grpcurl, "GetCity", &json!({"id": 2950159}))?, berlin);
    }
    Ok(())
}

#[test]
fn a_search_streams_every_match_in_order_whatever_the_case_and_the_accents() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let search = |prefix: &str| {
            let json = json!({"prefix": prefix}).to_string();
            grpcurl.call(stack.gateway(), &[], "cityscape.v1.Cities/SearchCities", &json)?.messages()
        };
        let found = search("sao pau")?;
        let names: Vec<_> = found.iter().filter_map(|city| city["name"].as_str()).collect();
        let expected = ["São Paulo", "São Paulo de Frades", "São Paulo de Olivença", "São Paulo do Potengi"];
        assert_eq!(names, expected);
        assert_eq!(search("SÃO PAU")?, found);
        assert!(search("no city is called this")?.is_empty());
        assert!(search("a")?.len() > 1_000);
    }
    Ok(())
}

#[test]
fn an_overview_has_the_city_its_country_its_neighbours_and_its_daylight() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let overview = call(&stack, &grpcurl, "GetOverview", &json!({"id": 2198148, "date": "2024-06-20"}))?;
        assert_eq!(overview["city"]["name"], "Suva");
        assert_eq!(overview["country"]["name"], "Fiji");
        assert_eq!(overview["nearest"].as_array().map(Vec::len), Some(5));
        assert_eq!(overview["daylight"]["sunrise"], "2024-06-19T18:36:39Z");
        assert_eq!(overview["daylight"]["dayLength"], "39750s");
    }
    Ok(())
}

/// Held against the distance to every city there is.
#[test]
fn the_nearest_cities_are_the_nearest_across_the_date_line_and_near_the_pole() -> Result<()> {
    let cities = cities()?;
    for (stack, grpcurl) in served()? {
        for name in ["Suva", "Apia", "Anadyr", "Nuku‘alofa", "Longyearbyen", "Ushuaia", "Berlin"] {
            let city = cities.iter().find(|city| city.name == name).with_context(|| name.to_owned())?;
            let overview = call(&stack, &grpcurl, "GetOverview", &json!({"id": city.id}))?;
            let nearest = overview["nearest"].as_array().context("nearest")?;
            let distance = |near: &Value| near["distanceMetres"].as_i64().unwrap_or(0);
            let found: Vec<_> = nearest.iter().map(|near| (distance(near), near["id"].clone())).collect();
            assert_eq!(found, nearest_of(city, &cities), "{name}");
        }
    }
    Ok(())
}

#[test]
fn a_method_that_is_a_web_call_alone_is_answered() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let request = json!({"location": {"latitude": 78.22, "longitude": 15.65}, "date": "2024-06-20"});
        let daylight = call(&stack, &grpcurl, "GetDaylight", &request)?;
        let expected = json!({"date": "2024-06-20", "dayLength": "86400s", "polar": "POLAR_DAY"});
        assert_eq!(daylight, expected);
    }
    Ok(())
}

#[test]
fn a_visit_is_written_whole_and_read_back() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let request = json!({"cityId": "2198148", "visitor": "Ann-Sofie Ærø", "stars": 5, "note": "warm \"rain\"",
            "visitedAt": "2024-02-29T23:59:59Z", "ticketNumber": "T-1"});
        let visit = call(&stack, &grpcurl, "RecordVisit", &request)?;
        let mut expected = request;
        expected["id"] = visit["id"].clone();
        assert_eq!(visit, expected);
        let visits = call(&stack, &grpcurl, "ListVisits", &json!({"cityId": 2198148}))?;
        assert_eq!(visits, json!({"visits": [visit]}));
    }
    Ok(())
}

#[test]
fn an_absent_optional_field_stays_absent_and_its_default_is_the_statements() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let request = json!({"cityId": 2198148, "visitor": "Bo", "stars": 1});
        let visit = call(&stack, &grpcurl, "RecordVisit", &request)?;
        assert_eq!(visit.get("ticketNumber"), None);
        assert!(visit["visitedAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{visit}");
    }
    Ok(())
}

#[test]
fn a_write_sent_again_with_its_request_id_is_recorded_once() -> Result<()> {
    for (stack, grpcurl) in served()? {
        let request = json!({"cityId": 2198148, "visitor": "Bo", "stars": 1, "requestId": "once"});
        let first = call(&stack, &grpcurl, "RecordVisit", &request)?;
        assert_eq!(call(&stack, &grpcurl, "RecordVisit", &request)?, first);
        assert_eq!(stack.database.count("visits")?, 1);
    }
    Ok(())
}

#[test]
fn an_optional_part_that_is_late_is_left_out_and_named_in_a_trailer() -> Result<()> {
    let Some(grpcurl) = Grpcurl::find() else { return Ok(()) };
    for database in Database::both()? {
        let stack = Stack::over(database).with_almanac_delay(Duration::from_secs(30)).start()?;
        let method = "cityscape.v1.Cities/GetOverview";
        let reply = grpcurl.call(stack.gateway(), &["-v"], method, r#"{"id": 2198148}"#)?.0.success()?;
        let trailers = reply.split("Response trailers received:").last().unwrap_or_default();
        assert!(trailers.contains("meanwhile-missing-parts: daylight"), "{reply}");
        assert!(reply.contains("Suva") && !reply.contains("sunrise"), "{reply}");
    }
    Ok(())
}

#[test]
fn a_part_that_is_there_is_in_no_trailer() -> Result<()> {
    for (stack, _) in served()? {
        let answer = stack.client()?.call("cityscape.v1.Cities/GetOverview", r#"{"id": 2198148}"#)?;
        assert_eq!((answer.code, answer.trailers.get("meanwhile-missing-parts")), (tonic::Code::Ok, None));
    }
    Ok(())
}

struct City {
    id: String,
    name: String,
    latitude: f64,
    longitude: f64,
}

/// The cities as they were seeded.
fn cities() -> Result<Vec<City>> {
    let table = fs::read_to_string(sample().join("seed/cities.tsv"))?;
    let (header, rows) = table.split_once('\n').context("a header")?;
    let names: Vec<_> = header.split('\t').collect();
    let column = |name: &str| names.iter().position(|it| *it == name).with_context(|| name.to_owned());
    let columns = [column("id")?, column("name")?, column("latitude")?, column("longitude")?];
    let city = |row: &str| {
        let cells: Vec<_> = row.split('\t').collect();
        let [id, name, latitude, longitude] = columns.map(|at| cells[at]);
        Ok(City {
            id: id.to_owned(),
            name: name.to_owned(),
            latitude: latitude.parse()?,
            longitude: longitude.parse()?,
        })
    };
    rows.lines().map(city).collect()
}

/// Metres and id of the five others that are nearest, on a sphere of the Earth's mean radius.
fn nearest_of(here: &City, cities: &[City]) -> Vec<(i64, Value)> {
    let others = cities.iter().filter(|city| city.id != here.id);
    let mut all: Vec<_> =
        others.map(|city| (metres(here, city), city.id.parse::<i64>().unwrap_or(0))).collect();
    all.sort_unstable();
    all.into_iter().take(5).map(|(metres, id)| (metres, json!(id.to_string()))).collect()
}

/// By the angle between the two places' unit vectors, as chord length: another way than the statement's.
fn metres(one: &City, other: &City) -> i64 {
    let vector = |city: &City| {
        let (latitude, longitude) = (city.latitude.to_radians(), city.longitude.to_radians());
        let cosine = latitude.cos();
        [cosine * longitude.cos(), cosine * longitude.sin(), latitude.sin()]
    };
    let [a, b] = [vector(one), vector(other)];
    let chord = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    (2.0 * 6_371_008.8 * (chord / 2.0).asin()).round() as i64
}
