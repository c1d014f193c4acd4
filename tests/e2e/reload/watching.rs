//! `up --watch`: what is saved is served, and what is broken is told.

use anyhow::Result;
use meanwhile_testbed::grpcurl::Grpcurl;

use super::*;

#[test]
fn an_edit_is_served_when_it_is_saved() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let client = up.client()?;
    assert_eq!(said(&client, SAY)?, "hello");
    up.write(&[("sql/words.v1.Words/Say.sql", "SELECT upper(word) AS word FROM words")])?;
    up.wait_until_said(&client, SAY, "HELLO")?;
    up.wait_for_line("changed=words.v1.Words/Say")?;
    Ok(())
}

#[test]
fn without_watch_an_edit_waits_for_a_signal() -> Result<()> {
    let up = Edited::start(words()?, &[])?;
    up.write(&[("sql/words.v1.Words/Say.sql", "SELECT 'edited' AS word")])?;
    assert_eq!(up.says(SAY)?, "hello");
    up.hang_up(0)?;
    assert_eq!(up.says(SAY)?, "edited");
    Ok(())
}

#[test]
fn a_broken_edit_is_told_and_the_last_good_one_is_served_until_it_is_mended() -> Result<()> {
    let good = contract("words.v1", &["Say"]);
    for (file, broken, mended, place) in [
        ("proto/words.proto", "syntax = \"proto3\";\npackage words.v1;\nservice {", good.as_str(), ":3:"),
        ("catalog.toml", "name = \"words\"\nnonsense", "name = \"words\"\n", ":2:"),
        ("sql/words.v1.Words/Say.sql", "SELECT 'a\nAS word", "SELECT word FROM words", ":1:8"),
        ("sql/words.v1.Words/Nobody.sql", "SELECT 1", "", ":1:1"),
    ] {
        let up = Edited::start(words()?, &["--watch"])?;
        let client = up.client()?;
        up.write(&[(file, broken)])?;
        let told = up.wait_for_line(&format!("{}{place}", up.folder.path().join(file).display()))?;
        up.wait_for_line("the changed catalog is not served; the one before it is")?;
        assert_eq!(said(&client, SAY)?, "hello", "{told}");
        assert!(up.serves("words.v1.Words")?);
        match mended {
            "" => up.remove(file)?,
            mended => up.write(&[(file, mended)])?,
        }
        up.wait_for_line("the changed contract is served")?;
        assert_eq!(said(&client, SAY)?, "hello", "{told}");
    }
    Ok(())
}

#[test]
fn a_new_method_is_listed_answered_and_healthy_and_one_that_is_gone_is_nobodys() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    up.write(&[
        ("sql/words.v1.Words/More.sql", "SELECT 'more' AS word"),
        ("proto/words.proto", &contract("words.v1", &["Say", "More"])),
    ])?;
    let client = up.client()?;
    up.wait_until_said(&client, MORE, "more")?;
    assert!(up.serves(MORE)? && up.serves(SAY)?);
    up.wait_for_line("new=words.v1.Words/More")?;
    if let Some(grpcurl) = Grpcurl::find() {
        let listed = grpcurl.run(&up.gateway, &[], &["list", "words.v1.Words"])?.0.success()?;
        assert_eq!(listed.trim(), "words.v1.Words.More\nwords.v1.Words.Say");
    }
    up.remove("sql/words.v1.Words/Say.sql")?;
    up.write(&[("proto/words.proto", &contract("words.v1", &["More"]))])?;
    up.wait_until_gone(&client, SAY)?;
    up.wait_for_line("gone=words.v1.Words/Say")?;
    assert_eq!(said(&client, MORE)?, "more");
    assert!(!up.serves(SAY)? && up.serves("words.v1.Words")?);
    Ok(())
}

#[test]
fn a_package_that_is_renamed_is_served_under_its_new_name_alone() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let old = up.client()?;
    let sql = up.folder.path().join("sql");
    fs::rename(sql.join("words.v1.Words"), sql.join("words.v2.Words"))?;
    up.write(&[("proto/words.proto", &contract("words.v2", &["Say"]))])?;
    let new = up.client()?;
    up.wait_until_said(&new, "words.v2.Words/Say", "hello")?;
    up.wait_until_gone(&old, SAY)?;
    assert!(up.serves("words.v2.Words")? && !up.serves("words.v1.Words")?);
    Ok(())
}

#[test]
fn a_folder_that_is_away_for_a_moment_is_missed_by_nobody() -> Result<()> {
    let up = Edited::start(words()?, &["--watch"])?;
    let client = up.client()?;
    let elsewhere = tempfile::tempdir()?;
    let away = elsewhere.path().join("away");
    fs::rename(up.folder.path(), &away)?;
    up.wait_for_line("the catalog's folder is gone")?;
    assert_eq!(said(&client, SAY)?, "hello");
    fs::write(away.join("sql/words.v1.Words/Say.sql"), "SELECT 'back' AS word")?;
    fs::rename(&away, up.folder.path())?;
    up.wait_for_line("the catalog's folder is back")?;
    up.wait_until_said(&client, SAY, "back")
}

/// As Kubernetes updates a ConfigMap: everything at once, by a link that is pointed elsewhere.
#[test]
fn a_config_map_that_is_updated_is_served() -> Result<()> {
    let (first, mount) = (words()?, tempfile::tempdir()?);
    let second = words()?;
    fs::write(second.path().join("sql/words.v1.Words/Say.sql"), "SELECT 'updated' AS word")?;
    let data = mount.path().join("..data");
    let link = |to: &Path| std::os::unix::fs::symlink(to, mount.path().join("..data_tmp"));
    link(first.path())?;
    fs::rename(mount.path().join("..data_tmp"), &data)?;
    for name in ["catalog.toml", "proto", "sql", "migrations"] {
        std::os::unix::fs::symlink(Path::new("..data").join(name), mount.path().join(name))?;
    }
    let up = Edited::start(mount, &["--watch"])?;
    let client = up.client()?;
    assert_eq!(said(&client, SAY)?, "hello");
    std::os::unix::fs::symlink(second.path(), up.folder.path().join("..data_tmp"))?;
    fs::rename(up.folder.path().join("..data_tmp"), up.folder.path().join("..data"))?;
    up.wait_until_said(&client, SAY, "updated")
}
