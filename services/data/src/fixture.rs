//! For tests: contracts from text, and catalogs served over real databases without a network in between.

use prost_reflect::{DescriptorPool, MessageDescriptor};

/// The descriptors of one proto3 file of package `t`.
pub fn contract(text: &str) -> DescriptorPool {
    struct Text(String);
    impl protox::file::FileResolver for Text {
        fn open_file(&self, name: &str) -> Result<protox::file::File, protox::Error> {
            let built_in = || meanwhile_proto::imports::BUILT_IN.iter().find(|(known, _)| *known == name);
            match name {
                "t.proto" => protox::file::File::from_source(name, &self.0),
                _ => match built_in() {
                    Some((_, text)) => protox::file::File::from_source(name, text),
                    None => protox::file::GoogleFileResolver::new().open_file(name),
                },
            }
        }
    }
    let head = "syntax = \"proto3\"; package t; import \"google/protobuf/wrappers.proto\";
        import \"google/protobuf/timestamp.proto\"; import \"google/api/field_behavior.proto\";";
    let mut compiler = protox::Compiler::with_file_resolver(Text(format!("{head}{text}")));
    compiler.include_imports(true).open_file("t.proto").unwrap();
    compiler.descriptor_pool()
}

/// A message of [`contract`].
pub fn message(pool: &DescriptorPool, name: &str) -> MessageDescriptor {
    pool.get_message_by_name(&format!("t.{name}")).unwrap()
}
