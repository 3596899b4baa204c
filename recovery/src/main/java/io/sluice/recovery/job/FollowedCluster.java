package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.Pace;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Has this cluster become what the backups of another say, set after set. Where the next set can't
 * be reached from the position, or can't be read, everything is compared with the newest state:
 * that reads all rows, and fetches the bytes of what differs.
 *
 * <p>The position moves when a set was applied whole. Applied again, a set changes nothing. Any
 * thread; one step at a time.
 */
public final class FollowedCluster {
  /** Then everything that the target has is listed again. */
  private static final Duration LIST_AGAIN_AFTER = Duration.ofMinutes(10);

  /** Then it is asked again since when the cluster is the primary, also when nothing is new. */
  private static final Duration ASK_AGAIN_AFTER = Duration.ofSeconds(15);

  private final BackupGround on;
  private final TargetRecord target;
  private final UUID cluster;
  private final TargetLook<PrimaryLife> lives;
  private final String rootId;
  private final @Nullable Pace pace;
  private final KeptTarget place;

  /** As it is from the position on, and was before it when all of it was read. */
  private @Nullable BackupCatalog catalog;

  /** When all of it was listed. */
  private long listedNanos;

  /** As it was when it was asked for. */
  private @Nullable PrimaryLife life;

  private long askedNanos;

  /** Something that it names is not there. */
  private volatile boolean isOutdated;

  /** What is there at the position; null: not known. */
  private @Nullable RootRows known;

  private boolean compare;
  private volatile @Nullable SetApplication applying;
  private volatile boolean stopped;

  /**
   * @param on with the metadata as a follower writes it
   * @param rootId the id of this cluster's root account
   * @param lives tells since when the other one is the primary; nothing older is applied
   */
  public FollowedCluster(
      BackupGround on, StandbyTerms terms, String rootId, TargetLook<PrimaryLife> lives) {
    this.lives = lives;
    this.on = on;
    this.target = terms.getTarget();
    this.cluster = UUID.fromString(terms.getClusterId());
    this.rootId = rootId;
    this.place = new KeptTarget(on, target);
    long rate = terms.getBytesPerSecondMax();
    this.pace = rate == 0 ? null : new Pace(rate, System::nanoTime, on.timers());
  }

  /**
   * What is to be done next.
   *
   * @param chain ends with the set that is applied; empty: there is none
   * @param before what was there before the set; null: everything is compared
   * @param isEqual whether the set holds the state that is there
   */
  private record Next(
      List<BackupSet> chain,
      @Nullable RootRows before,
      boolean isEqual,
      long setsBehind,
      long bytesBehind) {
    BackupSet set() {
      return chain.get(chain.size() - 1);
    }
  }

  /**
   * Applies one set, if there is one that is newer than the position.
   *
   * @param mayCompare whether that may take as long as it takes to read all that there is; else a
   *     set that can be reached by no other way is a failure
   * @param note is given how far it is before everything is compared
   * @return how far it is then; nothing is left when it has no sets behind. Fails with an {@link
   *     IOException} that is for people, or with a {@link io.sluice.storage.StorageFailure}
   */
  public Uni<StandbyProgress> step(
      StandbyProgress at, boolean mayCompare, Function<StandbyProgress, Uni<Void>> note) {
    return place
        .look(opened -> look(opened, at, mayCompare))
        .flatMap(
            next -> {
              StandbyProgress.Builder progress =
                  at.toBuilder()
                      .clearProblem()
                      .clearComparing()
                      .setSetsBehind(next.setsBehind())
                      .setBytesBehind(next.bytesBehind());
              if (next.chain().isEmpty()) {
                return Uni.createFrom().item(progress.build());
              }
              if (next.isEqual()) {
                return Uni.createFrom().item(moved(progress, next));
              }
              return next.before() == null
                  ? whole(progress, next, note)
                  : changes(progress, next, next.before());
            });
  }

