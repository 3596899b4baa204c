package io.sluice.gateway.replication;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.ReplicationArn;
import io.sluice.storage.proto.MirrorRecord;
import java.util.List;

/**
 * The endpoints that an operator registered for the replication of one bucket, with credentials
 * that its owner never sees. A rule names one by {@code arn:sluice:replication::NAME:BUCKET}, or,
 * where only one of them goes to a bucket of that name, by {@code arn:aws:s3:::BUCKET}.
 */
public final class ReplicationEndpoints {
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
    ReplicationArn parsed =
        ReplicationArn.parse(arn).orElseThrow(() -> invalid("Invalid bucket ARN", arn));
    List<MirrorRecord> there = endpoints.stream().filter(parsed::fits).toList();
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
