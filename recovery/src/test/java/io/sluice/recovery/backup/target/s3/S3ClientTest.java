package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.s3.http.HttpDates;
import io.sluice.testkit.TestClock;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a request is sent again, by a clock that only pauses move. */
class S3ClientTest {
  private final TestClock time = new TestClock();
  private final List<Duration> pauses = new ArrayList<>();
  private FakeS3 s3;
  private S3Client client;

  @BeforeEach
  void open() throws IOException {
    s3 = new FakeS3();
    client = client();
    client.send(call());
  }

  @AfterEach
  void close() {
    s3.close();
  }

  private S3Client client() throws IOException {
    TargetAccess access = FakeS3.access();
    Clock clock = Clock.systemUTC();
    S3Location location = S3Location.parse(s3.url("p", ""), Map.of());
    CredentialsSource source = CredentialsSource.ofEnvironment(access.environment());
    return new S3Client(
        new S3Exchange(location, source, S3Limits.DEFAULT, clock),
        new S3Failures(location, source, clock),
        source,
        S3Limits.DEFAULT,
        this::pause,
        time::nanos);
  }

  private boolean pause(Duration pause) {
    pauses.add(pause);
    time.pass(pause);
    return true;
  }

  private static S3Call call() {
    return new S3Call("ListObjectsV2", "GET", "").query("list-type", "2").query("max-keys", "1");
  }

  private void fail(int times, String retryAfter) {
    for (int i = 0; i < times; i++) {
      s3.fail("ListObjectsV2", real -> FakeAnswer.empty(503).header("Retry-After", retryAfter));
    }
  }

  @Test
  void send_refusedForAMoment_waitsLongerEachTime() throws IOException {
    s3.fail("ListObjectsV2", 9, 503, "SlowDown");
    client.send(call());
    assertThat(pauses).hasSize(9);
    for (int i = 0; i < 9; i++) {
      Duration most = S3Limits.DEFAULT.pause(i + 1, 1);
      assertThat(pauses.get(i)).isBetween(most.dividedBy(2), most);
    }
  }

  @Test
  void send_retryAfter_isWaitedFor() throws IOException {
    fail(1, "7");
    fail(1, HttpDates.format(Clock.systemUTC().instant().plusSeconds(20)));
    fail(1, "-3");
    fail(1, "soon");
    client.send(call());
    assertThat(pauses.get(0)).isEqualTo(Duration.ofSeconds(7));
    assertThat(pauses.get(1)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(20));
    assertThat(pauses.get(2)).isLessThan(Duration.ofSeconds(1));
    assertThat(pauses.get(3)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void send_moreThanThereIsTimeFor_isGivenUp() {
    fail(100, "101");
    assertThatThrownBy(() -> client.send(call())).isInstanceOf(S3Failure.class);
    assertThat(pauses).hasSize(2);
  }

  @Test
  void send_manyRequestsInTrouble_retryLessAndLess() {
    s3.fail("ListObjectsV2", 1_000, 503, "SlowDown");
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> client.send(call())).isInstanceOf(S3Failure.class);
    }
    assertThat(pauses).hasSize(100);
    assertThat(s3.count("ListObjectsV2")).isEqualTo(1 + 20 + 100);
  }

  @Test
  void send_neverReached_isGivenUpSoon() throws IOException {
    S3Client fresh = client();
    s3.close();
    assertThatThrownBy(() -> fresh.send(call())).hasMessageContaining("nobody answers at");
    assertThat(pauses).hasSize(2);
    pauses.clear();
    assertThatThrownBy(() -> client.send(call())).isInstanceOf(S3Failure.class);
    assertThat(pauses).hasSize(9);
  }

  @Test
  void send_interrupted_endsAndStaysSo() {
    s3.fail("ListObjectsV2", s3::hang);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> client.send(call())).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
