package io.sluice.gateway.pipe;

import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.vertx.core.Context;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * Copies stored bytes into new chunks: a download into an upload. Used where a copy can't share the
 * source's parts, because it lies in another shard or takes only a range. One instance serves all
 * copies.
 */
public final class CopyPipeline {
  private final DownloadPipeline downloads;
  private final UploadPipeline uploads;

  public CopyPipeline(DownloadPipeline downloads, UploadPipeline uploads) {
    this.downloads = downloads;
    this.uploads = uploads;
  }

  /**
   * Copies.
   *
   * @param algorithm of the checksum to compute, or null
   * @param context to be called on; the result completes there
   * @return fails with a {@link io.sluice.storage.StorageFailure}
   */
  public Future<UploadedBody> copy(
      Content source, @Nullable ChecksumAlgorithm algorithm, long routingKey, Context context) {
    CopyStream stream = new CopyStream();
    BodyTerms terms = BodyTerms.ofCopy(source.length(), algorithm, routingKey);
    Future<UploadedBody> stored = uploads.upload(stream, terms, context);
    stored.onFailure(stream::close);
    if (source.length() == 0) {
      Future<Void> unused = stream.end();
      return stored;
    }
    Future<Void> unused =
        downloads
            .open(source, context)
            .compose(
                download -> {
                  stored.onFailure(download::cancel);
                  return download.sendTo(stream);
                })
            .compose(done -> stream.end())
            .onFailure(stream::fail);
    return stored;
  }
}
