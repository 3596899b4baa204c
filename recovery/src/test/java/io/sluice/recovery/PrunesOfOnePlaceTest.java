package io.sluice.recovery;

import static io.sluice.recovery.LiveMetadata.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.ForwardingTarget;
import io.sluice.recovery.job.BackupGround;
import io.sluice.recovery.job.BackupPrunes;
import io.sluice.recovery.job.PruneResult;
import io.sluice.recovery.job.TargetRecords;
import io.sluice.recovery.job.TargetTask;
import io.sluice.storage.proto.TargetRecord;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prunes that come to one directory by different paths. */
class PrunesOfOnePlaceTest {
  @TempDir Path directory;

  private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(2);
  private final CountDownLatch removing = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private Path place;
  private LiveMetadata metadata;
  private TargetRecords records;
  private BackupPrunes prunes;
  private boolean isFull;

  /** Whether a claim fails, and whether it is done all the same. */
  private boolean isUnanswered;

  private boolean isDone;

  /** Whether the first backup is complete just after a prune has looked. */
  private boolean isYetToCome;

  @BeforeEach
  void open() throws Exception {
    metadata = LiveMetadata.open(directory, 1, Clock.systemUTC());
    records = new TargetRecords(metadata.store());
    place = Files.createDirectory(directory.resolve("disk"));
    Files.createSymbolicLink(directory.resolve("link"), place);
    for (String name : new String[] {"disk", "link"}) {
      TargetRecord.Builder target =
          TargetRecord.newBuilder()
              .setName(name)
              .setUrl("file://" + directory.resolve(name))
              .addRetention("keep-last=1");
      await(records.put(target.build(), 0));
    }
    try (BackupTarget target = BackupTargets.open("file://" + place);
        TestBackup backup = new TestBackup(target, null)) {
      for (int i = 0; i < 2; i++) {
        backup.begin(SetKind.FULL);
        backup.object(1, "a", new byte[100], 100);
        backup.finish();
      }
    }
    prunes =
        new BackupPrunes(
            new BackupGround(
                metadata.store(),
                new NoChunks(),
                TestBackup.CLUSTER,
                "n1",
                () -> true,
                this::target,
                Runnable::run,
                timers,
                Clock.systemUTC()));
  }

  @AfterEach
  void close() throws Exception {
    goOn.countDown();
    prunes.close();
    timers.shutdownNow();
    metadata.close();
  }

  private BackupTarget target(TargetRecord record) throws IOException {
    BackupTarget opened = BackupTargets.open(record.getUrl());
    return record.getName().equals("disk") ? new Slow(opened) : opened;
  }

  /** Removes nothing before it may go on. */
  private final class Slow extends ForwardingTarget {
    Slow(BackupTarget target) {
      super(target);
    }

    @Override
    public void claim(String name, byte[] bytes) throws IOException {
      if (isFull) {
        throw new FileSystemException(name, null, "No space left on device");
      }
      if (!isUnanswered || isDone) {
        super.claim(name, bytes);
      }
      if (isUnanswered) {
        throw new IOException("no answer in time");
      }
    }

    @Override
    public List<String> folders(String folder) throws IOException {
      return isYetToCome ? List.of() : super.folders(folder);
    }

    @Override
    public void delete(String name) throws IOException {
      removing.countDown();
      try {
        if (!goOn.await(LiveMetadata.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          throw new IOException("nobody let it go on");
        }
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      super.delete(name);
    }
  }

  private TargetTask<PruneResult> begin(String name) {
    return prunes.begin(await(records.find(name)), false).orElseThrow();
  }

  private static TargetTask.End<PruneResult> ended(TargetTask<PruneResult> task) {
    await().atMost(LiveMetadata.LIMIT).until(() -> task.end() != null);
    return Objects.requireNonNull(task.end());
  }

  private long sets() throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return files.filter(file -> file.endsWith("set.json")).count();
    }
  }

  @Test
  void prune_ofADirectoryThatIsPrunedByAnotherPath_isRefused_andFreeAfterwards() throws Exception {
    TargetTask<PruneResult> first = begin("disk");
    assertThat(removing.await(LiveMetadata.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

    assertThat(ended(begin("link")).failure())
        .hasMessageContaining("another prune of this place is under way, on node n1");
    assertThat(sets()).isEqualTo(2);

    goOn.countDown();
    assertThat(Objects.requireNonNull(ended(first).result()).report().sets()).isEqualTo(1);
    assertThat(ended(begin("link")).failure()).isNull();
    assertThat(sets()).isEqualTo(1);
  }

  @Test
  void prune_whereNothingIs_leavesNothing() throws Exception {
    Path empty = Files.createDirectory(directory.resolve("empty"));
    await(
        records.put(
            TargetRecord.newBuilder().setName("empty").setUrl("file://" + empty).build(), 0));
    assertThat(ended(begin("empty")).failure()).isNull();
    assertThat(empty).isEmptyDirectory();
  }

  @Test
  void prune_markWithoutAnAnswerThatIsThere_isOneOfThePlace() throws Exception {
    isUnanswered = true;
    isDone = true;
    TargetTask<PruneResult> first = begin("disk");
    assertThat(removing.await(LiveMetadata.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(ended(begin("link")).failure()).hasMessageContaining("another prune");
    goOn.countDown();
    assertThat(ended(first).failure()).isNull();
  }

  /** It may come to be there when another prune looks. */
  @Test
  void prune_markWithoutAnAnswer_removesNothing() throws Exception {
    isUnanswered = true;
    goOn.countDown();
    assertThat(ended(begin("disk")).failure()).hasMessageContaining("no answer in time");
    assertThat(sets()).isEqualTo(2);
  }

  @Test
  void prune_ofOneUrl_oneCouldNotMarkThePlace_isRefused() throws Exception {
    await(
        records.put(
            TargetRecord.newBuilder().setName("again").setUrl("file://" + place + "/").build(), 0));
    isFull = true;
    TargetTask<PruneResult> first = begin("disk");
    assertThat(removing.await(LiveMetadata.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(ended(begin("again")).failure()).hasMessageContaining("another prune");
    goOn.countDown();
    assertThat(ended(first).failure()).isNull();
  }

  /** Nobody can remove it under an object lock. */
  @Test
  void prune_damagedMark_goesByTheUrl() throws Exception {
    goOn.countDown();
    Path mark = place.resolve("sluice-backup-1/" + TestBackup.CLUSTER + "/place.json");
    Files.write(mark, new byte[0]);
    assertThat(ended(begin("link")).failure()).isNull();
    assertThat(sets()).isEqualTo(1);
  }

  @Test
  void prune_nothingWasThereWhenItLooked_leavesWhatCame() throws Exception {
    isYetToCome = true;
    goOn.countDown();
    assertThat(ended(begin("disk")).failure()).isNull();
    assertThat(sets()).isEqualTo(2);
  }

  /** Or it would never have space again. */
  @Test
  void prune_ofAPlaceThatTakesNoMark_goesByItsUrl() {
    isFull = true;
    goOn.countDown();
    assertThat(ended(begin("disk")).failure()).isNull();
  }
}
