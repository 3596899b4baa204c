package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.placement.FakeReplica;
import io.sluice.gateway.testing.RawConnection;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GetObjectTest extends ObjectTest {
  private static final byte[] LARGE = random(6_000_000, 1);
  private static final byte[] SMALL = random(5_000, 2);
  private static String etag;

  @BeforeAll
  static void objects() {
    etag = put("/bucket/large", LARGE).header("ETag");
    put("/bucket/small", SMALL);
    put("/bucket/empty", new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"large", "small"})
  void getObject_ranges_arePartialContent(String key) {
    byte[] all = key.equals("large") ? LARGE : SMALL;
    int last = all.length - 1;
    assertRange(key, all, "bytes=0-0", 0, 0);
    assertRange(key, all, "bytes=1000-2999", 1000, 2999);
    assertRange(key, all, "bytes=4000-", 4000, last);
    assertRange(key, all, "bytes=-700", last - 699, last);
    assertRange(key, all, "bytes=-99999999", 0, last);
    assertRange(key, all, "bytes=4000-99999999", 4000, last);
  }

  private static void assertRange(String key, byte[] all, String range, int first, int last) {
    Answer get = root.request("GET", "/bucket/" + key).header("Range", range).send();
    assertThat(get.status()).isEqualTo(206);
    assertThat(get.header("Content-Range"))
        .isEqualTo("bytes " + first + "-" + last + "/" + all.length);
    assertThat(get.header("Content-Length")).isEqualTo(Integer.toString(last - first + 1));
    assertThat(get.content().getBytes()).isEqualTo(Arrays.copyOfRange(all, first, last + 1));
    Answer head = root.request("HEAD", "/bucket/" + key).header("Range", range).send();
    assertThat(head.status()).isEqualTo(206);
    assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
  }

  @Test
  void getObject_rangeBeyondEnd_isInvalidRange() {
    assertError(
        root.request("GET", "/bucket/small").header("Range", "bytes=5000-").send(),
        416,
        "InvalidRange");
    assertError(
        root.request("GET", "/bucket/empty").header("Range", "bytes=0-").send(),
        416,
        "InvalidRange");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"})
  void getObject_rangeThatIsNone_isAllOfIt(String range) {
    Answer get = root.request("GET", "/bucket/small").header("Range", range).send();
    assertThat(get.status()).isEqualTo(200);
    assertThat(get.content().length()).isEqualTo(SMALL.length);
  }

  @Test
  void getObject_conditions_inRfcOrder() {
    assertStatus("If-None-Match", etag, 304);
    assertStatus("If-None-Match", "\"other\"", 200);
    assertStatus("If-Match", "\"other\"", 412);
    assertStatus("If-Match", etag, 200);
    assertStatus("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304);
    assertStatus("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 412);
    Answer both =
        root.request("GET", "/bucket/large")
            .header("If-Match", etag)
            .header("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT")
            .send();
    assertThat(both.status()).isEqualTo(200);
    Answer notModified = root.request("GET", "/bucket/large").header("If-None-Match", etag).send();
    assertThat(notModified.header("ETag")).isEqualTo(etag);
    assertThat(notModified.content().length()).isZero();
  }

  private static void assertStatus(String header, String value, int status) {
    for (String method : new String[] {"GET", "HEAD"}) {
      assertThat(root.request(method, "/bucket/large").header(header, value).send().status())
          .as(method + " " + header + ": " + value)
          .isEqualTo(status);
    }
  }

  @Test
  void getObject_responseOverrides_replaceHeaders() {
    Answer get =
        root.get(
            "/bucket/small",
            "response-content-type=text%2Fcsv&response-content-disposition=attachment");
    assertThat(get.header("Content-Type")).isEqualTo("text/csv");
    assertThat(get.header("Content-Disposition")).isEqualTo("attachment");
  }

  @Test
  void getObject_partNumberOfPlainObject_isAllOfItOrInvalid() {
    Answer one = root.get("/bucket/small", "partNumber=1");
    assertThat(one.status()).isEqualTo(206);
    assertThat(one.content().length()).isEqualTo(SMALL.length);
    assertError(root.get("/bucket/small", "partNumber=2"), 416, "InvalidPartNumber");
  }

  @Test
  void getObject_noSuchKey_namesTheKey() {
    Answer get = root.get("/bucket/none");
    assertError(get, 404, "NoSuchKey");
    assertThat(get.xml("Key")).isEqualTo("none");
    assertThat(root.request("HEAD", "/bucket/none").send().status()).isEqualTo(404);
  }

  @Test
  void headObject_hasLengthAndNoBody() {
    Answer head = root.request("HEAD", "/bucket/large").send();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("Content-Length")).isEqualTo("6000000");
    assertThat(head.header("ETag")).isEqualTo(etag);
    assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
    assertThat(head.header("Last-Modified")).isNotNull();
    assertThat(head.content().length()).isZero();
    assertThat(root.request("HEAD", "/bucket/empty").send().header("Content-Length"))
        .isEqualTo("0");
  }

  @Test
  void getObject_strangersBucket_isAccessDenied() {
    assertError(gateway.other().get("/bucket/small"), 403, "AccessDenied");
  }

  @Test
  void getObject_damagedInMidStream_connectionEndsShort() {
    byte[] bytes = random(30_000_000, 3);
    put("/bucket/rotten", bytes);
    Download download = new Download("/bucket/rotten");
    download.pauseAt(1_000_000);
    await().until(() -> download.received.get() >= 1_000_000);
    plane.replica.damaged = true;
    try {
      download.goOn();
      await().until(download.closed::get);
      assertThat(download.received.get()).isLessThan(30_000_000);
    } finally {
      plane.replica.damaged = false;
    }
  }

  @Test
  void getObject_damagedAtTheStart_isAnError() {
    plane.replica.damaged = true;
    try {
      assertError(root.get("/bucket/large"), 500, "InternalError");
    } finally {
      plane.replica.damaged = false;
    }
  }

  @Test
  void getObject_damagedBeforeTheFirstByteIsSent_isAWholeError() {
    put("/bucket/half-rotten", random(3_000_000, 4));
    try (RawConnection connection = new RawConnection(gateway.port)) {
      plane.replica.mood = FakeReplica.Mood.STALLED;
      connection.sendHead(root.request("GET", "/bucket/half-rotten"));
      await().until(() -> plane.replica.stalledRequests() > 1);
      // What was read ahead is there, and the head of the answer made; then the first bytes fail.
      plane.replica.answerLast();
      plane.replica.damaged = true;
      plane.replica.mood = FakeReplica.Mood.WELL;
      plane.replica.answerAll();
      assertThat(connection.answer()).startsWith("HTTP/1.1 500").endsWith("</Error>");
    } finally {
      plane.replica.damaged = false;
      plane.replica.mood = FakeReplica.Mood.WELL;
    }
  }

  @Test
  void getObject_clientGone_releasesEverything() {
    put("/bucket/long", random(30_000_000, 3));
    Download download = new Download("/bucket/long");
    download.pauseAt(100_000);
    await().until(() -> download.received.get() >= 100_000);
    download.socket.close();
    download.goOn(); // takes, and so frees, what a paused client socket has kept
    plane.assertNothingIsHeld();
  }

  /** A client that reads as slowly as it likes. */
  private static final class Download {
    final AtomicLong received = new AtomicLong();
    final AtomicBoolean closed = new AtomicBoolean();
    final NetSocket socket;
    private volatile long pauseAt = Long.MAX_VALUE;

    Download(String path) {
      StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
      root.request("GET", path)
          .head()
          .headers()
          .forEach(field -> head.append(field.getKey() + ": " + field.getValue() + "\r\n"));
      Future<NetSocket> connected =
          gateway.vertx.createNetClient().connect(gateway.port, "127.0.0.1");
      socket = TestGateway.await(connected);
      socket.handler(
          data -> {
            if (received.addAndGet(data.length()) >= pauseAt) {
              socket.pause();
            }
          });
      socket.closeHandler(ended -> closed.set(true));
      socket.write(Buffer.buffer(head.append("\r\n").toString()));
    }

    void pauseAt(long bytes) {
      pauseAt = bytes;
    }

    void goOn() {
      pauseAt = Long.MAX_VALUE;
      socket.resume();
    }
  }
}
