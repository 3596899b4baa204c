package io.sluice.metadata.gc;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetRole;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ListSnapshots;
import io.sluice.storage.proto.ListTargets;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MarkBackupLost;
import io.sluice.storage.proto.MarkMirrorLost;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.ShardStatus;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.TrimChanges;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the change index of a shard as far back as somebody needs it, and within its bound.
 *
 * <p>It is needed from each pin on, from the last set of each backup target, and its last full one,
 * from where each mirror reads on, and in a cluster that was overtaken from what the other one had
 * of it on, as long as there is the snapshot of what this one had. A history window keeps the index
 * to its bound: moments are found in it. A set that would need more than the bound is marked lost
 * before anything goes.
 *
 * <p>The order of looking matters: how far the shard is, then pins, then targets. A backup pins its
 * cut, records it as its target's position when it is complete, and unpins it after that. So a cut
 * that is no pin any more when the pins are listed is a target's position when the targets are; the
 * other way round it could be missed in both. A cut that is made later than the first look lies
 * behind all that is trimmed.
 */
final class ChangeTrim {
  private static final Logger log = LoggerFactory.getLogger(ChangeTrim.class);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final GcProgress progress;
  private final long changesMax;

  ChangeTrim(MetadataStore metadata, GcProgress progress, long changesMax) {
    this.metadata = metadata;
    this.progress = progress;
    this.changesMax = changesMax;
  }

  /**
   * What reads changes: a set that a target's next one may be built on, or a mirror; and from where
   * in the shard.
   *
   * @param what for people
   * @param mark says that they are lost to it
   */
  private record Base(String what, LogPosition at, Command mark) {}

