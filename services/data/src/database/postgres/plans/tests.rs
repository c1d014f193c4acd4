//! Every filter of a list finds its rows by its index, whichever plan PostgreSQL makes.

use meanwhile_catalog::Source;

use super::*;
use crate::bind::BoundSource;
use crate::database::{Database, Form};
use crate::fixture::{Served, Shop, on_postgres};

/// 40,000 rows of which each filter finds few.
const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('calm', 'loud');
    CREATE TABLE cities (id bigint PRIMARY KEY, name text NOT NULL, country varchar(2) NOT NULL, region uuid NOT NULL,
        population integer NOT NULL, founded date NOT NULL, seen timestamptz NOT NULL, area numeric NOT NULL,
        mood mood NOT NULL, tags text[] NOT NULL);
    INSERT INTO cities SELECT i, md5(i::text), chr(65 + i % 26) || chr(65 + i / 26 % 26), md5((i % 500)::text)::uuid,
        i * 37 % 1000003, date '1000-01-01' + i % 20000, timestamptz '2024-01-01' + i * interval '1 minute',
        i / 10.0, CASE WHEN i % 1000 = 0 THEN 'loud' ELSE 'calm' END::mood, ARRAY[(i % 300)::text]
        FROM generate_series(1, 40000) AS i;
    CREATE INDEX cities_name ON cities (name, id);
    CREATE INDEX cities_country ON cities (country);
    CREATE INDEX cities_region ON cities (region);
    CREATE INDEX cities_population ON cities (population, id);
    CREATE INDEX cities_founded ON cities (founded);
    CREATE INDEX cities_seen ON cities (seen);
    CREATE INDEX cities_area ON cities (area);
    CREATE INDEX cities_mood ON cities (mood) WHERE mood = 'loud';
    CREATE INDEX cities_lower ON cities (lower(name));
    CREATE INDEX cities_tags ON cities USING gin (tags);
    ANALYZE cities";

const SQL: &str = "
    SELECT id, name FROM cities
    WHERE (:country IS NULL OR country = :country)
        AND (:region IS NULL OR region = :region)
        AND (:population IS NULL OR population = :population)
        AND (:founded IS NULL OR founded BETWEEN :founded AND CAST(:founded AS date) + 30)
        AND (:seen IS NULL OR seen >= :seen AND seen < CAST(:seen AS timestamptz) + interval '1 day')
        AND (:area IS NULL OR area = :area)
        AND (:lower IS NULL OR lower(name) = lower(:lower))
        AND (:tag IS NULL OR tags @> ARRAY[:tag])
        AND (:some IS NULL OR id = ANY (CAST(string_to_array(:some, ',') AS bigint[])))
        AND (:loud IS NULL OR mood = 'loud')
        AND (:after.name IS NULL OR (name, id) > (:after.name, :after.id))
    ORDER BY name, id LIMIT :limit";

/// A value for each parameter, so that a plan can be made for it alone.
const VALUES: [(&str, &str); 14] = [
    ("country", "'CC'"),
    ("region", "md5('7')"),
    ("population", "37"),
    ("founded", "'1010-01-01'"),
    ("seen", "'2024-01-02'"),
    ("area", "12.5"),
    ("lower", "md5('7')"),
    ("tag", "'7'"),
    ("some", "'7,8'"),
    ("loud", "true"),
    ("after.name", "'fff'"),
    ("after.id", "7"),
    ("limit", "51"),
    ("none", "NULL"),
];

fn shop() -> Shop {
    let fields = "optional string country = 3; optional string region = 4; optional int32 population = 5;
        optional string founded = 6; google.protobuf.Timestamp seen = 7; optional string area = 8;
        optional string lower = 9; optional string tag = 10; optional string some = 11; optional bool loud = 12;";
    let messages = format!(
        "message Request {{ int32 page_size = 1; string page_token = 2; {fields} }}
        message Reply {{ repeated City cities = 1; string next_page_token = 2; }}
        message City {{ int64 id = 1; string name = 2; }}"
    );
    let method = "rpc Get(Request) returns (Reply) { option idempotency_level = NO_SIDE_EFFECTS;
        option (meanwhile.v1.page_by) = \"name\"; option (meanwhile.v1.page_by) = \"id\"; }";
    Shop::new(method, &messages).schema(SCHEMA).sql("Get.sql", SQL)
}

/// The plans of each filter alone, by name, with these settings; of values where they are given.
async fn planned(served: &Served, settings: &str, is_custom: bool) -> Vec<(String, String)> {
    let method = &served.catalog.methods[0];
    let bound = served.bindings[&method.path].as_ref().unwrap();
    let (Source::Sql(sql), BoundSource::Sql { prepared, .. }) =
        (&method.parts[0].source, &bound.parts[0].source)
    else {
        panic!("no SQL")
    };
    let statement = sql.statement(served.database.dialect()).unwrap();
    let (Form::Postgres(types), Database::Postgres(postgres)) = (&prepared.form, &served.database) else {
        panic!("no types")
    };
    let mut lease = postgres.sessions.pool.acquire(None).await.unwrap();
    let connection = &mut lease.begin().connection;
    let mut signature = signature(connection, types).await.unwrap();
    let mut planned = Vec::new();
    for filter in 0..statement.filters().len() {
        let (given, cut) = statement.filter_alone(filter);
        if is_custom {
            let value = |name: &str| VALUES.iter().find(|(known, _)| *known == name).unwrap().1;
            let values: Vec<&str> = statement.params.iter().map(|param| value(&param.name)).collect();
            signature.values = format!(" ({})", values.join(", "));
        }
        let text = prepared.cuts.as_ref().unwrap().text(cut);
        let plans = run(connection, &[settings, &explain(text.as_str(), &signature)]).await.unwrap();
        planned.push((statement.params[given[0]].name.clone(), plans.unwrap()[0].to_string()));
    }
    lease.finished();
    planned
}

fn each_finds_by_index(planned: &[(String, String)]) {
    assert_eq!(planned.len(), 11);
    for (filter, plan) in planned {
        assert!(!plan.contains("Seq Scan"), "{filter}: {plan}");
        let by_itself = if filter == "loud" { "cities_mood" } else { "Index Cond" };
        assert!(plan.contains(by_itself), "{filter}: {plan}");
    }
}

#[test]
fn each_filter_of_a_list_finds_its_rows_by_its_index() {
    on_postgres(&shop(), async |served| {
        each_finds_by_index(&planned(served, GENERIC, false).await);
        each_finds_by_index(&planned(served, "SET LOCAL plan_cache_mode = force_custom_plan;\n", true).await);
    });
}
