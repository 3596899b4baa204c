package io.sluice.gateway.pipe;

import static io.sluice.gateway.pipe.PipelineFixture.failure;
import static io.sluice.gateway.pipe.PipelineFixture.get;
import static io.sluice.gateway.pipe.PipelineFixture.random;
import static io.sluice.gateway.pipe.PipelineFixture.terms;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.call.ClientGoneException;
import io.sluice.gateway.placement.FakeReplica;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.checksum.ETags;
import io.sluice.s3.checksum.StreamingChecksum;
import io.sluice.s3.checksum.StreamingChecksums;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkRecord;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UploadPipelineTest {
  private PipelineFixture fixture = new PipelineFixture();

  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    fixture.close();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 4096, 16_384, 16_385, 300_000, 1 << 20, (4 << 20) + 1, (9 << 20) + 12_345})
  void upload_anySize_comesBackWithItsDigests(int size) throws Exception {
    byte[] bytes = random(size, size);
    UploadedBody body = fixture.put(bytes, 200_000, new Random(size));
    assertThat(body.size()).isEqualTo(size);
    assertThat(body.etag()).isEqualTo(md5(bytes));
    assertThat(body.checksum()).isEqualTo(crc64(bytes));
    assertThat(body.inline() != null).isEqualTo(size <= PipelineFixture.INLINE_MAX);
    if (size == 0) {
      assertThat(body.inline().isEmpty()).isTrue();
    } else {
      assertThat(fixture.read(body, 0, size)).isEqualTo(bytes);
      assertThat(fixture.read(body, size / 2, 1)).containsExactly(bytes[size / 2]);
    }
    assertThat(body.slices().size())
        .isEqualTo(
            size <= PipelineFixture.INLINE_MAX
                ? 0
                : (size + ChunkRecord.PLAIN_MAX - 1) / ChunkRecord.PLAIN_MAX);
  }

  @Test
  void upload_manySmallPieces_comesBack() throws Exception {
    byte[] bytes = random(2 << 20, 3);
    UploadedBody body = fixture.put(bytes, 700, new Random(3));
    assertThat(fixture.read(body, 0, bytes.length)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 16_000, 3_000_000})
  void upload_awsChunkedWithTrailer_isDecodedAndVerified(int size) throws Exception {
    byte[] bytes = random(size, 9);
    byte[] wire = awsChunked(bytes, 65_536, crc64(bytes).base64());
    ScriptedBody body =
        new ScriptedBody(fixture.context, ScriptedBody.split(wire, 50_000, new Random(1)));
    UploadedBody stored = get(fixture.upload(body, chunkedTerms(size)));
    assertThat(stored.etag()).isEqualTo(md5(bytes));
    if (size > 0) {
      assertThat(fixture.read(stored, 0, size)).isEqualTo(bytes);
    }
  }

  @Test
  void upload_awsChunkedInTinyChunks_doesNotFillTheBudget() throws Exception {
    byte[] bytes = random(200_000, 9);
    byte[] wire = awsChunked(bytes, 10, crc64(bytes).base64());
    ScriptedBody body =
        new ScriptedBody(fixture.context, ScriptedBody.split(wire, 50_000, new Random(1)));
    UploadedBody stored = get(fixture.upload(body, chunkedTerms(bytes.length)));
    assertThat(fixture.read(stored, 0, bytes.length)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 6_000_000})
  void upload_wrongTrailer_isBadDigest(int size) {
    byte[] bytes = random(size, 9);
    byte[] wire = awsChunked(bytes, 65_536, crc64(new byte[1]).base64());
    assertRefused(wire, chunkedTerms(size), S3ErrorCode.BAD_DIGEST);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 6_000_000})
  void upload_wrongContentMd5_isBadDigest(int size) {
    byte[] bytes = random(size, 9);
    String md5 = Base64.getEncoder().encodeToString(ETags.newMd5().digest());
    assertRefused(bytes, terms(size, Map.of("content-md5", md5)), S3ErrorCode.BAD_DIGEST);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 6_000_000})
  void upload_wrongPayloadSha256_isRefused(int size) {
    assertRefused(
        random(size, 9),
        terms(size, Map.of("x-amz-content-sha256", "0".repeat(64))),
        S3ErrorCode.X_AMZ_CONTENT_SHA256_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 6_000_000})
  void upload_shorterThanDeclared_isIncompleteBody(int size) {
    assertRefused(random(size, 9), terms(size + 1, Map.of()), S3ErrorCode.INCOMPLETE_BODY);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 6_000_000})
  void upload_longerThanDeclared_isIncompleteBody(int size) {
    assertRefused(random(size, 9), terms(size - 1, Map.of()), S3ErrorCode.INCOMPLETE_BODY);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 100_000, 6_000_000})
  void upload_clientGoneHalfWay_failsAndReleases(int size) {
    ScriptedBody body =
        new ScriptedBody(
                fixture.context, ScriptedBody.split(random(size, 9), 60_000, new Random(2)))
            .stallsAtTheEnd();
    Future<UploadedBody> upload = fixture.upload(body, terms(2L * size, Map.of()));
    await().until(() -> body.delivered() == size);
    body.breaks();
    assertThat(failure(upload)).isInstanceOf(ClientGoneException.class);
  }

  @Test
  void upload_partitionRefusesOnce_goesToAnother() throws Exception {
    fixture.replica.failNextWrites.set(2);
    byte[] bytes = random(5 << 20, 4);
    UploadedBody body = fixture.put(bytes, 100_000, new Random(4));
    assertThat(fixture.read(body, 0, bytes.length)).isEqualTo(bytes);
  }

  @Test
  void upload_replicasStayUnavailable_isUnavailable() {
    fixture.replica.mood = FakeReplica.Mood.UNAVAILABLE;
    ScriptedBody body =
        new ScriptedBody(
            fixture.context, ScriptedBody.split(random(5 << 20, 1), 60_000, new Random(2)));
    assertThat(failure(fixture.upload(body, terms(5 << 20, Map.of()))))
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void upload_replicaStalls_pausesTheSocketAndGoesOnLater() throws Exception {
    fixture.replica.mood = FakeReplica.Mood.STALLED;
    byte[] bytes = random(32 << 20, 1);
    ScriptedBody body =
        new ScriptedBody(fixture.context, ScriptedBody.split(bytes, 250_000, new Random(2)));
    Future<UploadedBody> upload = fixture.upload(body, terms(bytes.length, Map.of()));
    await().until(() -> body.paused);
    await().until(() -> fixture.replica.stalledRequests() >= 3);
    assertThat(body.delivered()).isLessThan(18 << 20);
    assertThat(fixture.uploads.usedBytes()).isLessThan(18 << 20);
    fixture.replica.mood = FakeReplica.Mood.WELL;
    fixture.replica.answerAll();
    assertThat(fixture.read(get(upload), 0, bytes.length)).isEqualTo(bytes);
  }

  @Test
  void upload_manySlowClients_memoryStaysBoundedAndAllFinish() throws Exception {
    fixture.close();
    fixture = new PipelineFixture(4 << 20, Duration.ofHours(1));
    int clients = 100;
    int size = 400_000;
    List<ScriptedBody> bodies = new ArrayList<>();
    List<Future<UploadedBody>> uploads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      byte[] bytes = random(size, i);
      List<Buffer> pieces = ScriptedBody.split(bytes, 30_000, new Random(i));
      ScriptedBody body = new ScriptedBody(fixture.context, pieces).stallsAtTheEnd();
      bodies.add(body);
      uploads.add(fixture.upload(body, terms(size + 1, Map.of())));
    }
    await().until(() -> bodies.stream().allMatch(body -> body.delivered() == size));
    long floors = clients * (128L << 10);
    await().until(() -> fixture.uploads.usedBytes() <= (4 << 20) + floors);
    bodies.forEach(ScriptedBody::breaks);
    uploads.forEach(PipelineFixture::failure);
  }

  @Test
  void terms_overFiveGiB_isEntityTooLarge() {
    assertThatThrownBy(() -> terms((5L << 30) + 1, Map.of()))
        .isInstanceOfSatisfying(
            S3Exception.class, e -> assertThat(e.code()).isEqualTo(S3ErrorCode.ENTITY_TOO_LARGE));
  }

  @Test
  void terms_withoutLength_isMissingContentLength() {
    assertThatThrownBy(() -> terms(Map.of()))
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> assertThat(e.code()).isEqualTo(S3ErrorCode.MISSING_CONTENT_LENGTH));
  }

  private void assertRefused(byte[] wire, BodyTerms terms, S3ErrorCode code) {
    ScriptedBody body =
        new ScriptedBody(fixture.context, ScriptedBody.split(wire, 60_000, new Random(2)));
    assertThat(failure(fixture.upload(body, terms)))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static BodyTerms chunkedTerms(int size) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    headers.put("x-amz-decoded-content-length", Integer.toString(size));
    headers.put("x-amz-trailer", "x-amz-checksum-crc64nvme");
    return terms(headers);
  }

  private static byte[] awsChunked(byte[] bytes, int chunkBytes, String crc64) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += chunkBytes) {
      int length = Math.min(chunkBytes, bytes.length - at);
      out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(bytes, at, length);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(
        ("0\r\nx-amz-checksum-crc64nvme:" + crc64 + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  private static String md5(byte[] bytes) {
    return ETags.md5(ETags.newMd5().digest(bytes));
  }

  private static ChecksumValue crc64(byte[] bytes) {
    StreamingChecksum checksum = StreamingChecksums.jdk().start(ChecksumAlgorithm.CRC64NVME);
    checksum.update(bytes, 0, bytes.length);
    return checksum.value();
  }
}
