-- A request_id that was seen before changes nothing: the conflict's "update" only lets RETURNING see the stored row.
INSERT INTO visits (city_id, visitor, stars, note, visited_at, ticket_number, request_id)
VALUES (
    :city_id, :visitor, :stars, :note,
    COALESCE(:visited_at, CURRENT_TIMESTAMP), :ticket_number, NULLIF(:request_id, '')
)
ON CONFLICT (request_id) DO UPDATE SET request_id = excluded.request_id
RETURNING id, city_id, visitor, stars, note, visited_at, ticket_number
