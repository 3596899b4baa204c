package io.sluice.recovery.backup.restore;

/**
 * What a trial restores.
 *
 * @param share of the objects; more than 0, at most 1. One object at least
 * @param seed chooses them: the same seed, the same objects
 * @param spaceMax bytes that may lie on the disk at a time; an object of more than half of that is
 *     left out
 */
public record TrialTerms(double share, long seed, long spaceMax) {
  public TrialTerms {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a share is more than 0 and at most 1, not " + share);
    }
    if (spaceMax < 2) {
      throw new IllegalArgumentException("too little space: " + spaceMax);
    }
  }
}
