package io.sluice.recovery.backup.target.s3;

import io.sluice.recovery.backup.target.TargetAccess;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A bucket at an endpoint, and what reads and writes it. Blocks; any thread. */
final class S3Connection implements Closeable {
  private final S3Location location;
  private final S3Client client;
  private final ObjectReader reader;
  private final ObjectWriter writer;
  private final Listing listing;
  private final ThreadPoolExecutor partThreads;
  private final CountDownLatch closing = new CountDownLatch(1);

  private S3Connection(
      S3Location location,
      CredentialsSource source,
      S3Limits limits,
      TargetAccess access,
      int partsUnderWayMax)
      throws IOException {
    this.location = location;
    this.client =
        new S3Client(
            new S3Exchange(location, source, limits, access.clock()),
            new S3Failures(location, source, access.clock()),
            source,
            limits,
            this::pause,
            System::nanoTime);
    this.reader = new ObjectReader(client);
    this.writer = new ObjectWriter(location, client, reader, access.clock());
    this.listing = new Listing(client);
    this.partThreads = TargetThreads.ofParts(partsUnderWayMax);
  }

  /**
   * Opens the bucket of a URL, and looks whether it is there.
   *
   * @param partsUnderWayMax parts that are sent beside what writers send themselves
   * @throws IllegalArgumentException when it is no such URL; the message is for people
   */
  static S3Connection open(String url, TargetAccess access, S3Limits limits, int partsUnderWayMax)
      throws IOException {
    S3Location location = S3Location.parse(url, access.environment());
    Path file = access.credentialsFile();
    CredentialsSource source =
        file == null
            ? CredentialsSource.ofEnvironment(access.environment())
            : CredentialsSource.ofFile(file);
    S3Connection opened = new S3Connection(location, source, limits, access, partsUnderWayMax);
    try {
      opened.listing.isEmpty(location.prefix());
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** It blocks its callers, by contract; closing it lets them go. */
  private boolean pause(Duration time) throws InterruptedException {
    return !closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  S3Location location() {
    return location;
  }

  S3Client client() {
    return client;
  }

  ObjectReader reader() {
    return reader;
  }

  ObjectWriter writer() {
    return writer;
  }

  Listing listing() {
    return listing;
  }

  ThreadPoolExecutor partThreads() {
    return partThreads;
  }

  @Override
  public String toString() {
    return location.toString();
  }

  /** Ends what waits for another attempt, too. */
  @Override
  public void close() {
    closing.countDown();
    partThreads.shutdownNow();
  }
}
