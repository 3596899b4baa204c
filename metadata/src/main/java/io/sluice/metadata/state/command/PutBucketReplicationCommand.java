package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutBucketReplication;
import io.sluice.storage.proto.ReplicationRule;

/** Sets what of a bucket is replicated where, and has its replications follow at once. */
record PutBucketReplicationCommand(PutBucketReplication command) implements ShardCommand {
  private static final int RULES_MAX = 100;

  /**
   * The row of a bucket is read for many requests, and an enabled rule is in that of its mirror.
   */
  private static final int BYTES_MAX = 16 << 10;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Bucket bucket = BucketRows.require(context.rows(), command.getName(), command.getBucketId());
    Bucket.Builder changed = bucket.toBuilder();
    if (command.hasConfiguration()) {
      requireValid(context);
      changed.setReplication(command.getConfiguration());
    } else {
      changed.clearReplication();
    }
    Bucket put = changed.build();
    if (!put.equals(bucket)) {
      BucketRows.put(context, put);
      Replications.follow(context, put, command.hasSince() ? command.getSince() : null);
    }
    return ApplyContext.done();
  }

  private void requireValid(ApplyContext context) throws RefusedException {
    int rules = command.getConfiguration().getRulesCount();
    if (rules == 0 || rules > RULES_MAX) {
      throw ApplyContext.invalid("A replication configuration has 1 to " + RULES_MAX + " rules.");
    }
    if (command.getConfiguration().getSerializedSize() > BYTES_MAX) {
      throw ApplyContext.invalid("A replication configuration has at most 16 KiB.");
    }
    if (command.getFromElsewhere()) {
      return;
    }
    for (ReplicationRule rule : command.getConfiguration().getRulesList()) {
      MirrorRecord endpoint = Mirrors.find(context.rows(), rule.getEndpoint());
      if (endpoint == null
          || !endpoint.getReplication()
          || endpoint.getBucketId() != command.getBucketId()) {
        throw ApplyContext.invalid(
            "No replication endpoint %s is registered for this bucket."
                .formatted(rule.getEndpoint()));
      }
    }
  }
}
