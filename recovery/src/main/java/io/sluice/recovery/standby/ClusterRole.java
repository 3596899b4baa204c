package io.sluice.recovery.standby;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetRole;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.NoteStandby;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutRole;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.SetWriteGate;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.WriteGate;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;

/**
 * What the cluster is to others: a record in shard 0, and a gate in every shard that follows from
 * it. A write that a client gets acknowledged was applied before its shard's gate closed; so when
 * {@link #put} has answered, nothing of a client's is acknowledged any more in a cluster that is
 * not ordinary.
 *
 * <p>Methods return at once and may be called on any thread; results arrive on any. They fail with
 * {@link StorageFailure}.
 */
public final class ClusterRole {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MetadataStore metadata;

  public ClusterRole(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** Where a target is, without its name and what is known of it. */
  static TargetRecord place(TargetRecord target) {
    return TargetRecord.newBuilder()
        .setUrl(target.getUrl())
        .setCredentialsFile(target.getCredentialsFile())
        .build();
  }

  /** The newest epoch that the cluster knows of at a place; 0: none. */
  static long epochAt(RoleRecord role, TargetRecord place) {
    return !role.hasEpochPlace() || role.getEpochPlace().getUrl().equals(place.getUrl())
        ? role.getEpoch()
        : 0;
  }

  /** What it is now; of revision 0 when it never had a role. */
  public Uni<RoleRecord> get() {
    Query query = Query.newBuilder().setGetRole(GetRole.getDefaultInstance()).build();
    return metadata.query(MetadataStore.ROOT_SHARD, query, LIMIT).map(answer -> answer.getRole());
  }

  /**
   * Sets what it is, and has all shards take clients' writes or not. Where that ends half-way, it
   * is gone on with by {@link #settle}.
   *
   * @param expectedRevision of the record that is replaced
   * @return the record with its revision; refused with CONFLICT when there is another one by now
   */
  public Uni<RoleRecord> put(RoleRecord wanted, long expectedRevision) {
    return record(wanted, expectedRevision).call(this::settle);
  }

  private Uni<RoleRecord> record(RoleRecord wanted, long expectedRevision) {
    PutRole put =
        PutRole.newBuilder().setRole(wanted).setExpectedRevision(expectedRevision).build();
    return submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setPutRole(put))
        .map(outcome -> outcome.getRole());
  }

  /** Has every shard follow the role, those that do already being left alone. */
  public Uni<Void> settle(RoleRecord role) {
    WriteGate gate = gate(role);
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(shard -> settle(shard, gate))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> settle(int shard, WriteGate gate) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata
        .query(shard, query, LIMIT)
        .flatMap(
            answer ->
                answer.getStatus().getGate().equals(gate)
                    ? Uni.createFrom().voidItem()
                    : submit(
                            shard,
                            Command.newBuilder()
                                .setSetWriteGate(SetWriteGate.newBuilder().setGate(gate)))
                        .replaceWithVoid());
  }

  private static WriteGate gate(RoleRecord role) {
    WriteGate.Builder gate = WriteGate.newBuilder().setRevision(role.getRevision());
    return role.getRole() == RoleRecord.Role.ORDINARY
        ? gate.setLease(role.getLease().getRevision()).build()
        : gate.setClosed(true).setNotice(role.getNotice()).build();
  }

  /** Where the logs of its shards are now. */
  public Uni<List<ShardPosition>> positions() {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return Multi.createFrom()
        .range(0, metadata.shardCount())
        .onItem()
        .transformToUniAndConcatenate(
            shard ->
                metadata
                    .query(shard, query, LIMIT)
                    .map(
                        answer ->
                            ShardPosition.newBuilder()
                                .setShard(shard)
                                .setPosition(answer.getStatus().getApplied())
                                .build()))
        .collect()
        .asList();
  }

  /** Writes down how far a standby is; refused with STANDBY_OVER when that role is over. */
  public Uni<Void> note(long revision, StandbyProgress progress) {
    NoteStandby note = NoteStandby.newBuilder().setRevision(revision).setProgress(progress).build();
    return submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setNoteStandby(note))
        .replaceWithVoid();
  }

  private Uni<Outcome> submit(int shard, Command.Builder command) {
    return metadata.submit(shard, command.setFormat(FormatRange.HISTORY).build(), LIMIT);
  }
}
