package io.sluice.gateway.object;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.PatientAnswer;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.handler.HandlerContext;
import io.sluice.gateway.pipe.UploadedBody;
import io.sluice.gateway.record.ChecksumRecords;
import io.sluice.gateway.record.ObjectRecords;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.s3.op.CopyObjectInput;
import io.sluice.s3.op.CopyObjectOutput;
import io.sluice.storage.FormatRange;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CopyObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UserMetadata;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * CopyObject. Inside a shard one command makes another object of the source's parts, and no bytes
 * move: the source is the version whose conditions were checked, or the command is refused and all
 * is done again. Between shards, or for another checksum, the bytes are read and stored again.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html">CopyObject</a>
 */
final class CopyObjectHandler implements AnsweringHandler {
  private static final int ATTEMPTS_MAX = 3;

  private final HandlerContext context;
  private final ObjectReader reader;
  private final ObjectPlane plane;

  CopyObjectHandler(HandlerContext context, ObjectReader reader, ObjectPlane plane) {
    this.context = context;
    this.reader = reader;
    this.plane = plane;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.COPY_OBJECT;
  }

  @Override
  public Uni<Void> handle(S3Call call) {
    return PatientAnswer.send(call, answer(call), PatientAnswer.PATIENCE);
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    CopyObjectInput input = CopyObjectInput.decode(call.route(), call.head());
    return Uni.createFrom()
        .deferred(() -> copy(call, input))
        .onFailure(CopyObjectHandler::isConflict)
        .retry()
        .atMost(ATTEMPTS_MAX - 1);
  }

  private static boolean isConflict(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }

  private Uni<S3Response> copy(S3Call call, CopyObjectInput input) {
    return reader
        .findSource(call, input.source(), false)
        .chain(
            source -> {
              input.sourceConditions().check(source.etag(), source.lastModified());
              CopySizes.check(source.version().getSize());
              Uni<Outcome> copied =
                  sharesParts(call, input, source) ? link(call, input, source) : move(call, input);
              return copied.map(outcome -> output(source, outcome.getObject()));
            });
  }

  private static boolean sharesParts(S3Call call, CopyObjectInput input, FoundObject source) {
    ChecksumValue checksum = ChecksumRecords.firstValue(source.version().getChecksumsList());
    boolean sameChecksum =
        input.checksumAlgorithm() == null
            || (checksum != null && checksum.algorithm() == input.checksumAlgorithm());
    return sameChecksum && source.bucket().shard() == call.requireBucket().getShard();
  }

  private Uni<Outcome> link(S3Call call, CopyObjectInput input, FoundObject source) {
    CopyObject.Builder copy =
        CopyObject.newBuilder()
            .setSourceBucketId(source.bucket().id())
            .setSourceKey(ByteString.copyFromUtf8(input.source().key()))
            .setSourceVersionId(orEmpty(input.source().versionId()))
            .setExpectedSource(source.version().getVersion())
            .setKey(ByteString.copyFromUtf8(input.key()))
            // Else the command takes those of the source, which it looks up itself.
            .setReplaceMetadata(input.metadata() != null || isMarked(source))
            .setHeaders(headers(input, source))
            .setOwner(call.caller().accountId())
            .setStorageClass(input.storageClass())
            .setCondition(ObjectRecords.condition(input.condition()));
    Command.Builder command = Command.newBuilder();
    LogPosition at = source.bucket().at();
    if (at != null) {
      copy.setSourceAt(at);
      command.setFormat(FormatRange.HISTORY);
    }
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                command.setCopyObject(copy.setBucketId(sameShard(bucket, source).getId())).build());
  }

  /** A bucket made anew while we looked may lie elsewhere: then the copy starts over. */
  private static Bucket sameShard(Bucket bucket, FoundObject source) {
    if (bucket.getShard() != source.bucket().shard()) {
      throw new StorageFailure.Unavailable("the bucket was made anew", Duration.ofSeconds(1), null);
    }
    return bucket;
  }

  private Uni<Outcome> move(S3Call call, CopyObjectInput input) {
    return reader
        .findSource(call, input.source(), true)
        .chain(
            source -> {
              input.sourceConditions().check(source.etag(), source.lastModified());
              CopySizes.check(source.version().getSize());
              return FutureUni.of(
                      () ->
                          plane
                              .copies()
                              .copy(
                                  reader.content(source, 0, source.version().getSize()),
                                  algorithm(input, source),
                                  RoutingKeys.of(call.requireBucket(), input.key()),
                                  call.exchange().context()))
                  .chain(body -> commit(call, input, source, body));
            });
  }

  private static ChecksumAlgorithm algorithm(CopyObjectInput input, FoundObject source) {
    if (input.checksumAlgorithm() != null) {
      return input.checksumAlgorithm();
    }
    ChecksumValue checksum = ChecksumRecords.firstValue(source.version().getChecksumsList());
    return checksum == null ? ChecksumAlgorithm.CRC64NVME : checksum.algorithm();
  }

  private Uni<Outcome> commit(
      S3Call call, CopyObjectInput input, FoundObject source, UploadedBody body) {
    ObjectVersion.Builder object =
        ObjectVersion.newBuilder()
            .setSize(body.size())
            .setEtag(body.etag())
            .setOwner(call.caller().accountId())
            .setStorageClass(input.storageClass())
            .setHeaders(headers(input, source))
            .setInline(body.inline() != null);
    if (body.checksum() != null) {
      object.addChecksums(ChecksumRecords.whole(body.checksum()));
    }
    PutObject.Builder put =
        PutObject.newBuilder()
            .setKey(ByteString.copyFromUtf8(input.key()))
            .setObject(object)
            .setPart(body.toPart())
            .setInlineData(body.inlineData())
            .setCondition(ObjectRecords.condition(input.condition()));
    return context
        .buckets()
        .submit(
            call,
            bucket -> Command.newBuilder().setPutObject(put.setBucketId(bucket.getId())).build());
  }

  /**
   * Those of the copy, which is an object of its bucket's own: with the mark of a replica it would
   * pass for one where it has the replica's key, and be sent nowhere.
   */
  private static ObjectHeaders headers(CopyObjectInput input, FoundObject source) {
    ObjectHeaders headers =
        input.metadata() == null
            ? source.version().getHeaders()
            : ObjectRecords.headers(input.metadata());
    ObjectHeaders.Builder own = headers.toBuilder().clearUserMetadata();
    headers.getUserMetadataList().stream()
        .filter(item -> !isMark(item))
        .forEach(own::addUserMetadata);
    return own.build();
  }

  private static boolean isMarked(FoundObject source) {
    return source.version().getHeaders().getUserMetadataList().stream()
        .anyMatch(CopyObjectHandler::isMark);
  }

  private static boolean isMark(UserMetadata item) {
    return item.getName().equals(ReplicaMark.NAME);
  }

  private static S3Response output(FoundObject source, ObjectVersion copy) {
    return new CopyObjectOutput(
            copy.getEtag(),
            Instant.ofEpochMilli(copy.getLastModifiedMs()),
            ChecksumRecords.shown(copy.getChecksumsList()),
            FoundObject.versionId(copy),
            FoundObject.versionId(source.version()))
        .encode();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
