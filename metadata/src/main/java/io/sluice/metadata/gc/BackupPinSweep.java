package io.sluice.metadata.gc;

import io.sluice.storage.BackupPins;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListPins;
import io.sluice.storage.proto.ListTargets;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.Unpin;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes the pins of backups that are complete, given up or taken over.
 *
 * <p>Pins are listed first, jobs after: a job is written down before its run pins anything, so a
 * pin that was seen and whose job is not there has lost it for good.
 */
final class BackupPinSweep {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;

  BackupPinSweep(MetadataStore metadata) {
    this.metadata = metadata;
  }

  private record ShardPin(int shard, PinRow row) {}

  Uni<Void> run() {
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(this::pins)
        .collect()
        .in(() -> new ArrayList<ShardPin>(), List::addAll)
        .flatMap(pins -> pins.isEmpty() ? Uni.createFrom().voidItem() : sweep(pins));
  }

  private Uni<List<ShardPin>> pins(int shard) {
    Query query = Query.newBuilder().setListPins(ListPins.getDefaultInstance()).build();
    return metadata
        .query(shard, query, LIMIT)
        .map(
            answer ->
                answer.getPins().getPinsList().stream()
                    .filter(pin -> !pin.getRemoved() && BackupPins.isOne(pin.getId()))
                    .map(pin -> new ShardPin(shard, pin))
                    .toList());
  }

  private Uni<Void> sweep(List<ShardPin> pins) {
    Query query = Query.newBuilder().setListTargets(ListTargets.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(
            answer ->
                answer.getTargets().getTargetsList().stream()
                    .filter(TargetRecord::hasJob)
                    .map(TargetRecord::getJob)
                    .toList())
        .onItem()
        .transformToMulti(
            jobs ->
                Multi.createFrom()
                    .items(
                        pins.stream()
                            .filter(pin -> jobs.stream().noneMatch(job -> needs(job, pin)))))
        .onItem()
        .transformToUniAndConcatenate(this::unpin)
        .onItem()
        .ignoreAsUni();
  }

  /** Whoever goes on with a set has a run id of its own, and reads at the cut that there is. */
  private static boolean needs(BackupJob job, ShardPin pin) {
    return job.getCutCount() == 0
        ? BackupPins.isOf(pin.row().getId(), job.getRunId())
        : job.getCutList().stream()
            .anyMatch(
                at -> at.getShard() == pin.shard() && at.getPosition().equals(pin.row().getAt()));
  }

  private Uni<Void> unpin(ShardPin pin) {
    Command command =
        Command.newBuilder()
            .setFormat(FormatRange.HISTORY)
            .setUnpin(Unpin.newBuilder().setId(pin.row().getId()))
            .build();
    return metadata.submit(pin.shard(), command, LIMIT).replaceWithVoid();
  }
}
