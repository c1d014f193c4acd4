//! What a span of any app waits for, by OpenTelemetry's semantic conventions, old names and new, and by the names that
//! pools give the spans of their acquires. What a span says of itself (`meanwhile.wait.kind`) counts first.

use meanwhile_proto::attributes::WAIT_KIND;
use meanwhile_proto::waits::WaitKind;

use crate::Role;

/// How a database span says so.
const DATABASES: [&str; 3] = ["db.system.name", "db.system", "db.type"];

/// How a call of another service, or a message's sending, says so.
const CALLS: [&str; 12] = [
    "http.request.method",
    "http.method",
    "url.full",
    "http.url",
    "rpc.system.name",
    "rpc.system",
    "rpc.method",
    "messaging.system",
    "messaging.operation.type",
    "messaging.operation",
    "server.address",
    "peer.service",
];

/// How pools name the spans of their acquires, in lower case: those of pg-pool, HikariCP, SQLAlchemy, asyncpg, sqlx, Npgsql,
/// go-redis and whoever names them likewise.
const ACQUIRES: [&str; 9] = [
    "pg-pool.connect",
    "pool.acquire",
    "pool.get",
    "pool.connect",
    "acquire_connection",
    "acquire connection",
    "getconnection",
    "get_connection",
    "checkout",
];

/// What the span waits for; none where it is its service's own work. `text` gives an attribute's value, where it is there
/// and text.
pub fn wait_of<'a>(
    role: Role,
    name: &str,
    mut text: impl FnMut(&str) -> Option<&'a str>,
) -> Option<WaitKind> {
    if let Some(kind) = text(WAIT_KIND) {
        return WaitKind::from_name(kind);
    }
    if matches!(role, Role::Server | Role::Consumer) {
        return None;
    }
    if is_acquire(name) {
        return Some(WaitKind::Pool);
    }
    match role {
        Role::Client | Role::Producer => {
            let mut says = |keys: &[&str]| keys.iter().any(|key| text(key).is_some());
            match says(&DATABASES) {
                true => Some(WaitKind::Database),
                // Every CLIENT span waits for somebody else; what for is known where it says.
                false => (role == Role::Client || says(&CALLS)).then_some(WaitKind::Upstream),
            }
        }
        // Some libraries leave the kind of their database spans at its default.
        _ => DATABASES.iter().any(|key| text(key).is_some()).then_some(WaitKind::Database),
    }
}

/// True for an ASGI server's watch for its client to go away, which is a span beside the request for all of its time: nobody
/// waits for that. A watch that was called off says nothing of an event.
pub fn is_watch<'a>(name: &str, mut text: impl FnMut(&str) -> Option<&'a str>) -> bool {
    name.ends_with(" http receive") && matches!(text("asgi.event.type"), None | Some("http.disconnect"))
}

fn is_acquire(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ACQUIRES.iter().any(|acquire| name.ends_with(acquire))
}
