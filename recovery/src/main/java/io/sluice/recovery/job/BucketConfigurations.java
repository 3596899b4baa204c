package io.sluice.recovery.job;

import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PutBucketReplication;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/** Gives buckets the configuration that they have in a set. Any thread. */
final class BucketConfigurations {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;

  BucketConfigurations(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Configures a bucket as it was, if it is not.
   *
   * @return the bucket as it is then
   */
  Uni<Bucket> bring(Bucket here, Bucket then) {
    if (here.getReplication().equals(then.getReplication())) {
      return Uni.createFrom().item(here);
    }
    PutBucketReplication.Builder put =
        PutBucketReplication.newBuilder()
            .setBucketId(here.getId())
            .setName(here.getName())
            .setFromElsewhere(true);
    Bucket.Builder configured = here.toBuilder().clearReplication();
    if (then.hasReplication()) {
      put.setConfiguration(then.getReplication());
      configured.setReplication(then.getReplication());
    }
    Command command =
        Command.newBuilder().setFormat(FormatRange.HISTORY).setPutBucketReplication(put).build();
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command, LIMIT)
        .replaceWith(configured.build());
  }
}
