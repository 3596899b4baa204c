package io.sluice.gateway.handler;

import io.sluice.gateway.call.OperationHandler;
import java.util.List;

/** The operations that move no object bytes. */
public final class MetadataHandlers implements HandlerSource {
  @Override
  public List<OperationHandler> handlers(HandlerContext context) {
    return List.of(
        new ListBucketsHandler(context),
        new CreateBucketHandler(context),
        new HeadBucketHandler(context),
        new DeleteBucketHandler(context),
        new GetBucketLocationHandler(context),
        new GetBucketReplicationHandler(context),
        new PutBucketReplicationHandler(context),
        new DeleteBucketReplicationHandler(context),
        new ListObjectsHandler(context),
        new ListObjectsV2Handler(context),
        new ListObjectVersionsHandler(context),
        new DeleteObjectHandler(context),
        new DeleteObjectsHandler(context),
        new CreateMultipartUploadHandler(context),
        new CompleteMultipartUploadHandler(context),
        new AbortMultipartUploadHandler(context),
        new ListPartsHandler(context),
        new ListMultipartUploadsHandler(context));
  }
}
