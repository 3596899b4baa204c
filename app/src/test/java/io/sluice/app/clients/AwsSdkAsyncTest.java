package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.BlockingInputStreamAsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/** The asynchronous clients of the AWS SDK for Java v2: Netty, CRT, and the transfer manager. */
class AwsSdkAsyncTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final String BUCKET = "async-bucket";

  /** Which HTTP stack the client runs on. */
  enum Stack {
    NETTY,
    CRT;

    S3AsyncClient client() {
      return this == NETTY
          ? SdkClients.async(SERVER.endpoint())
          : SdkClients.crt(SERVER.endpoint());
    }
  }

  @BeforeAll
  static void createBucket() {
    try (S3AsyncClient s3 = Stack.NETTY.client()) {
      s3.createBucket(r -> r.bucket(BUCKET)).join();
    }
  }

  @ParameterizedTest
  @EnumSource(Stack.class)
  void putAndGet_manyAtOnce_comeBackByteForByte(Stack stack) {
    try (S3AsyncClient s3 = stack.client()) {
      List<CompletableFuture<PutObjectResponse>> puts = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int size = i * 1000;
        puts.add(
            s3.putObject(
                r -> r.bucket(BUCKET).key(stack + "/many/" + size),
                AsyncRequestBody.fromBytes(random(size, size))));
      }
      puts.forEach(CompletableFuture::join);
      for (int i = 0; i < 40; i++) {
        int size = i * 1000;
        byte[] got =
            s3.getObject(
                    r -> r.bucket(BUCKET).key(stack + "/many/" + size),
                    AsyncResponseTransformer.toBytes())
                .join()
                .asByteArrayUnsafe();
        assertThat(got).isEqualTo(random(size, size));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Stack.class)
  void putObject_lengthUnknownStream_isStored(Stack stack) {
    byte[] content = random(5, 7 << 20);
    try (S3AsyncClient s3 = stack.client()) {
      BlockingInputStreamAsyncRequestBody body =
          AsyncRequestBody.forBlockingInputStream((long) content.length);
      CompletableFuture<PutObjectResponse> put =
          s3.putObject(r -> r.bucket(BUCKET).key(stack + "/stream"), body);
      body.writeInputStream(new java.io.ByteArrayInputStream(content));
      put.join();
      ByteBuffer got =
          s3.getObject(
                  r -> r.bucket(BUCKET).key(stack + "/stream"), AsyncResponseTransformer.toBytes())
              .join()
              .asByteBuffer();
      assertThat(got).isEqualTo(ByteBuffer.wrap(content));
    }
  }

  @ParameterizedTest
  @EnumSource(Stack.class)
  void transferManager_largeFile_upAndDown(Stack stack, @TempDir Path directory)
      throws IOException {
    Path source = directory.resolve("source");
    Path target = directory.resolve("target");
    Files.write(source, random(99, (23 << 20) + 17));
    try (S3AsyncClient s3 = stack.client();
        S3TransferManager transfers = S3TransferManager.builder().s3Client(s3).build()) {
      transfers
          .uploadFile(
              u -> u.source(source).putObjectRequest(r -> r.bucket(BUCKET).key(stack + "/file")))
          .completionFuture()
          .join();
      transfers
          .downloadFile(
              d ->
                  d.destination(target)
                      .getObjectRequest(r -> r.bucket(BUCKET).key(stack + "/file")))
          .completionFuture()
          .join();
    }
    assertThat(Files.mismatch(source, target)).isEqualTo(-1);
  }

  @Test
  void transferManager_directory_upAndDown(@TempDir Path directory) throws IOException {
    Path source = Files.createDirectory(directory.resolve("up"));
    for (int i = 0; i < 20; i++) {
      Path file = source.resolve("d" + i % 3).resolve("f" + i);
      Files.createDirectories(file.getParent());
      Files.write(file, random(i, i * 10_000));
    }
    Path target = directory.resolve("down");
    try (S3AsyncClient s3 = Stack.CRT.client();
        S3TransferManager transfers = S3TransferManager.builder().s3Client(s3).build()) {
      var up =
          transfers
              .uploadDirectory(u -> u.source(source).bucket(BUCKET).s3Prefix("dir"))
              .completionFuture()
              .join();
      assertThat(up.failedTransfers()).isEmpty();
      var down =
          transfers
              .downloadDirectory(
                  d ->
                      d.destination(target)
                          .bucket(BUCKET)
                          .listObjectsV2RequestTransformer(l -> l.prefix("dir/")))
              .completionFuture()
              .join();
      assertThat(down.failedTransfers()).isEmpty();
    }
    try (var files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = target.resolve(source.relativize(file));
        assertThat(Files.mismatch(file, copy)).as(copy.toString()).isEqualTo(-1);
      }
    }
  }
}
