package io.sluice.app.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads of requests that are too large, or no HTTP, or ask for what S3 does not have. */
class HeadTest extends HostileTest {
  @Test
  void putObject_headersOver16KiB_isHeaderSectionTooLarge() {
    S3Request request =
        S3Request.put(object("k"), bytes(10)).header("x-filler", "x".repeat(16 * 1024));
    refused(request, 400, "RequestHeaderSectionTooLarge");
  }

  @Test
  void putObject_manyHeadersOver16KiB_isHeaderSectionTooLarge() {
    S3Request request = S3Request.put(object("k"), bytes(10));
    for (int i = 0; i < 400; i++) {
      request.header("x-filler-" + i, "x".repeat(40));
    }
    refused(request, 400, "RequestHeaderSectionTooLarge");
  }

  @Test
  void putObject_metadataOver2KiB_isMetadataTooLarge() {
    S3Request request =
        S3Request.put(object("k"), bytes(10)).header("x-amz-meta-a", "x".repeat(2048));
    RawResponse response = refused(request, 400, "MetadataTooLarge");
    assertThat(response.xml("MaxSizeAllowed")).isEqualTo("2048");
  }

  @Test
  void putObject_metadataOf2KiB_isStored() {
    S3Request request =
        S3Request.put(object("k"), bytes(10)).header("x-amz-meta-a", "x".repeat(2047));
    assertThat(SERVER.exchange(request).status()).isEqualTo(200);
    stored.add("k");
  }

  @Test
  void createMultipartUpload_metadataOver2KiB_isMetadataTooLarge() {
    S3Request request =
        S3Request.of("POST", object("k") + "?uploads").header("x-amz-meta-a", "x".repeat(2048));
    refused(request, 400, "MetadataTooLarge");
  }

  @Test
  void getObject_endlessRequestLine_isRefusedAndClosed() {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response =
          connection.send("GET /" + "x".repeat(40_000) + " HTTP/1.1\r\nHost: x\r\n\r\n").read();
      assertError(response, 400, "InvalidURI");
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nspace : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\na: b\0c\r\n\r\n",
        "\u0016\u0003\u0001\0\u00c8\u0001\0\0\u00c4\u0003\u0003\r\n\r\n",
      })
  void whatIsNoHttp_isBadRequestAndClosed(String bytes) {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.send(bytes).read();
      assertThat(response.status()).as("%s", response).isEqualTo(400);
      assertThat(response.xml("Code")).as("%s", response).isNotEmpty();
      assertThat(response.xml("RequestId")).isEqualTo(response.header("x-amz-request-id"));
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @Test
  void httpOfTheFuture_isRefusedAndClosed() {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.send("GET / HTTP/9.9\r\nHost: x\r\n\r\n").read();
      assertThat(response.status()).as("%s", response).isIn(400, 501, 505);
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PATCH, k",
    "PROPFIND, k",
    "TRACE, k",
    "BREW, k",
    "get, k",
    "POST, k",
  })
  void unknownMethod_isMethodNotAllowed(String method, String key) {
    refused(S3Request.of(method, object(key)), 405, "MethodNotAllowed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"acl&policy", "tagging&uploads", "acl&uploadId=x&partNumber=1"})
  void putObject_subresourcesThatExclude_storesNothing(String query) {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response =
          connection.exchange(S3Request.put(object("k") + "?" + query, bytes(10)));
      assertThat(response.status()).as("%s", response).isIn(400, 405, 501);
      assertError(response, response.status(), String.valueOf(response.xml("Code")));
      assertSane(connection, response);
    }
  }

  @Test
  void connect_isRefused() {
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response =
          connection.send("CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\r\n").read();
      assertThat(response.status()).as("%s", response).isIn(400, 403, 405);
    }
  }

  @Test
  void absoluteForm_isTakenForItsPath() {
    store("k", bytes(10));
    S3Request request =
        S3Request.get(object("k"))
            .spoilHead(
                head ->
                    head.replace("GET /", "GET http://" + SERVER.endpoint().getAuthority() + "/"));
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(request);
      assertThat(response.status()).as("%s", response).isIn(200, 400);
      assertSane(connection, response);
    }
  }
}
