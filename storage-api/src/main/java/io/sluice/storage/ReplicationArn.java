package io.sluice.storage;

import io.sluice.storage.proto.MirrorRecord;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a replication rule names the place that it sends to: {@code
 * arn:sluice:replication::NAME:BUCKET}, or AWS's own {@code arn:aws:s3:::BUCKET}. Immutable; any
 * thread.
 *
 * @param name of the place; empty in AWS's form
 * @param bucket in the place's URL
 */
public record ReplicationArn(String name, String bucket) {
  private static final Pattern NAMED = Pattern.compile("arn:sluice:replication::([^:]+):([^:/]+)");
  private static final Pattern PLAIN = Pattern.compile("arn:aws:s3:::([^:/]+)");

  /** Reads one; empty when it is none. */
  public static Optional<ReplicationArn> parse(String arn) {
    Matcher named = NAMED.matcher(arn);
    if (named.matches()) {
      return Optional.of(new ReplicationArn(named.group(1), named.group(2)));
    }
    Matcher plain = PLAIN.matcher(arn);
    return plain.matches() ? Optional.of(new ReplicationArn("", plain.group(1))) : Optional.empty();
  }

  /** Whether it may stand for a place: one of that name, if it says one, and with that bucket. */
  public boolean fits(MirrorRecord place) {
    boolean isNamed = name.isEmpty() || name.equals(place.getName());
    return isNamed
        && S3Place.of(place.getUrl()).filter(at -> at.bucket().equals(bucket)).isPresent();
  }

  /** The same of an ARN that may be none. */
  public static boolean fits(String arn, MirrorRecord place) {
    return parse(arn).filter(parsed -> parsed.fits(place)).isPresent();
  }
}
