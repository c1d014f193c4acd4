//! Every read gives the same bytes over SQLite and PostgreSQL, and what is nearest is what really is nearest.

mod pair;
mod places;
mod prefixes;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use tonic::Code;

use self::{
    pair::Pair,
    places::{Place, cities},
};
use crate::stack::{Database, sample};

const CITIES: usize = 34_006;

#[test]
fn every_city_is_the_same() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    assert_eq!(pair.same_and_whole("GetCity", &every_id()?)?.len(), CITIES);
    Ok(())
}

#[test]
fn every_overview_is_the_same() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    assert_eq!(pair.same_and_whole("GetOverview", &every_id()?)?.len(), CITIES);
    Ok(())
}

fn every_id() -> Result<Vec<Value>> {
    Ok(cities()?.iter().map(|city| json!({"id": city.id})).collect())
}

/// Half of the calls ask for one of a few cities, so that equal ones meet.
#[test]
fn replies_are_the_same_where_calls_go_together_and_where_each_goes_alone() -> Result<()> {
    let Some(pair) = Pair::start_together_and_alone()? else { return Ok(()) };
    let cities = cities()?;
    let calls = (0..6_000).map(|index| {
        let city = if index % 2 == 0 { &cities[index % 5] } else { &cities[(index * 7_919) % cities.len()] };
        json!({ "id": city.id })
    });
    let calls: Vec<Value> = calls.collect();
    assert_eq!(pair.same_and_whole("GetCity", &calls)?.len(), calls.len());
    assert_eq!(pair.same_and_whole("GetOverview", &calls[..2_000])?.len(), 2_000);
    let lists: Vec<Value> = (0..500)
        .map(|index| json!({ "countryCode": (["IN", "DE", "CU"][index % 3]), "pageSize": 20 }))
        .collect();
    assert_eq!(pair.same_and_whole("ListCities", &lists)?.len(), 500);
    let unknown: Vec<Value> = (0..200).map(|index| json!({ "id": -1 - index % 3 })).collect();
    assert!(pair.same("GetCity", &unknown)?.iter().all(|answer| answer.code == Code::NotFound));
    Ok(())
}

#[test]
fn every_list_is_the_same_up_to_its_last_page() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    let countries = places::rows("seed/countries.tsv")?;
    let list = |country: &Vec<String>| json!({"countryCode": country[0], "pageSize": 100});
    let lists: Vec<Value> = countries.iter().map(list).collect();
    assert_eq!(lists.len(), 252);
    assert_eq!(walk(&pair, "ListCities", "cities", lists)?.len(), CITIES);
    let big = json!({"countryCode": "IN", "minPopulation": "100000", "pageSize": 7});
    let listed = walk(&pair, "ListCities", "cities", vec![big, json!({"countryCode": "nowhere"})])?;
    let population = |city: &Value| city["population"].as_str().and_then(|people| people.parse::<i64>().ok());
    assert!(listed.len() > 7 && listed.iter().all(|city| population(city) >= Some(100_000)));
    Ok(())
}

/// Walks all lists at once, a page of each at a time, to their last pages. Answers what was on the pages.
fn walk(pair: &Pair, method: &str, items: &str, mut lists: Vec<Value>) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    while !lists.is_empty() {
        let answers = pair.same_and_whole(method, &lists)?;
        let mut rest = Vec::new();
        for (mut list, answer) in lists.into_iter().zip(&answers) {
            let mut page = pair.read(method, answer)?.pop().context("a page")?;
            found.extend(page[items].as_array_mut().map(std::mem::take).unwrap_or_default());
            if let Some(token) = page.get("nextPageToken") {
                list["pageToken"] = token.clone();
                rest.push(list);
            }
        }
        lists = rest;
    }
    Ok(found)
}

