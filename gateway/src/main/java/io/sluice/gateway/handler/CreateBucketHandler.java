package io.sluice.gateway.handler;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BufferedBody;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.CreateBucketInput;
import io.sluice.s3.op.CreateBucketOutput;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.util.zip.CRC32C;

/**
 * CreateBucket. Who makes a bucket that is already theirs gets 200 in {@code us-east-1} and {@code
 * BucketAlreadyOwnedByYou} elsewhere, as AWS documents.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html">CreateBucket</a>
 */
final class CreateBucketHandler implements AnsweringHandler {
  private static final String LEGACY_REGION = "us-east-1";

  private final HandlerContext context;

  CreateBucketHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.CREATE_BUCKET;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    return BufferedBody.decode(
            call, body -> CreateBucketInput.decode(call.route(), call.head(), body))
        .chain(input -> create(call, input))
        .map(CreateBucketOutput::encode);
  }

  private Uni<CreateBucketOutput> create(S3Call call, CreateBucketInput input) {
    input.requireRegion(context.region());
    context.directory().forget(input.bucket());
    CreateBucketOutput made = new CreateBucketOutput(input.bucket());
    CreateBucket command =
        CreateBucket.newBuilder()
            .setName(input.bucket())
            .setOwner(call.caller().accountId())
            .setOwnerIsAccount(!call.caller().root())
            .setShard(shardFor(input.bucket()))
            .setRegion(context.region())
            .build();
    return context
        .metadata()
        .submit(
            MetadataStore.ROOT_SHARD,
            Command.newBuilder().setCreateBucket(command).build(),
            context.metadataDeadline())
        .map(outcome -> made)
        .onFailure(this::isFine)
        .recoverWithItem(made);
  }

  private boolean isFine(Throwable failure) {
    return context.region().equals(LEGACY_REGION)
        && failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.BUCKET_OWNED_BY_YOU;
  }

  /** Names spread evenly; the choice is written down with the bucket, so it may change later. */
  private int shardFor(String name) {
    CRC32C hash = new CRC32C();
    hash.update(name.getBytes(US_ASCII));
    return (int) (hash.getValue() % context.metadata().shardCount());
  }
}
