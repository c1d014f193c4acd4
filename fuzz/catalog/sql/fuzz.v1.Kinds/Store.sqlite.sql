INSERT INTO everything VALUES (
    :double, :float, :int32, :int64, :uint32, :uint64, :sint32, :sint64, :fixed32, :fixed64, :sfixed32, :sfixed64, :bool,
    :string, :bytes, :mood, :inner, :inner.number, :inner.text, :inner.texts, :inner.mood, :maybe, :left, :map, :strings,
    :numbers, :moods, :inners, :blobs, :at, :length, :struct, :value, :wrapped_number, :wrapped, :date, :time, :decimal,
    :instants
)