  Uni<Void> run(int shard) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata.query(shard, query, LIMIT).flatMap(answer -> trim(shard, answer.getStatus()));
  }

  private Uni<Void> trim(int shard, ShardStatus status) {
    // By index: not every entry of the log is a change, so what is kept is at most the bound.
    long bound = status.getNewestChange() - changesMax + 1;
    if (FormatRange.named(status.getFormat()) < FormatRange.HISTORY) {
      return trim(shard, status, bound);
    }
    return pins(shard)
        .flatMap(
            pins ->
                bases(shard)
                    .call(
                        bases ->
                            markLost(bases.stream().filter(base -> isLost(base, status, bound))))
                    .flatMap(
                        bases ->
                            diverged(shard)
                                .map(
                                    diverged ->
                                        Stream.of(
                                                pins.stream().map(PinRow::getAt),
                                                bases.stream().map(Base::at),
                                                diverged.stream())
                                            .flatMap(each -> each)))
                    .flatMap(needed -> trim(shard, status, below(status, bound, needed))));
  }

  /** From where what was acknowledged may be nowhere else. */
  private Uni<List<LogPosition>> diverged(int shard) {
    return root(Query.newBuilder().setGetRole(GetRole.getDefaultInstance()))
        .map(answer -> answer.getRole().getFence())
        .flatMap(
            fence -> {
              List<LogPosition> since =
                  fence.getAppliedPositionsList().stream()
                      .filter(position -> position.getShard() == shard)
                      .map(ShardPosition::getPosition)
                      .toList();
              return since.isEmpty() || fence.getSnapshot().isEmpty()
                  ? Uni.createFrom().item(since)
                  : snapshots()
                      .map(names -> names.contains(fence.getSnapshot()) ? since : List.of());
            });
  }

  private Uni<List<String>> snapshots() {
    return root(Query.newBuilder().setListSnapshots(ListSnapshots.getDefaultInstance()))
        .map(
            answer ->
                answer.getSnapshots().getSnapshotsList().stream()
                    .map(SnapshotRow::getName)
                    .toList());
  }

  private Uni<List<PinRow>> pins(int shard) {
    Query query = Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build();
    return metadata
        .query(shard, query, LIMIT)
        .map(
            answer ->
                answer.getPins().getPinsList().stream().filter(pin -> !pin.getRemoved()).toList());
  }

  private Uni<List<Base>> bases(int shard) {
    return root(Query.newBuilder().setListTargets(ListTargets.getDefaultInstance()))
        .flatMap(
            targets ->
                root(Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()))
                    .map(
                        mirrors ->
                            Stream.concat(
                                    targets.getTargets().getTargetsList().stream()
                                        .flatMap(target -> bases(target, shard)),
                                    mirrors.getMirrors().getMirrorsList().stream()
                                        .filter(mirror -> mirror.getShard() == shard)
                                        .filter(MirrorRecord::hasNeeds)
                                        .map(ChangeTrim::base))
                                .toList()));
  }

  private Uni<Answer> root(Query.Builder query) {
    return metadata.query(MetadataStore.ROOT_SHARD, query.build(), LIMIT);
  }

  private static Stream<Base> bases(TargetRecord target, int shard) {
    return Stream.of(target.getLast(), target.getLastFull())
        .filter(point -> !point.getLost())
        .flatMap(
            point ->
                point.getPositionsList().stream()
                    .filter(position -> position.getShard() == shard)
                    .map(ShardPosition::getPosition)
                    .map(at -> base(target.getName(), point, at)));
  }

  private static Base base(String target, BackupPoint point, LogPosition at) {
    MarkBackupLost.Builder mark =
        MarkBackupLost.newBuilder().setTarget(target).setSetId(point.getSetId());
    return new Base(
        "set %s at backup target %s: no set can be built on it any more"
            .formatted(point.getSetId(), target),
        at,
        Command.newBuilder().setFormat(FormatRange.HISTORY).setMarkBackupLost(mark).build());
  }

  private static Base base(MirrorRecord mirror) {
    MarkMirrorLost.Builder mark =
        MarkMirrorLost.newBuilder().setName(mirror.getName()).setNeeds(mirror.getNeeds());
    return new Base(
        "mirror %s: it lags too far behind, and will compare anew".formatted(mirror.getName()),
        mirror.getNeeds(),
        Command.newBuilder().setFormat(FormatRange.HISTORY).setMarkMirrorLost(mark).build());
  }

  private static boolean isLost(Base base, ShardStatus status, long bound) {
    return base.at().getEpoch() != status.getApplied().getEpoch()
        || base.at().getIndex() < Math.max(bound - 1, status.getChangesSince().getIndex());
  }

  private Uni<Void> markLost(Stream<Base> lost) {
    return Multi.createFrom()
        .items(lost)
        .onItem()
        .transformToUniAndConcatenate(this::markLost)
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> markLost(Base base) {
    log.warn("Not all changes can be kept that are needed by {}", base.what());
    return metadata
        .submit(MetadataStore.ROOT_SHARD, base.mark(), LIMIT)
        .onFailure(ChangeTrim::isGone)
        .recoverWithNull()
        .replaceWithVoid();
  }

  private static boolean isGone(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.NO_SUCH_TARGET
            || refused.code() == RefusalCode.NO_SUCH_MIRROR);
  }

  /** From which index on entries stay. */
  private static long below(ShardStatus status, long bound, Stream<LogPosition> from) {
    if (status.getHistoryWindowMs() > 0) {
      return bound;
    }
    LongStream needed =
        from.filter(at -> at.getEpoch() == status.getApplied().getEpoch())
            .mapToLong(at -> at.getIndex() + 1);
    return Math.max(bound, needed.min().orElse(status.getNewestChange() + 1));
  }

  private Uni<Void> trim(int shard, ShardStatus status, long below) {
    boolean isEmpty = status.getOldestChange() == 0;
    if (isEmpty || below <= status.getOldestChange()) {
      return Uni.createFrom().voidItem();
    }
    Command command =
        Command.newBuilder().setTrimChanges(TrimChanges.newBuilder().setBelowIndex(below)).build();
    return metadata
        .submit(shard, command, LIMIT)
        .invoke(() -> progress.changesTrimmed.addAndGet(below - status.getOldestChange()))
        .replaceWithVoid();
  }
}
