package io.sluice.app.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.s3.auth.Credentials;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What several requests of one connection do to each other. */
class ConnectionTest extends HostileTest {
  private static final Credentials WRONG =
      new Credentials(S3Request.ROOT.accessKeyId(), "not the secret");
  private static final byte[] BODY = bytes(CHUNKED_BYTES);

  @Test
  void pipelined_goodBadGood_areAnsweredInOrder() {
    try (RawConnection connection = SERVER.connect()) {
      connection
          .send(S3Request.put(object("a"), BODY))
          .send(S3Request.put(object("b"), BODY).as(WRONG))
          .send(S3Request.get(object("a")))
          .send(S3Request.put(object("c"), bytes(10)).header("Content-MD5", "AAAA"))
          .send(S3Request.get(object("no-such")))
          .send(S3Request.of("HEAD", object("a")))
          .send(S3Request.get("/" + bucket + "?location"));
      assertThat(connection.read().status()).isEqualTo(200);
      assertError(connection.read(), 403, "SignatureDoesNotMatch");
      assertThat(connection.read().body()).isEqualTo(BODY);
      assertError(connection.read(), 400, "InvalidDigest");
      assertError(connection.read(), 404, "NoSuchKey");
      assertThat(connection.read(true).header("Content-Length"))
          .isEqualTo(Integer.toString(BODY.length));
      assertThat(connection.read().text()).contains("LocationConstraint");
    }
    stored.add("a");
  }

  @Test
  void pipelined_garbageInBetween_endsTheConnection() {
    try (RawConnection connection = SERVER.connect()) {
      connection
          .send(S3Request.put(object("a"), BODY))
          .send("garbage\r\n\r\n")
          .send(S3Request.put(object("b"), BODY));
      assertThat(connection.read().status()).isEqualTo(200);
      RawResponse second = connection.readUnlessClosed();
      if (second != null) {
        assertError(second, 400, "BadRequest");
        assertThat(connection.isClosedByServer()).isTrue();
      }
    }
    stored.add("a");
  }

  /** A body that looks like a request stays a body, whether its request is refused or not. */
  @Test
  void putObject_bodyThatIsARequest_isNeverServed() {
    byte[] smuggled = S3Request.put(object("smuggled"), bytes(10)).bytes(SERVER.endpoint());
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.exchange(S3Request.put(object("a"), smuggled).as(WRONG));
      assertError(response, 403, "SignatureDoesNotMatch");
      assertSane(connection, response);
    }
    try (RawConnection connection = SERVER.connect()) {
      connection.send(S3Request.get("/" + bucket + "?location").body(smuggled));
      assertThat(connection.read().text()).contains("LocationConstraint");
      RawResponse next = connection.exchange(S3Request.of("HEAD", object("smuggled")));
      assertThat(next.status()).isEqualTo(404);
    }
  }

  /** RFC 9112, 6.3: such a message ought to be handled as an error. */
  @Test
  void putObject_lengthAndTransferEncoding_isRefusedAndClosed() {
    String smuggled =
        new String(
            S3Request.put(object("smuggled"), bytes(10)).bytes(SERVER.endpoint()), ISO_8859_1);
    for (String encoding : List.of("chunked", "Chunked", " chunked", "chunked ")) {
      S3Request request =
          S3Request.put(object("a"), ("0\r\n\r\n" + smuggled).getBytes(ISO_8859_1))
              .contentSha256(S3Request.UNSIGNED)
              .unsignedHeader("Transfer-Encoding", encoding);
      try (RawConnection connection = SERVER.connect()) {
        RawResponse response = connection.trySend(request).readUnlessClosed();
        if (response != null) {
          assertThat(response.status()).as("%s: %s", encoding, response).isIn(400, 411, 501);
          assertThat(connection.isClosedByServer()).as("closed after %s", response).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 4 << 20})
  void expectContinue_refused_isToldWithoutContinue(int size) {
    byte[] all =
        S3Request.put(object("k"), bytes(size))
            .as(WRONG)
            .unsignedHeader("Expect", "100-continue")
            .bytes(SERVER.endpoint());
    try (RawConnection connection = SERVER.connect()) {
      connection.send(java.util.Arrays.copyOf(all, all.length - size));
      RawResponse response = connection.readAny(false);
      assertError(response, 403, "SignatureDoesNotMatch");
      assertSane(connection, response);
    }
  }

  @Test
  void expectContinue_refusedForItsName_isToldWithoutContinue() {
    byte[] all =
        S3Request.put("/no-such-" + bucket + "/k", bytes(10))
            .unsignedHeader("Expect", "100-continue")
            .bytes(SERVER.endpoint());
    try (RawConnection connection = SERVER.connect()) {
      connection.send(java.util.Arrays.copyOf(all, all.length - 10));
      RawResponse response = connection.readAny(false);
      assertThat(response.status()).as("%s", response).isIn(400, 404);
      assertSane(connection, response);
    }
  }

  @Test
  void expectContinue_good_isToldToContinue() {
    byte[] all =
        S3Request.put(object("k"), BODY)
            .unsignedHeader("Expect", "100-continue")
            .bytes(SERVER.endpoint());
    int head = all.length - BODY.length;
    try (RawConnection connection = SERVER.connect()) {
      connection.send(java.util.Arrays.copyOf(all, head));
      assertThat(connection.readAny(false).status()).isEqualTo(100);
      connection.send(BODY);
      RawResponse response = connection.readAny(false);
      assertThat(response.status()).isEqualTo(200);
      assertSane(connection, response);
    }
    stored.add("k");
  }

  @Test
  void expectContinue_impatientAndRefused_isClosed() {
    S3Request request =
        S3Request.put(object("k"), BODY).as(WRONG).unsignedHeader("Expect", "100-continue");
    refused(request, 403, "SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"200-ok", "garbage"})
  void expectOfNoKind_doesNoHarm(String expectation) {
    S3Request request = S3Request.put(object("k"), BODY).unsignedHeader("Expect", expectation);
    try (RawConnection connection = SERVER.connect()) {
      RawResponse response = connection.trySend(request).read();
      assertThat(response.status()).as("%s", response).isIn(200, 400, 417);
      assertSane(connection, response);
      if (response.status() == 200) {
        stored.add("k");
      }
    }
  }

  /** The head is refused, the body is large: the answer arrives, and the connection ends. */
  @Test
  void putObject_refusedWithLargeBody_isAnsweredBeforeTheEnd() {
    refused(S3Request.put(object("k"), bytes(3 << 20)).as(WRONG), 403, "SignatureDoesNotMatch");
  }

  @Test
  void http10_isAnsweredAndClosed() {
    store("k", BODY);
    S3Request request =
        S3Request.get(object("k")).spoilHead(head -> head.replace("HTTP/1.1", "HTTP/1.0"));
    try (RawConnection connection = SERVER.connect()) {
      assertThat(connection.exchange(request).body()).isEqualTo(BODY);
      assertThat(connection.isClosedByServer()).isTrue();
    }
  }
}
