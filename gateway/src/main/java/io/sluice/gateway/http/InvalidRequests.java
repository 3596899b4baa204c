package io.sluice.gateway.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.xml.ErrorDocument;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;

/** Answers what is not HTTP, or more of it than is taken; what follows it cannot be understood. */
final class InvalidRequests {
  private final String hostId;

  InvalidRequests(String hostId) {
    this.hostId = hostId;
  }

  void answer(HttpServerRequest request) {
    String requestId = RequestIds.next();
    S3Exception error = new S3Exception(codeFor(request.decoderResult().cause()));
    ByteBuffer document = ErrorDocument.encode(error, null, requestId, hostId);
    byte[] body = new byte[document.remaining()];
    document.get(body);
    request
        .response()
        .setStatusCode(error.code().status())
        .putHeader("x-amz-request-id", requestId)
        .putHeader("x-amz-id-2", hostId)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/xml")
        .putHeader(HttpHeaders.CONNECTION, "close")
        .end(Buffer.buffer(body))
        .onComplete(sent -> request.connection().close());
  }

  private static S3ErrorCode codeFor(Throwable cause) {
    if (cause instanceof TooLongHttpHeaderException) {
      return S3ErrorCode.REQUEST_HEADER_SECTION_TOO_LARGE;
    }
    return cause instanceof TooLongHttpLineException
        ? S3ErrorCode.INVALID_URI
        : S3ErrorCode.BAD_REQUEST;
  }
}