  private Next look(BackupTarget opened, StandbyProgress at, boolean mayCompare)
      throws IOException {
    try {
      BackupFiles files = TargetSets.files(opened, cluster, target);
      SetId position = SetId.parse(at.getSetId()).orElse(null);
      BackupCatalog all = read(files, position);
      if (all.newest().isEmpty()) {
        throw new IOException(
            "there is no backup of cluster " + cluster + " in " + target.getUrl());
      }
      List<BackupSet> listed = all.after(position);
      if (position != null && listed.isEmpty()) {
        requireReadable(all, position);
        requireThere(all, position);
      }
      PrimaryLife present = life(opened, !listed.isEmpty() || compare);
      List<BackupSet> newer = listed.stream().filter(set -> present.holds(set.after())).toList();
      long bytes = newer.stream().mapToLong(set -> set.counts().storedBytes()).sum();
      if (newer.isEmpty() && !compare) {
        if (position == null || !present.holds(at.getPositionsList())) {
          throw present.nothingYet();
        }
        return nothing(all, position);
      }
      BackupSet reached =
          position == null || compare ? null : SetSteps.next(newer, at.getPositionsList());
      if (reached == null) {
        BackupSet newest = newest(all, present);
        if (!compare && position != null && goesBack(newest, at)) {
          return nothing(all, position);
        }
        if (!mayCompare) {
          throw new IOException(
              "everything would have to be compared with backup %s, and there is no time for that"
                  .formatted(newest.id()));
        }
        return new Next(all.chain(newest), null, false, newer.size(), bytes);
      }
      return new Next(
          all.chain(reached),
          before(files, all, position, reached),
          SetSteps.holds(reached, at.getPositionsList()),
          newer.size(),
          bytes);
    } catch (DamagedFileException | NoSuchFileException e) {
      compare = compare || catalog != null;
      isOutdated = true;
      throw e;
    }
  }

  /** Before anything is applied it is asked anew. */
  private PrimaryLife life(BackupTarget opened, boolean isNew) throws IOException {
    PrimaryLife asked = life;
    long now = on.nanos().getAsLong();
    if (asked != null && !isNew && now - askedNanos <= ASK_AGAIN_AFTER.toNanos()) {
      return asked;
    }
    try {
      asked = lives.at(opened);
    } catch (DamagedFileException | NoSuchFileException e) {
      throw new IOException(e.getMessage(), e); // no set's
    }
    life = asked;
    askedNanos = now;
    return asked;
  }

  private static BackupSet newest(BackupCatalog all, PrimaryLife present)
      throws NoBackupSinceException {
    List<BackupSet> sets = all.sets();
    for (int i = sets.size() - 1; i >= 0; i--) {
      if (present.holds(sets.get(i).after())) {
        return sets.get(i);
      }
    }
    throw present.nothingYet();
  }

  /**
   * A set that led up to a full one stays when that was given up, and holds more than one that is
   * put together afterwards of the sets before. The next one that holds what changed leads on.
   */
  private static boolean goesBack(BackupSet newest, StandbyProgress at) {
    return SetSteps.isBehind(newest, at.getPositionsList());
  }

  /** What is older than the position is of use only where a chain begins there. */
  private BackupCatalog read(BackupFiles files, @Nullable SetId position) throws IOException {
    BackupCatalog all = catalog;
    long now = on.nanos().getAsLong();
    if (all != null
        && position != null
        && !isOutdated
        && now - listedNanos <= LIST_AGAIN_AFTER.toNanos()) {
      all = all.reload(files, position);
    } else {
      all = all == null ? BackupCatalog.load(files) : all.reload(files);
      listedNanos = now;
      isOutdated = false;
    }
    catalog = all;
    return all;
  }

  private static Next nothing(BackupCatalog all, SetId position) throws IOException {
    requireReadable(all, position);
    return new Next(List.of(), null, false, 0, 0);
  }

  /** What can't be read is no reason to be content with what was applied, or to go back. */
  private static void requireReadable(BackupCatalog all, SetId position) throws IOException {
    for (Map.Entry<SetId, String> damaged : all.unreadable().tailMap(position, true).entrySet()) {
      throw new IOException("backup " + damaged.getKey() + ": " + damaged.getValue());
    }
  }

