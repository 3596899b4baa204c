package io.sluice.recovery.backup.target.s3;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** An endpoint with a bucket, for tests of what writes plain objects to one. */
public final class TestEndpoint implements AutoCloseable {
  private final FakeS3 s3;

  public TestEndpoint() throws IOException {
    s3 = new FakeS3();
  }

  public S3Objects open() throws IOException {
    return S3Objects.open(url(), FakeS3.access(), 1);
  }

  public String url() {
    return s3.url("", "");
  }

  /** Fails the next requests of an operation. */
  public void fail(String operation, int times, int status, String code) {
    s3.fail(operation, times, status, code);
  }

  /** Has something happen before the next request of an operation is answered. */
  public void beforeNext(String operation, Runnable event) {
    s3.fail(
        operation,
        real -> {
          event.run();
          return real.get();
        });
  }

  /** What somebody else stored there, long ago. */
  public void put(String key, String text) {
    put(key, text, Instant.EPOCH);
  }

  /** The same at a time. */
  public void put(String key, String text, Instant at) {
    synchronized (s3.bucket) {
      s3.bucket.objects.put(key, text.getBytes(StandardCharsets.UTF_8));
      s3.bucket.notes.remove(key);
      s3.bucket.modified.put(key, at);
    }
  }

  /** When something was stored there, by its clock. */
  public void setModified(String key, Instant at) {
    synchronized (s3.bucket) {
      s3.bucket.modified.put(key, at);
    }
  }

  /** What somebody else stored there with the user metadata that was there. */
  public void putWithItsMetadata(String key, String text) {
    synchronized (s3.bucket) {
      s3.bucket.objects.put(key, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** All that is there. */
  public Map<String, String> texts() {
    Map<String, String> texts = new TreeMap<>();
    synchronized (s3.bucket) {
      s3.bucket.objects.forEach(
          (key, bytes) -> texts.put(key, new String(bytes, StandardCharsets.UTF_8)));
    }
    return texts;
  }

  @Override
  public void close() {
    s3.close();
  }
}
