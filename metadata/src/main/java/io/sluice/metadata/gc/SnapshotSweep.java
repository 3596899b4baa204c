package io.sluice.metadata.gc;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotPins;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ListSnapshots;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveSnapshot;
import io.sluice.storage.proto.SnapshotRow;
import io.sluice.storage.proto.Unpin;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes snapshots that have expired, those whose making ended half-way, and pins that no snapshot
 * needs.
 *
 * <p>Pins are listed first, snapshots after: a snapshot is written down before it pins anything, so
 * a pin that was seen and whose snapshot is not there has lost it for good.
 */
final class SnapshotSweep {
  private static final Logger log = LoggerFactory.getLogger(SnapshotSweep.class);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Far longer than any making takes: its steps have deadlines of a few seconds. */
  static final Duration MAKING_MAX = Duration.ofMinutes(5);

  /** In place of a time, when none can be trusted: nothing goes for its age. */
  static final long NO_TIME = 0;

  private final MetadataStore metadata;
  private final GcProgress progress;

  SnapshotSweep(MetadataStore metadata, GcProgress progress) {
    this.metadata = metadata;
    this.progress = progress;
  }

  private record ShardPin(int shard, PinRow row) {}

  Uni<Void> run(long nowMs) {
    return pins().flatMap(pins -> snapshots().flatMap(snapshots -> sweep(pins, snapshots, nowMs)));
  }

  private Uni<List<ShardPin>> pins() {
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(this::pins)
        .collect()
        .in(ArrayList::new, List::addAll);
  }

  private Uni<List<ShardPin>> pins(int shard) {
    Query query = Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build();
    return metadata
        .query(shard, query, LIMIT)
        .map(
            answer ->
                answer.getPins().getPinsList().stream()
                    .filter(pin -> !pin.getRemoved() && SnapshotPins.isOne(pin.getId()))
                    .map(pin -> new ShardPin(shard, pin))
                    .toList());
  }

  private Uni<List<SnapshotRow>> snapshots() {
    Query query = Query.newBuilder().setListSnapshots(ListSnapshots.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(answer -> answer.getSnapshots().getSnapshotsList());
  }

  private Uni<Void> sweep(List<ShardPin> pins, List<SnapshotRow> snapshots, long nowMs) {
    List<SnapshotRow> over = new ArrayList<>();
    List<SnapshotRow> staying = new ArrayList<>();
    snapshots.forEach(snapshot -> (isOver(snapshot, nowMs) ? over : staying).add(snapshot));
    progress.snapshots(
        staying.size(),
        staying.stream().mapToDouble(SnapshotRow::getCreatedMs).min().orElse(Double.NaN),
        pins.stream().mapToDouble(pin -> pin.row().getBytes()).sum());
    List<ShardPin> unneeded =
        pins.stream()
            .filter(pin -> staying.stream().noneMatch(snapshot -> needs(snapshot, pin)))
            .toList();
    return oneByOne(over, this::remove).chain(() -> oneByOne(unneeded, this::unpin));
  }

  private static <T> Uni<Void> oneByOne(List<T> items, Function<T, Uni<Void>> step) {
    return Multi.createFrom()
        .iterable(items)
        .onItem()
        .transformToUniAndConcatenate(step::apply)
        .onItem()
        .ignoreAsUni();
  }

  private static boolean isOver(SnapshotRow snapshot, long nowMs) {
    boolean expired = snapshot.getExpiresMs() != 0 && snapshot.getExpiresMs() <= nowMs;
    boolean halfMade =
        snapshot.getPositionsCount() == 0
            && snapshot.getCreatedMs() + MAKING_MAX.toMillis() <= nowMs;
    return expired || halfMade;
  }

  private static boolean needs(SnapshotRow snapshot, ShardPin pin) {
    return SnapshotPins.isOf(pin.row().getId(), snapshot.getId())
        && (snapshot.getPositionsCount() == 0
            || snapshot.getPositionsList().stream()
                .anyMatch(
                    at ->
                        at.getShard() == pin.shard()
                            && at.getPosition().equals(pin.row().getAt())));
  }

  /** If it is not over by now, its making was completed meanwhile: then its pins go with it. */
  private Uni<Void> remove(SnapshotRow snapshot) {
    log.info(
        "Snapshot {} is removed: {}",
        snapshot.getName(),
        snapshot.getPositionsCount() == 0 ? "its making ended half-way" : "it has expired");
    RemoveSnapshot command = RemoveSnapshot.newBuilder().setId(snapshot.getId()).build();
    return submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setRemoveSnapshot(command))
        .onFailure(SnapshotSweep::isGone)
        .recoverWithNull();
  }

  private static boolean isGone(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_SNAPSHOT;
  }

  private Uni<Void> unpin(ShardPin pin) {
    Unpin command = Unpin.newBuilder().setId(pin.row().getId()).build();
    return submit(pin.shard(), Command.newBuilder().setUnpin(command));
  }

  private Uni<Void> submit(int shard, Command.Builder command) {
    return metadata
        .submit(shard, command.setFormat(FormatRange.HISTORY).build(), LIMIT)
        .replaceWithVoid();
  }
}
