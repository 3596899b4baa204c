package io.sluice.recovery.backup.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.SetWriter;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.Verification;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.format.ChunkLookup;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Part;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PruneTest {
  private static final String FOLDER = BackupFiles.ROOT + TestBackup.CLUSTER + "/";

  private final MemoryTarget memory = new MemoryTarget();
  private final WatchedTarget target = new WatchedTarget(memory);
  private final TestBackup backup = new TestBackup(target, null);

  @AfterEach
  void close() throws IOException {
    backup.close();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A set with one object of its own, under a key that no other set has. */
  private BackupSet set(SetKind kind, int seed) throws IOException {
    backup.begin(kind);
    backup.object(1, "key" + seed, random(2_000, seed), 1_000);
    return backup.finish();
  }

  private BackupSet set(SetKind kind, int seed, BackupSet parent) throws IOException {
    backup.begin(kind, parent.id());
    backup.object(1, "key" + seed, random(2_000, seed), 1_000);
    return backup.finish();
  }

  private void prune(BackupSet... going) throws IOException {
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(going));
    prune.gather();
    prune.removeGathered();
  }

  private Set<String> files(String folder) {
    return memory.files().keySet().stream()
        .filter(name -> name.startsWith(FOLDER + folder))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private List<SetId> listed() throws IOException {
    return backup.catalog().sets().stream().map(BackupSet::id).toList();
  }

  private void verifyAll() throws IOException {
    BackupCatalog catalog = backup.catalog();
    assertThat(
            new Verification(backup.files(), catalog, 1, 1, (done, all) -> {})
                .verify(catalog.sets())
                .problems())
        .isEmpty();
  }

  @Test
  void setsThatGo_goWithTheirPacks_andNoOther() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    BackupSet oldChild = set(SetKind.INCREMENTAL, 2);
    BackupSet kept = set(SetKind.FULL, 3);
    memory.files().put(BackupFiles.ROOT + "another-cluster/packs/x.pack", new byte[1]);
    memory.files().put("notes.txt", new byte[1]);
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(old, oldChild));
    prune.gather();
    prune.removeGathered();
    assertThat(listed()).containsExactly(kept.id());
    assertThat(files("packs/")).hasSize(1);
    assertThat(files("sets/")).allMatch(name -> name.contains(kept.id().text()));
    assertThat(memory.files())
        .containsKeys("notes.txt", BackupFiles.ROOT + "another-cluster/packs/x.pack");
    assertThat(prune.report().sets()).isEqualTo(2);
    assertThat(prune.report().packs()).isEqualTo(2);
    assertThat(prune.report().bytes()).isPositive().isEqualTo(prune.bytesRemoved());
    verifyAll();
  }

  @Test
  void packOfASetThatWent_namedByAnother_stays() throws IOException {
    backup.begin(SetKind.FULL);
    byte[] content = random(1_000, 1);
    Part part = backup.part(content, 1_000);
    backup.object(1, "a", content, part);
    BackupSet old = backup.finish();
    SetWriter writer = backup.begin(SetKind.FULL);
    place(writer, part, List.of(old));
    backup.object(1, "a", content, part);
    BackupSet kept = backup.finish();
    assertThat(kept.packs()).isEmpty();
    prune(old);
    assertThat(listed()).containsExactly(kept.id());
    assertThat(files("packs/")).hasSize(1);
    verifyAll();
  }

  /** As the job does it that finds chunks of others at the target. */
  private void place(SetWriter writer, Part part, List<BackupSet> sets) throws IOException {
    List<ChunkId> chunks =
        part.getSlicesList().stream().map(slice -> ChunkId.from(slice.getChunkId())).toList();
    try (ChunkLookup lookup = BackupCatalog.chunks(backup.files(), sets, null)) {
      for (ChunkLocation location : lookup.find(chunks).values()) {
        writer.place(location);
      }
    }
  }

  @Test
  void setInTheMaking_endedBeforeTheLastStep_missesNothing() throws IOException {
    backup.begin(SetKind.FULL);
    byte[] content = random(1_000, 1);
    Part part = backup.part(content, 1_000);
    backup.object(1, "a", content, part);
    BackupSet old = backup.finish();
    // It began before the old one went, names its chunks, and has a pack that no set names yet.
    SetWriter writer = backup.begin(SetKind.FULL);
    place(writer, part, List.of(old));
    backup.object(1, "a", content, part);
    backup.object(1, "b", random(500, 2), 500);
    writer.endPack();

    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(old));
    prune.gather();
    assertThat(prune.gathered()).as("both packs are named by nobody").hasSize(2);
    BackupSet made = backup.finish();
    prune.removeGathered();
    assertThat(listed()).containsExactly(made.id());
    assertThat(prune.report().packs()).isZero();
    verifyAll();
  }

  @Test
  void setBegunAfterGathering_missesNothing() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(old));
    prune.gather();
    backup.begin(SetKind.FULL);
    backup.object(1, "b", random(500, 2), 500);
    backup.writer().endPack();
    prune.removeGathered();
    BackupSet made = backup.finish();
    assertThat(listed()).containsExactly(made.id());
    assertThat(prune.report().packs()).isEqualTo(1);
    verifyAll();
  }

  @Test
  void endedAfterAnyDeletion_restIsWhole_andAnotherFinishes() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet a = set(SetKind.INCREMENTAL, 2);
    BackupSet b = set(SetKind.INCREMENTAL, 3);
    BackupSet c = set(SetKind.DIFFERENTIAL, 4, full);
    BackupSet kept = set(SetKind.FULL, 5);
    set(SetKind.INCREMENTAL, 6);
    List<BackupSet> going = List.of(full, a, b, c);
    Map<String, byte[]> whole = Map.copyOf(memory.files());
    int steps = 0;
    for (boolean ended = true; ended; steps++) {
      memory.files().clear();
      memory.files().putAll(whole);
      int[] left = {steps};
      target.watch(
          name -> {
            if (left[0]-- == 0) {
              throw new IllegalStateException("ended");
            }
          });
      ended = false;
      try {
        prune(going.toArray(BackupSet[]::new));
      } catch (IllegalStateException e) {
        ended = true;
      }
      target.watch(name -> {});
      verifyAll();
      List<SetId> there = listed();
      prune(going.stream().filter(set -> there.contains(set.id())).toArray(BackupSet[]::new));
      verifyAll();
      assertThat(listed()).hasSize(2).contains(kept.id());
      assertThat(files("packs/")).hasSize(2);
      assertThat(files("sets/").stream().map(name -> name.split("/", -1)[3]).distinct()).hasSize(2);
    }
    assertThat(steps).as("deletions").isGreaterThan(12);
  }

  @Test
  void refusedDeletion_isNamed_andKeepsWhatTheSetNeeds() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet locked = set(SetKind.INCREMENTAL, 2);
    BackupSet free = set(SetKind.INCREMENTAL, 3);
    set(SetKind.FULL, 4);
    target.watch(
        name -> {
          if (name.contains(locked.id().text())) {
            throw new IOException("locked until 2030");
          }
        });
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(full, locked, free));
    prune.gather();
    prune.removeGathered();
    assertThat(listed()).hasSize(3).contains(full.id(), locked.id());
    PruneReport report = prune.report();
    assertThat(report.sets()).isEqualTo(1);
    assertThat(report.packs()).isEqualTo(1);
    assertThat(report.refused())
        .containsExactly(
            new PruneReport.Refusal("sets/" + locked.id() + "/set.json", "locked until 2030"));
    verifyAll();
  }

  @Test
  void targetThatRefusesEverything_endsIt() throws IOException {
    for (int i = 0; i < 1_500; i++) {
      memory.files().put(FOLDER + "packs/%032x.pack".formatted(i), new byte[1]);
    }
    target.watch(
        name -> {
          throw new IOException("read-only");
        });
    Prune prune = new Prune(backup.files(), () -> {});
    prune.gather();
    assertThatThrownBy(prune::removeGathered)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("read-only");
    assertThat(prune.report().refusedCount()).isEqualTo(1_000);
    assertThat(prune.report().refused()).hasSize(100);
  }

  @Test
  void hold_keepsTheSetAndItsChain_untilItIsRemoved() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet held = set(SetKind.INCREMENTAL, 2);
    set(SetKind.FULL, 3);
    Holds.put(backup.files(), held.id(), Instant.EPOCH);
    Holds.put(backup.files(), held.id(), Instant.EPOCH);
    assertThat(Holds.list(backup.files())).containsExactly(held.id());
    prune(full, held);
    assertThat(listed()).hasSize(3);
    verifyAll();
    Holds.remove(backup.files(), held.id());
    assertThat(Holds.list(backup.files())).isEmpty();
    prune(full, held);
    assertThat(listed()).hasSize(1);
    assertThatThrownBy(() -> Holds.put(backup.files(), held.id(), Instant.EPOCH))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(Holds.list(backup.files())).isEmpty();
  }

  @Test
  void unreadableSet_stopsBeforeAnythingIsRemoved() throws IOException {
    set(SetKind.FULL, 1);
    BackupSet damaged = set(SetKind.FULL, 2);
    memory.files().put(FOLDER + "sets/" + damaged.id() + "/set.json", new byte[] {1});
    assertThatThrownBy(() -> Prune.catalog(backup.files()))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining(damaged.id().text());
    assertThatThrownBy(() -> new Prune(backup.files(), () -> {}).gather())
        .isInstanceOf(DamagedFileException.class);
  }

  @Test
  void unreadableChunkIndex_keepsAllPacks() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    BackupSet kept = set(SetKind.FULL, 2);
    memory.files().put(FOLDER + kept.chunkIndexes().get(0).name(), new byte[100]);
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(old));
    assertThatThrownBy(prune::gather).isInstanceOf(DamagedFileException.class);
    assertThat(files("packs/")).hasSize(2);
  }

  @Test
  void lookAhead_removesNothing_andSaysWhatWouldGo() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    BackupSet kept = set(SetKind.FULL, 2);
    List<String> before = new ArrayList<>(memory.files().keySet());
    Prune prune = new Prune(backup.files(), () -> {});
    prune.gatherBeside(List.of(kept));
    Set<String> would = prune.gathered().keySet();
    assertThat(would).contains(old.packs().get(0).id().file()).hasSize(4);
    assertThat(memory.files().keySet()).containsExactlyElementsOf(before);
  }

  private void holdBeforeTheMarkOf(BackupSet set) {
    target.watchCreated(
        name -> {
          if (name.startsWith(FOLDER + set.id().folder() + "going-")) {
            target.watchCreated(any -> {});
            Holds.put(backup.files(), set.id(), Instant.EPOCH);
          }
        });
  }

  /** By another node, when the prune has looked for holds already. */
  @Test
  void setThatGoes_isHeldInTheLastMoment_isNotTouched() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet child = set(SetKind.INCREMENTAL, 2, full);
    Map<String, byte[]> before = new TreeMap<>(memory.files());
    holdBeforeTheMarkOf(child);
    List<String> deletions = new ArrayList<>();
    target.watch(deletions::add);
    prune(full, child);
    assertThat(deletions)
        .as("the mark alone")
        .hasSize(1)
        .allMatch(name -> name.contains("/going-"));
    assertThat(Holds.list(backup.files())).containsExactly(child.id());
    assertThat(memory.files()).containsAllEntriesOf(before).hasSize(before.size() + 1);
    verifyAll();
  }

  @Test
  void setThatIsHeldInTheLastMoment_pruneEndsAtAnyDeletion_staysWhole() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet child = set(SetKind.INCREMENTAL, 2, full);
    holdBeforeTheMarkOf(child);
    target.watch(
        name -> {
          throw new IllegalStateException("ended");
        });
    assertThatThrownBy(() -> prune(full, child)).isInstanceOf(IllegalStateException.class);
    target.watch(name -> {});
    assertThat(listed()).containsExactly(full.id(), child.id());
    prune(full, child);
    assertThat(listed()).containsExactly(full.id(), child.id());
    assertThat(memory.files()).noneSatisfy((name, bytes) -> assertThat(name).contains("going-"));
    verifyAll();
  }

  @Test
  void hold_ofASetThatIsMarked_failsAlsoBesideAnother_andLeavesNone() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    String folder = FOLDER + old.id().folder();
    memory.files().put(folder + "hold-00000000", new byte[1]); // of one that takes it back
    memory.files().put(folder + "going-00000000", new byte[0]);
    assertThatThrownBy(() -> Holds.put(backup.files(), old.id(), Instant.EPOCH))
        .isInstanceOf(SetIsGoingException.class)
        .hasMessageContaining(old.id().text());
    assertThat(files(old.id().folder() + "hold-")).containsExactly(folder + "hold-00000000");
  }

  @Test
  void markOfAPruneThatEnded_isTakenUp_orTakenAway() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    BackupSet kept = set(SetKind.FULL, 2);
    for (BackupSet set : List.of(old, kept)) {
      memory.files().put(FOLDER + set.id().folder() + "going-00000000", new byte[0]);
    }
    target.watchCreated(
        name -> {
          throw new IOException("no space left");
        });
    prune(old);
    target.watchCreated(name -> {});
    assertThat(listed()).containsExactly(kept.id());
    assertThat(files(old.id().folder())).isEmpty();
    Holds.put(backup.files(), kept.id(), Instant.EPOCH);
    verifyAll();
  }

  @Test
  void markThatCanNotBeWritten_leavesTheSet_andFreesWhatNoSetNeeds() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    memory.files().put(FOLDER + "packs/%032x.pack".formatted(1), new byte[1]);
    target.watchCreated(
        name -> {
          throw new IOException("no space left");
        });
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(old));
    prune.gather();
    prune.removeGathered();
    assertThat(listed()).containsExactly(old.id());
    assertThat(prune.report().packs()).isEqualTo(1);
    assertThat(prune.report().refused())
        .containsExactly(
            new PruneReport.Refusal("sets/" + old.id() + "/set.json", "no space left"));
  }

  @Test
  void deletionThatFailsWhenItIsDone_counts() throws IOException {
    BackupSet full = set(SetKind.FULL, 1);
    BackupSet child = set(SetKind.INCREMENTAL, 2, full);
    target.watchDeleted(
        name -> {
          throw new IOException("connection reset");
        });
    Prune prune = new Prune(backup.files(), () -> {});
    prune.removeSets(List.of(full, child));
    assertThat(prune.report().sets()).isEqualTo(2);
    assertThat(prune.report().refusedCount()).isZero();
    assertThat(files("sets/")).isEmpty();
  }

  /** Whether it goes after all nobody knows, unless the target said no. */
  @Test
  void setWhoseDeletionFailed_canBeHeldAgain_onlyWhenItWasForbidden() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    target.watch(failing(old, new IOException("no answer")));
    prune(old);
    assertThatThrownBy(() -> Holds.put(backup.files(), old.id(), Instant.EPOCH))
        .isInstanceOf(SetIsGoingException.class);
    target.watch(failing(old, new AccessDeniedException(old.id().text(), null, "locked")));
    prune(old);
    Holds.put(backup.files(), old.id(), Instant.EPOCH);
    assertThat(listed()).containsExactly(old.id());
  }

  private static WatchedTarget.Watch failing(BackupSet set, IOException failure) {
    return name -> {
      if (name.endsWith(set.id() + "/set.json")) {
        throw failure;
      }
    };
  }

  @Test
  void setThatWent_canNotBeHeldAnyMore() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    target.watch(
        name -> {
          if (name.startsWith(FOLDER + old.id().folder()) && !name.endsWith("set.json")) {
            assertThatThrownBy(() -> Holds.put(backup.files(), old.id(), Instant.EPOCH))
                .isInstanceOf(NoSuchFileException.class);
          }
        });
    prune(old);
    assertThat(listed()).isEmpty();
    assertThat(memory.files()).isEmpty();
  }

  /** Somebody removed it by hand. */
  @Test
  void heldSetWithoutItsSetJson_nothingGoes_untilItsHoldDoes() throws IOException {
    BackupSet held = set(SetKind.FULL, 1);
    BackupSet other = set(SetKind.FULL, 2);
    Holds.put(backup.files(), held.id(), Instant.EPOCH);
    memory.files().remove(FOLDER + held.id().folder() + "set.json");
    Map<String, byte[]> before = new TreeMap<>(memory.files());
    Prune prune = new Prune(backup.files(), () -> {});
    assertThatThrownBy(() -> prune.removeSets(List.of(other)))
        .isInstanceOf(DamagedFileException.class)
        .hasMessageContaining(held.id().text());
    assertThatThrownBy(prune::gather).isInstanceOf(DamagedFileException.class);
    assertThat(memory.files()).containsExactlyEntriesOf(before);
    Holds.remove(backup.files(), held.id());
    prune(other);
    assertThat(memory.files()).isEmpty();
  }

  /** Whoever wrote the hold ended before it saw the mark. */
  @Test
  void holdThatWasNeverGiven_goesWithTheRest_andLast() throws IOException {
    BackupSet old = set(SetKind.FULL, 1);
    String folder = FOLDER + old.id().folder();
    memory.files().put(folder + "hold-00000000", new byte[1]);
    memory.files().put(folder + "going-00000000", new byte[0]);
    memory.files().remove(folder + "set.json");
    List<String> deletions = new ArrayList<>();
    target.watch(deletions::add);
    prune();
    assertThat(memory.files()).isEmpty();
    deletions.removeIf(name -> !name.startsWith(folder));
    assertThat(deletions.subList(deletions.size() - 2, deletions.size()))
        .containsExactly(folder + "going-00000000", folder + "hold-00000000");
  }
}
