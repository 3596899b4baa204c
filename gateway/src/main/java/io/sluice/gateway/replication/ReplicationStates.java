package io.sluice.gateway.replication;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.gateway.call.BucketView;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.s3.op.ReplicationStatus;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.MirrorScope;
import io.sluice.storage.Positions;
import io.sluice.storage.ReplicationArn;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorPage;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ReplicationRule;
import io.sluice.storage.proto.UserMetadata;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of an object how far its replication is. That is written down for no object: it follows from
 * the positions of the bucket's replications, which are asked for once a second at most, and only
 * while objects of buckets that have rules are read. What is not known to be there is pending.
 *
 * <p>Any thread; results may come on any.
 */
public final class ReplicationStates {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicationStates.class);
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  /** A read is not to wait for long, when only a header is missing. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final Query MIRRORS =
      Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()).build();

  private final MetadataStore metadata;
  private final AsyncCache<Query, Optional<MirrorPage>> known =
      Caffeine.newBuilder().maximumSize(1).expireAfterWrite(REMEMBERED).buildAsync();

  /** The last good answer, for while there is none: what was there then is there. */
  private volatile @Nullable MirrorPage last;

  /** Whether the last question was not answered: then nobody waits for the next one. */
  private volatile boolean isSilent;

  public ReplicationStates(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /** Empty: nothing is known. Never fails. */
  private Uni<Optional<MirrorPage>> remembered() {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<Optional<MirrorPage>> asked =
                  known.get(MIRRORS, (query, pool) -> asked().subscribeAsCompletionStage());
              // Each has a copy: one who gives up must not end it for the others.
              return isSilent && !asked.isDone()
                  ? CompletableFuture.completedFuture(Optional.ofNullable(last))
                  : asked.copy();
            });
  }

  private Uni<Optional<MirrorPage>> asked() {
    return fresh()
        .map(
            page -> {
              last = page;
              isSilent = false;
              return Optional.of(page);
            })
        .onFailure()
        .recoverWithItem(
            failure -> {
              LOG.debug("it is not known how far replication is", failure);
              isSilent = true;
              return Optional.ofNullable(last);
            });
  }

  /** All mirrors as they are now; fails as {@link MetadataStore#query} does. */
  public Uni<MirrorPage> fresh() {
    return metadata
        .query(MetadataStore.ROOT_SHARD, MIRRORS, LIMIT)
        .map(answer -> answer.getMirrors());
  }

  /** Has the next read ask anew: a configuration was changed here. */
  public void forget() {
    last = null;
    known.synchronous().invalidateAll();
  }

  /** How far the replication of an object is; empty where no rule is about it. Never fails. */
  public Uni<Optional<ReplicationStatus>> of(BucketView view, String key, ObjectVersion object) {
    if (isReplica(key, object)) {
      return Uni.createFrom().item(Optional.of(ReplicationStatus.REPLICA));
    }
    Bucket bucket = view.bucket();
    if (view.at() != null || !isConcerned(bucket, key)) {
      return Uni.createFrom().item(Optional.empty());
    }
    return remembered()
        .map(
            mirrors ->
                mirrors
                    .map(page -> status(page, bucket, key, object.getVersion()))
                    .orElse(Optional.of(ReplicationStatus.PENDING)));
  }

  private static boolean isReplica(String key, ObjectVersion object) {
    for (UserMetadata each : object.getHeaders().getUserMetadataList()) {
      if (each.getName().equals(ReplicaMark.NAME)) {
        return ReplicaMark.isOf(each.getValue(), key, object.getSize(), object.getEtag());
      }
    }
    return false;
  }

  private static boolean isConcerned(Bucket bucket, String key) {
    for (ReplicationRule rule : bucket.getReplication().getRulesList()) {
      if (isConcerned(rule, key)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isConcerned(ReplicationRule rule, String key) {
    return rule.getEnabled() && key.startsWith(rule.getPrefix());
  }

  private static Optional<ReplicationStatus> status(
      MirrorPage mirrors, Bucket bucket, String key, LogPosition version) {
    Set<ReplicationStatus> found = EnumSet.noneOf(ReplicationStatus.class);
    for (ReplicationRule rule : bucket.getReplication().getRulesList()) {
      if (isConcerned(rule, key)) {
        MirrorRecord mirror = find(mirrors, bucket, rule);
        if (mirror == null) {
          found.add(ReplicationStatus.PENDING);
        } else if (new MirrorScope(mirror).covers(key, version)) {
          found.add(status(mirror.getProgress(), key, version));
        }
      }
    }
    if (found.contains(ReplicationStatus.FAILED)) {
      return Optional.of(ReplicationStatus.FAILED);
    }
    return found.contains(ReplicationStatus.PENDING)
        ? Optional.of(ReplicationStatus.PENDING)
        : found.stream().findFirst();
  }

  /** The endpoint of a configuration from elsewhere may not be registered here yet, as meant. */
  private static @Nullable MirrorRecord find(
      MirrorPage mirrors, Bucket bucket, ReplicationRule rule) {
    for (MirrorRecord mirror : mirrors.getMirrorsList()) {
      if (mirror.getName().equals(rule.getEndpoint())
          && mirror.getBucketId() == bucket.getId()
          && ReplicationArn.fits(rule.getDestination(), mirror)) {
        return mirror;
      }
    }
    return null;
  }

  /** Behind the position, or among what was read without failing: it is there. */
  private static ReplicationStatus status(
      MirrorProgress progress, String key, LogPosition version) {
    if (progress.hasPosition() && !Positions.isAfter(version, progress.getPosition())) {
      return ReplicationStatus.COMPLETED;
    }
    for (MirrorFailure each : progress.getFailingList()) {
      if (each.getKey().toStringUtf8().equals(key)) {
        return each.getUnderWay() ? ReplicationStatus.PENDING : ReplicationStatus.FAILED;
      }
    }
    boolean isRead =
        progress.hasReadTo()
            && !progress.getLost()
            && !Positions.isAfter(version, progress.getReadTo());
    return isRead ? ReplicationStatus.COMPLETED : ReplicationStatus.PENDING;
  }
}
