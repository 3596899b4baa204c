package io.sluice.recovery.restore;

import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.EndHold;
import io.sluice.storage.proto.HoldHistory;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Keeps the moment of a restore while that is under way: neither the end of the history window, nor
 * the removal of a snapshot, nor a shorter window takes what a later page needs. A hold ends by
 * itself when it was not renewed for {@link #RENEWAL}, because whoever restores may have died.
 *
 * <p>Methods return at once and may be called on any thread; they fail with {@link StorageFailure}.
 */
public final class MomentHolds {
  /** Many times what a page takes, and what somebody thinks about what it would do. */
  public static final Duration RENEWAL = Duration.ofMinutes(15);

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MetadataStore metadata;

  public MomentHolds(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Takes the hold, or renews it.
   *
   * @param id 1 to 64 characters; moments of several buckets of one snapshot may have the same
   * @return refused with OUTSIDE_HISTORY when what was then is not kept any more, TOO_MANY when 16
   *     moments of the shard are held
   */
  public Uni<Void> keep(String id, BucketMoment then) {
    HoldHistory hold =
        HoldHistory.newBuilder()
            .setId(id)
            .setAt(then.at())
            .setRenewMs((int) RENEWAL.toMillis())
            .build();
    return submit(then, Command.newBuilder().setHoldHistory(hold));
  }

  /** Gives it up; one that is not there is no failure. */
  public Uni<Void> end(String id, BucketMoment then) {
    return submit(then, Command.newBuilder().setEndHold(EndHold.newBuilder().setId(id)));
  }

  private Uni<Void> submit(BucketMoment then, Command.Builder command) {
    return metadata
        .submit(then.bucket().getShard(), command.setFormat(FormatRange.HISTORY).build(), LIMIT)
        .replaceWithVoid();
  }
}
