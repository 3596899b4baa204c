package io.sluice.gateway.handler;

import com.google.protobuf.ByteString;
import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BufferedBody;
import io.sluice.gateway.call.ErrorMapping;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.ObjectKeyRules;
import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import io.sluice.s3.op.DeleteObjectsInput;
import io.sluice.s3.op.DeleteObjectsInput.Target;
import io.sluice.s3.op.DeleteObjectsOutput;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteObjects;
import io.sluice.storage.proto.DeleteOutcome;
import io.sluice.storage.proto.WriteCondition;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** DeleteObjects: up to 1,000 in one command, each with an outcome of its own. */
final class DeleteObjectsHandler implements AnsweringHandler {
  private final HandlerContext context;

  DeleteObjectsHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.DELETE_OBJECTS;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    RequestHead head = call.head();
    DeleteObjectsInput.requireDigest(ContentMd5.parse(head), DeclaredChecksum.parse(head));
    RoutedRequest route = call.route();
    return BufferedBody.decode(call, body -> DeleteObjectsInput.decode(route, head, body))
        .chain(input -> delete(call, input))
        .map(DeleteObjectsOutput::encode);
  }

  private Uni<DeleteObjectsOutput> delete(S3Call call, DeleteObjectsInput input) {
    List<Target> sent = new ArrayList<>(input.objects().size());
    List<DeleteObjectsOutput.Failed> failed = new ArrayList<>();
    DeleteObjects.Builder batch = DeleteObjects.newBuilder();
    for (Target target : input.objects()) {
      S3Exception unfit = unfit(target);
      if (unfit == null) {
        sent.add(target);
        batch.addObjects(command(target));
      } else {
        failed.add(new DeleteObjectsOutput.Failed(target.key(), target.versionId(), unfit));
      }
    }
    if (sent.isEmpty()) {
      return Uni.createFrom().item(new DeleteObjectsOutput(List.of(), failed, input.quiet()));
    }
    return context
        .buckets()
        .submit(
            call,
            bucket ->
                Command.newBuilder().setDeleteObjects(batch.setBucketId(bucket.getId())).build())
        .map(
            outcome -> output(call, input, sent, outcome.getDeletedAll().getResultsList(), failed));
  }

  private static DeleteObjectsOutput output(
      S3Call call,
      DeleteObjectsInput input,
      List<Target> sent,
      List<DeleteOutcome> outcomes,
      List<DeleteObjectsOutput.Failed> failed) {
    List<DeleteObjectsOutput.Deleted> deleted = new ArrayList<>(sent.size());
    for (int i = 0; i < sent.size(); i++) {
      Target target = sent.get(i);
      DeleteOutcome outcome = outcomes.get(i);
      if (outcome.hasRefusal()) {
        StorageFailure refused = new StorageFailure.Refused(outcome.getRefusal());
        failed.add(
            new DeleteObjectsOutput.Failed(
                target.key(),
                target.versionId(),
                ErrorMapping.map(refused, call.requestId()).error()));
      } else {
        deleted.add(new DeleteObjectsOutput.Deleted(target.key(), target.versionId(), null));
      }
    }
    return new DeleteObjectsOutput(deleted, failed, input.quiet());
  }

  private static DeleteObject command(Target target) {
    DeleteObject.Builder delete =
        DeleteObject.newBuilder().setKey(ByteString.copyFromUtf8(target.key()));
    if (target.versionId() != null) {
      delete.setVersionId(target.versionId());
    }
    if (target.etag() != null) {
      delete.setCondition(WriteCondition.newBuilder().addIfMatch(target.etag()));
    }
    return delete.build();
  }

  /** A key that no object can have is an error of its own, and does not spoil the others. */
  private static @Nullable S3Exception unfit(Target target) {
    try {
      ObjectKeyRules.check(target.key());
      return null;
    } catch (S3Exception unfit) {
      return unfit;
    }
  }
}
