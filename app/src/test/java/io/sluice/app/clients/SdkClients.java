package io.sluice.app.clients;

import io.sluice.app.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The AWS SDK's clients as its users make them: nothing set but endpoint, region and key. */
final class SdkClients {
  private SdkClients() {}

  static AwsCredentialsProvider credentials() {
    return StaticCredentialsProvider.create(
        AwsBasicCredentials.create(TestServer.ACCESS_KEY, TestServer.SECRET_KEY));
  }

  static S3Client sync(URI endpoint) {
    return sync(endpoint, credentials());
  }

  static S3Client sync(URI endpoint, AwsCredentialsProvider credentials) {
    return S3Client.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(credentials)
        .forcePathStyle(true)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  static S3AsyncClient async(URI endpoint) {
    return S3AsyncClient.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(credentials())
        .forcePathStyle(true)
        .build();
  }

  static S3AsyncClient crt(URI endpoint) {
    return S3AsyncClient.crtBuilder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(credentials())
        .forcePathStyle(true)
        .minimumPartSizeInBytes(5L << 20)
        .build();
  }

  /** Root's keys, in a file as servers and commands read it. */
  static Path credentialsFile(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("credentials"),
        "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
            .formatted(TestServer.ACCESS_KEY, TestServer.SECRET_KEY));
  }

  static void put(S3Client s3, String bucket, String key, String text) {
    s3.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromString(text));
  }

  static String text(S3Client s3, String bucket, String key) {
    return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asUtf8String();
  }

  /** Of a bucket with no more than a page of them. */
  static List<String> keys(S3Client s3, String bucket) {
    return s3.listObjectsV2(r -> r.bucket(bucket)).contents().stream().map(S3Object::key).toList();
  }

  /** Bytes that do not compress; the same for the same seed. */
  static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /**
   * Uploads an object in parts, one after the other.
   *
   * @param description what is set of it besides bucket and key
   */
  static void putInParts(
      S3Client s3,
      String bucket,
      String key,
      byte[] content,
      int partSize,
      Consumer<CreateMultipartUploadRequest.Builder> description) {
    String id =
        s3.createMultipartUpload(
                r -> {
                  r.bucket(bucket).key(key);
                  description.accept(r);
                })
            .uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int from = 0; from < content.length; from += partSize) {
      int number = parts.size() + 1;
      byte[] part = Arrays.copyOfRange(content, from, Math.min(from + partSize, content.length));
      UploadPartResponse uploaded =
          s3.uploadPart(
              r -> r.bucket(bucket).key(key).uploadId(id).partNumber(number),
              RequestBody.fromBytes(part));
      parts.add(
          CompletedPart.builder()
              .partNumber(number)
              .eTag(uploaded.eTag())
              .checksumCRC32(uploaded.checksumCRC32())
              .build());
    }
    s3.completeMultipartUpload(
        r -> r.bucket(bucket).key(key).uploadId(id).multipartUpload(u -> u.parts(parts)));
  }
}
