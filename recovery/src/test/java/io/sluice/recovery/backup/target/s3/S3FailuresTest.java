package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.testkit.FreePorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What people are told, and what they are never told. */
class S3FailuresTest {
  private static final S3Limits IMPATIENT =
      new S3Limits(
          Duration.ofMillis(300),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          1,
          Duration.ofMillis(1),
          Duration.ofMillis(1),
          Duration.ofSeconds(5));

  @TempDir private Path directory;
  private FakeS3 s3;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger("io.sluice");
  private Level level;

  @BeforeEach
  void open() throws IOException {
    s3 = new FakeS3();
    level = logger.getLevel();
    logger.setLevel(Level.TRACE);
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void close() {
    logger.detachAppender(log);
    logger.setLevel(level);
    s3.close();
  }

  private static void assertOneLine(ThrowingCallable call, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOf(IOException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }

  private void openTarget() throws IOException {
    S3Target.open(s3.url("p", ""), FakeS3.access()).close();
  }

  @Test
  void open_nobodyThere_saysSoSoon() throws IOException {
    TargetAccess access = FakeS3.access();
    assertOneLine(
        () -> S3Target.open("s3://bkt/p?endpoint=http://no-such-host.invalid:9000", access),
        "there is no host no-such-host.invalid");
    int port = FreePorts.one();
    assertOneLine(
        () -> S3Target.open("s3://bkt/p?endpoint=http://127.0.0.1:" + port, access),
        "nobody answers at http://127.0.0.1:" + port);
    assertOneLine(
        () ->
            S3Target.open(
                "s3://bkt/p?endpoint=https://127.0.0.1:" + s3.endpoint().getPort(),
                access,
                IMPATIENT),
        "no connection to https://127.0.0.1");
  }

  @Test
  void open_clockBehind_saysSo() {
    Clock behind = Clock.offset(Clock.systemUTC(), Duration.ofHours(-1));
    TargetAccess access = new TargetAccess(null, FakeS3.access().environment(), behind);
    assertOneLine(
        () -> S3Target.open(s3.url("p", ""), access), "the clocks of this machine and of");
  }

  @Test
  void open_noSuchBucket_namesIt() {
    assertOneLine(
        () ->
            S3Target.open(
                "s3://other?endpoint=" + s3.endpoint() + "&region=" + FakeS3.REGION,
                FakeS3.access()),
        "there is no bucket other");
  }

  @Test
  void open_wrongSecret_namesWhereItIsFrom() throws IOException {
    assertOneLine(
        () -> S3Target.open(s3.url("p", ""), FakeS3.access("wrong-secret-0000000000000000")),
        "the secret key of AWS_ACCESS_KEY_ID of the environment is not the right one");
    Path file = credentials(FakeS3.ACCESS_KEY, "wrong-secret-0000000000000000");
    TargetAccess access = new TargetAccess(file, Map.of(), Clock.systemUTC());
    assertOneLine(() -> S3Target.open(s3.url("p", ""), access), "the secret key of " + file);
    s3.fail("ListObjectsV2", 1, 403, "AccessDenied");
    assertOneLine(
        this::openTarget,
        "refused to the access key of AWS_ACCESS_KEY_ID of the environment",
        "403 AccessDenied: injected");
    s3.fail("ListObjectsV2", 1, 403, "InvalidAccessKeyId");
    assertOneLine(() -> S3Target.open(s3.url("p", ""), access), "know the access key of " + file);
  }

  @Test
  void open_wrongRegion_namesTheRightOne() {
    s3.fail("ListObjectsV2", 1, 301, "PermanentRedirect");
    assertOneLine(
        this::openTarget, "in region eu-central-1, not in eu-north-1", "region=eu-central-1");
    s3.fail("ListObjectsV2", 1, 400, "AuthorizationHeaderMalformed");
    assertOneLine(this::openTarget, "say so with region=eu-central-1");
    s3.fail(
        "ListObjectsV2", real -> FakeAnswer.empty(307).header("x-amz-bucket-region", "us-west-2"));
    assertOneLine(this::openTarget, "in region us-west-2");
  }

  @Test
  void open_notS3_saysSo() {
    s3.fail("ListObjectsV2", real -> new FakeAnswer(200, new byte[] {'h', 'i'}));
    assertOneLine(this::openTarget, "no listing of S3");
  }

  @Test
  void retryAfter_moreThanThereIsTimeFor_failsAtOnce() {
    s3.fail("ListObjectsV2", real -> FakeAnswer.empty(503).header("Retry-After", "3600"));
    assertOneLine(this::openTarget, "answered 503");
    assertThat(s3.count("ListObjectsV2")).isOne();
  }

  @Test
  void credentials_fileWithRenewedKeys_isReadAgain() throws IOException {
    Path file = credentials(FakeS3.ACCESS_KEY, "wrong-secret-0000000000000000");
    s3.fail(
        "ListObjectsV2",
        real -> {
          write(file, FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY);
          return FakeAnswer.error(400, "ExpiredToken", "expired");
        });
    TargetAccess access = new TargetAccess(file, Map.of(), Clock.systemUTC());
    S3Target.open(s3.url("p", ""), access).close();
    assertThat(s3.count("ListObjectsV2")).isEqualTo(2);
  }

  /** The answer to a HEAD does not say why. */
  @Test
  void credentials_fileWithRenewedKeys_isReadAgainForALook() throws IOException {
    Path file = credentials(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY);
    TargetAccess access = new TargetAccess(file, Map.of(), Clock.systemUTC());
    try (S3Objects objects = S3Objects.open(s3.url("p", ""), access, 1)) {
      for (int status : new int[] {400, 401, 403}) {
        s3.fail(
            "HeadObject",
            real -> {
              write(file, FakeS3.ACCESS_KEY + status, FakeS3.SECRET_KEY);
              return FakeAnswer.empty(status);
            });
        assertThat(objects.find("none", "note")).isNull();
      }
    }
  }

  @Test
  void credentials_readableByEverybody_isWarnedOf() throws IOException {
    Path file = credentials(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY);
    TargetAccess access = new TargetAccess(file, Map.of(), Clock.systemUTC());
    S3Target.open(s3.url("p", ""), access).close();
    assertThat(log.list).noneMatch(event -> event.getLevel() == Level.WARN);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    S3Target.open(s3.url("p", ""), access).close();
    assertThat(log.list)
        .anyMatch(e -> e.getLevel() == Level.WARN && e.getFormattedMessage().contains("chmod 600"));
  }

  @Test
  void credentials_badFile_isRefusedWithoutItsContent() throws IOException {
    Path file = directory.resolve("bad");
    for (String content :
        new String[] {
          "",
          "[default]\n" + FakeS3.SECRET_KEY,
          "[other]\naws_access_key_id=a\naws_secret_access_key=" + FakeS3.SECRET_KEY,
          "[default]\naws_access_key_id=a\naws_secret_access_key=" + FakeS3.SECRET_KEY + "\u0001x",
          "aws_access_key_id=a\naws_secret_access_key=" + FakeS3.SECRET_KEY
        }) {
      Files.writeString(file, content);
      assertThatThrownBy(() -> CredentialsSource.ofFile(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining(FakeS3.SECRET_KEY);
    }
    assertThatThrownBy(() -> CredentialsSource.ofFile(directory.resolve("none")))
        .hasMessageContaining("no such file of credentials");
    assertThatThrownBy(() -> CredentialsSource.ofEnvironment(Map.of()))
        .hasMessageContaining("AWS_ACCESS_KEY_ID");
  }

  /** Whoever opens a pipe waits until somebody writes into it. */
  @Test
  void credentials_pipe_isRefusedAtOnce() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> CredentialsSource.ofFile(pipe))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a regular file"));
  }

  @Test
  void url_bad_isRefusedWithoutWhatMayBeSecret() {
    String secret = "hunter2secret";
    for (String url :
        List.of(
            "s3://AKID:" + secret + "@bucket/p",
            "s3://bucket/p?secret-key=" + secret,
            "s3://bucket/p?endpoint=https://AKID:" + secret + "@host",
            "s3://bucket/p?endpoint=https://host/" + secret,
            "s3://bucket/p?endpoint=ftp://host",
            "s3://bucket/p q" + secret,
            "s3://bucket/p#" + secret,
            "s3:///p",
            "s3://bucket//p",
            "s3://bucket/.p",
            "s3://bucket/p?region=a b",
            "s3://bucket/p?region=a&region=b",
            "s3://bucket/p?lock-mode=COMPLIANCE",
            "s3://bucket/p?lock-mode=MAYBE&lock-days=3",
            "s3://bucket/p?lock-mode=GOVERNANCE&lock-days=0",
            "s3://bucket/p?part-size=4",
            "s3://bucket/p?part-size=" + secret)) {
      assertThatThrownBy(() -> BackupTargets.open(url, FakeS3.access()))
          .as(url)
          .isInstanceOf(IllegalArgumentException.class)
          .satisfies(e -> assertThat(trace(e)).doesNotContain(secret));
    }
  }

  @Test
  void url_ofAws_isTheRegionsHost() {
    S3Location location =
        S3Location.parse("s3://photos/x/y", Map.of("AWS_DEFAULT_REGION", "eu-west-1"));
    assertThat(location.endpoint()).hasToString("https://photos.s3.eu-west-1.amazonaws.com");
    assertThat(location.path("x/y/z")).isEqualTo("/x/y/z");
    location = S3Location.parse("s3://with.dots?region=cn-north-1", Map.of());
    assertThat(location.endpoint()).hasToString("https://s3.cn-north-1.amazonaws.com.cn");
    assertThat(location.path("z")).isEqualTo("/with.dots/z");
    location = S3Location.parse("s3://bkt?endpoint=https://h:443/", Map.of());
    assertThat(location.endpoint()).hasToString("https://h");
  }

  /** Even by an endpoint that sends back all that it gets. */
  @Test
  void secrets_whateverFails_areInNoLogMessageOrText() throws IOException {
    List<String> texts = new ArrayList<>();
    String said = "you sent " + FakeS3.SECRET_KEY + " and " + FakeS3.TOKEN + FakeS3.ACCESS_KEY;
    TargetAccess access = FakeS3.access();
    texts.add(access.toString());
    try (S3Target target = S3Target.open(s3.url("p", ""), access)) {
      texts.add(target.toString());
      s3.fail("PutObject", real -> FakeAnswer.error(503, "SlowDown", said));
      s3.fail("PutObject", real -> real.get().lose());
      try (NewFile file = target.create("a")) {
        file.write(ByteBuffer.wrap(new byte[10]));
        file.commit();
      }
      s3.fail("HeadObject", real -> FakeAnswer.error(403, "AccessDenied", said));
      s3.fail("ListObjectsV2", real -> FakeAnswer.error(403, "AccessDenied", said));
      s3.fail("ListObjectsV2", real -> FakeAnswer.error(400, said, said));
      for (ThrowingCallable call :
          List.<ThrowingCallable>of(
              () -> target.open("a"), () -> target.folders(""), () -> target.folders(""))) {
        assertThatThrownBy(call).satisfies(e -> texts.add(trace(e)));
      }
    }
    Path file = credentials(FakeS3.ACCESS_KEY, "wrong/" + FakeS3.SECRET_KEY);
    texts.add(CredentialsSource.ofFile(file).toString());
    assertThatThrownBy(
            () ->
                S3Target.open(s3.url("p", ""), new TargetAccess(file, Map.of(), Clock.systemUTC())))
        .satisfies(e -> texts.add(trace(e)));
    for (ILoggingEvent event : log.list) {
      texts.add(event.getFormattedMessage());
      texts.add(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    assertThat(log.list).isNotEmpty();
    assertThat(texts)
        .allSatisfy(
            text ->
                assertThat(text)
                    .doesNotContain(FakeS3.SECRET_KEY)
                    .doesNotContain(FakeS3.TOKEN)
                    .doesNotContain(FakeS3.ACCESS_KEY));
  }

  private Path credentials(String key, String secret) {
    Path file = directory.resolve("credentials");
    write(file, key, secret);
    return file;
  }

  private static void write(Path file, String key, String secret) {
    try {
      Files.writeString(
          file,
          "# of a test\n[other]\nx\n[default]\naws_access_key_id = "
              + key
              + "\naws_secret_access_key="
              + secret
              + "\naws_session_token = "
              + FakeS3.TOKEN
              + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String trace(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
