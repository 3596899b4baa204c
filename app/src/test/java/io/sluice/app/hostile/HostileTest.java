package io.sluice.app.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A bucket for each test; and after each test the bucket holds what the test stored on purpose and
 * nothing else, and the server holds on to nothing.
 */
abstract class HostileTest {
  /** Above it an object has chunks; up to it, it lives in the metadata. */
  static final int INLINE_BYTES_MAX = 16 * 1024;

  static final int CHUNKED_BYTES = 3 * 8192;

  @RegisterExtension static final SharedServer SERVER = new SharedServer();

  private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");

  /** Keys that a test means to be there at its end. */
  final Set<String> stored = new HashSet<>();

  /** Uploads that a test means to be open at its end. */
  final Set<String> uploads = new HashSet<>();

  String bucket = "";

  @BeforeEach
  void makeBucket() {
    bucket = "hostile-" + UUID.randomUUID();
    assertThat(SERVER.exchange(S3Request.of("PUT", "/" + bucket)).status()).isEqualTo(200);
  }

  @AfterEach
  void nothingElseIsStored() {
    assertThat(keys()).containsExactlyInAnyOrderElementsOf(stored);
    RawResponse open = SERVER.exchange(S3Request.get("/" + bucket + "?uploads"));
    assertThat(all(Pattern.compile("<UploadId>([^<]*)</UploadId>"), open.text()))
        .containsExactlyInAnyOrderElementsOf(uploads);
  }

  @AfterEach
  void nothingIsHeld() {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () -> {
              String metrics = SERVER.scrape();
              assertThat(SharedServer.gauge(metrics, "sluice_s3_requests_in_flight")).isZero();
              assertThat(SharedServer.gauge(metrics, "sluice_transfers")).isZero();
              assertThat(SharedServer.gauge(metrics, "sluice_transfer_memory_used")).isZero();
              assertThat(SharedServer.gauge(metrics, "sluice_compute_queue")).isZero();
              // The one that asks.
              assertThat(SharedServer.gauge(metrics, "sluice_http_connections_open"))
                  .isLessThanOrEqualTo(1);
            });
  }

  /** The path of a key that needs no encoding. */
  String object(String key) {
    return "/" + bucket + "/" + key;
  }

  /** Stores an object that the test needs. */
  void store(String key, byte[] body) {
    RawResponse response = SERVER.exchange(S3Request.put(object(key), body));
    assertThat(response.status()).as("%s", response).isEqualTo(200);
    stored.add(key);
  }

  /** What a page of the listing names; enough for the few keys of a test. */
  List<String> keys() {
    RawResponse page = SERVER.exchange(S3Request.get("/" + bucket + "?list-type=2"));
    assertThat(page.status()).as("%s", page).isEqualTo(200);
    return all(KEY, page.text());
  }

  static List<String> all(Pattern pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(requireNonNull(matcher.group(1)));
    }
    return found;
  }

  /** Sends a request that must be refused, and looks at the connection afterwards. */
  RawResponse refused(S3Request request, int status, String code) {
    try (RawConnection connection = SERVER.connect()) {
      connection.trySend(request);
      RawResponse response = connection.read(request.isHead());
      if (request.isHead()) {
        assertThat(response.status()).as("%s", response).isEqualTo(status);
      } else {
        assertError(response, status, code);
      }
      assertSane(connection, response);
      return response;
    }
  }

  /** An answer that tells what is wrong, as AWS does. */
  static void assertError(RawResponse response, int status, String code) {
    assertThat(response.status()).as("%s", response).isEqualTo(status);
    assertThat(response.xml("Code")).as("%s", response).isEqualTo(code);
    assertThat(response.xml("Message")).as("%s", response).isNotEmpty();
    assertThat(response.header("x-amz-request-id"))
        .as("%s", response)
        .isNotEmpty()
        .isEqualTo(response.xml("RequestId"));
    assertThat(response.header("Content-Type")).isEqualTo("application/xml");
    assertWellFormed(response);
  }

  private static void assertWellFormed(RawResponse response) {
    try {
      XMLStreamReader xml =
          XMLInputFactory.newDefaultFactory()
              .createXMLStreamReader(new ByteArrayInputStream(response.body()));
      while (xml.hasNext()) {
        xml.next();
      }
    } catch (XMLStreamException e) {
      throw new AssertionError(response.toString(), e);
    }
  }

  /**
   * After an answer: the next request is served, unless the server says that it closes and does.
   */
  void assertSane(RawConnection connection, RawResponse response) {
    if (response.announcesClose()) {
      assertThat(connection.isClosedByServer()).as("closed after %s", response).isTrue();
      return;
    }
    RawResponse next = connection.exchange(S3Request.get("/" + bucket + "?location"));
    assertThat(next.status()).as("the next request: %s", next).isEqualTo(200);
    assertThat(next.text()).contains("LocationConstraint");
  }

  /** Bytes that do not compress; the same for the same length. */
  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  static byte[] utf8(String text) {
    return text.getBytes(UTF_8);
  }
}
