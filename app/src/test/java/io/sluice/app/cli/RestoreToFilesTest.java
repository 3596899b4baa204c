package io.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.app.Printed;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetWriter;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.DirectoryTarget;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketState;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** {@code sluice restore --from --to}, which knows nothing but a target. */
@ResourceLock(Resources.SYSTEM_OUT)
@ResourceLock(Resources.SYSTEM_ERR)
class RestoreToFilesTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  @TempDir private Path directory;

  private int exit;

  /** Everything that a command printed. */
  private String run(String... arguments) {
    return Printed.by(() -> exit = SluiceCommand.run(Map.of(), arguments));
  }

  private String restore(String... more) {
    return run(
        Stream.concat(Stream.of("restore", "--from", "file://" + target()), Stream.of(more))
            .toArray(String[]::new));
  }

  private Path target() {
    return directory.resolve("target");
  }

  private String to() {
    return directory.resolve("to").toString();
  }

  /** A backup of one bucket with one object, whose content is the text. */
  private BackupSet backup(UUID cluster, Instant at, String content, @Nullable TargetKey key)
      throws IOException {
    try (BackupTarget target = DirectoryTarget.create(target());
        SetWriter writer =
            SetWriter.begin(
                new BackupFiles(target, cluster, key),
                SetId.create(at, null),
                SetKind.FULL,
                null,
                () -> at,
                pack -> {})) {
      Bucket bucket = Bucket.newBuilder().setId(1).setName("photos").build();
      writer.add(
          0,
          BackupRow.newBuilder()
              .setBucket(BucketState.newBuilder().setName("photos").setBucket(bucket))
              .build());
      writer.add(
          1,
          BackupRow.newBuilder()
              .setObject(
                  ObjectState.newBuilder()
                      .setBucketId(1)
                      .setKey(ByteString.copyFromUtf8("a/b"))
                      .setObject(
                          ObjectVersion.newBuilder()
                              .setInline(true)
                              .setSize(content.length())
                              .setLastModifiedMs(at.toEpochMilli()))
                      .setInlineData(ByteString.copyFromUtf8(content)))
              .build());
      BackupSet set = writer.prepare(at, List.of(), List.of());
      writer.publish(set);
      return set;
    }
  }

  @Test
  void restore_newest_orAtATime_orById() throws IOException {
    UUID cluster = UUID.randomUUID();
    BackupSet first = backup(cluster, NOON, "first", null);
    backup(cluster, NOON.plusSeconds(3600), "second", null);
    assertThat(restore("--to", to())).contains("restored 1 object (");
    assertThat(exit).isZero();
    Path file = Path.of(to(), "photos/a/b");
    assertThat(file).hasContent("second");
    assertThat(restore("--to", to())).contains("is not empty, and nothing was changed");
    assertThat(exit).isOne();
    restore("--to", to(), "--overwrite", "--at", "2026-11-21T12:30:00Z");
    assertThat(file).hasContent("first");
    restore("--to", to(), "--overwrite");
    assertThat(file).hasContent("second");
    assertThat(restore("--to", to(), "--overwrite", "--json", "--backup", first.id().text()))
        .contains("\"objects\":1", "\"complete\":true");
    assertThat(file).hasContent("first");
  }

  @Test
  void restore_dryRun_changesNothing() throws IOException {
    backup(UUID.randomUUID(), NOON, "first", null);
    assertThat(restore("--to", to(), "--dry-run"))
        .contains("restore photos/a/b", "would restore 1 object (5 B)");
    assertThat(exit).isZero();
    assertThat(Path.of(to())).doesNotExist();
  }

  @Test
  void restore_whatTheBackupDoesNotKnow_isSaid() throws IOException {
    backup(UUID.randomUUID(), NOON, "first", null);
    for (String dry : new String[] {"--dry-run", "--json"}) {
      assertThat(restore("--to", to(), dry, "--bucket", "photso")).contains("has no bucket photso");
      assertThat(exit).isOne();
      assertThat(restore("--to", to(), dry, "--prefix", "b/"))
          .contains("no key in backup", "begins with 'b/'");
      assertThat(exit).isOne();
    }
    assertThat(Path.of(to())).doesNotExist();
  }

  @Test
  void restore_encryptedTarget_needsItsKey() throws IOException {
    byte[] bytes = new byte[TargetKey.LENGTH];
    TargetKey key = TargetKey.of(bytes);
    backup(UUID.randomUUID(), NOON, "secret", key);
    assertThat(restore("--to", to())).contains("no key was given", key.id());
    assertThat(exit).isOne();
    Path keyFile = directory.resolve("key");
    Files.writeString(keyFile, "01".repeat(TargetKey.LENGTH));
    assertThat(restore("--to", to(), "--key-file", keyFile.toString())).contains(key.id());
    assertThat(exit).isOne();
    assertThat(Path.of(to())).doesNotExist();
    Files.writeString(keyFile, "00".repeat(TargetKey.LENGTH));
    restore("--to", to(), "--key-file", keyFile.toString());
    assertThat(exit).isZero();
    assertThat(Path.of(to(), "photos/a/b")).hasContent("secret");
  }

  @Test
  void restore_badInput_isOneClearLine() throws IOException {
    assertThat(restore("--to", to())).contains("is not a directory that is there");
    assertThat(exit).isOne();
    Files.createDirectories(target());
    assertThat(restore("--to", to())).contains("there are no backups in file://");
    assertThat(exit).isOne();
    backup(UUID.randomUUID(), NOON, "first", null);
    assertThat(restore("--to", to(), "--at", "2026-11-21T11:00:00Z"))
        .contains("there is no backup from before 2026-11-21T11:00:00Z", "begin with");
    assertThat(exit).isOne();
    assertThat(restore("--to", to(), "--backup", "20261121T100000.000Z-00000000"))
        .contains("there is no backup 2026");
    assertThat(exit).isOne();
    assertThat(restore("--to", to(), "--at", "yesterday")).contains("is not a time such as");
    assertThat(exit).isEqualTo(2);
    assertThat(restore()).contains("--from needs --to DIR|URL, --bucket B or --all-buckets");
    assertThat(exit).isEqualTo(2);
    assertThat(run("restore", "--from", "ftp://x", "--to", to())).contains("ftp://x");
    assertThat(exit).isEqualTo(2);
    assertThat(run("restore", "--to", to())).contains("go with --from");
    assertThat(exit).isEqualTo(2);
    assertThat(run("restore", "--bucket", "photos")).contains("either --snapshot S, or --at TIME");
    assertThat(exit).isEqualTo(2);
    assertThat(run("restore", "--at", "2026-11-21T11:00:00Z"))
        .contains("either --bucket B or --all-buckets");
    assertThat(exit).isEqualTo(2);
    backup(UUID.randomUUID(), NOON, "other", null);
    assertThat(restore("--to", to())).contains("several clusters");
    assertThat(exit).isEqualTo(2);
    assertThat(Path.of(to())).doesNotExist();
  }
}
