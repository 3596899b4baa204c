package io.sluice.recovery.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.TargetKey;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.recovery.backup.format.PackFile;
import io.sluice.recovery.backup.format.PackReader;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.recovery.backup.format.StoredChunk;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackupSetTest {
  private static final TargetKey KEY = TargetKey.of(new byte[TargetKey.LENGTH]);

  private final MemoryTarget target = new MemoryTarget();
  private TestBackup backup = new TestBackup(target, null);

  @AfterEach
  void close() throws IOException {
    backup.close();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private List<String> keys(BackupSet set) throws IOException {
    List<String> keys = new ArrayList<>();
    try (SetState state = SetState.open(backup.files(), backup.catalog().chain(set), null)) {
      for (RowGroup row = state.next(); row != null; row = state.next()) {
        keys.add(row.key().key().toStringUtf8());
      }
    }
    return keys;
  }

  @Test
  void finish_isListed_andSaysTheSame() throws IOException {
    backup.begin(SetKind.FULL);
    backup.bucket(7, "photos");
    backup.object(7, "b", random(300_000, 1), 100_000);
    backup.multipart(7, "c", List.of(random(50_000, 2), random(10_000, 3)), 30_000);
    backup.inline(7, "a".getBytes(StandardCharsets.UTF_8), random(100, 4));
    BackupSet set = backup.finish();
    assertThat(backup.catalog().sets()).containsExactly(set);
    assertThat(set.counts().rows()).isEqualTo(4);
    assertThat(set.counts().objects()).isEqualTo(3);
    assertThat(set.counts().objectBytes()).isEqualTo(360_100);
    assertThat(set.counts().chunks()).isEqualTo(6);
    assertThat(set.packs()).hasSize(1);
    assertThat(keys(set)).containsExactly("photos", "a", "b", "c");
  }

  @Test
  void begun_notFinished_isNotListed() throws IOException {
    SetWriter writer = backup.begin(SetKind.FULL);
    backup.object(7, "b", random(300_000, 1), 100_000);
    writer.endPack();
    writer.close();
    assertThat(target.files()).isNotEmpty();
    assertThat(backup.catalog().sets()).isEmpty();
  }

  @Test
  void successor_takesOverCompletePacks_andItsFilesHaveOtherNames() throws Exception {
    List<PackFile> complete = new ArrayList<>();
    SetId id = SetId.create(TestBackup.START, null);
    SetWriter first =
        SetWriter.begin(
            backup.files(), id, SetKind.FULL, null, () -> TestBackup.START, complete::add);
    ChunkId sent = ChunkId.of(0, 1, 2, 3);
    first.addChunk(backup.record(sent, random(1000, 1)));
    first.endPack();
    first.addChunk(backup.record(ChunkId.of(0, 1, 2, 4), random(1000, 2)));
    first.close(); // died in the middle of its second pack
    assertThat(complete).hasSize(1);
    SetWriter second =
        SetWriter.begin(backup.files(), id, SetKind.FULL, null, () -> TestBackup.START, p -> {});
    assertThat(second.adopt(complete.get(0)).stream().map(ChunkLocation::chunk))
        .containsExactly(sent);
    BackupSet set = TestBackup.finish(second, TestBackup.START, List.of());
    assertThat(set.packs()).isEqualTo(complete);
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), backup.catalog().sets(), null)) {
      assertThat(lookup.find(List.of(sent))).containsOnlyKeys(sent);
    }
    assertThatThrownBy(
            () ->
                SetWriter.begin(
                    backup.files(), id, SetKind.FULL, null, () -> TestBackup.START, p -> {}))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void finish_twoWriters_oneWins() throws IOException {
    SetId id = SetId.create(TestBackup.START, null);
    SetWriter stale =
        SetWriter.begin(backup.files(), id, SetKind.FULL, null, () -> TestBackup.START, p -> {});
    SetWriter fresh =
        SetWriter.begin(backup.files(), id, SetKind.FULL, null, () -> Instant.EPOCH, p -> {});
    BackupSet won = TestBackup.finish(fresh, TestBackup.START, List.of());
    assertThatThrownBy(() -> TestBackup.finish(stale, Instant.EPOCH, List.of()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(backup.catalog().sets()).containsExactly(won);
  }

  @Test
  void addChunk_damagedRecord_isRefused() throws IOException {
    SetWriter writer = backup.begin(SetKind.FULL);
    ByteBuffer record = backup.record(ChunkId.of(0, 1, 2, 3), random(1000, 1));
    record.put(500, (byte) (record.get(500) ^ 1));
    assertThatThrownBy(() -> writer.addChunk(record))
        .isInstanceOf(ChunkRecord.MalformedRecordException.class);
    assertThat(backup.finish().packs()).isEmpty();
  }

  @Test
  void ids_areInTheOrderOfTime_whateverTheClockSays() {
    SetId first = SetId.create(TestBackup.START, null);
    SetId second = SetId.create(TestBackup.START.minusSeconds(9), first);
    assertThat(second).isGreaterThan(first);
    assertThat(second.time()).isEqualTo(TestBackup.START.plusMillis(1));
    SetId third = SetId.create(second.time().plusNanos(500_000), second);
    assertThat(third.time()).isAfter(second.time());
    assertThat(SetId.parse("nonsense")).isEmpty();
  }

  @Test
  void chain_fullToIncremental_andAtATime() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet full = backup.finish();
    backup.begin(SetKind.INCREMENTAL);
    BackupSet first = backup.finish();
    backup.begin(SetKind.DIFFERENTIAL, full.id());
    BackupSet differential = backup.finish();
    backup.begin(SetKind.INCREMENTAL);
    BackupSet second = backup.finish();
    BackupCatalog catalog = backup.catalog();
    assertThat(catalog.chain(first)).containsExactly(full, first);
    assertThat(catalog.chain(second)).containsExactly(full, differential, second);
    assertThat(catalog.newest()).contains(second);
    assertThat(catalog.newestFull()).contains(full);
    assertThat(catalog.at(first.cutAt())).contains(first);
    assertThat(catalog.at(first.cutAt().minusMillis(1))).contains(full);
    assertThat(catalog.at(full.cutAt().minusMillis(1))).isEmpty();
  }

  @Test
  void reload_readsOnlyWhatIsNew() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet full = backup.finish();
    BackupCatalog catalog = backup.catalog();
    backup.begin(SetKind.INCREMENTAL);
    BackupSet incremental = backup.finish();
    target.clearCounts();
    BackupCatalog newer = catalog.reload(backup.files(), full.id());
    assertThat(newer.sets()).containsExactly(full, incremental);
    assertThat(newer.after(full.id())).containsExactly(incremental);
    assertThat(target.opens()).isOne();
    backup.files().delete(SetFile.name(full.id()));
    assertThat(newer.reload(backup.files(), full.id()).sets()).containsExactly(incremental);
    assertThat(newer.reload(backup.files(), incremental.id()).sets())
        .as("what is before is as it was")
        .containsExactly(full, incremental);
  }

  @Test
  void chain_parentIsGone_isSaid() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet full = backup.finish();
    backup.begin(SetKind.INCREMENTAL);
    BackupSet incremental = backup.finish();
    backup.files().delete(SetFile.name(full.id()));
    BackupCatalog catalog = backup.catalog();
    assertThatThrownBy(() -> catalog.chain(incremental))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining("is missing")
        .hasMessageContaining(full.id().text());
  }

  @Test
  void load_newerFormat_isOneClearLine() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet set = backup.finish();
    replaceInSetJson(set, "\"version\" : 1", "\"version\" : 2");
    assertThatThrownBy(() -> backup.catalog())
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining("format 2");
  }

  @Test
  void load_changedSetJson_isUnreadable_andTheOthersAreThere() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet first = backup.finish();
    backup.begin(SetKind.FULL);
    BackupSet second = backup.finish();
    replaceInSetJson(first, "\"kind\" : \"full\"", "\"kind\" : \"synthetic-full\"");
    assertThat(backup.catalog().sets()).containsExactly(second);
    assertThat(backup.catalog().unreadable()).containsOnlyKeys(first.id());
  }

  @Test
  void load_fieldsThatAreNotKnown_arePassedOver() throws IOException {
    backup.begin(SetKind.FULL);
    BackupSet set = backup.finish();
    replaceInSetJson(set, "\"format\"", "\"later\" : {\"x\" : 1}, \"format\"");
    assertThat(backup.catalog().sets()).containsExactly(set);
  }

  private void replaceInSetJson(BackupSet set, String from, String to) {
    String name = BackupFiles.ROOT + TestBackup.CLUSTER + "/" + SetFile.name(set.id());
    String text = new String(target.files().get(name), StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    target.files().put(name, text.replace(from, to).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void load_sealed_keyIsNeededAndNamed() throws IOException {
    TestBackup sealed = new TestBackup(target, KEY);
    sealed.begin(SetKind.FULL);
    sealed.inline(7, new byte[] {1}, "very-secret-content".getBytes(StandardCharsets.UTF_8));
    BackupSet set = sealed.finish();
    assertThat(sealed.catalog().sets()).containsExactly(set);
    assertThatThrownBy(() -> backup.catalog())
        .isInstanceOf(WrongKeyException.class)
        .hasMessageContaining("no key was given")
        .hasMessageContaining(KEY.id());
    byte[] other = new byte[TargetKey.LENGTH];
    other[0] = 1;
    assertThatThrownBy(() -> new TestBackup(target, TargetKey.of(other)).catalog())
        .isInstanceOf(WrongKeyException.class)
        .hasMessageContaining(KEY.id());
    target
        .files()
        .values()
        .forEach(
            bytes ->
                assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                    .doesNotContain("very-secret", "storedBytes"));
    sealed.close();
  }

  @Test
  void rows_inAnyOrder_areSortedOverSeveralFiles() throws IOException {
    backup.begin(SetKind.FULL);
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, 3000).boxed().toList());
    java.util.Collections.shuffle(numbers, new Random(1));
    for (int number : numbers) {
      backup.inline(7, key(number), random(8000, number));
    }
    BackupSet set = backup.finish();
    assertThat(set.rows()).hasSizeGreaterThan(1);
    assertThat(keys(set)).hasSize(3000).isSorted();
  }

  @Test
  void rows_sorted_areOneFile() throws IOException {
    backup.begin(SetKind.FULL);
    for (int i = 0; i < 3000; i++) {
      backup.inline(7, key(i), random(8000, i));
    }
    BackupSet set = backup.finish();
    assertThat(set.rows()).hasSize(1);
    assertThat(keys(set)).hasSize(3000).isSorted();
  }

  private static byte[] key(int number) {
    return "%08d".formatted(number).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void multipart_tenThousandParts_comeBackInOrder() throws IOException {
    backup.begin(SetKind.FULL);
    List<byte[]> parts = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      parts.add(new byte[] {(byte) i});
    }
    backup.multipart(7, "many", parts, 1);
    backup.inline(7, "z".getBytes(StandardCharsets.UTF_8), new byte[0]);
    BackupSet set = backup.finish();
    try (SetState state = SetState.open(backup.files(), List.of(set), null)) {
      RowGroup row = state.next();
      assertThat(row).isNotNull();
      assertThat(row.partCount()).isEqualTo(10_000);
      assertThat(ObjectChunks.problem(row)).isEmpty();
      assertThat(state.next()).isNotNull();
      assertThat(state.next()).isNull();
    }
  }

  @Test
  void lookup_fewOfMany_readsFewBlocks() throws Exception {
    SetWriter writer = backup.begin(SetKind.FULL);
    PackFile pack =
        new PackFile(
            new io.sluice.recovery.backup.format.PackId("0".repeat(32)), 1, "0".repeat(64));
    Random random = new Random(5);
    List<ChunkId> all = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      ChunkId chunk = ChunkId.of(0, random.nextInt(256), 1_700_000_000_000L + i, random.nextLong());
      all.add(chunk);
      writer.place(new ChunkLocation(chunk, pack, i, 100));
    }
    BackupSet set = backup.finish();
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), List.of(set), null)) {
      target.clearCounts();
      List<ChunkId> wanted = List.of(all.get(5), all.get(77_777), all.get(199_999));
      Map<ChunkId, ChunkLocation> found = lookup.find(wanted);
      assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(wanted);
      assertThat(found.get(all.get(77_777)).offset()).isEqualTo(77_777);
      assertThat(target.reads()).isLessThanOrEqualTo(3);
      assertThat(target.bytesRead()).isLessThan(100_000);
      target.clearCounts();
      assertThat(lookup.find(wanted)).hasSize(3);
      assertThat(target.reads()).isZero();
      assertThat(lookup.find(List.of(ChunkId.of(0, 9, 9, 9), ChunkId.of(9, 9, 9, 9)))).isEmpty();
      assertThat(lookup.find(all)).hasSize(200_000);
    }
  }

  @Test
  void packs_readByLocation_inLargeRanges() throws Exception {
    backup.begin(SetKind.FULL);
    Map<ChunkId, byte[]> contents = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      byte[] content = random(20_000, i);
      contents.put(backup.chunk(content), content);
    }
    BackupSet set = backup.finish();
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), List.of(set), null);
        PackReader reader = PackReader.open(backup.files(), set.packs().get(0))) {
      List<ChunkLocation> wanted =
          lookup.find(contents.keySet()).values().stream().sorted(ChunkLocation.IN_PACKS).toList();
      assertThat(reader.index()).isEqualTo(wanted);
      target.clearCounts();
      Set<ChunkId> seen = new TreeSet<>();
      reader.read(
          wanted,
          new PackReader.Receiver() {
            @Override
            public void chunk(ChunkLocation location, StoredChunk chunk) {
              byte[] body = new byte[chunk.header().bodyLength()];
              chunk.body().get(body);
              assertThat(body).isEqualTo(contents.get(location.chunk()));
              seen.add(location.chunk());
            }

            @Override
            public void damaged(ChunkLocation location, String problem) {
              throw new AssertionError(problem);
            }
          });
      assertThat(seen).hasSize(300);
      assertThat(target.reads()).isOne();
    }
  }
}
