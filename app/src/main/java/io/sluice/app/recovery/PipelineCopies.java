package io.sluice.app.recovery;

import com.google.protobuf.ByteString;
import io.sluice.gateway.pipe.Content;
import io.sluice.gateway.pipe.CopyPipeline;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Part;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Copies with the gateway's pipelines: what clients' copies between shards go through. */
public final class PipelineCopies implements PartCopies {
  private final CopyPipeline pipeline;
  private final Context context;

  /**
   * @param context the event loop that they all run on
   */
  public PipelineCopies(CopyPipeline pipeline, Context context) {
    this.pipeline = pipeline;
    this.context = context;
  }

  /** On a node that serves no objects. */
  public static PartCopies none() {
    return (source, inlineData, key) ->
        Uni.createFrom()
            .failure(
                new StorageFailure.Unavailable(
                    "this node moves no data: ask one that serves S3", Duration.ZERO, null));
  }

  @Override
  public Uni<Copied> copy(Part source, ByteString inlineData, ByteString key) {
    Content content = Content.ofPart(source, inlineData, 0, source.getSize());
    return Uni.createFrom()
        .<UploadedBody>emitter(
            emitter ->
                context.runOnContext(
                    start ->
                        pipeline
                            .copy(content, algorithm(source), key.hashCode(), context)
                            .onComplete(emitter::complete, emitter::fail)))
        .map(body -> new Copied(body.toPart(), body.inlineData()));
  }

  private static @Nullable ChecksumAlgorithm algorithm(Part source) {
    ChecksumValue value = ChecksumRecords.firstValue(source.getChecksumsList());
    return value == null ? null : value.algorithm();
  }
}
