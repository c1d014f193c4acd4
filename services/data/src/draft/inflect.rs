//! English nouns, one and many, for the last word of a table's name. Rules and a few exceptions: what they get wrong
//! is a name that reads oddly and can be edited.

/// Words that are the same, one or many, or that databases use as if they were.
const SAME: &[&str] = &[
    "aircraft",
    "audio",
    "chassis",
    "data",
    "equipment",
    "feedback",
    "fish",
    "hardware",
    "history",
    "info",
    "information",
    "inventory",
    "media",
    "metadata",
    "money",
    "music",
    "news",
    "offspring",
    "series",
    "sheep",
    "sms",
    "software",
    "species",
    "staff",
    "traffic",
    "weather",
];

/// Words of which the rules know nothing: one, many.
const IRREGULAR: &[(&str, &str)] = &[
    ("analysis", "analyses"),
    ("appendix", "appendices"),
    ("axis", "axes"),
    ("basis", "bases"),
    ("child", "children"),
    ("cpu", "cpus"),
    ("crisis", "crises"),
    ("criterion", "criteria"),
    ("diagnosis", "diagnoses"),
    ("foot", "feet"),
    ("gas", "gases"),
    ("goose", "geese"),
    ("gpu", "gpus"),
    ("half", "halves"),
    ("hypothesis", "hypotheses"),
    ("index", "indexes"),
    ("index", "indices"),
    ("knife", "knives"),
    ("leaf", "leaves"),
    ("lens", "lenses"),
    ("life", "lives"),
    ("loaf", "loaves"),
    ("man", "men"),
    ("matrix", "matrices"),
    ("menu", "menus"),
    ("mouse", "mice"),
    ("ox", "oxen"),
    ("person", "people"),
    ("quiz", "quizzes"),
    ("shelf", "shelves"),
    ("sku", "skus"),
    ("thief", "thieves"),
    ("tooth", "teeth"),
    ("vertex", "vertices"),
    ("wife", "wives"),
    ("wolf", "wolves"),
    ("woman", "women"),
];

/// Words that end like a plural's "-es" and have an e of their own: `caches` is `cache`, and `batches` is `batch`.
const OWN_E: &[&str] =
    &["ache", "avalanche", "axe", "cache", "canoe", "creche", "microfiche", "niche", "shoe", "toe"];

/// Words that end in "-ie": `movies` is `movie`, and `cities` is `city`.
const OWN_IE: &[&str] =
    &["calorie", "cookie", "die", "lie", "movie", "pie", "prairie", "selfie", "tie", "zombie"];

/// Words whose many end in "-uses" or "-ases" and whose one has no e: `statuses` is `status`, and `houses` is `house`.
const NO_E: &[&str] = &[
    "alias", "atlas", "bias", "bonus", "bus", "campus", "canvas", "census", "circus", "corpus", "focus",
    "genus", "nexus", "radius", "status", "stimulus", "surplus", "syllabus", "virus",
];

/// One of `word`, which may be one already.
pub fn singular(word: &str) -> String {
    let with_ending = |stem: &str, ending: &str| format!("{stem}{ending}");
    if SAME.contains(&word) || word.len() < 3 {
        return word.to_owned();
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(one, many)| word == *many || word == *one) {
        return (*one).to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        let own = with_ending(stem, "ie");
        return if OWN_IE.contains(&own.as_str()) { own } else { with_ending(stem, "y") };
    }
    if let Some(stem) = word.strip_suffix("es") {
        let own = with_ending(stem, "e");
        let hisses = ["ss", "sh", "ch", "x", "zz"].iter().any(|end| stem.ends_with(end));
        let is_bare = (hisses || stem.ends_with('o')) && !OWN_E.contains(&own.as_str());
        return if is_bare || NO_E.contains(&stem) { stem.to_owned() } else { own };
    }
    let is_one = ["ss", "us", "sis"].iter().any(|end| word.ends_with(end)) || NO_E.contains(&word);
    match word.strip_suffix('s').filter(|_| !is_one) {
        Some(stem) => stem.to_owned(),
        None => word.to_owned(),
    }
}

/// Many of `word`, which is one.
pub fn plural(word: &str) -> String {
    let is_vowel = |letter: char| "aeiou".contains(letter);
    if SAME.contains(&word) || word.is_empty() {
        return word.to_owned();
    }
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| word == *one) {
        return (*many).to_owned();
    }
    if let Some(stem) = word.strip_suffix('y').filter(|stem| !stem.ends_with(is_vowel)) {
        return format!("{stem}ies");
    }
    let hisses = ["s", "sh", "ch", "x", "z"].iter().any(|end| word.ends_with(end));
    format!("{word}{}", if hisses { "es" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_is_found() {
        for (many, one) in [
            ("orders", "order"),
            ("categories", "category"),
            ("people", "person"),
            ("addresses", "address"),
            ("statuses", "status"),
            ("movies", "movie"),
            ("cities", "city"),
            ("houses", "house"),
            ("warehouses", "warehouse"),
            ("databases", "database"),
            ("cases", "case"),
            ("licenses", "license"),
            ("responses", "response"),
            ("purchases", "purchase"),
            ("boxes", "box"),
            ("taxes", "tax"),
            ("batches", "batch"),
            ("caches", "cache"),
            ("classes", "class"),
            ("quizzes", "quiz"),
            ("heroes", "hero"),
            ("photos", "photo"),
            ("shoes", "shoe"),
            ("moves", "move"),
            ("archives", "archive"),
            ("shelves", "shelf"),
            ("buses", "bus"),
            ("aliases", "alias"),
            ("analyses", "analysis"),
            ("indices", "index"),
            ("indexes", "index"),
            ("vertices", "vertex"),
            ("children", "child"),
            ("companies", "company"),
            ("keys", "key"),
            ("days", "day"),
            ("employees", "employee"),
            ("genres", "genre"),
            ("invoices", "invoice"),
            ("languages", "language"),
            ("stores", "store"),
            ("areas", "area"),
            ("menus", "menu"),
            ("skus", "sku"),
            ("apis", "api"),
            ("sizes", "size"),
        ] {
            assert_eq!(singular(many), one, "{many}");
        }
    }

    #[test]
    fn one_stays_one() {
        for one in [
            "order", "status", "address", "class", "analysis", "basis", "alias", "series", "species", "news",
            "data", "metadata", "staff", "film", "gas", "id", "s", "bus", "canvas", "process", "access",
        ] {
            assert_eq!(singular(one), one, "{one}");
        }
    }

    #[test]
    fn many_of_one_is_its_way_back() {
        for one in [
            "order", "category", "person", "address", "status", "movie", "box", "batch", "class", "key",
            "day", "child", "shelf", "alias", "index", "hero", "photo", "cache", "company", "quiz", "house",
            "staff",
        ] {
            assert_eq!(singular(&plural(one)), one, "{}", plural(one));
        }
        assert_eq!(plural("category"), "categories");
        assert_eq!(plural("film"), "films");
    }
}
