package io.sluice.recovery.backup.restore;

/**
 * What a trial found.
 *
 * @param restored what was brought back and was right, and what was not
 * @param leftOut objects that are larger than the space allows
 */
public record TrialResult(FileRestoreResult restored, long leftOut) {}
