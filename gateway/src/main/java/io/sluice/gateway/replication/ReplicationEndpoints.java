package io.sluice.gateway.replication;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.proto.MirrorRecord;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The endpoints that an operator registered for the replication of one bucket, with credentials
 * that its owner never sees. A rule names one by {@code arn:sluice:replication::NAME:BUCKET}, or,
 * where only one of them goes to a bucket of that name, by {@code arn:aws:s3:::BUCKET}.
 */
public final class ReplicationEndpoints {
  private static final Pattern NAMED = Pattern.compile("arn:sluice:replication::([^:]+):([^:/]+)");
  private static final Pattern BUCKET = Pattern.compile("arn:aws:s3:::([^:/]+)");
  private static final String SCHEME = "s3://";

  private final List<MirrorRecord> endpoints;

  /**
   * @param mirrors all of them, of every bucket
   */
  public ReplicationEndpoints(List<MirrorRecord> mirrors, long bucketId) {
    this.endpoints =
        mirrors.stream()
            .filter(each -> each.getReplication() && each.getBucketId() == bucketId)
            .toList();
  }

  /**
   * The name of the endpoint that an ARN stands for.
   *
   * @throws S3Exception InvalidArgument when that is none, or not plain
   */
  public String resolve(String arn) {
    Matcher named = NAMED.matcher(arn);
    if (named.matches()) {
      return endpoints.stream()
          .filter(each -> each.getName().equals(named.group(1)))
          .filter(each -> bucket(each).equals(named.group(2)))
          .findFirst()
          .orElseThrow(() -> none(arn))
          .getName();
    }
    Matcher plain = BUCKET.matcher(arn);
    if (!plain.matches()) {
      throw invalid("Invalid bucket ARN", arn);
    }
    List<MirrorRecord> there =
        endpoints.stream().filter(each -> bucket(each).equals(plain.group(1))).toList();
    if (there.size() > 1) {
      throw invalid(
          "Several replication endpoints of this bucket go to a bucket of that name: say which one"
              + " by arn:sluice:replication::NAME:BUCKET.",
          arn);
    }
    if (there.isEmpty()) {
      throw none(arn);
    }
    return there.get(0).getName();
  }

  /** The bucket in the URL of an endpoint. */
  private static String bucket(MirrorRecord endpoint) {
    String url = endpoint.getUrl();
    int from = url.startsWith(SCHEME) ? SCHEME.length() : 0;
    int to = from;
    while (to < url.length() && url.charAt(to) != '/' && url.charAt(to) != '?') {
      to++;
    }
    return url.substring(from, to);
  }

  private static S3Exception none(String arn) {
    return invalid(
        "No replication endpoint that this stands for is registered for this bucket: an operator"
            + " does that (sluice mirror add BUCKET URL --replication).",
        arn);
  }

  private static S3Exception invalid(String message, String arn) {
    return new S3Exception(S3ErrorCode.INVALID_ARGUMENT, message)
        .with("ArgumentName", "Destination.Bucket")
        .with("ArgumentValue", arn);
  }
}