  private static void requireThere(BackupCatalog all, SetId position) throws IOException {
    if (all.find(position).isEmpty()) {
      throw new IOException(
          "backup %s, which was applied, is gone, and there is no newer one".formatted(position));
    }
  }

  /**
   * As of the position. That need not be what the next set builds on: what led up to a full one
   * that was given up is a child of the same set. Where the position's set is pruned, what the next
   * one builds on is the nearest there is.
   */
  private RootRows before(
      BackupFiles files, BackupCatalog all, @Nullable SetId position, BackupSet reached)
      throws IOException {
    RootRows rows = known;
    if (rows == null && reached.kind().hasParent()) {
      BackupSet applied = position == null ? null : all.find(position).orElse(null);
      List<BackupSet> chain = all.chain(reached);
      rows =
          RootRows.of(
              files, applied == null ? chain.subList(0, chain.size() - 1) : all.chain(applied));
    }
    return rows == null ? new RootRows() : rows;
  }

  private Uni<StandbyProgress> whole(
      StandbyProgress.Builder progress, Next next, Function<StandbyProgress, Uni<Void>> note) {
    known = null;
    progress.setComparing(next.set().id().text());
    SetApplication application =
        new SetApplication(on, order(next), rootId, pace, opened -> open(opened, next));
    return note.apply(progress.build())
        .chain(() -> run(application, application.whole()))
        .onFailure(FollowedCluster::isLost)
        .invoke(() -> isOutdated = true)
        .invoke(
            state -> {
              known = state;
              compare = false;
            })
        .map(
            state ->
                moved(
                    progress
                        .clearComparing()
                        .setComparisons(progress.getComparisons() + 1)
                        .setBytesRead(progress.getBytesRead() + application.bytesRead()),
                    next));
  }

  private Uni<StandbyProgress> changes(
      StandbyProgress.Builder progress, Next next, RootRows before) {
    SetApplication application =
        new SetApplication(on, order(next), rootId, pace, opened -> open(opened, next));
    return run(application, application.changes(before))
        .onFailure(FollowedCluster::isLost)
        .invoke(
            () -> {
              compare = true;
              isOutdated = true;
            })
        .onFailure()
        .invoke(() -> known = null)
        .invoke(state -> known = state)
        .map(
            state ->
                moved(
                    progress.setBytesRead(progress.getBytesRead() + application.bytesRead()),
                    next));
  }

  /** Of no use a second time: another set may do. */
  private static boolean isLost(Throwable failure) {
    return failure instanceof DamagedFileException || failure instanceof NoSuchFileException;
  }

  private <T> Uni<T> run(SetApplication application, Uni<T> running) {
    applying = application;
    if (stopped) {
      application.stop();
    }
    return running.onTermination().invoke(() -> applying = null);
  }

  private static StandbyProgress moved(StandbyProgress.Builder progress, Next next) {
    BackupSet set = next.set();
    boolean isLast = next.before() == null && !next.isEqual();
    return progress
        .setSetId(set.id().text())
        .clearPositions()
        .addAllPositions(set.after())
        .setPositionEpoch(progress.getEpoch()) // of what was seen before the look that chose it
        .setCutMs(set.cutAt().toEpochMilli())
        .setSetsBehind(isLast ? 0 : next.setsBehind() - 1)
        .setBytesBehind(isLast ? 0 : next.bytesBehind() - set.counts().storedBytes())
        .build();
  }

  private RestoreOrder order(Next next) {
    return new RestoreOrder(
        target,
        cluster,
        next.set().id().text(),
        null,
        null,
        ByteString.EMPTY,
        null,
        true,
        false,
        false);
  }

  private SetContents open(BackupTarget opened, Next next) throws IOException {
    BackupFiles files = TargetSets.files(opened, cluster, target);
    RootRows before = next.before();
    return before == null
        ? SetContents.state(opened, files, next.chain(), order(next))
        : SetContents.changes(opened, files, next.chain(), before, order(next));
  }

  /** Ends a step that is under way soon; what was applied of it stays, and is applied again. */
  public void stop() {
    stopped = true;
    place.close();
    SetApplication running = applying;
    if (running != null) {
      running.stop();
    }
  }
}
