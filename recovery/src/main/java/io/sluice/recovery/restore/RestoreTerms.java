package io.sluice.recovery.restore;

import io.sluice.storage.proto.LogPosition;

/**
 * What a restore may do to objects that are there.
 *
 * @param overwrite replace or delete them; without, only what is missing is restored
 * @param begun where the target's shard was when the restore began ({@link Restorer#begin}): what
 *     was written later is left alone
 */
public record RestoreTerms(boolean overwrite, LogPosition begun) {}
