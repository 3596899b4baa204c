package io.sluice.recovery.backup.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.storage.proto.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRestoreTest {
  @TempDir private Path directory;

  private final MemoryTarget target = new MemoryTarget();
  private final TestBackup backup = new TestBackup(target, null);
  private Path to;

  @BeforeEach
  void place() {
    to = directory.resolve("restored");
  }

  @AfterEach
  void close() throws IOException {
    backup.close();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] text(int length) {
    return "lorem ipsum "
        .repeat(length / 12 + 1)
        .substring(0, length)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static FileRestoreTerms terms(boolean overwrite, boolean skipDamaged) {
    return new FileRestoreTerms(null, "", overwrite, skipDamaged, 2);
  }

  private FileRestoreResult restore(BackupSet set, FileRestoreTerms terms) throws IOException {
    return new FileRestore(backup.files(), backup.catalog().chain(set), terms)
        .restore(to, (objects, bytes) -> {});
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(to)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        files.put(to.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    files.keySet().removeIf(name -> name.startsWith("_metadata/"));
    return files;
  }

  private List<JsonNode> metadata(String bucket) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(to.resolve("_metadata/" + bucket + ".jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void restore_fullAndIncremental_everyObjectAsItWas() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.bucket(8, "empty");
    byte[] large = random(9_000_000, 1);
    backup.object(7, "large", large, 4 << 20);
    backup.object(7, "text", text(700_000), 4 << 20);
    backup.object(7, "replaced", random(50_000, 2), 10_000);
    backup.object(7, "gone", random(50_000, 3), 10_000);
    backup.inline(7, "dir/small".getBytes(StandardCharsets.UTF_8), text(100));
    backup.inline(7, "dir".getBytes(StandardCharsets.UTF_8), new byte[0]);
    List<byte[]> parts = List.of(random(300_000, 4), text(10), random(0, 0), random(5_000, 5));
    backup.multipart(7, "parts", parts, 100_000);
    backup.finish();
    backup.begin(SetKind.INCREMENTAL);
    byte[] replaced = random(60_000, 6);
    backup.object(7, "replaced", replaced, 20_000);
    backup.remove(7, "gone");
    BackupSet set = backup.finish();
    FileRestoreResult result = restore(set, terms(false, false));
    assertThat(result.problems()).isEmpty();
    assertThat(result.complete()).isTrue();
    assertThat(result.objects()).isEqualTo(6);
    Map<String, byte[]> files = files();
    assertThat(files.keySet())
        .containsExactly(
            "photos/dir",
            "photos/dir%2F/small",
            "photos/large",
            "photos/parts",
            "photos/replaced",
            "photos/text");
    assertThat(files.get("photos/large")).isEqualTo(large);
    assertThat(files.get("photos/text")).isEqualTo(text(700_000));
    assertThat(files.get("photos/replaced")).isEqualTo(replaced);
    assertThat(files.get("photos/dir%2F/small")).isEqualTo(text(100));
    assertThat(files.get("photos/parts")).hasSize(305_010);
    assertThat(Files.getLastModifiedTime(to.resolve("photos/large")).toInstant())
        .isEqualTo(TestBackup.START.plusSeconds(3600));
    assertThat(to.resolve(".sluice-restore")).doesNotExist();
    List<JsonNode> lines = metadata("photos");
    assertThat(lines.get(0).path("bucket").asText()).isEqualTo("photos");
    assertThat(lines).hasSize(7);
    assertThat(lines.stream().filter(line -> line.path("key").asText().equals("dir/small")))
        .allMatch(line -> line.path("file").asText().equals("photos/dir%2F/small"))
        .hasSize(1);
    assertThat(metadata("empty")).hasSize(1);
  }

  @Test
  void restore_bucketAndPrefix_onlyThose() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.bucket(8, "other");
    for (long bucket = 7; bucket <= 8; bucket++) {
      backup.inline(bucket, "a/1".getBytes(StandardCharsets.UTF_8), text(10));
      backup.inline(bucket, "b/1".getBytes(StandardCharsets.UTF_8), text(10));
    }
    BackupSet set = backup.finish();
    FileRestoreTerms terms = new FileRestoreTerms("photos", "b/", false, false, 1);
    FileRestore restore = new FileRestore(backup.files(), List.of(set), terms);
    List<String> names = new ArrayList<>();
    assertThat(restore.plan(names::add)).isEqualTo(new FileRestorePlan(1, 1, 10));
    assertThat(names).containsExactly("photos/b/1");
    assertThat(to).doesNotExist();
    restore.restore(to, (objects, bytes) -> {});
    assertThat(files().keySet()).containsExactly("photos/b/1");
  }

  @Test
  void restore_hostileKeys_nothingOutsideOfTheDirectory() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.bucket(9, "../evil");
    List<String> keys =
        List.of("../../escaped", "/etc/x", "a/../../b", "..", ".", "a/", "a//b", "x".repeat(1024));
    for (String key : keys) {
      backup.inline(7, key.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
      backup.inline(9, key.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }
    BackupSet set = backup.finish();
    FileRestoreResult result = restore(set, terms(false, false));
    assertThat(result.complete()).isTrue();
    assertThat(files()).hasSize(2 * keys.size());
    try (Stream<Path> beside = Files.list(directory)) {
      assertThat(beside).containsExactly(to);
    }
  }

  @Test
  void restore_directoryIsNotEmpty_isRefusedWithoutOverwrite() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.inline(7, "a".getBytes(StandardCharsets.UTF_8), text(10));
    BackupSet set = backup.finish();
    Files.createDirectories(to.resolve("photos"));
    Files.writeString(to.resolve("photos/a"), "mine");
    Files.writeString(to.resolve("photos/b"), "mine too");
    assertThatThrownBy(() -> restore(set, terms(false, false)))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThat(to.resolve("photos/a")).hasContent("mine");
    assertThat(restore(set, terms(true, false)).complete()).isTrue();
    assertThat(files().get("photos/a")).isEqualTo(text(10));
    assertThat(to.resolve("photos/b")).hasContent("mine too");
  }

  @Test
  void restore_linkInItsWay_isNotFollowed() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.inline(7, "a/b".getBytes(StandardCharsets.UTF_8), text(10));
    BackupSet set = backup.finish();
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.createDirectories(to.resolve("photos"));
    Files.createSymbolicLink(to.resolve("photos/a"), outside);
    FileRestoreResult result = restore(set, terms(true, true));
    assertThat(result.complete()).isFalse();
    assertThat(result.problems().get(0).name()).isEqualTo("photos/a/b");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void restore_damagedChunk_isNamed_andTheRestIsRestoredWhenToldTo() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    for (int i = 0; i < 20; i++) {
      backup.object(7, "key-%02d".formatted(i), random(30_000, i), 100_000);
    }
    BackupSet set = backup.finish();
    byte[] pack = pack(set.packs().get(0));
    pack[pack.length / 2] ^= 1;
    assertThat(restore(set, terms(false, false)).complete()).isFalse();
    FileRestoreResult result = restore(set, terms(true, true));
    assertThat(result.complete()).isFalse();
    assertThat(result.failed()).isOne();
    assertThat(result.objects()).isEqualTo(19);
    String damaged = result.problems().get(0).name();
    assertThat(files()).hasSize(19).doesNotContainKey(damaged);
  }

  private byte @Nullable [] pack(PackFile pack) {
    return target.files().get(BackupFiles.ROOT + TestBackup.CLUSTER + "/" + pack.id().file());
  }

  @Test
  void restore_bytesOfAnotherUpload_areRefusedByTheirMd5() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    Part other = backup.part(random(1000, 2), 500);
    Part wrong = other.toBuilder().setMd5(backup.part(random(1000, 1), 500).getMd5()).build();
    backup.object(7, "a", random(1000, 1), wrong);
    BackupSet set = backup.finish();
    FileRestoreResult result = restore(set, terms(false, true));
    assertThat(result.problems())
        .containsExactly(
            new FileRestoreResult.Problem(
                "photos/a", "its bytes are not those that were uploaded"));
    assertThat(files()).isEmpty();
  }

  @Test
  void restore_chunksInAnyOrderOfPacks_isRight() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    byte[] first = random(40_000, 1);
    byte[] second = random(40_000, 2);
    Part two = backup.part(second, 10_000);
    backup.writer().endPack();
    Part one = backup.part(first, 10_000);
    byte[] all = new byte[80_000];
    System.arraycopy(first, 0, all, 0, 40_000);
    System.arraycopy(second, 0, all, 40_000, 40_000);
    Part whole =
        one.toBuilder().setSize(80_000).clearMd5().addAllSlices(two.getSlicesList()).build();
    backup.object(7, "a", all, whole);
    BackupSet set = backup.finish();
    assertThat(restore(set, terms(false, false)).complete()).isTrue();
    assertThat(files().get("photos/a")).isEqualTo(all);
  }

  @Test
  void restore_manySmallObjects_readsPacksInLargeRanges() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    for (int i = 0; i < 300; i++) {
      backup.object(7, "key-%03d".formatted(i), random(20_000, i), 100_000);
    }
    BackupSet set = backup.finish();
    target.clearCounts();
    assertThat(restore(set, new FileRestoreTerms(null, "", false, false, 1)).complete()).isTrue();
    assertThat(target.opens()).isLessThan(10);
    assertThat(target.reads()).isLessThan(20);
  }
}
