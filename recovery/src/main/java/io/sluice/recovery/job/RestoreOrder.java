package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.TargetRecord;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is to be brought back from a target.
 *
 * @param cluster whose backup; null: this one's, or if it has none there, the only other one's
 * @param backup id of the backup; null: the newest that is not after {@code at}
 * @param at null: the newest there is
 * @param bucket its name then; null: all of them, with the accounts
 * @param prefix of keys; empty: all
 * @param toBucket into which; null: of the same name
 * @param overwrite whether objects that are there and differ are replaced; nothing is ever deleted
 * @param skipDamaged whether the rest is restored when something can't be
 * @param dryRun whether it is only counted
 */
public record RestoreOrder(
    TargetRecord target,
    @Nullable UUID cluster,
    @Nullable String backup,
    @Nullable Instant at,
    @Nullable String bucket,
    ByteString prefix,
    @Nullable String toBucket,
    boolean overwrite,
    boolean skipDamaged,
    boolean dryRun) {

  public RestoreOrder {
    if (bucket == null && (toBucket != null || !prefix.isEmpty())) {
      throw new IllegalArgumentException("a bucket to restore into, or a prefix, needs a bucket");
    }
    if (backup != null && at != null) {
      throw new IllegalArgumentException("either a backup or a time");
    }
  }
}
