package io.sluice.recovery.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.format.RowGap;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.RowKey;
import io.sluice.recovery.backup.restore.FileRestore;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.backup.restore.FileRestoreTerms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Whatever is done to a target: verification finds it, and no restore gives a wrong byte. */
class DamageTest {
  private static final TargetKey KEY = TargetKey.of(new byte[TargetKey.LENGTH]);
  private static final ByteString OLD = ByteString.copyFrom(new byte[1000]);
  private static final String FOLDER = BackupFiles.ROOT + TestBackup.CLUSTER + "/";

  /** What can happen to a file. */
  enum Damage {
    FLIPPED_BIT,
    TRUNCATED,
    LONGER,
    MISSING,
    SWAPPED,
    REORDERED,
    ZEROED
  }

  private final MemoryTarget target = new MemoryTarget();
  private final Map<String, byte[]> expected = new TreeMap<>();

  private static byte[] random(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A full, of which an incremental changed a part, and another full. */
  private void write(TestBackup backup, Random random) throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    for (int i = 0; i < 40; i++) {
      object(backup, i, random);
    }
    backup.finish();
    backup.begin(SetKind.INCREMENTAL);
    for (int i = 0; i < 40; i += 5) {
      object(backup, i, random);
    }
    for (int i = 1; i < 40; i += 5) {
      backup.remove(7, key(i));
      expected.remove(key(i));
    }
    backup.finish();
  }

  private static String key(int number) {
    return "key-%02d".formatted(number);
  }

  private void object(TestBackup backup, int number, Random random) throws IOException {
    byte[] content = random(random.nextInt(20_000), random);
    expected.put(key(number), content);
    switch (random.nextInt(3)) {
      case 0 -> backup.inline(7, key(number).getBytes(StandardCharsets.UTF_8), content);
      case 1 -> backup.object(7, key(number), content, 4000);
      default -> backup.multipart(7, key(number), List.of(content, new byte[0]), 5000);
    }
  }

