package io.sluice.gateway.object;

import io.sluice.gateway.call.ClientGoneException;
import io.sluice.gateway.call.Exchange;
import io.sluice.gateway.call.OperationHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.pipe.Download;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.GetObjectInput;
import io.sluice.s3.op.GetObjectOutput;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.nio.channels.ClosedChannelException;

/**
 * GetObject. The head goes out when the first bytes have been read, so that a failure until then is
 * an answer. A failure after that ends the connection: what came must not look whole.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html">GetObject</a>
 */
final class GetObjectHandler implements OperationHandler {
  private final ObjectReader reader;
  private final ObjectPlane plane;

  GetObjectHandler(ObjectReader reader, ObjectPlane plane) {
    this.reader = reader;
    this.plane = plane;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.GET_OBJECT;
  }

  @Override
  public Uni<Void> handle(S3Call call) {
    GetObjectInput input = GetObjectInput.decode(call.route(), call.head());
    return reader
        .findWithReplication(call, input.key(), input.versionId(), true)
        .chain(object -> answer(call.exchange(), input, object));
  }

  private Uni<Void> answer(Exchange exchange, GetObjectInput input, FoundObject object) {
    S3Response notModified = ReadConditions.check(input.conditions(), object);
    if (notModified != null) {
      return exchange.send(notModified);
    }
    RequestedBytes bytes = RequestedBytes.of(object, input.partNumber(), input.range());
    S3Response head =
        new GetObjectOutput(
                object.describe(
                    input.wantsChecksum() ? bytes.checksum() : null, bytes.partsCount()),
                input.overrides(),
                bytes.length(),
                bytes.contentRange())
            .encode();
    if (bytes.length() == 0) {
      return exchange.send(head);
    }
    if (object.version().getInline()) {
      return exchange.send(inline(head, object, bytes));
    }
    return FutureUni.of(() -> stream(exchange, head, object, bytes));
  }

  private static S3Response inline(S3Response head, FoundObject object, RequestedBytes bytes) {
    int from = (int) bytes.from();
    return new S3Response(
        head.status(),
        head.headers(),
        object
            .answer()
            .getInlineData()
            .substring(from, from + (int) bytes.length())
            .asReadOnlyByteBuffer());
  }

  private Future<Void> stream(
      Exchange exchange, S3Response head, FoundObject object, RequestedBytes bytes) {
    return plane
        .downloads()
        .open(reader.content(object, bytes.from(), bytes.length()), exchange.context())
        .compose(download -> send(exchange, head, download));
  }

  private static Future<Void> send(Exchange exchange, S3Response head, Download download) {
    HttpServerResponse response = exchange.response();
    if (response.closed()) {
      ClientGoneException gone = gone();
      download.cancel(gone);
      return Future.failedFuture(gone);
    }
    exchange.begin(head);
    response.closeHandler(closed -> download.cancel(gone()));
    return download
        .sendTo(response)
        .compose(
            sent ->
                response
                    .end()
                    .recover(cause -> Future.failedFuture(new ClientGoneException(cause))));
  }

  private static ClientGoneException gone() {
    return new ClientGoneException(new ClosedChannelException());
  }
}
