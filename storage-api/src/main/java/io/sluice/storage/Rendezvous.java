package io.sluice.storage;

/**
 * Weighted rendezvous hashing: each candidate bids for a key, and the highest bid gets it. Each
 * gets its share of the keys by weight, and only the keys of one that drops out go elsewhere.
 *
 * <p>Layouts and clients' keys hang on these very numbers: they never change.
 */
public final class Rendezvous {
  private Rendezvous() {}

  /**
   * What a candidate bids.
   *
   * @param hash of the key and the candidate together
   * @param weight of the candidate; 0 bids nothing
   */
  public static double score(long hash, double weight) {
    // Uniform in (0, 1): never 0, whose logarithm is no number.
    double uniform = ((mix(hash) >>> 11) + 0.5) * 0x1.0p-53;
    return -weight / Math.log(uniform);
  }

  /** Spreads what lies close together over all values: the finalizer of SplitMix64. */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