#[test]
fn every_search_is_the_same_in_every_script() -> Result<()> {
    let fixtures = prefixes::fixtures()?;
    let add_fixtures = |database: &Database| {
        let places = fixtures.iter().zip(1_000_000_000..);
        let mut places = places.map(|((name, _), id)| Place::new(id, name, 0.0, 0.0));
        places.try_for_each(|place| place.insert(database))?;
        fold_names(database)
    };
    let Some(pair) = Pair::start_with(add_fixtures)? else { return Ok(()) };
    let search = |prefix: &String| json!({"prefix": prefix});
    let prefixes = prefixes::all()?;
    assert!(prefixes.len() >= 200, "{}", prefixes.len());
    let searches: Vec<_> = prefixes.iter().map(search).collect();
    let answers = pair.same_and_whole("SearchCities", &searches)?;
    let found = answers.iter().filter(|answer| !answer.replies.is_empty()).count();
    assert!(found > 150 && found < answers.len(), "{found} of {} found something", answers.len());
    for (name, prefix) in &fixtures {
        let answer = pair.same_one("SearchCities", &search(prefix))?;
        let cities = pair.read("SearchCities", &answer)?;
        assert!(cities.iter().any(|city| city["name"] == name.as_str()), "{prefix} does not find {name}");
    }
    Ok(())
}

/// As the seed does it, for rows that came later.
fn fold_names(database: &Database) -> Result<()> {
    let dialect = match database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres(_) => "postgres",
    };
    database.run(&std::fs::read_to_string(sample().join(format!("seed/fold_names.{dialect}.sql")))?)
}

#[test]
fn daylight_is_the_same_all_over_the_globe() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    let mut places = Vec::new();
    for latitude in (-90..=90).step_by(15) {
        for longitude in (-180..=180).step_by(30) {
            for date in [None, Some("2024-03-20"), Some("2024-12-21")] {
                let location = json!({"latitude": latitude, "longitude": longitude});
                places.push(json!({"location": location, "date": date}));
            }
        }
    }
    let answers = pair.same_and_whole("GetDaylight", &places)?;
    assert_eq!(answers.len(), 13 * 13 * 3);
    assert!(answers.iter().all(|answer| answer.replies.iter().any(|reply| !reply.is_empty())));
    Ok(())
}

#[test]
fn visits_are_the_same_after_the_same_writes() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    let visits = some_visits();
    for visit in &visits {
        let answer = pair.same_one("RecordVisit", visit)?;
        assert_eq!(answer.code, Code::Ok, "{visit} {answer:?}");
    }
    let lists = [KYOTO, SUVA, NOWHERE].map(|city| json!({"cityId": city, "pageSize": 3}));
    assert_eq!(walk(&pair, "ListVisits", "visits", lists.into())?.len(), visits.len());
    Ok(())
}

#[test]
fn a_visit_that_is_sent_again_is_the_one_recorded() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    let first = json!({"cityId": KYOTO, "visitor": "Ada", "stars": 5, "visitedAt": NOON, "requestId": "r-1"});
    let again = json!({"cityId": SUVA, "visitor": "Eve", "stars": 1, "visitedAt": NOON, "requestId": "r-1"});
    let [first, again] = [first, again].map(|visit| pair.same_one("RecordVisit", &visit));
    assert_eq!(first?.replies, again?.replies);
    let lists = [KYOTO, SUVA].map(|city| json!({"cityId": city}));
    assert_eq!(walk(&pair, "ListVisits", "visits", lists.into())?.len(), 1);
    Ok(())
}

const KYOTO: &str = "1857910";
const SUVA: &str = "2198148";
const NOWHERE: &str = "1";
const NOON: &str = "2024-06-20T12:00:00Z";

/// Texts, absent fields and moments of all kinds.
fn some_visits() -> Vec<Value> {
    let moments = [
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2024-02-29T12:34:56.7Z",
        "9999-12-31T23:59:59.999999Z",
    ];
    let mut visits = vec![
        json!({"cityId": KYOTO, "visitor": "Ada", "stars": 5, "visitedAt": NOON, "requestId": "r-1"}),
        json!({"cityId": KYOTO, "visitor": "O'Brien; --", "stars": 1, "note": "so \"so\"\n\t\\ 100%", "visitedAt": NOON}),
        json!({"cityId": SUVA, "visitor": "紫式部", "stars": 3, "note": "🌧 e\u{301} \u{10FFFF}", "visitedAt": NOON, "ticketNumber": "T-1"}),
        json!({"cityId": SUVA, "visitor": "é".repeat(100), "stars": 2, "note": "n".repeat(10_000), "visitedAt": NOON, "ticketNumber": ""}),
    ];
    visits.extend(
        moments.map(|moment| json!({"cityId": SUVA, "visitor": "Bo", "stars": 4, "visitedAt": moment})),
    );
    visits
}

