SELECT count(*) AS n FROM (VALUES
    (:double), (:float), (:int32), (:int64), (:uint32), (:uint64), (:sint32), (:sint64), (:fixed32), (:fixed64), (:sfixed32),
    (:sfixed64), (:bool), (:string), (:bytes), (:mood), (:inner), (:inner.text), (:inner.number), (:inner.texts),
    (:inner.mood), (:inner.at), (:maybe), (:left), (:right), (:middle), (:middle.text), (:map), (:strings), (:numbers),
    (:moods), (:inners), (:inners.text), (:inners.number), (:blobs), (:at), (:length), (:struct), (:value), (:wrapped),
    (:wrapped_number), (:date), (:time), (:decimal), (:instants)
) -- ':string' stays what it is
WHERE ':maybe' <> :string AND (:maybe IS NULL OR :maybe <> ":maybe")
