//! A catalog's folder, written file by file.

use std::path::Path;

use meanwhile_catalog::{Catalog, Method, Part};

/// The folder of a catalog named `shop`, with one upstream `stock`.
pub struct Folder(tempfile::TempDir);

/// What every contract here begins with.
const HEAD: &str = r#"syntax = "proto3"; package shop.v1;
import "google/api/field_behavior.proto"; import "google/protobuf/field_mask.proto"; import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto"; import "meanwhile/v1/options.proto";
"#;

impl Folder {
    /// A catalog whose contract is `proto`, from its fourth line on.
    pub fn new(proto: &str) -> Self {
        let manifest = "name = \"shop\"\n[upstreams.stock]\nurl = \"http://127.0.0.1:1\"\n";
        Self(tempfile::tempdir().unwrap())
            .with("catalog.toml", manifest)
            .with("proto/shop/v1/shop.proto", format!("{HEAD}{proto}"))
    }

    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Writes what answers `shop.v1.Shop/Get`, or a part of it.
    pub fn get(self, rest: &str, content: &str) -> Self {
        self.with(&format!("sql/shop.v1.Shop/Get{rest}"), content)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn load(&self) -> Catalog {
        Catalog::load(self.path()).unwrap_or_else(|findings| panic!("{findings}"))
    }

    /// `file:line:column: message | mend` of every finding.
    pub fn findings(&self) -> Vec<String> {
        let findings = Catalog::load(self.path()).err().unwrap_or_default();
        findings.iter().map(|finding| format!("{finding} | {}", finding.mend)).collect()
    }

    /// The one finding there is.
    pub fn finding(&self) -> String {
        let findings = self.findings();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings[0].clone()
    }

    pub fn method(&self) -> Method {
        self.load().methods.remove(0)
    }

    pub fn part(&self) -> Part {
        self.method().parts.remove(0)
    }
}

/// A service with the one method `Get`; `messages` are `Request` and `Reply`, with what they need.
pub fn one_method(messages: &str) -> Folder {
    Folder::new(&format!("service Shop {{ rpc Get(Request) returns (Reply); }}\n{messages}"))
}

/// The same, where the method only reads.
pub fn one_read(messages: &str) -> Folder {
    read_with("", messages)
}

/// The same, with more options.
pub fn read_with(options: &str, messages: &str) -> Folder {
    Folder::new(&format!(
        "service Shop {{ rpc Get(Request) returns (Reply) {{ option idempotency_level = NO_SIDE_EFFECTS; {options} }} }}\n{messages}"
    ))
}