#[test]
fn what_cannot_be_answered_is_refused_alike() -> Result<()> {
    let Some(pair) = Pair::start()? else { return Ok(()) };
    for (method, message) in [
        ("GetCity", json!({"id": "1"})),
        ("GetCity", json!({"id": i64::MAX.to_string()})),
        ("GetCity", json!({})),
        ("GetOverview", json!({"id": "1"})),
        ("ListCities", json!({"countryCode": "FJ", "pageSize": -1})),
        ("ListCities", json!({"countryCode": "FJ", "pageToken": "nonsense"})),
        ("ListCities", json!({"countryCode": "F\u{0}"})),
        ("SearchCities", json!({"prefix": ""})),
        ("SearchCities", json!({"prefix": "a\u{0}"})),
        ("GetDaylight", json!({"location": {"latitude": 91}})),
    ] {
        let answer = pair.same_one(method, &message)?;
        assert_ne!(answer.code, Code::Ok, "{method} {message}");
    }
    Ok(())
}

/// On both sides of the date line, at the poles, and twice at one place.
fn extremes() -> Vec<Place> {
    let extreme = [
        ("Adak", 51.88, -176.6581),
        ("Attu", 52.9032, 172.9066),
        ("Provideniya", 64.4235, -173.2258),
        ("Uelen", 66.1594, -169.8092),
        ("Waiyevo", -16.7833, -179.9667),
        ("Naqara", -16.8, 179.9833),
        ("East of the line", 0.0, -180.0),
        ("West of the line", 0.0, 180.0),
        ("North Pole", 90.0, 0.0),
        ("South Pole", -90.0, 77.0),
        ("Suva's double", -18.13683, 178.42531),
        ("Suva's antipode", 18.13683, -1.57469),
    ];
    extreme
        .into_iter()
        .zip(2_000_000_000..)
        .map(|((name, lat, lon), id)| Place::new(id, name, lat, lon))
        .collect()
}

#[test]
fn the_nearest_cities_are_the_nearest() -> Result<()> {
    let extremes = extremes();
    let add = |database: &Database| extremes.iter().try_for_each(|place| place.insert(database));
    let Some(pair) = Pair::start_with(add)? else { return Ok(()) };
    let places = [extremes.clone(), cities()?].concat();
    let is_far_out = |place: &Place| place.longitude.abs() > 170.0 && place.country_code != "NZ";
    let far_out = places.iter().filter(|place| is_far_out(place));
    let sample: Vec<_> = far_out.chain(places.iter().step_by(120)).collect();
    assert!(sample.len() >= 300, "{}", sample.len());
    let ids: Vec<_> = sample.iter().map(|place| json!({"id": place.id})).collect();
    for (place, answer) in sample.iter().zip(pair.same_and_whole("GetOverview", &ids)?) {
        let overview = pair.read("GetOverview", &answer)?.pop().context("an overview")?;
        assert_eq!(nearest(&overview)?, place.nearest(&places), "{place:?}");
    }
    Ok(())
}

/// Ids and metres, as an overview has them.
fn nearest(overview: &Value) -> Result<Vec<(i64, i64)>> {
    let cities = overview["nearest"].as_array().context("cities")?;
    let read = |city: &Value| {
        let id = city["id"].as_str().context("an id")?.parse()?;
        // Absent is 0, by protobuf's JSON mapping.
        Ok((id, city["distanceMetres"].as_i64().unwrap_or(0)))
    };
    cities.iter().map(read).collect()
}
