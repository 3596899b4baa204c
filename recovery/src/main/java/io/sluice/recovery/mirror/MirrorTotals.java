package io.sluice.recovery.mirror;

/**
 * What the mirrors of a node did since it started.
 *
 * @param objects sent
 * @param bytes of those
 * @param failures of objects and endpoints
 */
public record MirrorTotals(long objects, long bytes, long failures) {
  MirrorTotals plus(MirrorTotals other) {
    return new MirrorTotals(
        objects + other.objects, bytes + other.bytes, failures + other.failures);
  }
}
