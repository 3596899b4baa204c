package io.sluice.gateway.handler;

import io.sluice.gateway.bucket.BucketAccess;
import io.sluice.gateway.bucket.BucketDirectory;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.replication.ReplicationStates;
import io.sluice.s3.op.Owner;
import io.sluice.storage.MetadataStore;
import java.time.Clock;
import java.time.Duration;

/**
 * What handlers are made with.
 *
 * @param buckets commands and queries to the shard of a call's bucket
 * @param directory buckets by name
 * @param metadata all shards, for what is not in a call's bucket
 * @param metadataDeadline of one command or query
 * @param replication how far that of objects is
 */
public record HandlerContext(
    BucketAccess buckets,
    BucketDirectory directory,
    MetadataStore metadata,
    Duration metadataDeadline,
    ReplicationStates replication,
    String region,
    Clock clock) {

  /** Where the bucket of a call is. */
  String regionOf(S3Call call) {
    String region = call.requireBucket().getRegion();
    return region.isEmpty() ? region() : region;
  }

  /** An account as S3 shows owners: with its display name where it is the caller's own. */
  static Owner owner(S3Call call, String accountId) {
    return accountId.isEmpty() || accountId.equals(call.caller().accountId())
        ? call.caller().asOwner()
        : new Owner(accountId, accountId);
  }
}