  /** Damages the target; the files of which verification must name one. */
  private Set<String> damage(Damage damage, Random random) {
    List<String> names = new ArrayList<>(target.files().keySet());
    String name = names.get(random.nextInt(names.size()));
    byte[] bytes = target.files().get(name);
    Set<String> damaged = new LinkedHashSet<>(Set.of(name.substring(FOLDER.length())));
    switch (damage) {
      case FLIPPED_BIT -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      case TRUNCATED ->
          target.files().put(name, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      case LONGER -> {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100));
        Arrays.fill(longer, bytes.length, longer.length, (byte) 'x');
        target.files().put(name, longer);
      }
      case MISSING -> target.files().remove(name);
      case SWAPPED -> {
        String other = names.get(random.nextInt(names.size()));
        if (other.equals(name)) {
          other = names.get((names.indexOf(name) + 1) % names.size());
        }
        target.files().put(name, target.files().put(other, bytes));
        damaged.add(other.substring(FOLDER.length()));
      }
      case REORDERED -> {
        int half = bytes.length / 2;
        byte[] reordered = Arrays.copyOfRange(bytes, half, bytes.length + half);
        System.arraycopy(bytes, 0, reordered, bytes.length - half, half);
        target.files().put(name, reordered);
      }
      case ZEROED -> {
        int from = random.nextInt(bytes.length - 16);
        int to = Math.min(bytes.length, from + 16 + random.nextInt(2000));
        Arrays.fill(bytes, from, to, (byte) 0);
      }
    }
    return damaged;
  }

  private static VerificationResult verify(TestBackup backup, BackupCatalog catalog)
      throws IOException {
    return new Verification(backup.files(), catalog, 1, 1, (done, all) -> {})
        .verify(catalog.sets());
  }

  @Property(tries = 150)
  void anyDamage_isFound_andNoWrongByteRestored(
      @ForAll Damage damage, @ForAll boolean sealed, @ForAll Random random) throws IOException {
    target.files().clear();
    expected.clear();
    try (TestBackup backup = new TestBackup(target, sealed ? KEY : null)) {
      write(backup, random);
      assertThat(verify(backup, backup.catalog()).problems()).isEmpty();
      Set<String> damaged = damage(damage, random);
      BackupCatalog catalog;
      try {
        catalog = backup.catalog();
      } catch (IOException e) {
        return; // it is said at once, such as of a format that is not known
      }
      boolean setIsGone =
          damage == Damage.MISSING && damaged.iterator().next().endsWith("set.json");
      VerificationResult result = verify(backup, catalog);
      if (!setIsGone || catalog.sets().stream().anyMatch(set -> set.parentId().isPresent())) {
        List<String> found =
            result.problems().stream().map(VerificationResult.Problem::file).toList();
        assertThat(found).as(damaged + " among what was found").containsAnyElementsOf(damaged);
        assertThat(found).noneMatch(file -> file.startsWith(TestBackup.CLUSTER.toString()));
      }
      if (catalog.newest().filter(set -> set.parentId().isPresent()).isPresent()) {
        restore(backup, catalog);
      }
    }
  }

  private void restore(TestBackup backup, BackupCatalog catalog) throws IOException {
    BackupSet set = catalog.newest().orElseThrow();
    Path directory = Files.createTempDirectory("sluice-damage");
    try {
      List<BackupSet> chain;
      try {
        chain = catalog.chain(set);
      } catch (IOException e) {
        return; // what it needs is gone, and that is said
      }
      FileRestoreTerms terms = new FileRestoreTerms(null, "", true, true, 2);
      FileRestoreResult result =
          new FileRestore(backup.files(), chain, terms).restore(directory, (o, b) -> {});
      int restored = 0;
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
          String name = directory.relativize(file).toString();
          if (!name.startsWith("_metadata/")) {
            byte[] content = expected.get(String.valueOf(file.getFileName()));
            assertThat(content).as(name).isNotNull();
            assertThat(Arrays.equals(Files.readAllBytes(file), content)).as(name).isTrue();
            restored++;
          }
        }
      }
      assertThat(result.objects()).isEqualTo(restored);
      assertThat(result.complete()).isEqualTo(result.problems().isEmpty());
      if (restored < expected.size()) {
        assertThat(result.complete()).isFalse();
      }
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }

  @Test
  void verify_damagedChunk_namesThePackAndTheObject() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      backup.bucket(7, "photos");
      for (int i = 0; i < 10; i++) {
        backup.object(7, key(i), random(10_000, new Random(i)), 100_000);
      }
      BackupSet set = backup.finish();
      String pack = set.packs().get(0).id().file();
      byte[] bytes = target.files().get(FOLDER + pack);
      bytes[48 + 3 * 10_088 + 500] ^= 1; // in the fourth record
      VerificationResult result = verify(backup, backup.catalog());
      assertThat(result.problems()).hasSize(1);
      assertThat(result.problems().get(0).file()).isEqualTo(pack);
      assertThat(result.problems().get(0).objects()).containsExactly("photos/key-03");
      assertThat(result.objects()).isEqualTo(10);
      assertThat(result.chunks()).isEqualTo(10);
    }
  }

  @Test
  void verify_whatSeveralSetsNeedIsDamaged_saysItOnce() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      backup.bucket(7, "photos");
      for (int i = 0; i < 3; i++) {
        backup.object(7, key(i), random(10_000, new Random(i)), 100_000);
      }
      BackupSet full = backup.finish();
      for (int i = 0; i < 4; i++) {
        backup.begin(SetKind.INCREMENTAL);
        backup.object(7, "more-" + i, random(100, new Random(i)), 100_000);
        backup.finish();
      }
      String index = full.chunkIndexes().get(0).name();
      byte[] bytes = target.files().get(FOLDER + index);
      bytes[100] ^= 1;
      VerificationResult result = verify(backup, backup.catalog());
      assertThat(result.problems()).hasSize(1);
      assertThat(result.problems().get(0).file()).isEqualTo(index);
      assertThat(result.problems().get(0).touched()).isEqualTo(3);
      assertThat(result.problems().get(0).objects())
          .containsExactlyInAnyOrder("photos/key-00", "photos/key-01", "photos/key-02");
      assertThat(result.share()).isEqualTo(1);

      target.files().remove(FOLDER + full.id().folder() + "set.json");
      assertThat(verify(backup, backup.catalog()).problems())
          .as("what all four need")
          .extracting(VerificationResult.Problem::file)
          .containsExactly(full.id().folder() + "set.json");
    }
  }

  @Test
  void state_lostBlockOfAnIncremental_givesNothingOlderInItsPlace() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      for (int i = 0; i < 3000; i++) {
        backup.inline(7, "%05d".formatted(i).getBytes(StandardCharsets.UTF_8), new byte[1000]);
      }
      backup.finish();
      backup.begin(SetKind.INCREMENTAL);
      Random random = new Random(1);
      for (int i = 0; i < 2900; i++) {
        backup.inline(
            7, "%05d".formatted(i).getBytes(StandardCharsets.UTF_8), random(1000, random));
      }
      BackupSet set = backup.finish();
      byte[] rows = target.files().get(FOLDER + set.rows().get(0).name());
      rows[rows.length / 2] ^= 1;
      Lost lost = new Lost();
      List<BackupSet> chain = backup.catalog().chain(set);
      int given = 0;
      try (SetState state = SetState.open(backup.files(), chain, lost)) {
        for (RowGroup row = state.next(); row != null; row = state.next()) {
          boolean isOld = row.row().getObject().getInlineData().equals(OLD);
          assertThat(isOld).isEqualTo(row.key().key().toStringUtf8().compareTo("02900") >= 0);
          given++;
        }
      }
      assertThat(lost.gaps).hasSize(1);
      assertThat(lost.unsure).isBetween(200, 300);
      assertThat(given + lost.unsure).isEqualTo(3000);
      VerificationResult result = verify(backup, backup.catalog());
      assertThat(result.problems()).hasSize(1);
      assertThat(result.problems().get(0).file()).isEqualTo(set.rows().get(0).name());
      assertThat(result.problems().get(0).touched()).isEqualTo(lost.unsure + 1);
    }
  }

  @Test
  void state_lostPartsInTheMiddle_objectIsLeftOut_itsNeighboursAreNot() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      backup.inline(7, "a".getBytes(StandardCharsets.UTF_8), new byte[10]);
      List<byte[]> parts = new ArrayList<>();
      for (int i = 0; i < 12_000; i++) {
        parts.add(new byte[] {(byte) i});
      }
      backup.multipart(7, "many", parts, 1);
      backup.inline(7, "z".getBytes(StandardCharsets.UTF_8), new byte[10]);
      BackupSet set = backup.finish();
      byte[] rows = target.files().get(FOLDER + set.rows().get(0).name());
      rows[blockAt(rows, 2) + 40] ^= 1;
      Lost lost = new Lost();
      List<String> given = new ArrayList<>();
      try (SetState state = SetState.open(backup.files(), List.of(set), lost)) {
        for (RowGroup row = state.next(); row != null; row = state.next()) {
          given.add(row.key().key().toStringUtf8());
        }
      }
      assertThat(given).containsExactly("a", "z");
      assertThat(lost.gaps.get(0).covers(key(7, "many"))).isTrue();
    }
  }

  /** Where a block of a file begins: its magic, behind that of so many others. */
  private static int blockAt(byte[] file, int number) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int at = text.indexOf("SLBK");
    for (int i = 0; i < number; i++) {
      at = text.indexOf("SLBK", at + 1);
    }
    return at;
  }

  private static RowKey key(long bucketId, String key) {
    return new RowKey(1, 4, bucketId, ByteString.copyFromUtf8(key));
  }

  /** Keeps what was lost. */
  private static final class Lost implements SetState.DamageReceiver {
    private final List<RowGap> gaps = new ArrayList<>();
    private int unsure;

    @Override
    public void gap(BackupSet set, RowGap gap) {
      gaps.add(gap);
    }

    @Override
    public void lost(BackupSet set, String file, String problem) {
      throw new AssertionError(problem);
    }

    @Override
    public void unsure(RowGroup row, String file) {
      unsure++;
    }
  }

  @Test
  void verify_sample_readsAShareOfThePacks_alwaysTheSame() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      for (int i = 0; i < 40; i++) {
        backup.object(7, key(i), random(10_000, new Random(i)), 100_000);
        backup.writer().endPack();
      }
      backup.finish();
      BackupCatalog catalog = backup.catalog();
      long[] chunks = new long[2];
      for (int i = 0; i < 2; i++) {
        VerificationResult result =
            new Verification(backup.files(), catalog, 0.25, 5, (done, all) -> {})
                .verify(catalog.sets());
        assertThat(result.isGood()).isTrue();
        chunks[i] = result.chunks();
      }
      assertThat(chunks[0]).isEqualTo(chunks[1]).isBetween(3L, 20L);
      target.files().remove(FOLDER + catalog.sets().get(0).packs().get(0).id().file());
      assertThat(
              new Verification(backup.files(), catalog, 0.25, 5, (done, all) -> {})
                  .verify(catalog.sets())
                  .problems())
          .hasSize(1);
    }
  }

  @Test
  void verify_lastSetIsGone_isNamedWhereItIsKnown() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      backup.begin(SetKind.FULL);
      BackupSet gone = backup.finish();
      target.files().remove(FOLDER + gone.id().folder() + "set.json");
      Verification verification =
          new Verification(backup.files(), backup.catalog(), 1, 1, (done, all) -> {});
      verification.require(gone.id());
      assertThat(verification.verify(backup.catalog().sets()).problems())
          .extracting(VerificationResult.Problem::file)
          .containsExactly(gone.id().folder() + "set.json");
    }
  }

  @Test
  void verify_progress_endsWithAll() throws IOException {
    try (TestBackup backup = new TestBackup(target, null)) {
      write(backup, new Random(1));
      BackupCatalog catalog = backup.catalog();
      long[] last = new long[2];
      new Verification(
              backup.files(),
              catalog,
              1,
              1,
              (done, all) -> {
                assertThat(done).isGreaterThan(last[0]);
                last[0] = done;
                last[1] = all;
              })
          .verify(catalog.sets());
      assertThat(last[0]).isEqualTo(last[1]).isPositive();
    }
  }
}
